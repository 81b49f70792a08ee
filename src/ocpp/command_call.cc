#include "ocpp/command_call.h"

#include <utility>

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

// The decoded text of a token; empty where it is no text. Surrogates that stand alone become U+FFFD.
std::string text_of(std::string_view token) {
    TextArena arena;
    return json_kind(token) == JsonKind::string ? std::string(decoded_string(token, arena)) : std::string();
}

}  // namespace

// The payload is read in its frame: what is checked is what is sent, and a payload that would break out of its place shows.
std::variant<CommandCall, NotDeliverable> write_call(const Version& version, std::string_view id, const Command& command) {
    const CommandEntry* const entry = version.find_command(command.name);
    if (entry == nullptr) {
        return unknown_name(version, command.name);
    }
    std::string frame = call_frame(id, entry->action, command.payload);
    const std::size_t frame_bytes = frame.size();
    frame.append(kFrameSlack, '\0');
    const Envelope envelope = read_envelope(std::string_view(frame).substr(0, frame_bytes));
    if (!envelope.readable || !envelope.as_due) {
        return bad_payload("the payload is not JSON");
    }
    simdjson::dom::object object;
    if (envelope.body.get(object) != simdjson::SUCCESS) {
        return bad_payload("an object is due");
    }
    CommandPayload payload{.text = envelope.payload, .values = {}};
    Faults faults(Faults::Keep::all);
    read_object(*entry->payload, object, payload.values, faults);
    if (!faults.none()) {
        const Fault& first = faults.all().front();
        return bad_payload(first.due, first.path);
    }
    if (entry->to_call == nullptr) {
        frame.resize(frame_bytes);
        return CommandCall{entry, std::move(frame)};
    }
    const auto call = entry->to_call(payload);
    if (!call) {
        return bad_payload(call.error().due, call.error().path);
    }
    return CommandCall{entry, call_frame(id, entry->action, *call)};
}

Answered answered(const CommandEntry& entry, const Answer& answer) {
    Answered told{.outcome = std::nullopt,
                  .response = entry.to_response == nullptr ? portable_json(answer.payload) : entry.to_response(answer.payload)};
    if (const std::string_view status = member_text(answer.payload, "status"); json_kind(status) == JsonKind::string) {
        told.outcome = text_of(status);
    }
    return told;
}

Refused refused(const Answer& answer) {
    return {.code = text_of(answer.code), .description = text_of(answer.description), .details = portable_json(answer.details)};
}

}  // namespace ocpp
