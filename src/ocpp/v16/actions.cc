#include "ocpp/v16/actions.h"

#include <array>

#include "ocpp/counters.h"
#include "ocpp/v16/commands.h"
#include "ocpp/v16/handlers.h"

namespace ocpp::v16 {
namespace {

constexpr SentBy kOurs = SentBy::gateway;
constexpr SentBy kTheirs = SentBy::charge_point;

// Sorted by name. Those without a shape are checked for form only.
constexpr std::array kActions{
    Action{"Authorize", kTheirs, Storage::placed, &kAuthorizeRequest, handle_authorize, decided_authorize},
    Action{"BootNotification", kTheirs, Storage::placed, &kBootNotificationRequest, handle_boot_notification,
           decided_boot_notification},
    Action{"CancelReservation", kOurs},
    Action{"CertificateSigned", kOurs},
    Action{"ChangeAvailability", kOurs},
    Action{"ChangeConfiguration", kOurs},
    Action{"ClearCache", kOurs},
    Action{"ClearChargingProfile", kOurs},
    Action{"DataTransfer", SentBy::both, Storage::placed, &kDataTransferRequest, handle_data_transfer},
    Action{"DeleteCertificate", kOurs},
    Action{"DiagnosticsStatusNotification", kTheirs},
    Action{"ExtendedTriggerMessage", kOurs},
    Action{"FirmwareStatusNotification", kTheirs, Storage::placed, &kFirmwareStatusNotificationRequest,
           handle_firmware_status_notification},
    Action{"GetCompositeSchedule", kOurs},
    Action{"GetConfiguration", kOurs},
    Action{"GetDiagnostics", kOurs},
    Action{"GetInstalledCertificateIds", kOurs},
    Action{"GetLocalListVersion", kOurs},
    Action{"GetLog", kOurs},
    Action{"Heartbeat", kTheirs, Storage::placed, &kHeartbeatRequest, handle_heartbeat},
    Action{"InstallCertificate", kOurs},
    Action{"LogStatusNotification", kTheirs},
    Action{"MeterValues", kTheirs, Storage::whatever_it_carries, &kMeterValuesRequest, handle_meter_values},
    Action{"RemoteStartTransaction", kOurs},
    Action{"RemoteStopTransaction", kOurs},
    Action{"ReserveNow", kOurs},
    Action{"Reset", kOurs},
    Action{"SecurityEventNotification", kTheirs, Storage::logged},
    Action{"SendLocalList", kOurs},
    Action{"SetChargingProfile", kOurs},
    // Nothing signs yet, and "Accepted" would promise a certificate.
    Action{.name = "SignCertificate", .smallest_answer = R"({"status":"Rejected"})"},
    Action{"SignedFirmwareStatusNotification", kTheirs},
    Action{"SignedUpdateFirmware", kOurs},
    Action{"StartTransaction", kTheirs, Storage::whatever_it_carries, &kStartTransactionRequest, handle_start_transaction,
           decided_start_transaction},
    Action{"StatusNotification", kTheirs, Storage::placed, &kStatusNotificationRequest, handle_status_notification},
    Action{"StopTransaction", kTheirs, Storage::whatever_it_carries, &kStopTransactionRequest, handle_stop_transaction},
    Action{"TriggerMessage", kOurs},
    Action{"UnlockConnector", kOurs},
    Action{"UpdateFirmware", kOurs},
};
static_assert(kActions.size() == 39 && kActions.size() <= kActionsMax);

}  // namespace

const Version& version() {
    // The two spellings are mistakes of 1.6 that are kept on purpose (OCPP-J 1.6 errata 5.1, 5.2).
    static const Version kVersion{
        .protocol = "ocpp1.6",
        .label = "1.6",
        .place = 0,
        .actions = kActions,
        .codes = {.formation = "FormationViolation", .occurence = "OccurenceConstraintViolation"},
        .commands = commands(),
    };
    return kVersion;
}

}  // namespace ocpp::v16
