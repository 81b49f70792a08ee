#include "api/command_batches.h"

#include <algorithm>
#include <utility>

#include "api/bodies.h"
#include "api/command_answers.h"
#include "base/json_writer.h"

namespace api {
namespace {

net::Problem about_batch(const std::string& batch_id, net::Problem problem) {
    problem.members.emplace_back("batchId", batch_id);
    return problem;
}

// `what` is the JSON text of the member `name`: the result so far, or the problem.
std::string item_of(const BatchRequest& request, std::size_t index, unsigned status, std::string_view name,
                    std::string_view what) {
    const model::ChargePointId& charge_point = request.charge_points[index];
    std::string item;
    base::JsonWriter json(item);
    json.begin_object().member("chargePointId", charge_point.text()).member("commandId", request.id_for(charge_point).text());
    json.member("status", status).key(name).raw(what).end_object();
    return item;
}

std::string body_of(const std::string& batch_id, std::size_t accepted, const std::vector<std::string>& items) {
    std::string body;
    base::JsonWriter json(body);
    json.begin_object().member("batchId", batch_id).member("accepted", accepted).member("refused", items.size() - accepted);
    json.key("items").begin_array();
    for (const std::string& item : items) {
        json.raw(item);
    }
    json.end_array().end_object();
    return body;
}

}  // namespace

void CommandBatches::add_to(std::vector<Route>& routes) {
    routes.push_back({"POST", "/v1/commands:batch", {}, [this](const RouteCall& call) { give(call); }});
}

void CommandBatches::close() {
    closed_ = true;
    for (auto& [number, batch] : std::exchange(batches_, {})) {
        batch.exchange->send(
            respond(about_batch(batch.request.batch_id,
                                {.status = 503, .detail = "the gateway is stopping; repeating the batch is safe", .members = {}}),
                    config_));
    }
}

void CommandBatches::give(const RouteCall& call) {
    auto request = read_batch_request(call.exchange->request().body, loop_.now().wall, config_);
    if (!request) return call.exchange->send(respond(request.error(), config_));
    if (batches_.size() >= config_.batches_max) {
        return call.exchange->send(respond(
            about_batch(request->batch_id, {.status = 429, .detail = "as many batches are under way as allowed", .members = {}}),
            config_));
    }
    call.exchange->answer_within(config_.submit_time_max);
    const std::uint64_t number = ++last_number_;
    Batch& batch = batches_[number];
    batch.exchange = call.exchange;
    batch.items.resize(request->charge_points.size());
    batch.request = std::move(*request);
    const std::size_t bytes = std::max<std::size_t>(1, batch.request.command.payload.size());
    batch.in_flight_max = std::clamp<std::size_t>(config_.batch_in_flight_bytes_max / bytes, 1, config_.batch_in_flight_max);
    go_on(number);
}

void CommandBatches::go_on(std::uint64_t number) {
    const auto found = batches_.find(number);
    if (found == batches_.end()) return;
    Batch& batch = found->second;
    for (std::size_t turn = batch.in_flight; turn < batch.in_flight_max && batch.next < batch.items.size(); ++turn) {
        submit(number, batch, batch.next++);
    }
    if (batch.in_flight > 0) return;  // the next answer goes on
    if (batch.next == batch.items.size()) return answer(number);
    loop_.post([weak = weak_from_this(), number] {
        if (const auto self = weak.lock()) self->go_on(number);
    });
}

void CommandBatches::submit(std::uint64_t number, Batch& batch, std::size_t index) {
    const model::ChargePointId& charge_point = batch.request.charge_points[index];
    if (batch.log_away) return refuse(batch, index, log_away(batch.request.id_for(charge_point)));
    model::Command command = batch.request.command_for(charge_point);
    if (const auto fault = backend_.check(command)) return refuse(batch, index, unfit(command.id, *fault));
    ++batch.in_flight;
    backend_.submit(std::move(command), [weak = weak_from_this(), number, index](const Submitted& submitted) {
        if (const auto self = weak.lock()) self->on_submitted(number, index, submitted);
    });
}

void CommandBatches::on_submitted(std::uint64_t number, std::size_t index, const Submitted& submitted) {
    const auto found = batches_.find(number);
    if (found == batches_.end()) return;
    Batch& batch = found->second;
    --batch.in_flight;
    const model::CommandId id = batch.request.id_for(batch.request.charge_points[index]);
    switch (submitted.outcome) {
        case Submitted::Outcome::in_the_log:
            ++batch.accepted;
            batch.items[index] = item_of(batch.request, index, 202, "result", submitted.status.result);
            break;
        case Submitted::Outcome::other_body: refuse(batch, index, other_body(submitted.status)); break;
        case Submitted::Outcome::too_many: refuse(batch, index, too_many_commands(id)); break;
        case Submitted::Outcome::log_away:
            batch.log_away = true;
            refuse(batch, index, log_away(id));
            break;
    }
    go_on(number);
}

void CommandBatches::refuse(Batch& batch, std::size_t index, const net::Problem& problem) {
    batch.items[index] = item_of(batch.request, index, problem.status, "problem", net::problem_response(problem).body);
}

void CommandBatches::answer(std::uint64_t number) {
    const Batch batch = std::move(batches_.extract(number).mapped());
    if (batch.log_away && batch.accepted == 0) {
        return batch.exchange->send(respond(
            about_batch(batch.request.batch_id,
                        {.status = 503, .detail = "the log did not take it in time; repeating the batch is safe", .members = {}}),
            config_));
    }
    auto response = json_answer(body_of(batch.request.batch_id, batch.accepted, batch.items));
    response.status = 202;
    batch.exchange->send(std::move(response));
}

}  // namespace api
