// The Core profile but for what is billed: who the device is, how its connectors are, who wants to charge.
#include <array>

#include "base/check.h"
#include "base/json_writer.h"
#include "ocpp/v16/handlers.h"

namespace ocpp::v16 {
namespace {

// Places of the fields in their tables below.
enum AuthorizeField : std::size_t { idTag };
enum BootField : std::size_t {
    chargePointVendor,
    chargePointModel,
    chargePointSerialNumber,
    chargeBoxSerialNumber,
    firmwareVersion,
    iccid,
    imsi,
    meterType,
    meterSerialNumber
};
enum StatusField : std::size_t { connectorId, errorCode, info, status, timestamp, vendorId, vendorErrorCode };
enum TransferField : std::size_t { transferVendorId, transferMessageId, transferData };

constexpr std::array kAuthorizeFields{Field{"idTag", FieldType::text, Need::required, kIdTagCharactersMax}};

constexpr std::array kBootFields{
    Field{"chargePointVendor", FieldType::text, Need::required, 20},
    Field{"chargePointModel", FieldType::text, Need::required, 20},
    Field{"chargePointSerialNumber", FieldType::text, Need::optional, 25},
    Field{"chargeBoxSerialNumber", FieldType::text, Need::optional, 25},
    Field{"firmwareVersion", FieldType::text, Need::optional, 50},
    Field{"iccid", FieldType::text, Need::optional, 20},
    Field{"imsi", FieldType::text, Need::optional, 20},
    Field{"meterType", FieldType::text, Need::optional, 25},
    Field{"meterSerialNumber", FieldType::text, Need::optional, 25},
};

constexpr std::array<std::string_view, 16> kErrorCodeNames{"NoError",           "ConnectorLockFailure", "EVCommunicationError",
                                                           "GroundFailure",     "HighTemperature",      "InternalError",
                                                           "LocalListConflict", "OtherError",           "OverCurrentFailure",
                                                           "PowerMeterFailure", "PowerSwitchFailure",   "ReaderFailure",
                                                           "ResetFailure",      "UnderVoltage",         "OverVoltage",
                                                           "WeakSignal"};

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
constexpr std::array<std::string_view, 9> kStatusNames{"Available", "Preparing", "Charging",    "SuspendedEV", "SuspendedEVSE",
                                                       "Finishing", "Reserved",  "Unavailable", "Faulted"};

constexpr std::array kStatusFields{
    Field{"connectorId", FieldType::integer, Need::required},
    Field{"errorCode", FieldType::text, Need::required, 0, kErrorCodeNames},
    Field{"info", FieldType::text, Need::optional, 50},
    Field{"status", FieldType::text, Need::required, 0, kStatusNames},
    Field{"timestamp", FieldType::date_time},
    Field{"vendorId", FieldType::text, Need::optional, 255},
    Field{"vendorErrorCode", FieldType::text, Need::optional, 50},
};

constexpr std::array kTransferFields{
    Field{"vendorId", FieldType::text, Need::required, 255},
    Field{"messageId", FieldType::text, Need::optional, 50},
    Field{"data"},
};

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

const Shape kAuthorizeRequest{kAuthorizeFields};
const Shape kBootNotificationRequest{kBootFields};
const Shape kDataTransferRequest{kTransferFields};
const Shape kHeartbeatRequest{};
const Shape kStatusNotificationRequest{kStatusFields};

Handled handle_authorize(Request& request, const CallContext& call) {
    // No stored tag is that long: there is nothing to ask.
    if (characters(request.text(idTag)) > kIdTagCharactersMax) {
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
    doubt_clock(request, request.text(timestamp), call);
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
