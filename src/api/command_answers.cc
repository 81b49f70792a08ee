#include "api/command_answers.h"

#include <utility>

#include "api/command_request.h"
#include "net/http_target.h"

namespace api {
namespace {

net::HttpResponse result_answer(unsigned status, const model::CommandId& command, std::string result) {
    return {.status = status,
            .content_type = "application/json",
            .body = std::move(result),
            .headers = {{"location", "/v1/commands/" + net::percent_encoded(command.text())}}};
}

}  // namespace

net::HttpResponse ended_answer(const model::CommandId& command, std::string result) {
    return result_answer(200, command, std::move(result));
}

net::HttpResponse accepted_answer(const model::CommandId& command, std::string result) {
    return result_answer(202, command, std::move(result));
}

net::Problem other_body(const CommandStatus& known) {
    net::Problem problem{.status = 409, .detail = "the command id was given for another command", .members = {}};
    if (!known.result.empty()) problem.json_members.emplace_back("result", known.result);
    return about_command(known.command, std::move(problem));
}

net::Problem log_away(const model::CommandId& command) {
    return about_command(
        command,
        {.status = 503, .detail = "the log did not take it in time; repeating it with the same id is safe", .members = {}});
}

net::Problem too_many_commands(const model::CommandId& command) {
    return about_command(
        command, {.status = 429, .detail = "as many commands are on their way as allowed; it was not sent", .members = {}});
}

net::Problem unfit(const model::CommandId& command, const CommandFault& fault) {
    return about_command(command, {.status = 422, .detail = fault.message, .members = {{"path", fault.path}}});
}

net::Problem unknown_command(const model::CommandId& command) {
    return about_command(command, {.status = 404, .detail = "no such command is known", .members = {}});
}

net::HttpResponse respond(const net::Problem& problem, const Config& config) {
    net::HttpResponse response = net::problem_response(problem);
    if (problem.status == 429 || problem.status == 503) {
        response.headers.emplace_back("retry-after", std::to_string(config.commands_retry_after.count()));
    }
    return response;
}

}  // namespace api
