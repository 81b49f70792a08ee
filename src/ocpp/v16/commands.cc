// The requests' tables are exactly the published schemas of OCPP 1.6: what they forbid is not sent. Those of the
// version-independent names carry 1.6's limits, so that a payload which fits always makes a CALL that fits.
#include "ocpp/v16/commands.h"

#include <array>
#include <charconv>

#include "base/check.h"
#include "base/json_writer.h"
#include "ocpp/answer.h"

namespace ocpp::v16 {
namespace {

constexpr std::uint16_t kIdTagCharactersMax = 20;
constexpr std::uint16_t kKeyCharactersMax = 50;
constexpr std::uint16_t kValueCharactersMax = 500;

constexpr Field required(std::string_view name, FieldType type, std::uint16_t length_max = 0,
                         std::span<const std::string_view> values = {}, const Shape* nested = nullptr) {
    return {name, type, Need::required, length_max, values, nested};
}
constexpr Field optional(std::string_view name, FieldType type, std::uint16_t length_max = 0,
                         std::span<const std::string_view> values = {}, const Shape* nested = nullptr) {
    return {name, type, Need::optional, length_max, values, nested};
}

// --- by OCPP name ---

constexpr std::array<std::string_view, 2> kAvailabilityTypes{"Inoperative", "Operative"};
constexpr std::array kChangeAvailabilityFields{required("connectorId", FieldType::whole),
                                               required("type", FieldType::text, 0, kAvailabilityTypes)};
constexpr Shape kChangeAvailability{kChangeAvailabilityFields};

constexpr std::array kChangeConfigurationFields{required("key", FieldType::text, kKeyCharactersMax),
                                                required("value", FieldType::text, kValueCharactersMax)};
constexpr Shape kChangeConfiguration{kChangeConfigurationFields};

constexpr Shape kNoFields{};

constexpr std::array kDataTransferFields{required("vendorId", FieldType::text, 255), optional("messageId", FieldType::text, 50),
                                         optional("data", FieldType::text)};
constexpr Shape kDataTransfer{kDataTransferFields};

constexpr std::array kGetConfigurationFields{optional("key", FieldType::texts, kKeyCharactersMax)};
constexpr Shape kGetConfiguration{kGetConfigurationFields};

constexpr std::array kPeriodFields{required("startPeriod", FieldType::whole), required("limit", FieldType::tenths),
                                   optional("numberPhases", FieldType::whole)};
constexpr Shape kPeriod{kPeriodFields};
constexpr std::array<std::string_view, 2> kRateUnits{"A", "W"};
constexpr std::array kScheduleFields{
    optional("duration", FieldType::whole),
    optional("startSchedule", FieldType::date_time),
    required("chargingRateUnit", FieldType::text, 0, kRateUnits),
    required("chargingSchedulePeriod", FieldType::list, 0, {}, &kPeriod),
    optional("minChargingRate", FieldType::tenths),
};
constexpr Shape kSchedule{kScheduleFields};
constexpr std::array<std::string_view, 3> kPurposes{"ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"};
constexpr std::array<std::string_view, 3> kProfileKinds{"Absolute", "Recurring", "Relative"};
constexpr std::array<std::string_view, 2> kRecurrencyKinds{"Daily", "Weekly"};
constexpr std::array kProfileFields{
    required("chargingProfileId", FieldType::whole),
    optional("transactionId", FieldType::whole),
    required("stackLevel", FieldType::whole),
    required("chargingProfilePurpose", FieldType::text, 0, kPurposes),
    required("chargingProfileKind", FieldType::text, 0, kProfileKinds),
    optional("recurrencyKind", FieldType::text, 0, kRecurrencyKinds),
    optional("validFrom", FieldType::date_time),
    optional("validTo", FieldType::date_time),
    required("chargingSchedule", FieldType::object, 0, {}, &kSchedule),
};
constexpr Shape kProfile{kProfileFields};
constexpr std::array kRemoteStartFields{
    optional("connectorId", FieldType::whole),
    required("idTag", FieldType::text, kIdTagCharactersMax),
    optional("chargingProfile", FieldType::object, 0, {}, &kProfile),
};
constexpr Shape kRemoteStart{kRemoteStartFields};

constexpr std::array kRemoteStopFields{required("transactionId", FieldType::whole)};
constexpr Shape kRemoteStop{kRemoteStopFields};

constexpr std::array<std::string_view, 2> kResetTypes{"Hard", "Soft"};
constexpr std::array kResetFields{required("type", FieldType::text, 0, kResetTypes)};
constexpr Shape kReset{kResetFields};

constexpr std::array<std::string_view, 6> kTriggers{
    "BootNotification",  "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues",
    "StatusNotification"};
constexpr std::array kTriggerMessageFields{required("requestedMessage", FieldType::text, 0, kTriggers),
                                           optional("connectorId", FieldType::whole)};
constexpr Shape kTriggerMessage{kTriggerMessageFields};

constexpr std::array kUnlockConnectorFields{required("connectorId", FieldType::whole)};
constexpr Shape kUnlockConnector{kUnlockConnectorFields};

// --- by version-independent name ---
//
// `evseId` is in none of these tables: a 1.6 charge point has no EVSEs, and a command that was meant for one of them must
// not hit the whole charge point.

enum StartField : std::size_t { startIdTag, startIdTagType, startConnectorId, startProfile };
constexpr std::array kStartFields{
    required("idTag", FieldType::text, kIdTagCharactersMax),
    optional("idTagType", FieldType::text),  // 1.6 knows one kind only
    optional("connectorId", FieldType::whole),
    optional("chargingProfile", FieldType::object, 0, {}, &kProfile),
};
constexpr Shape kStart{kStartFields};
constexpr std::array kStopFields{required("transactionId", FieldType::text)};
constexpr Shape kStop{kStopFields};

constexpr std::array<std::string_view, 3> kUnifiedResetTypes{"soft", "hard", "whenIdle"};
constexpr std::array kUnifiedResetFields{required("type", FieldType::text, 0, kUnifiedResetTypes)};
constexpr Shape kUnifiedReset{kUnifiedResetFields};

enum TriggerField : std::size_t { triggerMessage, triggerConnectorId };
constexpr std::array kTriggerFields{required("message", FieldType::text, 0, kTriggers),
                                    optional("connectorId", FieldType::whole)};
constexpr Shape kTrigger{kTriggerFields};

enum AvailabilityField : std::size_t { operative, availabilityConnectorId };
constexpr std::array kAvailabilityFields{required("operative", FieldType::boolean), optional("connectorId", FieldType::whole)};
constexpr Shape kAvailability{kAvailabilityFields};

constexpr std::array kGetFields{optional("keys", FieldType::texts, kKeyCharactersMax)};
constexpr Shape kGet{kGetFields};

using CallText = base::Result<std::string, Fault>;

CallText unchanged(const CommandPayload& payload) { return std::string(payload.text); }

CallText start_call(const CommandPayload& payload) {
    std::string call;
    base::JsonWriter json(call);
    json.begin_object();
    json.member_if("connectorId", payload.values[startConnectorId].as_integer());
    json.member("idTag", payload.values[startIdTag].as_text());
    if (const std::string_view profile = member_text(payload.text, "chargingProfile"); !profile.empty()) {
        json.key("chargingProfile").raw(profile);
    }
    json.end_object();
    return call;
}

// The ids that 1.6 charge points know are numbers.
CallText stop_call(const CommandPayload& payload) {
    const std::string_view text = payload.values[0].as_text();
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size()) {
        return tl::unexpected(
            Fault{FaultKind::unknown_value, "/transactionId", "an id of an OCPP 1.6 transaction is due: digits"});
    }
    std::string call;
    base::JsonWriter(call).begin_object().member("transactionId", id).end_object();
    return call;
}

// 1.6 has no reset that waits for the end of a transaction; a soft one ends it in order (OCPP 1.6 5.14).
CallText reset_call(const CommandPayload& payload) {
    return payload.values[0].as_text() == "hard" ? R"({"type":"Hard"})" : R"({"type":"Soft"})";
}

CallText trigger_call(const CommandPayload& payload) {
    std::string call;
    base::JsonWriter json(call);
    json.begin_object().member("requestedMessage", payload.values[triggerMessage].as_text());
    json.member_if("connectorId", payload.values[triggerConnectorId].as_integer()).end_object();
    return call;
}

// Connector 0 is the whole charge point (OCPP 1.6 5.2).
CallText availability_call(const CommandPayload& payload) {
    std::string call;
    base::JsonWriter json(call);
    json.begin_object().member("connectorId", payload.values[availabilityConnectorId].as_integer().value_or(0));
    json.member("type", member_text(payload.text, "operative") == "true" ? "Operative" : "Inoperative").end_object();
    return call;
}

CallText get_call(const CommandPayload& payload) {
    const std::string_view keys = member_text(payload.text, "keys");
    return keys.empty() ? "{}" : R"({"key":)" + std::string(keys) + "}";
}

void copy_member(base::JsonWriter& json, std::string_view object, std::string_view name) {
    if (const std::string_view value = member_text(object, name); !value.empty()) {
        json.key(name).raw(portable_json(value));
    }
}

std::string status_response(std::string_view answer) {
    std::string response;
    base::JsonWriter json(response);
    json.begin_object();
    copy_member(json, answer, "status");
    json.end_object();
    return response;
}

std::string transfer_response(std::string_view answer) {
    std::string response;
    base::JsonWriter json(response);
    json.begin_object();
    copy_member(json, answer, "status");
    copy_member(json, answer, "data");
    json.end_object();
    return response;
}

std::string get_response(std::string_view answer) {
    std::string response;
    base::JsonWriter json(response);
    json.begin_object().key("values").begin_array();
    JsonCursor keys(member_text(answer, "configurationKey"));
    if (keys.kind() == JsonKind::array) {
        keys.enter();
        while (keys.next_element()) {
            const std::string_view setting = keys.value();
            json.begin_object();
            copy_member(json, setting, "key");
            copy_member(json, setting, "value");
            copy_member(json, setting, "readonly");
            json.end_object();
        }
    }
    json.end_array();
    const std::string_view unknown = member_text(answer, "unknownKey");
    json.key("unknown").raw(json_kind(unknown) == JsonKind::array ? portable_json(unknown) : "[]").end_object();
    return response;
}

// Sorted by name.
constexpr std::array kCommands{
    CommandEntry{"ChangeAvailability", "ChangeAvailability", &kChangeAvailability},
    CommandEntry{"ChangeConfiguration", "ChangeConfiguration", &kChangeConfiguration},
    CommandEntry{"ClearCache", "ClearCache", &kNoFields},
    CommandEntry{"DataTransfer", "DataTransfer", &kDataTransfer},
    CommandEntry{"GetConfiguration", "GetConfiguration", &kGetConfiguration},
    CommandEntry{"RemoteStartTransaction", "RemoteStartTransaction", &kRemoteStart},
    CommandEntry{"RemoteStopTransaction", "RemoteStopTransaction", &kRemoteStop},
    CommandEntry{"Reset", "Reset", &kReset},
    CommandEntry{"TriggerMessage", "TriggerMessage", &kTriggerMessage},
    CommandEntry{"UnlockConnector", "UnlockConnector", &kUnlockConnector},
    CommandEntry{"cache.clear", "ClearCache", &kNoFields, unchanged, status_response},
    CommandEntry{"configuration.get", "GetConfiguration", &kGet, get_call, get_response},
    CommandEntry{"configuration.set", "ChangeConfiguration", &kChangeConfiguration, unchanged, status_response},
    CommandEntry{"connector.availability", "ChangeAvailability", &kAvailability, availability_call, status_response},
    CommandEntry{"connector.unlock", "UnlockConnector", &kUnlockConnector, unchanged, status_response},
    CommandEntry{"data.transfer", "DataTransfer", &kDataTransfer, unchanged, transfer_response},
    CommandEntry{"device.reset", "Reset", &kUnifiedReset, reset_call, status_response},
    CommandEntry{"device.trigger", "TriggerMessage", &kTrigger, trigger_call, status_response},
    CommandEntry{"transaction.start", "RemoteStartTransaction", &kStart, start_call, status_response},
    CommandEntry{"transaction.stop", "RemoteStopTransaction", &kStop, stop_call, status_response},
};

}  // namespace

std::span<const CommandEntry> commands() { return kCommands; }

}  // namespace ocpp::v16
