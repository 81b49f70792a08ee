// Records of `commands-down`. A record without the header `gateway-kind` is a command; what pods write for themselves has
// it. The partition is the journal of its commands: before the frame of a command that may not run twice, before a forward
// and before a terminal result, a pod appends a marker and acts once it has read it back, so that the order of the log
// decides between a pod that was thought dead and its successor.
//
// A copy of a command is (commandId, hop): the header `gateway-hop` counts how often it was forwarded or written again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/command.h"
#include "model/command_result.h"
#include "model/ids.h"

namespace model {

inline constexpr std::string_view kKindHeader = "gateway-kind";
inline constexpr std::string_view kHopHeader = "gateway-hop";

struct DownRecord {
    std::int32_t partition = 0;
    std::int64_t offset = -1;  // of a record that was read
    base::WallTime time{};     // of a record that was read: when it was written
    std::string key{};         // the charge point's id, where the writer kept to it
    std::string value{};
    std::string kind{};  // the headers' texts; empty: no such header
    std::string hop{};
};

// `command` is what back ends write, and a copy of it that a pod wrote. `other` is of a later version: not for us.
enum class DownKind : std::uint8_t { command, sending, moved, ended, cancel, disconnect, other };
[[nodiscard]] DownKind kind_of(const DownRecord& record);
// 0 without the header.
[[nodiscard]] std::uint32_t hop_of(const DownRecord& record);

// Each run of a pod has another incarnation: what a former run wrote is not ours.
using Incarnation = TextId<struct IncarnationTag>;

struct Marker {
    DownKind kind = DownKind::sending;  // sending · moved · ended
    CommandId command;
    ChargePointId charge_point;
    std::uint32_t hop = 0;
    Incarnation incarnation;
    std::uint32_t attempt = 0;                           // sending: of the frame that may go out; 0: it did not and will not
    std::optional<std::int32_t> to{};                    // moved: the partition of the next copy
    std::string result{};                                // ended: the whole result record
    CommandState ended_state = CommandState::completed;  // ended: of the result; read from it
};

// The record to append: all but offset and time.
[[nodiscard]] DownRecord write_marker(const Marker& marker, std::int32_t partition);
// For the kinds sending, moved and ended.
[[nodiscard]] base::Result<Marker, Fault> read_marker(const DownRecord& record);

// The wish that a command does not run: written by the API, granted by whoever holds the command.
[[nodiscard]] DownRecord write_cancel(const CommandId& command, const ChargePointId& charge_point, std::int32_t partition);
[[nodiscard]] base::Result<CommandId, Fault> read_cancel(const DownRecord& record);

// The wish that a charge point's connection is closed: written by the API, granted by the pod that holds it.
[[nodiscard]] DownRecord write_disconnect(const ChargePointId& charge_point, std::int32_t partition);
[[nodiscard]] base::Result<ChargePointId, Fault> read_disconnect(const DownRecord& record);

}  // namespace model
