// The Core profile but for what is billed: who the device is, how its connectors are, who wants to charge.
#include <array>

#include "base/check.h"
#include "base/json_writer.h"
#include "ocpp/v16/handlers.h"
#include "ocpp/v16/tables/core.h"

namespace ocpp::v16 {
namespace {

using words::place_of;

// Places of the fields in their tables.
enum AuthorizeField : std::size_t { idTag = place_of("idTag", tables::kAuthorizeRequest) };
enum BootField : std::size_t {
    chargePointVendor = place_of("chargePointVendor", tables::kBootNotificationRequest),
    chargePointModel = place_of("chargePointModel", tables::kBootNotificationRequest),
    chargePointSerialNumber = place_of("chargePointSerialNumber", tables::kBootNotificationRequest),
    chargeBoxSerialNumber = place_of("chargeBoxSerialNumber", tables::kBootNotificationRequest),
    firmwareVersion = place_of("firmwareVersion", tables::kBootNotificationRequest),
    iccid = place_of("iccid", tables::kBootNotificationRequest),
    imsi = place_of("imsi", tables::kBootNotificationRequest),
    meterType = place_of("meterType", tables::kBootNotificationRequest),
    meterSerialNumber = place_of("meterSerialNumber", tables::kBootNotificationRequest)
};
enum StatusField : std::size_t {
    connectorId = place_of("connectorId", tables::kStatusNotificationRequest),
    errorCode = place_of("errorCode", tables::kStatusNotificationRequest),
    info = place_of("info", tables::kStatusNotificationRequest),
    status = place_of("status", tables::kStatusNotificationRequest),
    timestamp = place_of("timestamp", tables::kStatusNotificationRequest),
    vendorId = place_of("vendorId", tables::kStatusNotificationRequest),
    vendorErrorCode = place_of("vendorErrorCode", tables::kStatusNotificationRequest)
};
enum TransferField : std::size_t {
    transferVendorId = place_of("vendorId", tables::kDataTransferRequest),
    transferMessageId = place_of("messageId", tables::kDataTransferRequest),
    transferData = place_of("data", tables::kDataTransferRequest)
};

// 1.6 tells nine states; the availability is the one that all versions share.
struct StatusMeaning {
    std::string_view status;
    std::string_view availability;
};
constexpr std::array<StatusMeaning, 9> kStatusMeanings{{{"Available", "available"},
                                                        {"Preparing", "occupied"},
                                                        {"Charging", "occupied"},
                                                        {"SuspendedEV", "occupied"},
                                                        {"SuspendedEVSE", "occupied"},
                                                        {"Finishing", "occupied"},
                                                        {"Reserved", "reserved"},
                                                        {"Unavailable", "unavailable"},
                                                        {"Faulted", "faulted"}}};
std::string_view availability(std::string_view of) {
    for (const StatusMeaning& meaning : kStatusMeanings) {
        if (meaning.status == of) {
            return meaning.availability;
        }
    }
    return {};
}

std::string_view name_of(model::AdmissionStatus admission) {
    switch (admission) {
        case model::AdmissionStatus::accepted: return "Accepted";
        case model::AdmissionStatus::pending: return "Pending";
        case model::AdmissionStatus::rejected: return "Rejected";
    }
    return {};
}

// Charge points set their clocks by it, and a few fail on fractions.
void append_current_time(base::JsonWriter& json, const CallContext& call) {
    json.member("currentTime", base::to_rfc3339(call.now, base::Fractions::none));
}

Told authorized(const Request& request, const model::Permission& permission) {
    return {.fact =
                model::AuthorizationRequested{
                    .id_tag = request.text(idTag),
                    .status = model::name_of(permission.status),
                    .expiry_date = permission.expiry_date ? std::string_view(*permission.expiry_date) : std::string_view(),
                    .parent_id_tag = permission.parent_id_tag ? std::string_view(*permission.parent_id_tag) : std::string_view()},
            .answer = id_tag_info_answer(permission)};
}

}  // namespace

Handled handle_authorize(Request& request, const CallContext& call) {
    // No stored tag is that long, and nobody is let in without one: there is nothing to ask.
    if (request.text(idTag).empty() || characters(request.text(idTag)) > kIdTagCharactersMax) {
        return authorized(request, {.status = model::ChargeStatus::invalid, .expiry_date = {}, .parent_id_tag = {}});
    }
    return AskFirst{model::MayCharge{call.peer.charge_point, std::string(request.text(idTag))}};
}

Told decided_authorize(Request& request, const model::Decision& decision, const CallContext& /*call*/) {
    return authorized(request, std::get<model::Permission>(decision));
}

Handled handle_boot_notification(Request& request, const CallContext& call) {
    return AskFirst{model::MayJoin{call.peer.charge_point, std::string(request.text(chargePointVendor)),
                                   std::string(request.text(chargePointModel))}};
}

Told decided_boot_notification(Request& request, const model::Decision& decision, const CallContext& call) {
    const auto& admission = std::get<model::Admission>(decision);
    const std::int64_t interval = admission.interval.value_or(call.config.heartbeat_interval).count();
    const std::string_view answered = name_of(admission.status);
    std::string answer;
    base::JsonWriter json(answer);
    json.begin_object().member("status", answered);
    append_current_time(json, call);
    json.member("interval", interval).end_object();
    const std::string_view serial = request.text(chargePointSerialNumber);
    return {.fact = model::DeviceOnline{.vendor = request.text(chargePointVendor),
                                        .model = request.text(chargePointModel),
                                        .serial_number = serial.empty() ? request.text(chargeBoxSerialNumber) : serial,
                                        .firmware_version = request.text(firmwareVersion),
                                        .iccid = request.text(iccid),
                                        .imsi = request.text(imsi),
                                        .meter_type = request.text(meterType),
                                        .meter_serial_number = request.text(meterSerialNumber),
                                        .boot_reason = {},
                                        .status = answered,
                                        .interval_seconds = interval},
            .answer = std::move(answer)};
}

Handled handle_data_transfer(Request& request, const CallContext& /*call*/) {
    return Told{.fact = model::DataTransfer{.vendor_id = request.text(transferVendorId),
                                            .message_id = request.text(transferMessageId),
                                            .data = request.text(transferData)},
                .answer = R"({"status":"UnknownVendorId"})"};
}

Handled handle_heartbeat(Request& /*request*/, const CallContext& call) {
    std::string answer;
    base::JsonWriter json(answer);
    json.begin_object();
    append_current_time(json, call);
    json.end_object();
    if (call.config.heartbeat_events) {
        return Told{.fact = model::DeviceHeartbeat{}, .answer = std::move(answer)};
    }
    return Local{std::move(answer)};
}

Handled handle_status_notification(Request& request, const CallContext& call) {
    if (!request.text(timestamp).empty()) {
        doubt_clock(request, request.text(timestamp), call);
    }
    return Told{.fact = model::ConnectorStatus{.connector_id = request.integer(connectorId),
                                               .availability = availability(request.text(status)),
                                               .status = request.text(status),
                                               .error_code = request.text(errorCode),
                                               .vendor_error_code = request.text(vendorErrorCode),
                                               .vendor_id = request.text(vendorId),
                                               .info = request.text(info),
                                               .timestamp = request.text(timestamp)},
                .answer = "{}"};
}

}  // namespace ocpp::v16
