// What a protocol version is to the Session: a table of actions, and for each the functions that understand it. A handler
// is pure: a request in, what is to be told and answered out. One that must ask first is two functions: the question, and
// the answer once it is decided; the Session keeps the frame in between.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "base/time.h"
#include "model/decision.h"
#include "model/event.h"
#include "model/quirk.h"
#include "ocpp/field_table.h"
#include "ocpp/session.h"

namespace ocpp {

// One CALL's payload, read. Views live until the next frame is read.
struct Request {
    std::string_view payload;   // text as received
    std::string_view walkable;  // the same, or what could be made of it, for JsonCursor
    bool checked = true;        // the DOM took it as it is; otherwise the values are what could be told of it
    Values values;              // by the shape's order
    base::TextArena arena;      // for decoded texts
    model::Flags flags;
    model::Quirks quirks;  // counted once the message is served

    [[nodiscard]] std::string_view text(std::size_t field) const { return values[field].as_text(); }
    [[nodiscard]] std::optional<std::int64_t> integer(std::size_t field) const { return values[field].as_integer(); }
};

struct CallContext {
    const Config& config;
    const Peer& peer;
    std::chrono::minutes time_zone;            // east of UTC: of device times without a zone
    std::optional<base::WallTime> back_since;  // when this connection began, where it is not the charge point's first one
    base::WallTime received;                   // when the frame came
    base::WallTime now;                        // when it is answered: later where a decision was waited for
};

// Told to the log, then answered.
struct Told {
    model::Fact fact;
    std::string answer;           // the payload's text
    bool epoch_tells_it = false;  // of content alone the event's id would not be safe: see model::IdRule
};
// Answered, and nobody is told.
struct Local {
    std::string answer;
};
struct AskFirst {
    model::Question question;
};
using Handled = std::variant<Told, Local, AskFirst>;

using Handler = Handled (*)(Request&, const CallContext&);
using DecidedHandler = Told (*)(Request&, const model::Decision&, const CallContext&);

enum class SentBy : std::uint8_t { charge_point, gateway, both };
enum class Storage : std::uint8_t {
    placed,               // answered once the event has its place
    logged,               // answered once the log has it; the event's id is of its content
    whatever_it_carries,  // as logged, and never refused for its content
};

// Boot and heartbeat: their answers are of their moment, and none to give again, because they set the charge point's clock.
enum class Role : std::uint8_t { any, boot, heartbeat };

// An action that charge points send has a handler; any that we may send is a command by its name.
struct Action {
    std::string_view name;
    Shape request;
    Shape response;
    SentBy sent_by = SentBy::gateway;
    Handler handle = nullptr;
    DecidedHandler decided = nullptr;
    Storage storage = Storage::placed;
    Role role = Role::any;
    // Of ours: may be sent to a charge point that waits for its acceptance (Pending).
    bool while_pending = true;
};

// The version's spelling of an error's code.
struct ErrorCodes {
    std::string_view not_implemented = "NotImplemented";
    std::string_view not_supported = "NotSupported";
    std::string_view formation;
    std::string_view occurence;
    std::string_view type = "TypeConstraintViolation";
    std::string_view property = "PropertyConstraintViolation";
    std::string_view generic = "GenericError";
    std::string_view security = "SecurityError";
    std::string_view internal = "InternalError";
    std::string_view protocol = "ProtocolError";

    [[nodiscard]] std::string_view of(FaultKind kind) const;
    // Spelled as this version does.
    [[nodiscard]] bool has(std::string_view code) const;
};

// A command's payload that fits its table.
struct CommandPayload {
    std::string_view text;
    Values values;  // by the shape's order
};

// What is sent for it.
struct MadeCall {
    std::string_view action;
    std::string payload;
};

// A version-independent name of a command: `to_call` makes the CALL of its payload, and `to_response` the version-independent
// response of the answer's payload.
struct CommandEntry {
    std::string_view name;
    Shape payload;
    base::Result<MadeCall, Fault> (*to_call)(const CommandPayload&);
    std::string (*to_response)(std::string_view answer);
};

struct Version {
    std::string_view protocol;        // the sub-protocol
    std::string_view label;           // of metrics
    std::size_t place;                // in versions()
    std::span<const Action> actions;  // sorted by name
    ErrorCodes codes;
    std::span<const CommandEntry> commands;  // by their version-independent names, sorted
    // The name of the message that a CALL of ours asks for (TriggerMessage); empty where it asks for none.
    std::string (*triggered_by)(std::string_view action, std::string_view payload);

    [[nodiscard]] const Action* find(std::string_view action) const;
    [[nodiscard]] const CommandEntry* find_command(std::string_view name) const;
};

// All that are built, best first.
[[nodiscard]] std::span<const Version* const> versions();

}  // namespace ocpp
