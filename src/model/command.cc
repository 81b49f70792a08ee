#include "model/command.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "model/json_members.h"
#include "model/names.h"

namespace model {
namespace {

constexpr std::size_t kCommandBytesBesideThePayload = 320;

// In the order of Priority.
constexpr std::array<std::string_view, 4> kPriorities{"low", "normal", "high", "emergency"};

using Taken = std::optional<std::string>;  // what is wrong with the value; empty: it is taken

template <class Id>
Taken take_id(const JsonMember& member, std::size_t bytes_max, Id& id) {
    Taken problem = name_problem(member, bytes_max);
    if (!problem) id = Id(std::string(member.text));
    return problem;
}

Taken take_charge_point(const JsonMember& member, Command& command) {
    if (member.type != JsonType::string) return "must be a string";
    Taken problem = charge_point_id_problem(member.text);
    if (!problem) command.charge_point = ChargePointId(std::string(member.text));
    return problem;
}

Taken take_name(const JsonMember& member, Command& command) {
    Taken problem = name_problem(member, kCommandNameBytesMax);
    if (!problem) command.name = member.text;
    return problem;
}

Taken take_payload(const JsonMember& member, Command& command) {
    if (member.type != JsonType::object) return "must be an object";
    command.payload = member.raw;
    return std::nullopt;
}

Taken take_priority(const JsonMember& member, Command& command) {
    const auto* const found = std::find(kPriorities.begin(), kPriorities.end(), member.text);
    if (member.type != JsonType::string || found == kPriorities.end()) return "must be low, normal, high or emergency";
    command.priority = static_cast<Priority>(found - kPriorities.begin());
    return std::nullopt;
}

Taken take_if_offline(const JsonMember& member, Command& command) {
    if (member.type != JsonType::string || (member.text != "reject" && member.text != "wait")) return "must be reject or wait";
    command.if_offline = member.text == "wait" ? IfOffline::wait : IfOffline::reject;
    return std::nullopt;
}

Taken take_time(const JsonMember& member, std::optional<base::WallTime>& time) {
    time = member.type == JsonType::string ? base::parse_rfc3339(member.text) : std::nullopt;
    return time ? Taken() : Taken("must be a date and time of RFC 3339");
}

Taken take_timeout(const JsonMember& member, Command& command) {
    const auto seconds = whole_number(member);
    if (!seconds || *seconds < 1 || *seconds > kCommandTimeoutMax.count()) {
        return "must be a whole number from 1 to " + std::to_string(kCommandTimeoutMax.count());
    }
    command.timeout = std::chrono::seconds(*seconds);
    return std::nullopt;
}

Taken take_traceparent(const JsonMember& member, Command& command) {
    if (!name_problem(member, kTraceparentBytesMax)) command.traceparent = member.text;
    return std::nullopt;
}

struct Field {
    std::string_view name;
    Taken (*take)(const JsonMember&, Command&);
    bool required = false;
};

constexpr std::array kFields{
    Field{"commandId", [](const JsonMember& member, Command& into) { return take_id(member, kCommandIdBytesMax, into.id); },
          true},
    Field{"chargePointId", take_charge_point, true},
    Field{"commandName", take_name, true},
    Field{"payload", take_payload},
    Field{"priority", take_priority},
    Field{"createdAt", [](const JsonMember& member, Command& into) { return take_time(member, into.created_at); }},
    Field{"expiresAt", [](const JsonMember& member, Command& into) { return take_time(member, into.expires_at); }},
    Field{"timeoutSeconds", take_timeout},
    Field{"ifOffline", take_if_offline},
    Field{"targetPodId",
          [](const JsonMember& member, Command& into) { return take_id(member, kPodIdBytesMax, into.target_pod); }},
    Field{"traceparent", take_traceparent},
};

std::optional<Fault> take_field(const Field& field, const std::vector<JsonMember>& members, Command& command) {
    const auto is_it = [&](const JsonMember& member) { return member.name == field.name; };
    const auto found = std::find_if(members.begin(), members.end(), is_it);
    if (found == members.end()) {
        return field.required ? std::optional(Fault{std::string(field.name), "is missing"}) : std::nullopt;
    }
    if (std::find_if(found + 1, members.end(), is_it) != members.end()) {
        return Fault{std::string(field.name), "is there twice"};
    }
    if (Taken problem = field.take(*found, command)) {
        return Fault{std::string(field.name), std::move(*problem)};
    }
    return std::nullopt;
}

void write_time(base::JsonWriter& json, std::string_view name, const std::optional<base::WallTime>& time) {
    if (time) json.member(name, base::to_rfc3339(*time, base::Fractions::milliseconds));
}

}  // namespace

std::optional<Fault> take_command_member(const JsonMember& member, Command& command) {
    const auto* const field =
        std::find_if(kFields.begin(), kFields.end(), [&](const Field& each) { return each.name == member.name; });
    Taken problem = field == kFields.end() ? Taken("is not a member of a command") : field->take(member, command);
    return problem ? std::optional(Fault{std::string(member.name), std::move(*problem)}) : std::nullopt;
}

std::optional<std::string> command_id_problem(std::string_view id) { return name_problem(id, kCommandIdBytesMax); }

std::optional<std::string> charge_point_id_problem(std::string_view id) {
    if (id.find('/') != std::string_view::npos) return "must not hold a slash: it is one segment of a path";
    return name_problem(id, kChargePointIdBytesMax);
}

std::string write_command(const Command& command) {
    std::string record;
    record.reserve(command.payload.size() + kCommandBytesBesideThePayload);
    base::JsonWriter json(record);
    json.begin_object().member("commandId", command.id.text()).member("chargePointId", command.charge_point.text());
    json.member("commandName", command.name).key("payload").raw(command.payload);
    json.member("priority", kPriorities.at(static_cast<std::size_t>(command.priority)));
    write_time(json, "createdAt", command.created_at);
    write_time(json, "expiresAt", command.expires_at);
    if (command.timeout) json.member("timeoutSeconds", command.timeout->count());
    json.member("ifOffline", command.if_offline == IfOffline::wait ? "wait" : "reject");
    json.member_if("targetPodId", command.target_pod.text()).member_if("traceparent", command.traceparent).end_object();
    return record;
}

base::Result<Command, Fault> read_command(std::string_view record) {
    if (record.size() > kCommandBytesMax) {
        return tl::unexpected(Fault{{}, "has more than " + std::to_string(kCommandBytesMax) + " bytes"});
    }
    const auto members = json_members(record);
    if (!members) {
        return tl::unexpected(Fault{{}, "is not a JSON object"});
    }
    Command command;
    for (const Field& field : kFields) {
        if (auto fault = take_field(field, *members, command)) {
            return tl::unexpected(std::move(*fault));
        }
    }
    return command;
}

}  // namespace model
