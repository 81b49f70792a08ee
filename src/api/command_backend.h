// What the API asks of the program where commands are concerned, declared here and bound in app. Every call and every answer
// happens on the control loop; answers come once, later, never from within the question.
//
// What a command became is told two ways: command() and commands() look it up in the registry; Api::on_result and
// Api::on_dead_letter are told of each record of `command-results` and `commands-dead-letter`, which is what `wait` waits for.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/command.h"
#include "model/command_result.h"
#include "model/ids.h"

namespace api {

struct CommandStatus {
    model::CommandId command;
    model::ChargePointId charge_point;
    model::CommandState state = model::CommandState::queued;
    std::string result;  // the result object so far, JSON text
};

// What the charge point's OCPP version says against it: 422.
struct CommandFault {
    std::string message;
    std::string path;  // JSON pointer into the body: /commandName, /payload/connectorId
};

struct Submitted {
    enum class Outcome {
        in_the_log,  // now, or already: a repeated id with the same body changes nothing
        other_body,  // the id is known for something else: 409
        too_many,    // as many are on their way as allowed: 429
        log_away     // not known to be in the log (yet); a repetition with the same id is safe: 503
    };
    Outcome outcome = Outcome::in_the_log;
    CommandStatus status;
};

struct CommandQuery {
    std::optional<model::ChargePointId> charge_point;
    std::optional<model::CommandState> state;
    std::string after;  // an id to go on behind; empty: from the beginning
    std::size_t limit = 100;
};
struct CommandPage {
    std::vector<CommandStatus> commands;     // ordered by id
    std::optional<std::string> next_cursor;  // empty at the end
};

enum class Written { yes, log_away, unknown };  // unknown: no such command, no such connection

class CommandBackend {
public:
    virtual ~CommandBackend() = default;

    // Empty: it can be sent to that charge point, or, while it is not connected, to one of some supported version.
    [[nodiscard]] virtual std::optional<CommandFault> check(const model::Command& command) const = 0;
    // Appends it to commands-down (acks=all) unless its id is known.
    virtual void submit(model::Command command, std::function<void(Submitted)> answer) = 0;
    virtual void command(model::CommandId id, std::function<void(std::optional<CommandStatus>)> answer) = 0;
    virtual void commands(CommandQuery query, std::function<void(CommandPage)> answer) = 0;
    // Appends the wish to commands-down.
    virtual void cancel(model::CommandId id, std::function<void(Written)> answer) = 0;
    virtual void disconnect(model::ChargePointId charge_point, std::function<void(Written)> answer) = 0;
};

}  // namespace api
