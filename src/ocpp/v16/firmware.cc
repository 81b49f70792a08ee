// Firmware management: how an update and an upload of diagnostics go.
#include "ocpp/v16/handlers.h"
#include "ocpp/v16/tables/firmware_management.h"

namespace ocpp::v16 {

Handled handle_diagnostics_status_notification(Request& request, const CallContext& /*call*/) {
    constexpr std::size_t kStatus = words::place_of("status", tables::kDiagnosticsStatusNotificationRequest);
    return Told{.fact = model::DiagnosticsStatus{.status = request.text(kStatus)}, .answer = "{}"};
}

Handled handle_firmware_status_notification(Request& request, const CallContext& /*call*/) {
    constexpr std::size_t kStatus = words::place_of("status", tables::kFirmwareStatusNotificationRequest);
    return Told{.fact = model::FirmwareStatus{.status = request.text(kStatus)}, .answer = "{}"};
}

}  // namespace ocpp::v16
