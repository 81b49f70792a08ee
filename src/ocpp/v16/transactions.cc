// What is billed. These messages are stored whatever they carry: a charge point that is refused sends them again and in
// the end throws them away, and the energy has flowed. So nothing here fails; what is missing is left out and flagged.
#include "base/hash.h"
#include "base/json_writer.h"
#include "ocpp/v16/handlers.h"
#include "ocpp/v16/tables/core.h"

namespace ocpp::v16 {
namespace {

using namespace std::chrono_literals;

using words::place_of;

enum StartField : std::size_t {
    connectorId = place_of("connectorId", tables::kStartTransactionRequest),
    idTag = place_of("idTag", tables::kStartTransactionRequest),
    meterStart = place_of("meterStart", tables::kStartTransactionRequest),
    reservationId = place_of("reservationId", tables::kStartTransactionRequest),
    timestamp = place_of("timestamp", tables::kStartTransactionRequest)
};
enum StopField : std::size_t {
    stopIdTag = place_of("idTag", tables::kStopTransactionRequest),
    meterStop = place_of("meterStop", tables::kStopTransactionRequest),
    stopTimestamp = place_of("timestamp", tables::kStopTransactionRequest),
    transactionId = place_of("transactionId", tables::kStopTransactionRequest),
    reason = place_of("reason", tables::kStopTransactionRequest)
};

std::optional<model::Number> number(const Value& value) {
    switch (value.kind) {
        case Value::Kind::integer: return value.integer;
        case Value::Kind::natural: return value.natural;
        case Value::Kind::real: return value.real;
        default: return std::nullopt;
    }
}

// A value as a part of the natural key: whatever was sent, apart from what was not.
std::string key_part(const Value& value) {
    switch (value.kind) {
        case Value::Kind::text: return "t" + std::string(value.text);
        case Value::Kind::integer: return std::to_string(value.integer);
        case Value::Kind::natural: return std::to_string(value.natural);
        case Value::Kind::real: return std::to_string(value.real);
        case Value::Kind::other: return "o";
        case Value::Kind::absent: return {};
    }
    return {};
}

// 31 bits, because many charge points break above (signed 32 bits), and never 0: some take it for "none".
std::uint32_t positive_31_bits(const base::Digest& digest) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        bits = (bits << 8U) | digest[i];
    }
    bits &= 0x7FFFFFFFU;
    return bits == 0 ? 1 : bits;
}

// The same for a resend on every pod that shares the key, and not to be guessed. `epoch` is empty where the clock can be
// trusted to tell two sessions apart.
std::uint32_t assigned_id(const Request& request, const CallContext& call, std::string_view epoch) {
    const std::string& key = call.config.transaction_key;
    const std::string_view charge_point = call.peer.charge_point.text();
    if (!request.checked) {
        return positive_31_bits(base::hmac_sha256(key, {"payload", charge_point, request.payload, epoch}));
    }
    return positive_31_bits(
        base::hmac_sha256(key, {"start", charge_point, key_part(request.values[connectorId]), key_part(request.values[idTag]),
                                key_part(request.values[timestamp]), key_part(request.values[meterStart]), epoch}));
}

Told started(Request& request, const model::Permission& permission, const CallContext& call) {
    const bool suspect = !plausible_time(request.text(timestamp), call);
    if (suspect) {
        request.flags.set(model::Flag::clock_suspect);
    }
    note_replay(request, request.text(timestamp), call);
    const std::string epoch = suspect ? model::place_of_a_stopped_clock(call.peer.epoch, call.received) : std::string();
    const std::uint32_t id = assigned_id(request, call, epoch);
    std::string answer;
    base::JsonWriter json(answer);
    json.begin_object().member("transactionId", id);
    append_id_tag_info(answer, permission);
    json.end_object();
    return {.fact = model::TransactionStarted{.id = model::TransactionId(std::to_string(id)),
                                              .id_tag = request.text(idTag),
                                              .connector_id = request.integer(connectorId),
                                              .meter_start_wh = number(request.values[meterStart]),
                                              .timestamp = request.text(timestamp),
                                              .reservation_id = request.integer(reservationId),
                                              .status = name_of(permission.status)},
            .answer = std::move(answer),
            .epoch_tells_it = suspect};
}

}  // namespace

// Also where no tag can be read: whoever decides knows whether that may charge.
Handled handle_start_transaction(Request& request, const CallContext& call) {
    return AskFirst{model::MayCharge{call.peer.charge_point, std::string(request.text(idTag))}};
}

// The answer carries a transactionId whatever was decided: the transaction exists (OCPP 1.6 4.8).
Told decided_start_transaction(Request& request, const model::Decision& decision, const CallContext& call) {
    return started(request, std::get<model::Permission>(decision), call);
}

Handled handle_stop_transaction(Request& request, const CallContext& call) {
    doubt_clock(request, request.text(stopTimestamp), call);
    note_replay(request, request.text(stopTimestamp), call);
    // Nobody is asked about its tag, and "Accepted" would let a blocked one into the charge point's cache (OCPP 1.6 3.5.1).
    const bool tells_tag = call.config.everyone_may_charge && !request.text(stopIdTag).empty();
    return Told{.fact = model::TransactionEnded{.id = transaction_id(request, transactionId),
                                                .id_tag = request.text(stopIdTag),
                                                .meter_stop_wh = number(request.values[meterStop]),
                                                .timestamp = request.text(stopTimestamp),
                                                .reason = request.text(reason),
                                                .meter = read_meter(request, "transactionData", call)},
                .answer = tells_tag ? id_tag_info_answer({}) : "{}"};
}

std::optional<base::WallTime> plausible_time(std::string_view text, const CallContext& call) {
    constexpr base::WallTime kFirst = std::chrono::sys_days(std::chrono::year(2020) / 1 / 1);
    const auto time = base::parse_rfc3339(text, call.time_zone);
    return time && *time >= kFirst && *time <= call.received + 24h ? time : std::nullopt;
}

void doubt_clock(Request& request, std::string_view text, const CallContext& call) {
    if (!plausible_time(text, call)) {
        request.flags.set(model::Flag::clock_suspect);
    }
}

// Nothing else marks such a message (OCPP 1.6 3.7). A clock that was set by our answers is a few seconds off at most.
void note_replay(Request& request, std::string_view text, const CallContext& call) {
    constexpr auto kClockTolerance = 10s;
    if (!call.back_since) {
        return;
    }
    if (const auto time = plausible_time(text, call); time && *time < *call.back_since - kClockTolerance) {
        request.flags.set(model::Flag::replayed);
    }
}

std::optional<model::TransactionId> transaction_id(Request& request, std::size_t field) {
    const Value& value = request.values[field];
    if (value.as_integer() == -1 || value.as_integer() == 0) {
        request.quirks.add(model::Quirk::transaction_id_unknown);
    }
    switch (value.kind) {
        case Value::Kind::text: return model::TransactionId(std::string(value.text));
        case Value::Kind::integer: return model::TransactionId(std::to_string(value.integer));
        case Value::Kind::natural: return model::TransactionId(std::to_string(value.natural));
        default: return std::nullopt;
    }
}

void append_id_tag_info(std::string& out, const model::Permission& permission) {
    base::JsonWriter json(out);
    out += out.empty() || out.back() == '{' ? "" : ",";
    out += "\"idTagInfo\":";
    json.begin_object().member("status", name_of(permission.status));
    json.member_if("expiryDate", permission.expiry_date);
    // One of 2.x may be longer than this version can carry.
    if (permission.parent_id_tag && characters(*permission.parent_id_tag) <= kIdTagCharactersMax) {
        json.member_if("parentIdTag", permission.parent_id_tag);
    }
    json.end_object();
}

std::string id_tag_info_answer(const model::Permission& permission) {
    std::string answer = "{";
    append_id_tag_info(answer, permission);
    answer += '}';
    return answer;
}

}  // namespace ocpp::v16
