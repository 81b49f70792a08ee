#include "model/command_result.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

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

template <class Id>
void write_id_or_null(JsonWriter& json, std::string_view name, const std::optional<Id>& id) {
    json.key(name);
    id ? json.value(std::string_view(id->text())) : json.null();
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

// ---- reading: true where the value is as the contract says

bool take_text(const JsonMember& member, std::string& text) {
    text = member.text;
    return member.type == JsonType::string;
}

template <class Id>
bool take_id_or_null(const JsonMember& member, std::optional<Id>& id) {
    if (member.type == JsonType::string) id = Id(std::string(member.text));
    return member.type == JsonType::null || (id && !id->text().empty());
}

bool take_bool(const JsonMember& member, bool& value) {
    value = member.raw == "true";
    return member.type == JsonType::boolean;
}

bool take_state(const JsonMember& member, CommandState& state) {
    const auto read = member.type == JsonType::string ? command_state(member.text) : std::nullopt;
    state = read.value_or(state);
    return read.has_value();
}

bool take_attempt(const JsonMember& member, std::uint32_t& attempt) {
    const auto number = whole_number(member);
    if (!number || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) return false;
    attempt = static_cast<std::uint32_t>(*number);
    return true;
}

bool take_time(const JsonMember& member, base::WallTime& time) {
    const auto read = member.type == JsonType::string ? base::parse_rfc3339(member.text) : std::nullopt;
    time = read.value_or(time);
    return read.has_value();
}

bool take_pod(const JsonMember& member, PodId& pod) {
    pod = PodId(std::string(member.text));
    return member.type == JsonType::string;
}

struct HeadField {
    std::string_view name;
    bool (*take)(const JsonMember&, ResultHead&);
    bool required = true;
};

constexpr std::array kHeadFields{
    HeadField{"commandId", [](const JsonMember& member, ResultHead& into) { return take_id_or_null(member, into.command); }},
    HeadField{"chargePointId",
              [](const JsonMember& member, ResultHead& into) { return take_id_or_null(member, into.charge_point); }},
    HeadField{"pod", [](const JsonMember& member, ResultHead& into) { return take_pod(member, into.pod); }},
    HeadField{"state", [](const JsonMember& member, ResultHead& into) { return take_state(member, into.state); }},
    HeadField{"final", [](const JsonMember& member, ResultHead& into) { return take_bool(member, into.final); }},
    HeadField{"late", [](const JsonMember& member, ResultHead& into) { return take_bool(member, into.late); }, false},
    HeadField{"attempt", [](const JsonMember& member, ResultHead& into) { return take_attempt(member, into.attempt); }},
    HeadField{"at", [](const JsonMember& member, ResultHead& into) { return take_time(member, into.at); }},
    HeadField{"traceparent", [](const JsonMember& member, ResultHead& into) { return take_text(member, into.traceparent); },
              false},
};

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
    write_id_or_null(json, "commandId", result.command);
    write_id_or_null(json, "chargePointId", result.charge_point);
    json.member("pod", result.pod.text()).member("state", to_text(result.state));
    json.member("final", is_terminal(result.state) && !result.late);
    if (result.late) {
        json.member("late", true);
    }
    json.key("outcome");
    result.outcome ? json.value(std::string_view(*result.outcome)) : json.null();
    json.key("response").raw(result.response.empty() ? std::string_view("null") : result.response);
    write_error(json, result.error);
    json.member("attempt", result.attempt).member("at", base::to_rfc3339(result.at, base::Fractions::milliseconds));
    json.member_if("traceparent", result.traceparent).end_object();
    return text;
}

base::Result<ResultHead, Fault> read_result(std::string_view record) {
    const auto members = json_members(record);
    if (!members) {
        return tl::unexpected(Fault{{}, "is not a JSON object"});
    }
    ResultHead head;
    for (const HeadField& field : kHeadFields) {
        const JsonMember* const member = find_member(*members, field.name);
        if (member == nullptr ? field.required : !field.take(*member, head)) {
            return tl::unexpected(Fault{std::string(field.name), "is missing or not as due"});
        }
    }
    // The two say the same twice; where they differ, no state can be believed.
    if (head.final != (is_terminal(head.state) && !head.late)) {
        return tl::unexpected(Fault{"final", "does not fit the state"});
    }
    return head;
}

std::string write_dead_letter(std::string_view command, std::string_view result) {
    const auto write = [&](const auto& write_command) {
        std::string text;
        JsonWriter json(text);
        json.begin_object().key("command");
        write_command(json);
        json.key("result").raw(result).end_object();
        return text;
    };
    if (command.size() <= kCommandBytesMax && json_members(command)) {
        // One level deeper than the command itself, it may be too deep.
        if (std::string text = write([&](JsonWriter& json) { json.raw(command); }); json_members(text)) {
            return text;
        }
    }
    return write([&](JsonWriter& json) { json.value(base::utf8_prefix(command, kDeadLetterTextBytesMax)); });
}

base::Result<DeadLetter, Fault> read_dead_letter(std::string_view record) {
    const auto members = json_members(record);
    if (!members) {
        return tl::unexpected(Fault{{}, "is not a JSON object"});
    }
    const JsonMember* const command = find_member(*members, "command");
    if (command == nullptr || (command->type != JsonType::object && command->type != JsonType::string)) {
        return tl::unexpected(Fault{"command", "is missing or not as due"});
    }
    const JsonMember* const result = find_member(*members, "result");
    if (result == nullptr || result->type != JsonType::object) {
        return tl::unexpected(Fault{"result", "is missing or not as due"});
    }
    return DeadLetter{.command = std::string(command->raw), .result = std::string(result->raw)};
}

}  // namespace model
