#include "ocpp/v16/commands.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json_writer.h"
#include "ocpp/answer.h"
#include "ocpp/v16/tables/commands.h"

namespace ocpp::v16 {
namespace {

using words::place_of;
using CallResult = base::Result<MadeCall, Fault>;

// An object made of members of another.
class Rewriter {
public:
    explicit Rewriter(std::string_view from) : from_(from) { json_.begin_object(); }

    // The member, under another name where one is given, if it is there.
    Rewriter& take(std::string_view name) { return take(name, name); }
    Rewriter& take(std::string_view name, std::string_view as) {
        if (const std::string_view value = base::member_text(from_, name); !value.empty()) {
            json_.key(as).raw(portable_json(value));
        }
        return *this;
    }
    template <class T>
    Rewriter& put(std::string_view name, const T& value) {
        json_.member(name, value);
        return *this;
    }
    Rewriter& put_json(std::string_view name, std::string_view json) {
        json_.key(name).raw(json);
        return *this;
    }
    std::string done() {
        json_.end_object();
        return std::move(text_);
    }

private:
    std::string_view from_;
    std::string text_;
    base::JsonWriter json_{text_};
};

CallResult call(std::string_view action, std::string payload) { return MadeCall{action, std::move(payload)}; }
CallResult unchanged(std::string_view action, const CommandPayload& payload) { return call(action, std::string(payload.text)); }

tl::unexpected<Fault> refused(FaultKind kind, std::string path, std::string due) {
    return tl::unexpected(Fault{kind, std::move(path), std::move(due)});
}

// Connector 0 is the whole charge point (OCPP 1.6 3.8).
std::int64_t connector(const CommandPayload& payload, std::size_t place) {
    return payload.values[place].as_integer().value_or(0);
}

std::string only_status(std::string_view answer) { return Rewriter(answer).take("status").done(); }

// --- transactions ---

CallResult transaction_start(const CommandPayload& payload) {
    return call("RemoteStartTransaction",
                Rewriter(payload.text).take("connectorId").take("idTag").take("chargingProfile").done());
}

// The ids that 1.6 charge points know are numbers.
CallResult transaction_stop(const CommandPayload& payload) {
    const std::string_view text = payload.values[place_of("transactionId", tables::kTransactionStop)].as_text();
    std::int64_t id = 0;
    const auto error = std::from_chars(text.data(), text.data() + text.size(), id).ec;
    if (error != std::errc() || std::to_string(id) != text) {
        return refused(FaultKind::unknown_value, "/transactionId", "an id of an OCPP 1.6 transaction is due: a whole number");
    }
    return call("RemoteStopTransaction", Rewriter({}).put("transactionId", id).done());
}

// --- the device ---

// 1.6 has no reset that waits for the end of a transaction; a soft one ends it in order (OCPP 1.6 5.14).
CallResult device_reset(const CommandPayload& payload) {
    const bool is_hard = payload.values[place_of("type", tables::kDeviceReset)].as_text() == "hard";
    return call("Reset", Rewriter({}).put("type", is_hard ? "Hard" : "Soft").done());
}

CallResult device_trigger(const CommandPayload& payload) {
    const std::string_view message = payload.values[place_of("message", tables::kDeviceTrigger)].as_text();
    const bool is_core = std::ranges::find(tables::kMessageTrigger, message) != tables::kMessageTrigger.end();
    return call(is_core ? "TriggerMessage" : "ExtendedTriggerMessage",
                Rewriter(payload.text).take("message", "requestedMessage").take("connectorId").done());
}

CallResult connector_availability(const CommandPayload& payload) {
    const bool operative = base::member_text(payload.text, "operative") == "true";
    return call("ChangeAvailability",
                Rewriter({})
                    .put("connectorId", connector(payload, place_of("connectorId", tables::kConnectorAvailability)))
                    .put("type", operative ? "Operative" : "Inoperative")
                    .done());
}

CallResult connector_unlock(const CommandPayload& payload) { return unchanged("UnlockConnector", payload); }
CallResult cache_clear(const CommandPayload& payload) { return unchanged("ClearCache", payload); }
CallResult data_transfer(const CommandPayload& payload) { return unchanged("DataTransfer", payload); }

std::string transfer_response(std::string_view answer) { return Rewriter(answer).take("status").take("data").done(); }

// --- configuration ---

CallResult configuration_set(const CommandPayload& payload) { return unchanged("ChangeConfiguration", payload); }

CallResult configuration_get(const CommandPayload& payload) {
    return call("GetConfiguration", Rewriter(payload.text).take("keys", "key").done());
}

// Charge points say 1, "true" and "True", too.
bool is_true(std::string_view value) {
    return value == "true" || value == "1" || value == R"("true")" || value == R"("True")" || value == R"("1")";
}

std::string setting(std::string_view sent) {
    Rewriter made(sent);
    made.take("key");
    const std::string_view value = base::member_text(sent, "value");
    switch (base::json_kind(value)) {
        case base::JsonKind::number:
        case base::JsonKind::boolean: made.put("value", value); break;  // a text, as 1.6 has it
        case base::JsonKind::null: break;
        default: made.take("value");
    }
    if (const std::string_view readonly = base::member_text(sent, "readonly"); !readonly.empty()) {
        made.put("readonly", is_true(readonly));
    }
    return made.done();
}

std::string configuration_response(std::string_view answer) {
    std::string settings;
    base::JsonWriter json(settings);
    json.begin_array();
    base::JsonCursor keys(base::member_text(answer, "configurationKey"));
    if (keys.kind() == base::JsonKind::array) {
        keys.enter();
        while (keys.next_element()) {
            json.raw(setting(keys.value()));
        }
    }
    json.end_array();
    const std::string_view unknown = base::member_text(answer, "unknownKey");
    return Rewriter({})
        .put_json("values", settings)
        .put_json("unknown", base::json_kind(unknown) == base::JsonKind::array ? portable_json(unknown) : "[]")
        .done();
}

// --- the local list ---

// What a differential list says of a tag without a status: it is removed (OCPP 1.6 7.4).
std::string list_entry(std::string_view entry) {
    Rewriter made(entry);
    made.take("idTag");
    if (!base::member_text(entry, "status").empty()) {
        made.put_json("idTagInfo", Rewriter(entry).take("expiryDate").take("parentIdTag").take("status").done());
    }
    return made.done();
}

CallResult local_list_send(const CommandPayload& payload) {
    const bool is_full = payload.values[place_of("update", tables::kLocalListSend)].as_text() == "full";
    const std::int64_t version = *payload.values[place_of("version", tables::kLocalListSend)].as_integer();
    if (version < 1) {
        return refused(FaultKind::unknown_value, "/version", "1 or more: 0 says that there is no list");
    }
    std::string entries;
    base::JsonWriter json(entries);
    json.begin_array();
    if (base::JsonCursor list(base::member_text(payload.text, "entries")); list.kind() == base::JsonKind::array) {
        list.enter();
        for (std::size_t i = 0; list.next_element(); ++i) {
            const std::string_view entry = list.value();
            const bool has_more =
                !base::member_text(entry, "expiryDate").empty() || !base::member_text(entry, "parentIdTag").empty();
            if (base::member_text(entry, "status").empty() && (is_full || has_more)) {
                return refused(FaultKind::missing, "/entries/" + std::to_string(i) + "/status", "required");
            }
            json.raw(list_entry(entry));
        }
    }
    json.end_array();
    return call("SendLocalList", Rewriter({})
                                     .put("listVersion", version)
                                     .put_json("localAuthorizationList", entries)
                                     .put("updateType", is_full ? "Full" : "Differential")
                                     .done());
}

CallResult local_list_version(const CommandPayload& payload) { return unchanged("GetLocalListVersion", payload); }

std::string version_response(std::string_view answer) { return Rewriter(answer).take("listVersion", "version").done(); }

// --- reservations ---

CallResult reservation_create(const CommandPayload& payload) {
    return call("ReserveNow", Rewriter(payload.text)
                                  .put("connectorId", connector(payload, place_of("connectorId", tables::kReservationCreate)))
                                  .take("expiryDate")
                                  .take("idTag")
                                  .take("parentIdTag")
                                  .take("id", "reservationId")
                                  .done());
}

CallResult reservation_cancel(const CommandPayload& payload) {
    return call("CancelReservation", Rewriter(payload.text).take("id", "reservationId").done());
}

// --- smart charging ---

CallResult charging_profile_set(const CommandPayload& payload) {
    return call("SetChargingProfile",
                Rewriter(payload.text)
                    .put("connectorId", connector(payload, place_of("connectorId", tables::kChargingProfileSet)))
                    .take("chargingProfile", "csChargingProfiles")
                    .done());
}

CallResult charging_profile_clear(const CommandPayload& payload) {
    Rewriter made(payload.text);
    made.take("id").take("connectorId");
    if (const std::string_view purpose = payload.values[place_of("purpose", tables::kChargingProfileClear)].as_text();
        !purpose.empty()) {
        made.put("chargingProfilePurpose", purpose == "chargePointMax" ? "ChargePointMaxProfile"
                                           : purpose == "txDefault"    ? "TxDefaultProfile"
                                                                       : "TxProfile");
    }
    return call("ClearChargingProfile", made.take("stackLevel").done());
}

CallResult charging_schedule_get(const CommandPayload& payload) {
    return call("GetCompositeSchedule",
                Rewriter(payload.text)
                    .put("connectorId", connector(payload, place_of("connectorId", tables::kChargingScheduleGet)))
                    .take("durationSeconds", "duration")
                    .take("unit", "chargingRateUnit")
                    .done());
}

std::string schedule_response(std::string_view answer) {
    return Rewriter(answer).take("status").take("connectorId").take("scheduleStart").take("chargingSchedule").done();
}

// --- firmware and logs ---

CallResult signed_firmware_update(const CommandPayload& payload) {
    for (const std::string_view due : {"requestId", "signingCertificate", "signature"}) {
        if (base::member_text(payload.text, due).empty()) {
            return refused(FaultKind::missing, "/" + std::string(due), "required of signed firmware");
        }
    }
    const std::string firmware = Rewriter(payload.text)
                                     .take("location")
                                     .take("retrieveDate", "retrieveDateTime")
                                     .take("installDate", "installDateTime")
                                     .take("signingCertificate")
                                     .take("signature")
                                     .done();
    return call("SignedUpdateFirmware", Rewriter(payload.text)
                                            .take("retries")
                                            .take("retryIntervalSeconds", "retryInterval")
                                            .take("requestId")
                                            .put_json("firmware", firmware)
                                            .done());
}

// Its requestId has no place in UpdateFirmware, whose progress is told without one.
CallResult firmware_update(const CommandPayload& payload) {
    if (!base::member_text(payload.text, "signature").empty() || !base::member_text(payload.text, "signingCertificate").empty()) {
        return signed_firmware_update(payload);
    }
    if (!base::member_text(payload.text, "installDate").empty()) {
        return refused(FaultKind::unknown_field, "/installDate", "only signed firmware has one in OCPP 1.6");
    }
    return call("UpdateFirmware", Rewriter(payload.text)
                                      .take("location")
                                      .take("retries")
                                      .take("retrieveDate")
                                      .take("retryIntervalSeconds", "retryInterval")
                                      .done());
}

CallResult security_log_upload(const CommandPayload& payload) {
    if (base::member_text(payload.text, "requestId").empty()) {
        return refused(FaultKind::missing, "/requestId", "required of a security log");
    }
    const std::string log = Rewriter(payload.text)
                                .take("location", "remoteLocation")
                                .take("from", "oldestTimestamp")
                                .take("until", "latestTimestamp")
                                .done();
    return call("GetLog", Rewriter(payload.text)
                              .put_json("log", log)
                              .put("logType", "SecurityLog")
                              .take("requestId")
                              .take("retries")
                              .take("retryIntervalSeconds", "retryInterval")
                              .done());
}

CallResult log_upload(const CommandPayload& payload) {
    if (payload.values[place_of("log", tables::kLogUpload)].as_text() == "security") {
        return security_log_upload(payload);
    }
    return call("GetDiagnostics", Rewriter(payload.text)
                                      .take("location")
                                      .take("retries")
                                      .take("retryIntervalSeconds", "retryInterval")
                                      .take("from", "startTime")
                                      .take("until", "stopTime")
                                      .done());
}

// GetLog and GetDiagnostics spell the file's name differently.
std::string log_response(std::string_view answer) {
    const bool is_log = base::member_text(answer, "fileName").empty();
    return Rewriter(answer).take("status").take(is_log ? "filename" : "fileName", "fileName").done();
}

// --- certificates ---

std::string_view certificate_use(const Value& type) {
    return type.as_text() == "centralSystemRoot" ? "CentralSystemRootCertificate" : "ManufacturerRootCertificate";
}

CallResult certificate_install(const CommandPayload& payload) {
    return call("InstallCertificate",
                Rewriter(payload.text)
                    .put("certificateType", certificate_use(payload.values[place_of("type", tables::kCertificateInstall)]))
                    .take("certificate")
                    .done());
}

CallResult certificate_list(const CommandPayload& payload) {
    const Value& type = payload.values[place_of("type", tables::kCertificateList)];
    return call("GetInstalledCertificateIds", Rewriter({}).put("certificateType", certificate_use(type)).done());
}

CallResult certificate_delete(const CommandPayload& payload) {
    return call("DeleteCertificate", Rewriter({}).put_json("certificateHashData", payload.text).done());
}

std::string certificates_response(std::string_view answer) {
    return Rewriter(answer).take("status").take("certificateHashData", "certificates").done();
}

// Sorted by name.
constexpr std::array kCommands{
    CommandEntry{"cache.clear", tables::kCacheClear, cache_clear, only_status},
    CommandEntry{"certificate.delete", tables::kCertificateDelete, certificate_delete, only_status},
    CommandEntry{"certificate.install", tables::kCertificateInstall, certificate_install, only_status},
    CommandEntry{"certificate.list", tables::kCertificateList, certificate_list, certificates_response},
    CommandEntry{"charging-profile.clear", tables::kChargingProfileClear, charging_profile_clear, only_status},
    CommandEntry{"charging-profile.set", tables::kChargingProfileSet, charging_profile_set, only_status},
    CommandEntry{"charging-schedule.get", tables::kChargingScheduleGet, charging_schedule_get, schedule_response},
    CommandEntry{"configuration.get", tables::kConfigurationGet, configuration_get, configuration_response},
    CommandEntry{"configuration.set", tables::kConfigurationSet, configuration_set, only_status},
    CommandEntry{"connector.availability", tables::kConnectorAvailability, connector_availability, only_status},
    CommandEntry{"connector.unlock", tables::kConnectorUnlock, connector_unlock, only_status},
    CommandEntry{"data.transfer", tables::kDataTransfer, data_transfer, transfer_response},
    CommandEntry{"device.reset", tables::kDeviceReset, device_reset, only_status},
    CommandEntry{"device.trigger", tables::kDeviceTrigger, device_trigger, only_status},
    CommandEntry{"firmware.update", tables::kFirmwareUpdate, firmware_update, only_status},
    CommandEntry{"local-list.send", tables::kLocalListSend, local_list_send, only_status},
    CommandEntry{"local-list.version", tables::kLocalListVersion, local_list_version, version_response},
    CommandEntry{"log.upload", tables::kLogUpload, log_upload, log_response},
    CommandEntry{"reservation.cancel", tables::kReservationCancel, reservation_cancel, only_status},
    CommandEntry{"reservation.create", tables::kReservationCreate, reservation_create, only_status},
    CommandEntry{"transaction.start", tables::kTransactionStart, transaction_start, only_status},
    CommandEntry{"transaction.stop", tables::kTransactionStop, transaction_stop, only_status},
};

}  // namespace

std::span<const CommandEntry> commands() { return kCommands; }

std::string triggered_by(std::string_view action, std::string_view payload) {
    if (action != "TriggerMessage" && action != "ExtendedTriggerMessage") {
        return {};
    }
    base::TextArena arena;
    const std::string_view message = base::decoded_string(base::member_text(payload, "requestedMessage"), arena);
    return std::string(message == "SignChargePointCertificate" ? "SignCertificate" : message);
}

}  // namespace ocpp::v16
