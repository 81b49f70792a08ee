// The result of a command: a record on `command-results`, and in a dead letter beside the command where it did not work
// (contract, "Results"). Each command ends in exactly one terminal state; a terminal record may be written again after a
// crash and is then equal in every member, so its text is made once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/command.h"
#include "model/ids.h"

namespace model {

// `queued` and `sent` are on the way; all others are terminal.
enum class CommandState : std::uint8_t {
    queued,
    sent,
    completed,
    failed,
    timed_out,
    uncertain,
    expired,
    unreachable,
    rejected,
    cancelled
};

[[nodiscard]] std::string_view to_text(CommandState state);
[[nodiscard]] std::optional<CommandState> command_state(std::string_view text);
[[nodiscard]] bool is_terminal(CommandState state);
[[nodiscard]] bool is_dead_letter(CommandState state);

struct CommandError {
    std::string code;  // the CALLERROR's, or one of the contract's
    std::string message{};
    std::string details = "{}";  // a JSON object
};

struct CommandResult {
    std::optional<CommandId> command{};           // none for a record that names no command of its own: malformed, DuplicateId
    std::optional<ChargePointId> charge_point{};  // none where the record tells none
    PodId pod{};
    CommandState state = CommandState::queued;
    bool late = false;                     // the answer to a command that has ended: not final, whatever the state
    std::optional<std::string> outcome{};  // the `status` that the charge point answered
    std::string response{};                // JSON text as received; empty: none
    std::optional<CommandError> error{};
    std::uint32_t attempt = 0;  // frames sent so far
    base::WallTime at{};
    std::string traceparent{};
};

// Texts of errors are cut, a response is not: it is bounded by the frame that it came in.
inline constexpr std::size_t kErrorCodeBytesMax = 128;
inline constexpr std::size_t kErrorMessageBytesMax = 1024;
inline constexpr std::size_t kErrorDetailsBytesMax = 65'536;  // longer ones become {}

[[nodiscard]] std::string write_result(const CommandResult& result);

// What a record of `command-results` says besides what came of the command: all that one on the way (queued, sent) says.
struct ResultHead {
    std::optional<CommandId> command{};  // null in the record of what is no command of its own
    std::optional<ChargePointId> charge_point{};
    PodId pod{};
    CommandState state = CommandState::queued;
    bool final = false;
    bool late = false;
    std::uint32_t attempt = 0;
    base::WallTime at{};
    std::string traceparent{};
};
// Members that the contract does not name are ignored.
[[nodiscard]] base::Result<ResultHead, Fault> read_result(std::string_view record);

// `command` as received where it is a JSON object of permitted size, else its text, cut to kDeadLetterTextBytesMax.
inline constexpr std::size_t kDeadLetterTextBytesMax = 65'536;
[[nodiscard]] std::string write_dead_letter(std::string_view command, std::string_view result);

struct DeadLetter {
    std::string command;  // the JSON text of the member: an object, or a string where it was none
    std::string result;   // a JSON object
};
[[nodiscard]] base::Result<DeadLetter, Fault> read_dead_letter(std::string_view record);

}  // namespace model
