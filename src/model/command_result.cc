#include "model/command_result.h"

#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "base/utf8.h"
#include "model/command.h"
#include "model/json_members.h"

namespace model {
namespace {

using base::JsonWriter;

constexpr std::size_t kResultBytesTypical = 384;

// In the order of CommandState.
constexpr std::array<std::string_view, 10> kStates{"queued",    "sent",    "completed",   "failed",   "timed_out",
                                                   "uncertain", "expired", "unreachable", "rejected", "cancelled"};

void write_text_or_null(JsonWriter& json, std::string_view name, const std::string* text) {
    json.key(name);
    text != nullptr ? json.value(std::string_view(*text)) : json.null();
}

void write_error(JsonWriter& json, const std::optional<CommandError>& error) {
    json.key("error");
    if (!error) {
        json.null();
        return;
    }
    json.begin_object().member("code", base::utf8_prefix(error->code, kErrorCodeBytesMax));
    json.member("message", base::utf8_prefix(error->message, kErrorMessageBytesMax));
    const bool fits = !error->details.empty() && error->details.size() <= kErrorDetailsBytesMax;
    json.key("details").raw(fits ? std::string_view(error->details) : "{}").end_object();
}

}  // namespace

std::string_view to_text(CommandState state) { return kStates.at(static_cast<std::size_t>(state)); }

std::optional<CommandState> command_state(std::string_view text) {
    const auto* const found = std::find(kStates.begin(), kStates.end(), text);
    return found == kStates.end() ? std::nullopt : std::optional(static_cast<CommandState>(found - kStates.begin()));
}

bool is_terminal(CommandState state) { return state != CommandState::queued && state != CommandState::sent; }

bool is_dead_letter(CommandState state) {
    return is_terminal(state) && state != CommandState::completed && state != CommandState::cancelled;
}

std::string write_result(const CommandResult& result) {
    std::string text;
    text.reserve(kResultBytesTypical + result.response.size());
    JsonWriter json(text);
    json.begin_object();
    write_text_or_null(json, "commandId", result.command ? &result.command->text() : nullptr);
    write_text_or_null(json, "chargePointId", result.charge_point ? &result.charge_point->text() : nullptr);
    json.member("pod", result.pod.text()).member("state", to_text(result.state));
    json.member("final", is_terminal(result.state) && !result.late);
    if (result.late) {
        json.member("late", true);
    }
    write_text_or_null(json, "outcome", result.outcome ? &*result.outcome : nullptr);
    json.key("response").raw(result.response.empty() ? std::string_view("null") : result.response);
    write_error(json, result.error);
    json.member("attempt", result.attempt).member("at", base::to_rfc3339(result.at, base::Fractions::milliseconds));
    json.member_if("traceparent", result.traceparent).end_object();
    return text;
}

std::string write_dead_letter(std::string_view command, std::string_view result) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().key("command");
    if (command.size() <= kCommandBytesMax && json_members(command)) {
        json.raw(command);
    } else {
        json.value(base::utf8_prefix(command, kDeadLetterTextBytesMax));
    }
    json.key("result").raw(result).end_object();
    return text;
}

}  // namespace model
