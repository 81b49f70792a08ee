#include "commands/repeat_table.h"

#include <algorithm>
#include <array>

namespace commands {
namespace {

// Sorted. Not here though they look harmless: CancelReservation and DeleteCertificate (the second run is answered "Rejected",
// "NotFound"), SendLocalList (the second differential update does not fit the version), ReserveNow (the first reservation may
// have been used up), GetLog and GetDiagnostics (a second upload), DataTransfer (its meaning is the vendor's).
constexpr std::array<std::string_view, 20> kRepeatable{
    "ChangeAvailability",
    "ChangeConfiguration",
    "ClearCache",
    "ClearChargingProfile",
    "ExtendedTriggerMessage",
    "GetCompositeSchedule",
    "GetConfiguration",
    "GetInstalledCertificateIds",
    "GetLocalListVersion",
    "SetChargingProfile",
    "TriggerMessage",
    "cache.clear",
    "certificate.list",
    "charging-profile.set",
    "charging-schedule.get",
    "configuration.get",
    "configuration.set",
    "connector.availability",
    "device.trigger",
    "local-list.version",
};
static_assert(std::is_sorted(kRepeatable.begin(), kRepeatable.end()));

}  // namespace

Repeat repeat_of(std::string_view command_name) {
    const bool found = std::binary_search(kRepeatable.begin(), kRepeatable.end(), command_name);
    return found ? Repeat::allowed : Repeat::forbidden;
}

}  // namespace commands
