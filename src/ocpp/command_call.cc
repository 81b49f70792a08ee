#include "ocpp/command_call.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/utf8.h"
#include "ocpp/envelope.h"

namespace ocpp {
namespace {

constexpr std::size_t kFrameSlack = 64;  // what the reader asks for behind a frame
constexpr std::size_t kNameBytesInMessage = 64;

std::string call_frame(std::string_view id, std::string_view action, std::string_view payload) {
    std::string frame;
    frame.reserve(id.size() + action.size() + payload.size() + kFrameSlack + 10);
    frame.append("[2,\"").append(id).append("\",\"").append(action).append("\",").append(payload).append("]");
    return frame;
}

NotDeliverable unknown_name(const Version& version, std::string_view name) {
    return {.why = NotDeliverable::Why::unknown_name,
            .message = "'" + std::string(base::utf8_prefix(name, kNameBytesInMessage)) +
                       "' is no command for a charge point that speaks " + std::string(version.protocol)};
}

NotDeliverable bad_payload(std::string message, std::string path = {}) {
    return {.why = NotDeliverable::Why::bad_payload, .message = std::move(message), .path = std::move(path)};
}

// The decoded text of a token; empty where it is no text, or a broken one. Surrogates that stand alone become U+FFFD.
std::string text_of(std::string_view token) {
    base::TextArena arena;
    const bool is_text = base::json_kind(token) == base::JsonKind::string && base::grammatical_value(token, 0);
    return is_text ? std::string(base::decoded_string(token, arena)) : std::string();
}

// What is wrong with the payload in a frame by its table. `frame` has its slack behind it.
std::optional<NotDeliverable> read_payload(const Shape& shape, std::string_view frame, CommandPayload& payload) {
    const Envelope envelope = read_envelope(frame);
    if (!envelope.readable || !envelope.as_due) {
        return bad_payload("the payload is not JSON");
    }
    if (!envelope.as_written) {
        return bad_payload("holds a number beyond 64 bits, or half a character");
    }
    simdjson::dom::object object;
    if (envelope.body.get(object) != simdjson::SUCCESS) {
        return bad_payload("an object is due");
    }
    payload.text = envelope.payload;
    Faults faults(Refuse::anything);
    read_object(shape, object, payload.values, faults);
    const auto& fault = faults.refusal();
    return fault ? std::optional(bad_payload(fault->due, fault->path)) : std::nullopt;
}

}  // namespace

// The payload is read in its frame: what is checked is what is sent, and a payload that would break out of its place shows.
std::variant<CommandCall, NotDeliverable> write_call(const Version& version, std::string_view id, const Command& command) {
    const Action* const action = version.find(command.name);
    const CommandEntry* const entry = version.find_command(command.name);
    const bool by_action = action != nullptr && action->sent_by != SentBy::charge_point;
    if (!by_action && entry == nullptr) {
        return unknown_name(version, command.name);
    }
    std::string frame = call_frame(id, command.name, command.payload);
    const std::size_t frame_bytes = frame.size();
    frame.append(kFrameSlack, '\0');
    CommandPayload payload{.text = {}, .values = {}};
    const Shape& shape = by_action ? action->request : entry->payload;
    if (auto problem = read_payload(shape, std::string_view(frame).substr(0, frame_bytes), payload)) {
        return *std::move(problem);
    }
    if (by_action) {
        const Action* asks_for = version.find(version.triggered_by(action->name, payload.text));
        frame.resize(frame_bytes);
        return CommandCall{{action}, std::move(frame), asks_for};
    }
    const auto call = entry->to_call(payload);
    if (!call) {
        return bad_payload(call.error().due, call.error().path);
    }
    const Called called{.action = version.find(call->action), .as = entry};
    CHECK(called.action != nullptr, "a version's commands become its own actions");
    return CommandCall{called, call_frame(id, call->action, call->payload),
                       version.find(version.triggered_by(call->action, call->payload))};
}

Answered answered(const Called& called, const Answer& answer) {
    const bool is_untouched = called.as == nullptr || !base::is_grammatical(answer.payload);
    Answered told{.outcome = std::nullopt,
                  .response = is_untouched ? portable_json(answer.payload) : called.as->to_response(answer.payload)};
    if (std::string status = text_of(base::member_text(answer.payload, "status")); !status.empty()) {
        told.outcome = std::move(status);
    }
    return told;
}

Refused refused(const Answer& answer) {
    return {.code = text_of(answer.code), .description = text_of(answer.description), .details = portable_json(answer.details)};
}

bool fits(const Called& called, const Answer& answer) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(answer.payload.data(), answer.payload.size()).get(object) != simdjson::SUCCESS) {
        return false;
    }
    Values values;
    Faults faults(Refuse::nothing);
    read_object(called.action->response, object, values, faults);
    return faults.none();
}

}  // namespace ocpp
