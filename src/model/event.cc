#include "model/event.h"

#include <array>
#include <span>

#include "base/check.h"
#include "base/hash.h"
#include "base/json_writer.h"
#include "base/random.h"
#include "base/utf8.h"

namespace model {
namespace {

using base::JsonWriter;

constexpr std::size_t kEventBytesTypical = 704;  // all but payload and meter
constexpr std::size_t kSampleBytesTypical = 160;
constexpr std::size_t kIdBytes = 16;

// RFC 3986 pchar: what may stand in a path segment as it is.
bool is_path_character(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && std::string_view("-._~!$&'()*+,;=:@").find(static_cast<char>(c)) != std::string_view::npos);
}

void append_path_segment(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char character : text) {
        const auto c = static_cast<unsigned char>(character);
        if (is_path_character(c)) {
            out += character;
        } else {
            out += '%';
            out += kHex[c >> 4U];
            out += kHex[c & 15U];
        }
    }
}

std::string event_id(const EventHead& head) {
    if (head.id_rule == IdRule::place) {
        std::string id;
        append_path_segment(id, head.charge_point.text());
        id += ':';
        id += std::to_string(number(head.epoch));
        id += ':';
        id += std::to_string(head.sequence);
        return id;
    }
    CHECK(head.ocpp.has_value(), "an id of the content needs a content");
    const std::string epoch =
        head.id_rule == IdRule::content_and_epoch ? place_of_a_stopped_clock(head.epoch, head.received) : std::string();
    const base::Digest digest = base::sha256({head.charge_point.text(), head.ocpp->action, head.ocpp->payload, epoch});
    return base::to_hex(std::span(digest).first<kIdBytes>());
}

void append_hex(std::string& out, std::uint64_t value) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<char, 16> digits{};
    for (std::size_t place = digits.size(); place > 0; value >>= 4U) {
        digits[--place] = kHex[value & 15U];
    }
    out.append(digits.data(), digits.size());
}

// W3C trace context, not sampled. Each event is its own trace, because each message of a charge point is.
std::string traceparent(std::uint64_t seed, std::uint64_t sequence) {
    base::SplitMix mix(seed ^ (sequence * 0xD1342543DE82EF95ULL));
    std::string text;
    text.reserve(55);
    text += "00-";
    append_hex(text, mix.next());
    append_hex(text, mix.next() | 1U);  // an id of zeros would be invalid
    text += '-';
    append_hex(text, mix.next() | 1U);
    text += "-00";
    return text;
}

void write_number(JsonWriter& json, std::string_view name, const std::optional<Number>& what) {
    if (what) {
        json.key(name);
        std::visit([&](auto value) { json.value(value); }, *what);
    }
}

void write_transaction_id(JsonWriter& json, const std::optional<TransactionId>& id) {
    if (id) {
        json.member_if("id", id->text());
    }
}

void write_meter(JsonWriter& json, const Meter& meter) {
    json.key("meter").begin_array();
    for (const MeterReading& reading : meter) {
        json.begin_object().member_if("timestamp", reading.timestamp).key("samples").begin_array();
        for (const Sample& sample : reading.samples) {
            json.begin_object()
                .member_if("measurand", sample.measurand)
                .member_if("value", sample.value)
                .member_if("format", sample.format)
                .member_if("unit", sample.unit)
                .member_if("phase", sample.phase)
                .member_if("location", sample.location)
                .member_if("context", sample.context)
                .end_object();
        }
        json.end_array().end_object();
    }
    json.end_array();
}

// The members of `data` that are the fact's own.
struct FactWriter {
    JsonWriter& json;
    bool with_meter;

    void operator()(const DeviceConnected& fact) const { json.member("securityProfile", fact.security_profile); }
    void operator()(const DeviceDisconnected& fact) const {
        json.key("disconnect").begin_object();
        json.member("code", fact.code)
            .member("reason", fact.reason)
            .member("by", fact.by)
            .member("seconds", fact.seconds)
            .end_object();
    }
    void operator()(const DeviceOnline& fact) const {
        json.key("device")
            .begin_object()
            .member_if("vendor", fact.vendor)
            .member_if("model", fact.model)
            .member_if("serialNumber", fact.serial_number)
            .member_if("firmwareVersion", fact.firmware_version)
            .member_if("iccid", fact.iccid)
            .member_if("imsi", fact.imsi)
            .member_if("meterType", fact.meter_type)
            .member_if("meterSerialNumber", fact.meter_serial_number)
            .member_if("bootReason", fact.boot_reason)
            .end_object();
        json.key("decision").begin_object();
        json.member_if("status", fact.status).member("intervalSeconds", fact.interval_seconds).end_object();
    }
    void operator()(const DeviceHeartbeat& /*fact*/) const {}
    void operator()(const DeviceUnresponsive& fact) const {
        json.key("unanswered").begin_object().member("calls", fact.calls);
        json.member("since", base::to_rfc3339(fact.since, base::Fractions::milliseconds)).end_object();
    }
    void operator()(const ConnectorStatus& fact) const {
        json.key("connector")
            .begin_object()
            .member_if("connectorId", fact.connector_id)
            .member_if("availability", fact.availability)
            .member_if("status", fact.status)
            .member_if("errorCode", fact.error_code)
            .member_if("vendorErrorCode", fact.vendor_error_code)
            .member_if("vendorId", fact.vendor_id)
            .member_if("info", fact.info)
            .member_if("timestamp", fact.timestamp)
            .end_object();
    }
    void operator()(const AuthorizationRequested& fact) const {
        json.key("authorization")
            .begin_object()
            .member_if("idTag", fact.id_tag)
            .member_if("status", fact.status)
            .member_if("expiryDate", fact.expiry_date)
            .member_if("parentIdTag", fact.parent_id_tag)
            .end_object();
    }
    void operator()(const TransactionStarted& fact) const {
        json.key("transaction").begin_object();
        json.member_if("id", fact.id.text()).member_if("idTag", fact.id_tag).member_if("connectorId", fact.connector_id);
        write_number(json, "meterStartWh", fact.meter_start_wh);
        json.member_if("timestamp", fact.timestamp).member_if("reservationId", fact.reservation_id);
        json.member_if("status", fact.status).end_object();
    }
    void operator()(const TransactionEnded& fact) const {
        json.key("transaction").begin_object();
        write_transaction_id(json, fact.id);
        json.member_if("idTag", fact.id_tag);
        write_number(json, "meterStopWh", fact.meter_stop_wh);
        json.member_if("timestamp", fact.timestamp).member_if("reason", fact.reason).end_object();
        if (with_meter && !fact.meter.empty()) {
            write_meter(json, fact.meter);
        }
    }
    void operator()(const MeterValues& fact) const {
        if (fact.connector_id) {
            json.key("connector").begin_object().member("connectorId", *fact.connector_id).end_object();
        }
        if (fact.transaction_id) {
            json.key("transaction").begin_object();
            write_transaction_id(json, fact.transaction_id);
            json.end_object();
        }
        if (with_meter) {
            write_meter(json, fact.meter);
        }
    }
    void operator()(const FirmwareStatus& fact) const {
        json.key("firmware").begin_object();
        json.member_if("status", fact.status).member_if("requestId", fact.request_id).end_object();
    }
    void operator()(const DiagnosticsStatus& fact) const {
        json.key("diagnostics").begin_object().member_if("status", fact.status).end_object();
    }
    void operator()(const LogStatus& fact) const {
        json.key("log").begin_object();
        json.member_if("status", fact.status).member_if("requestId", fact.request_id).end_object();
    }
    void operator()(const SecurityEvent& fact) const {
        json.key("security").begin_object();
        json.member_if("type", fact.type).member_if("timestamp", fact.timestamp).member_if("techInfo", fact.tech_info);
        json.end_object();
    }
    void operator()(const CertificateRequest& fact) const {
        json.key("certificate").begin_object().member_if("csr", fact.csr).end_object();
    }
    void operator()(const DataTransfer& fact) const {
        json.key("transfer").begin_object();
        json.member_if("vendorId", fact.vendor_id)
            .member_if("messageId", fact.message_id)
            .member_if("data", fact.data)
            .end_object();
    }
    void operator()(const ProtocolError& fact) const {
        json.key("error").begin_object();
        json.member("code", fact.code).member_if("description", fact.description).member_if("path", fact.path);
        json.member("frame", base::utf8_prefix(fact.frame, kErrorFrameBytesMax)).end_object();
    }
};

// In the order of Fact's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<Fact>> kTypes = {
    "device.connected", "device.disconnected",     "device.online",       "device.heartbeat",  "device.unresponsive",
    "connector.status", "authorization.requested", "transaction.started", "transaction.ended", "meter.values",
    "firmware.status",  "diagnostics.status",      "log.status",          "security.event",    "certificate.request",
    "data.transfer",    "protocol.error"};

const Meter* meter_of(const Fact& fact) {
    if (const auto* values = std::get_if<MeterValues>(&fact)) {
        return &values->meter;
    }
    const auto* ended = std::get_if<TransactionEnded>(&fact);
    return ended != nullptr ? &ended->meter : nullptr;
}

std::size_t bytes_expected(const EventHead& head, const Fact& fact) {
    std::size_t bytes = kEventBytesTypical + 3 * head.charge_point.text().size() + (head.ocpp ? head.ocpp->payload.size() : 0);
    if (const Meter* meter = meter_of(fact)) {
        for (const MeterReading& reading : *meter) {
            bytes += kSampleBytesTypical * (reading.samples.size() + 1);
        }
    }
    return bytes;
}

void write_connection(JsonWriter& json, const EventHead& head, const Fact& fact) {
    json.key("connection").begin_object().member("epoch", number(head.epoch)).member("sequence", head.sequence);
    if (const auto* connected = std::get_if<DeviceConnected>(&fact)) {
        json.member_if("remoteAddress", connected->remote_address);
        if (connected->previous_epoch) {
            json.member("previousEpoch", number(*connected->previous_epoch));
        }
    }
    json.end_object();
}

void write_flags(JsonWriter& json, Flags flags) {
    constexpr std::array<std::pair<Flag, std::string_view>, 7> kNames{{{Flag::clock_suspect, "clockSuspect"},
                                                                       {Flag::schema_violation, "schemaViolation"},
                                                                       {Flag::unreadable, "unreadable"},
                                                                       {Flag::meter_omitted, "meterOmitted"},
                                                                       {Flag::payload_cut, "payloadCut"},
                                                                       {Flag::text_cut, "textCut"},
                                                                       {Flag::replayed, "replayed"}}};
    json.key("flags").begin_array();
    for (const auto& [flag, name] : kNames) {
        if (flags.has(flag)) {
            json.value(name);
        }
    }
    json.end_array();
}

void write_ocpp(JsonWriter& json, const OcppSource& source) {
    json.key("ocpp").begin_object().member("action", source.action).key("messageId");
    source.message_id_is_json ? json.raw(source.message_id) : json.value(source.message_id);
    json.limit_texts(std::string_view::npos);  // what is to stand of the payload was decided before
    json.key("payload");
    source.payload_is_json ? json.raw(source.payload) : json.value(source.payload);
    json.end_object();
}

bool has_meter(const Fact& fact) {
    const Meter* meter = meter_of(fact);
    return meter != nullptr && !meter->empty();
}

// How much is told: each form is smaller than the one before.
enum class Form { whole, without_meter, cut };

// A control character takes six bytes in a JSON string: so much of a payload that is no JSON, and of all other texts, leaves
// room for all the rest.
constexpr std::size_t kPayloadShare = 8;
constexpr std::size_t kCutTextBytes = 2048;

struct Text {
    std::string text;
    std::size_t varying = 0;  // bytes of what may differ where the same fact is told again
};

Text event_text(const EventHead& head, const Fact& fact, const EventRecord& record, Form form) {
    Text told;
    std::string& text = told.text;
    text.reserve(bytes_expected(head, fact));
    std::string source = "/charge-points/";
    append_path_segment(source, head.charge_point.text());
    JsonWriter json(text);
    json.begin_object().member("specversion", "1.0").member("id", record.id).member("source", source);
    json.member("type", record.type).member("subject", head.charge_point.text()).key("time");
    text += '"';
    base::append_rfc3339(text, head.received, base::Fractions::milliseconds);
    text += '"';
    json.member("datacontenttype", "application/json").key("data").begin_object();
    json.key("chargePoint").begin_object().member("id", head.charge_point.text()).member("protocol", head.protocol).end_object();
    const std::size_t pod = text.size();
    json.member("pod", head.pod.text());
    write_connection(json, head, fact);
    told.varying += text.size() - pod;
    if (form == Form::cut) {
        json.limit_texts(kCutTextBytes);
    }
    std::visit(FactWriter{json, form == Form::whole}, fact);
    const bool cuts_payload = form == Form::cut && head.ocpp && !head.ocpp->payload_is_json;
    Flags flags = head.flags;
    flags.set(Flag::meter_omitted, form != Form::whole && has_meter(fact));
    flags.set(Flag::payload_cut, cuts_payload);
    flags.set(Flag::text_cut, json.has_cut_a_text());
    const std::size_t begin_of_flags = text.size();
    write_flags(json, flags);
    told.varying += text.size() - begin_of_flags;
    if (head.ocpp) {
        OcppSource from = *head.ocpp;
        if (cuts_payload) {
            from.payload = base::utf8_prefix(from.payload, head.bytes_max / kPayloadShare);
        }
        write_ocpp(json, from);
        told.varying += from.message_id.size();
    }
    json.end_object().end_object();
    return told;
}

// What is told of a fact is the same each time it is told: a longer message id must not decide it.
bool is_too_large(const Text& told, std::size_t bytes_max) {
    constexpr std::size_t kVaryingBytes = 1024;
    return told.text.size() > bytes_max || told.text.size() - told.varying + kVaryingBytes > bytes_max;
}

}  // namespace

std::string_view type_name(const Fact& fact) { return kTypes.at(fact.index()); }

std::span<const std::string_view> event_types() { return kTypes; }

std::string place_of_a_stopped_clock(Epoch epoch, base::WallTime received) {
    const auto day = std::chrono::floor<std::chrono::days>(received).time_since_epoch().count();
    return std::to_string(number(epoch)) + ":" + std::to_string(day);
}

EventRecord write_event(const EventHead& head, const Fact& fact) {
    EventRecord record{.charge_point = head.charge_point,
                       .type = type_name(fact),
                       .id = event_id(head),
                       .value = {},
                       .traceparent = traceparent(head.trace_seed, head.sequence)};
    Text told = event_text(head, fact, record, Form::whole);
    if (is_too_large(told, head.bytes_max) && has_meter(fact)) {
        told = event_text(head, fact, record, Form::without_meter);
    }
    if (is_too_large(told, head.bytes_max)) {
        told = event_text(head, fact, record, Form::cut);
    }
    record.value = std::move(told.text);
    return record;
}

}  // namespace model
