// How what became of a command is answered over HTTP: one function for each way, so that every route says it alike.
#pragma once

#include <string>

#include "api/command_backend.h"
#include "api/config.h"
#include "net/http_problem.h"
#include "net/http_server.h"

namespace api {

// The terminal result: nothing more will come.
[[nodiscard]] net::HttpResponse ended_answer(const model::CommandId& command, std::string result);
// 202, with the result object so far.
[[nodiscard]] net::HttpResponse accepted_answer(const model::CommandId& command, std::string result);

// 409 with the result so far of what the id was first given for.
[[nodiscard]] net::Problem other_body(const CommandStatus& known);
// 503: a repetition is safe and makes sense.
[[nodiscard]] net::Problem log_away(const model::CommandId& command);
// 429: nothing was written.
[[nodiscard]] net::Problem too_many_commands(const model::CommandId& command);
// 422: the charge point's OCPP version says so.
[[nodiscard]] net::Problem unfit(const model::CommandId& command, const CommandFault& fault);
[[nodiscard]] net::Problem unknown_command(const model::CommandId& command);

// As a response; 429 and 503 say when to come again.
[[nodiscard]] net::HttpResponse respond(const net::Problem& problem, const Config& config);

}  // namespace api
