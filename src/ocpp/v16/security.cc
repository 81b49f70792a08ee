// The security whitepaper: what happened that concerns security, certificates that are asked for, logs and signed firmware.
#include "ocpp/v16/tables/security.h"
#include "ocpp/v16/handlers.h"

namespace ocpp::v16 {
namespace {

using words::place_of;

enum LogField : std::size_t {
    logStatus = place_of("status", tables::kLogStatusNotificationRequest),
    logRequestId = place_of("requestId", tables::kLogStatusNotificationRequest)
};
enum EventField : std::size_t {
    type = place_of("type", tables::kSecurityEventNotificationRequest),
    timestamp = place_of("timestamp", tables::kSecurityEventNotificationRequest),
    techInfo = place_of("techInfo", tables::kSecurityEventNotificationRequest)
};
enum SignField : std::size_t { csr = place_of("csr", tables::kSignCertificateRequest) };
enum FirmwareField : std::size_t {
    firmwareStatus = place_of("status", tables::kSignedFirmwareStatusNotificationRequest),
    firmwareRequestId = place_of("requestId", tables::kSignedFirmwareStatusNotificationRequest)
};

}  // namespace

Handled handle_log_status_notification(Request& request, const CallContext& /*call*/) {
    return Told{.fact = model::LogStatus{.status = request.text(logStatus), .request_id = request.integer(logRequestId)},
                .answer = "{}"};
}

Handled handle_security_event_notification(Request& request, const CallContext& call) {
    doubt_clock(request, request.text(timestamp), call);
    note_replay(request, request.text(timestamp), call);
    return Told{.fact =
                    model::SecurityEvent{
                        .type = request.text(type), .timestamp = request.text(timestamp), .tech_info = request.text(techInfo)},
                .answer = "{}"};
}

// Who signs is told by the event, and answers with the command CertificateSigned; without that the charge point asks again.
Handled handle_sign_certificate(Request& request, const CallContext& /*call*/) {
    return Told{.fact = model::CertificateRequest{.csr = request.text(csr)}, .answer = R"({"status":"Accepted"})"};
}

// The same fact as without a signature: 1.6 has two messages for it, later versions have one.
Handled handle_signed_firmware_status_notification(Request& request, const CallContext& /*call*/) {
    return Told{
        .fact = model::FirmwareStatus{.status = request.text(firmwareStatus), .request_id = request.integer(firmwareRequestId)},
        .answer = "{}"};
}

}  // namespace ocpp::v16
