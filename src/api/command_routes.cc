#include "api/command_routes.h"

#include <string>
#include <utility>

#include "api/bodies.h"
#include "api/command_answers.h"
#include "api/command_request.h"
#include "api/problem.h"

namespace api {
namespace {

using Exchange = std::shared_ptr<net::HttpExchange>;

// Empty where the request does not wait.
OrProblem<std::optional<std::chrono::seconds>> wait_of(const net::HttpRequest& request, const Config& config) {
    auto wait = single(request, "wait");
    if (!wait) return tl::unexpected(std::move(wait.error()));
    if (!*wait) return std::nullopt;
    const auto seconds = whole_number(**wait, 1, static_cast<std::size_t>(config.wait_max.count()));
    if (!seconds) {
        return tl::unexpected(
            bad_field("wait", "a whole number of seconds from 1 to " + std::to_string(config.wait_max.count())));
    }
    return std::chrono::seconds(*seconds);
}

net::Problem too_many_wait(const model::CommandId& command) {
    return about_command(
        command,
        {.status = 429, .detail = "as many requests wait for results as allowed; the command was not sent", .members = {}});
}

OrProblem<CommandQuery> query_of(const net::HttpRequest& request, const Config& config) {
    auto page = page_query(request, config);
    if (!page) return tl::unexpected(std::move(page.error()));
    CommandQuery query{.charge_point = {}, .state = {}, .after = std::move(page->cursor), .limit = page->limit};
    auto charge_point = single(request, "chargePointId");
    if (!charge_point) return tl::unexpected(std::move(charge_point.error()));
    if (*charge_point) {
        if (const auto problem = model::charge_point_id_problem(**charge_point)) {
            return tl::unexpected(bad_field("chargePointId", "chargePointId " + *problem));
        }
        query.charge_point = model::ChargePointId(std::move(**charge_point));
    }
    auto state = single(request, "state");
    if (!state) return tl::unexpected(std::move(state.error()));
    if (*state) {
        query.state = model::command_state(**state);
        if (!query.state) return tl::unexpected(bad_field("state", "a command has no such state"));
    }
    return query;
}

}  // namespace

OrProblem<model::CommandId> command_of(const RouteCall& call) {
    if (const auto problem = model::command_id_problem(call.segments[0])) {
        return tl::unexpected(bad_field("id", "a command id " + *problem));
    }
    return model::CommandId(call.segments[0]);
}

OrProblem<model::ChargePointId> charge_point_of(const RouteCall& call) {
    if (const auto problem = model::charge_point_id_problem(call.segments[0])) {
        return tl::unexpected(bad_field("id", "a charge point id " + *problem));
    }
    return model::ChargePointId(call.segments[0]);
}

CommandRoutes::CommandRoutes(const Config& config, CommandBackend& backend, net::Loop& loop)
    : config_(config), backend_(backend), loop_(loop), waits_(std::make_shared<CommandWaits>(config, loop)) {}

CommandRoutes::~CommandRoutes() { waits_->close(); }

void CommandRoutes::add_to(std::vector<Route>& routes) {
    const auto add = [&](const char* method, const char* pattern, std::vector<std::string> parameters,
                         void (CommandRoutes::*handler)(const RouteCall&)) {
        routes.push_back(
            {method, pattern, std::move(parameters), [this, handler](const RouteCall& call) { (this->*handler)(call); }});
    };
    add("POST", "/v1/charge-points/{id}/commands", {"wait"}, &CommandRoutes::give);
    add("GET", "/v1/commands", {"chargePointId", "state", "limit", "cursor"}, &CommandRoutes::search);
    add("GET", "/v1/commands/{id}", {}, &CommandRoutes::find);
    add("DELETE", "/v1/commands/{id}", {}, &CommandRoutes::cancel);
    add("POST", "/v1/charge-points/{id}:disconnect", {}, &CommandRoutes::disconnect);
}

void CommandRoutes::give(const RouteCall& call) {
    auto charge_point = charge_point_of(call);
    if (!charge_point) return call.exchange->send(std::move(charge_point.error()));
    auto wait = wait_of(call.exchange->request(), config_);
    if (!wait) return call.exchange->send(std::move(wait.error()));
    auto command = read_command_request(call.exchange->request().body, *charge_point, loop_.now().wall, config_);
    if (!command) return call.exchange->send(respond(command.error(), config_));
    if (const auto fault = backend_.check(*command)) return call.exchange->send(respond(unfit(command->id, *fault), config_));

    if (!*wait) {
        return backend_.submit(*command,
                               [exchange = call.exchange, id = command->id, config = config_](const Submitted& submitted) {
                                   exchange->send(submitted_answer(id, submitted, config));
                               });
    }
    if (waits_->is_full()) return call.exchange->send(respond(too_many_wait(command->id), config_));
    const std::uint64_t number = waits_->enter(call.exchange, command->id, **wait);
    backend_.submit(std::move(*command), [weak = std::weak_ptr(waits_), number](const Submitted& submitted) {
        if (const auto waits = weak.lock()) waits->submitted(number, submitted);
    });
}

void CommandRoutes::find(const RouteCall& call) {
    auto id = command_of(call);
    if (!id) return call.exchange->send(std::move(id.error()));
    backend_.command(*id, [exchange = call.exchange, id = *id, config = config_](std::optional<CommandStatus> found) {
        exchange->send(found ? json_answer(std::move(found->result)) : respond(unknown_command(id), config));
    });
}

void CommandRoutes::search(const RouteCall& call) {
    auto query = query_of(call.exchange->request(), config_);
    if (!query) return call.exchange->send(std::move(query.error()));
    backend_.commands(std::move(*query),
                      [exchange = call.exchange](const CommandPage& page) { exchange->send(json_answer(commands_body(page))); });
}

// Cancelling writes the wish to the log; what comes of it, the pod that holds the command decides. One that has ended is
// left alone.
void CommandRoutes::cancel(const RouteCall& call) {
    auto id = command_of(call);
    if (!id) return call.exchange->send(std::move(id.error()));
    const auto answer = [exchange = call.exchange, id = *id, config = config_](const CommandStatus& status, Written written) {
        switch (written) {
            case Written::yes: return exchange->send(accepted_answer(id, status.result));
            case Written::log_away: return exchange->send(respond(log_away(id), config));
            case Written::unknown: return exchange->send(respond(unknown_command(id), config));
        }
    };
    backend_.command(*id, [answer, id = *id, weak = std::weak_ptr(waits_), this](const std::optional<CommandStatus>& found) {
        if (!found) return answer({}, Written::unknown);
        if (model::is_terminal(found->state)) return answer(*found, Written::yes);
        if (weak.expired()) return answer({}, Written::log_away);  // the Api is gone, and this with it
        backend_.cancel(id, [answer, status = *found](Written written) { answer(status, written); });
    });
}

void CommandRoutes::disconnect(const RouteCall& call) {
    auto id = charge_point_of(call);
    if (!id) return call.exchange->send(std::move(id.error()));
    backend_.disconnect(*id, [exchange = call.exchange, id = *id, config = config_](Written written) {
        switch (written) {
            case Written::yes: {
                auto answer = json_answer(disconnecting_body(id));
                answer.status = 202;
                return exchange->send(std::move(answer));
            }
            case Written::log_away:
                return exchange->send(
                    respond({.status = 503, .detail = "the log did not take it in time", .members = {}}, config));
            case Written::unknown: return exchange->send(not_found("this pod holds no connection of that charge point"));
        }
    });
}

}  // namespace api
