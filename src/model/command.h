// A command as a back end writes it to `commands-down` (contract, "Commands"): one JSON object, required are commandId,
// chargePointId and commandName. Reading checks form and bounds of the record; whether the name is an action, and whether
// the payload fits it, only the charge point's own protocol version can say.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/ids.h"

namespace model {

enum class Priority : std::uint8_t { low, normal, high, emergency };
enum class IfOffline : std::uint8_t { reject, wait };

struct Command {
    CommandId id;
    ChargePointId charge_point;
    std::string name;            // an OCPP action, or a version-independent name
    std::string payload = "{}";  // a JSON object as received: the order of its members is kept
    Priority priority = Priority::normal;
    IfOffline if_offline = IfOffline::reject;
    std::optional<base::WallTime> created_at{};
    std::optional<base::WallTime> expires_at{};     // the last moment to send it
    std::optional<std::chrono::seconds> timeout{};  // runs from sending
    PodId target_pod;                               // a hint; empty: none
    std::string traceparent;                        // W3C trace context; empty: none
};

// What is wrong with a record, in words that its sender can act upon.
struct Fault {
    std::string field;  // the member; empty: the record as a whole
    std::string text;   // continues the field's name: "is missing"
};

// Bounds of a record; beyond them it is malformed.
inline constexpr std::size_t kCommandBytesMax = 262'144;
inline constexpr std::size_t kCommandIdBytesMax = 512;  // a batch's ids are batchId:chargePointId
inline constexpr std::size_t kChargePointIdBytesMax = 255;
inline constexpr std::size_t kCommandNameBytesMax = 64;
inline constexpr std::size_t kPodIdBytesMax = 253;  // a DNS name's
inline constexpr std::size_t kTraceparentBytesMax = 128;
inline constexpr std::chrono::seconds kCommandTimeoutMax = std::chrono::hours{24};

// Members that the contract does not name are ignored; a member that is named twice is a fault. A trace context that is too
// long or no text is dropped: tracing never costs a command.
[[nodiscard]] base::Result<Command, Fault> read_command(std::string_view record);

// The record of a command, with all that it says and its payload as received. Its times are told to the millisecond.
[[nodiscard]] std::string write_command(const Command& command);

// Takes one member of the record by its name, for those who find commands in another wrapping: HTTP. The fault's field is
// the member's name; a name that no command has is a fault as well.
struct JsonMember;
[[nodiscard]] std::optional<Fault> take_command_member(const JsonMember& member, Command& command);

// What is wrong with the text as an id of that kind, continuing its name; empty: nothing.
[[nodiscard]] std::optional<std::string> command_id_problem(std::string_view id);
[[nodiscard]] std::optional<std::string> charge_point_id_problem(std::string_view id);

// Stands for what a command wants: of two with one id, it tells whether they are the same.
using BodyDigest = std::array<std::uint8_t, 16>;

}  // namespace model
