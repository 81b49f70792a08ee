// Firmware management: how an update goes.
#include <array>

#include "ocpp/v16/handlers.h"

namespace ocpp::v16 {
namespace {

constexpr std::array<std::string_view, 7> kFirmwareStatusNames{"Downloaded",         "DownloadFailed", "Downloading", "Idle",
                                                               "InstallationFailed", "Installing",     "Installed"};
constexpr std::array kFields{Field{"status", FieldType::text, Need::required, 0, kFirmwareStatusNames}};

}  // namespace

const Shape kFirmwareStatusNotificationRequest{kFields};

Handled handle_firmware_status_notification(Request& request, const CallContext& /*call*/) {
    return Told{.fact = model::FirmwareStatus{.status = request.text(0)}, .answer = "{}"};
}

}  // namespace ocpp::v16
