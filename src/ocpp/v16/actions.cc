#include "ocpp/v16/actions.h"

#include <array>

#include "ocpp/counters.h"
#include "ocpp/v16/commands.h"
#include "ocpp/v16/handlers.h"
#include "ocpp/v16/tables/core.h"
#include "ocpp/v16/tables/firmware_management.h"
#include "ocpp/v16/tables/local_auth_list.h"
#include "ocpp/v16/tables/remote_trigger.h"
#include "ocpp/v16/tables/reservation.h"
#include "ocpp/v16/tables/security.h"
#include "ocpp/v16/tables/smart_charging.h"

namespace ocpp::v16 {
namespace {

using namespace tables;

constexpr SentBy kTheirs = SentBy::charge_point;
constexpr SentBy kBoth = SentBy::both;

constexpr Action in_role(Role role, Action action) {
    action.role = role;
    return action;
}

// OCPP 1.6 4.2: to one that waits for its acceptance these two are not sent.
constexpr Action not_while_pending(Action action) {
    action.while_pending = false;
    return action;
}

// Sorted by name.
constexpr std::array kActions{
    Action{"Authorize", kAuthorizeRequest, kAuthorizeResponse, kTheirs, handle_authorize, decided_authorize},
    in_role(Role::boot, {"BootNotification", kBootNotificationRequest, kBootNotificationResponse, kTheirs,
                         handle_boot_notification, decided_boot_notification}),
    Action{"CancelReservation", kCancelReservationRequest, kCancelReservationResponse},
    Action{"CertificateSigned", kCertificateSignedRequest, kCertificateSignedResponse},
    Action{"ChangeAvailability", kChangeAvailabilityRequest, kChangeAvailabilityResponse},
    Action{"ChangeConfiguration", kChangeConfigurationRequest, kChangeConfigurationResponse},
    Action{"ClearCache", kClearCacheRequest, kClearCacheResponse},
    Action{"ClearChargingProfile", kClearChargingProfileRequest, kClearChargingProfileResponse},
    Action{"DataTransfer", kDataTransferRequest, kDataTransferResponse, kBoth, handle_data_transfer},
    Action{"DeleteCertificate", kDeleteCertificateRequest, kDeleteCertificateResponse},
    Action{"DiagnosticsStatusNotification", kDiagnosticsStatusNotificationRequest, kDiagnosticsStatusNotificationResponse,
           kTheirs, handle_diagnostics_status_notification},
    Action{"ExtendedTriggerMessage", kExtendedTriggerMessageRequest, kExtendedTriggerMessageResponse},
    Action{"FirmwareStatusNotification", kFirmwareStatusNotificationRequest, kFirmwareStatusNotificationResponse, kTheirs,
           handle_firmware_status_notification},
    Action{"GetCompositeSchedule", kGetCompositeScheduleRequest, kGetCompositeScheduleResponse},
    Action{"GetConfiguration", kGetConfigurationRequest, kGetConfigurationResponse},
    Action{"GetDiagnostics", kGetDiagnosticsRequest, kGetDiagnosticsResponse},
    Action{"GetInstalledCertificateIds", kGetInstalledCertificateIdsRequest, kGetInstalledCertificateIdsResponse},
    Action{"GetLocalListVersion", kGetLocalListVersionRequest, kGetLocalListVersionResponse},
    Action{"GetLog", kGetLogRequest, kGetLogResponse},
    in_role(Role::heartbeat, {"Heartbeat", kHeartbeatRequest, kHeartbeatResponse, kTheirs, handle_heartbeat}),
    Action{"InstallCertificate", kInstallCertificateRequest, kInstallCertificateResponse},
    Action{"LogStatusNotification", kLogStatusNotificationRequest, kLogStatusNotificationResponse, kTheirs,
           handle_log_status_notification},
    Action{"MeterValues", kMeterValuesRequest, kMeterValuesResponse, kTheirs, handle_meter_values, nullptr,
           Storage::whatever_it_carries},
    not_while_pending({"RemoteStartTransaction", kRemoteStartTransactionRequest, kRemoteStartTransactionResponse}),
    not_while_pending({"RemoteStopTransaction", kRemoteStopTransactionRequest, kRemoteStopTransactionResponse}),
    Action{"ReserveNow", kReserveNowRequest, kReserveNowResponse},
    Action{"Reset", kResetRequest, kResetResponse},
    Action{"SecurityEventNotification", kSecurityEventNotificationRequest, kSecurityEventNotificationResponse, kTheirs,
           handle_security_event_notification, nullptr, Storage::logged},
    Action{"SendLocalList", kSendLocalListRequest, kSendLocalListResponse},
    Action{"SetChargingProfile", kSetChargingProfileRequest, kSetChargingProfileResponse},
    Action{"SignCertificate", kSignCertificateRequest, kSignCertificateResponse, kTheirs, handle_sign_certificate},
    Action{"SignedFirmwareStatusNotification", kSignedFirmwareStatusNotificationRequest,
           kSignedFirmwareStatusNotificationResponse, kTheirs, handle_signed_firmware_status_notification},
    Action{"SignedUpdateFirmware", kSignedUpdateFirmwareRequest, kSignedUpdateFirmwareResponse},
    Action{"StartTransaction", kStartTransactionRequest, kStartTransactionResponse, kTheirs, handle_start_transaction,
           decided_start_transaction, Storage::whatever_it_carries},
    Action{"StatusNotification", kStatusNotificationRequest, kStatusNotificationResponse, kTheirs, handle_status_notification},
    Action{"StopTransaction", kStopTransactionRequest, kStopTransactionResponse, kTheirs, handle_stop_transaction, nullptr,
           Storage::whatever_it_carries},
    Action{"TriggerMessage", kTriggerMessageRequest, kTriggerMessageResponse},
    Action{"UnlockConnector", kUnlockConnectorRequest, kUnlockConnectorResponse},
    Action{"UpdateFirmware", kUpdateFirmwareRequest, kUpdateFirmwareResponse},
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
        .triggered_by = triggered_by,
    };
    return kVersion;
}

}  // namespace ocpp::v16
