// Commands as a session sees them: what it is asked to send, and what it tells of it. Where they come from, and which of
// them may be sent again, is the Ledger's business (room `commands`), whose words these are; `app` carries them across.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"

namespace ocpp {

// Given by whoever orders the command; unique within a session, never 0.
using CommandTicket = std::uint64_t;

struct Command {
    CommandTicket ticket;
    std::string name;                   // an action of the charge point's OCPP version, or a version-independent name
    std::string payload;                // a JSON object; sent as it is where the name is an action
    std::chrono::milliseconds timeout;  // from the frame's first byte on; not counted while reading is stopped
    base::MonoTime send_by;             // later it is not sent
};

// After any but Sent the command is over, except that an Answered or Refused may follow a TimedOut: the late answer.
enum class Unsent : std::uint8_t {
    withdrawn,       // cancelled, or send_by passed
    connection_gone  // with the frame not begun
};
struct Sent {};  // the frame's first byte went to the kernel
struct NotSent {
    Unsent why;
};
struct Answered {
    std::optional<std::string> outcome;  // the `status` of the answer
    std::string response;                // JSON text, as received or in its version-independent form
};
struct Refused {  // a CALLERROR
    std::string code;
    std::string description;
    std::string details;  // JSON text
};
struct NotDeliverable {  // nothing was sent
    enum class Why : std::uint8_t {
        unknown_name,
        bad_payload,
        not_accepted,  // the charge point's BootNotification was not, and until then nothing of the kind is sent
    };
    Why why;
    std::string message;
    std::string path{};  // JSON pointer into the payload; empty: the payload as a whole
};
struct TimedOut {};  // no answer in time, on a live connection
struct Lost {};      // the connection ended, and the charge point may have the frame
struct Report {
    CommandTicket ticket;
    std::variant<Sent, NotSent, Answered, Refused, NotDeliverable, TimedOut, Lost> what;
};

}  // namespace ocpp
