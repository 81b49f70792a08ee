#include "ocpp/dispatch.h"

#include <optional>

#include "base/mended_json.h"
#include "base/utf8.h"

namespace ocpp {
namespace {

using model::Quirk;

// OCPP-J 1.6 4.2.3: a description has at most 255 characters.
constexpr std::size_t kNameBytesInDescription = 64;

std::string quoted(std::string_view name) { return "'" + std::string(base::utf8_prefix(name, kNameBytesInDescription)) + "'"; }

// What a frame is told as that is no CALL of the charge point.
Refusal not_a_call(const ErrorCodes& codes, const Envelope& envelope) {
    switch (envelope.type) {
        case MessageType::call_result:
        case MessageType::call_error: return {codes.generic, "answers no call of ours"};
        case MessageType::other: return {codes.generic, "not a message type of this version"};
        default:
            return {codes.formation,
                    envelope.problem.empty() ? "the frame does not begin with a message type" : std::string(envelope.problem)};
    }
}

// What is wrong with the envelope or the action, before the payload is looked at.
std::optional<Refusal> refused_before_payload(const Version& version, const Envelope& envelope, const Action* action) {
    const ErrorCodes& codes = version.codes;
    if (envelope.type != MessageType::call) {
        return not_a_call(codes, envelope);
    }
    if (envelope.id.empty()) {
        return Refusal{codes.formation, "the frame has no message id"};
    }
    const bool is_stored = action != nullptr && action->storage == Storage::whatever_it_carries;
    if (!envelope.readable && !is_stored) {
        return Refusal{codes.formation, std::string(envelope.problem)};
    }
    if (envelope.action.empty()) {
        return Refusal{codes.formation, "the frame has no action"};
    }
    if (action == nullptr) {
        return Refusal{codes.not_implemented, "the action " + quoted(envelope.action) + " is not known"};
    }
    if (action->sent_by == SentBy::gateway) {
        return Refusal{codes.not_supported, "the action " + quoted(envelope.action) + " is sent by the gateway only"};
    }
    if (!envelope.has_body && !is_stored) {
        return Refusal{codes.formation, "the frame has no payload"};
    }
    return std::nullopt;
}

Refuse refused_of(const Action& action, Validation validation) {
    if (action.storage == Storage::whatever_it_carries || validation == Validation::observe) {
        return Refuse::nothing;
    }
    return validation == Validation::strict ? Refuse::schema : Refuse::unservable;
}

// Fills the request's values; what stands against serving it, if anything does.
std::optional<Refusal> read_payload(const Version& version, const Envelope& envelope, const Action& action, Refuse refuse,
                                    Request& request) {
    if (!envelope.has_body) {
        if (!envelope.payload_is_grammatical) {
            request.walkable = request.arena.emplace_back(base::mended_json(envelope.payload));
        }
        read_object_text(action.request, request.walkable, request.values, request.arena);
        request.flags.set(model::Flag::schema_violation);
        return std::nullopt;
    }
    Faults faults(refuse);
    simdjson::dom::object object;
    if (envelope.body.get(object) == simdjson::SUCCESS) {
        read_object(action.request, object, request.values, faults);
    } else if (envelope.body.is_null()) {
        request.quirks.add(Quirk::payload_null);
        read_null(action.request, faults);
    } else {
        request.quirks.add(Quirk::value_type);
        request.flags.set(model::Flag::schema_violation);
        return action.storage == Storage::whatever_it_carries
                   ? std::nullopt
                   : std::optional(Refusal{version.codes.formation, "the payload is not an object"});
    }
    if (is_text_as_written(faults.quirks()) || !envelope.as_written) {
        request.values = {};
        read_object_text(action.request, envelope.payload, request.values, request.arena);
    }
    if (!faults.none()) {
        request.flags.set(model::Flag::schema_violation);
    }
    request.quirks.add(faults.quirks());
    const auto& fault = faults.refusal();
    return fault ? std::optional(Refusal{version.codes.of(fault->kind), fault->path + ": " + fault->due, fault->path})
                 : std::nullopt;
}

}  // namespace

std::variant<Call, Refusal> understand(const Version& version, const Envelope& envelope, Validation validation) {
    const Action* const action = version.find(envelope.action);
    if (auto refusal = refused_before_payload(version, envelope, action)) {
        return *std::move(refusal);
    }
    Call call{.action = action,
              .request = {.payload = envelope.payload,
                          .walkable = envelope.payload,
                          .checked = envelope.as_written && (envelope.has_body || envelope.readable),
                          .values = {},
                          .arena = {},
                          .flags = {},
                          .quirks = {}}};
    const Refuse refuse = refused_of(*action, validation);
    if (auto refusal = read_payload(version, envelope, *action, refuse, call.request)) {
        return *std::move(refusal);
    }
    const bool is_told_whole = envelope.as_written || (envelope.payload_is_json && !call.request.quirks.has(Quirk::value_type));
    if (!envelope.readable || !is_told_whole) {
        call.request.flags.set(model::Flag::unreadable);
    }
    if (!envelope.readable) {
        call.request.quirks.add(Quirk::frame_broken);
    } else if (!envelope.payload_is_json) {
        call.request.quirks.add(Quirk::half_character);
    }
    if (envelope.readable && !envelope.as_due) {
        if (refuse == Refuse::schema) {
            return Refusal{version.codes.formation, "a CALL has four elements"};
        }
        call.request.flags.set(model::Flag::schema_violation);
        call.request.quirks.add(Quirk::frame_elements);
    }
    return call;
}

bool is_durable(const Action& action, const Config& config) {
    return action.storage != Storage::placed ||
           (!config.extra_durable_actions.empty() && config.extra_durable_actions.contains(action.name));
}

}  // namespace ocpp
