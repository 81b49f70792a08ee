#include "model/down_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/json_writer.h"
#include "model/json_members.h"

namespace model {
namespace {

using Members = std::vector<JsonMember>;

// In the order of DownKind.
constexpr std::array<std::string_view, 6> kKinds{"command", "sending", "moved", "ended", "cancel", "disconnect"};

std::string kind_text(DownKind kind) { return std::string(kKinds.at(static_cast<std::size_t>(kind))); }

std::string_view text_of(const Members& members, std::string_view name) {
    const JsonMember* member = find_member(members, name);
    return member != nullptr && member->type == JsonType::string ? member->text : std::string_view();
}

// Values from 0 to what the target holds.
template <class T>
std::optional<T> number_of(const Members& members, std::string_view name) {
    const JsonMember* member = find_member(members, name);
    const auto number = member != nullptr ? whole_number(*member) : std::nullopt;
    if (!number || *number < 0 || *number > static_cast<std::int64_t>(std::numeric_limits<T>::max())) {
        return std::nullopt;
    }
    return static_cast<T>(*number);
}

tl::unexpected<Fault> missing(std::string field) { return tl::unexpected(Fault{std::move(field), "is missing or not as due"}); }

template <class Id>
base::Result<Id, Fault> read_id(const DownRecord& record, const char* name) {
    const auto members = json_members(record.value);
    const std::string_view id = members ? text_of(*members, name) : std::string_view();
    if (id.empty()) {
        return missing(name);
    }
    return Id(std::string(id));
}

base::Result<Marker, Fault> with_result(Marker marker, const JsonMember* result) {
    if (result == nullptr || result->type != JsonType::object) {
        return missing("result");
    }
    marker.result = result->raw;
    const auto members = json_members(marker.result);
    const auto state = members ? command_state(text_of(*members, "state")) : std::nullopt;
    if (!state || !is_terminal(*state)) {
        return missing("result.state");
    }
    marker.ended_state = *state;
    return marker;
}

}  // namespace

DownKind kind_of(const DownRecord& record) {
    if (record.kind.empty()) {
        return DownKind::command;
    }
    const auto* const found = std::find(kKinds.begin(), kKinds.end(), record.kind);
    return found == kKinds.end() ? DownKind::other : static_cast<DownKind>(found - kKinds.begin());
}

std::uint32_t hop_of(const DownRecord& record) {
    std::uint32_t hop = 0;
    std::from_chars(record.hop.data(), record.hop.data() + record.hop.size(), hop);
    return hop;
}

DownRecord write_marker(const Marker& marker, std::int32_t partition) {
    DownRecord record{.partition = partition,
                      .key = std::string(marker.charge_point.text()),
                      .kind = kind_text(marker.kind),
                      .hop = std::to_string(marker.hop)};
    base::JsonWriter json(record.value);
    json.begin_object().member("commandId", marker.command.text()).member("chargePointId", marker.charge_point.text());
    json.member("incarnation", marker.incarnation.text());
    if (marker.kind == DownKind::sending) {
        json.member("attempt", marker.attempt);
    }
    json.member_if("to", marker.to);
    if (marker.kind == DownKind::ended) {
        json.key("result").raw(marker.result);
    }
    json.end_object();
    return record;
}

base::Result<Marker, Fault> read_marker(const DownRecord& record) {
    const auto members = json_members(record.value);
    if (!members) {
        return tl::unexpected(Fault{{}, "is not a JSON object"});
    }
    Marker marker{.kind = kind_of(record),
                  .command = CommandId(std::string(text_of(*members, "commandId"))),
                  .charge_point = ChargePointId(std::string(text_of(*members, "chargePointId"))),
                  .hop = hop_of(record),
                  .incarnation = Incarnation(std::string(text_of(*members, "incarnation"))),
                  .attempt = number_of<std::uint32_t>(*members, "attempt").value_or(0),
                  .to = number_of<std::int32_t>(*members, "to")};
    if (marker.command.text().empty()) return missing("commandId");
    if (marker.incarnation.text().empty()) return missing("incarnation");
    if (marker.kind == DownKind::moved && !marker.to) return missing("to");
    return marker.kind == DownKind::ended ? with_result(std::move(marker), find_member(*members, "result"))
                                          : base::Result<Marker, Fault>(std::move(marker));
}

DownRecord write_cancel(const CommandId& command, const ChargePointId& charge_point, std::int32_t partition) {
    DownRecord record{.partition = partition, .key = std::string(charge_point.text()), .kind = kind_text(DownKind::cancel)};
    base::JsonWriter json(record.value);
    json.begin_object().member("commandId", command.text()).end_object();
    return record;
}

base::Result<CommandId, Fault> read_cancel(const DownRecord& record) { return read_id<CommandId>(record, "commandId"); }

DownRecord write_disconnect(const ChargePointId& charge_point, std::int32_t partition) {
    DownRecord record{.partition = partition, .key = std::string(charge_point.text()), .kind = kind_text(DownKind::disconnect)};
    base::JsonWriter json(record.value);
    json.begin_object().member("chargePointId", charge_point.text()).end_object();
    return record;
}

base::Result<ChargePointId, Fault> read_disconnect(const DownRecord& record) {
    return read_id<ChargePointId>(record, "chargePointId");
}

}  // namespace model
