#include "api/command_waits.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/command_answers.h"
#include "api/problem.h"
#include "model/command_result.h"

namespace api {

std::uint64_t CommandWaits::enter(std::shared_ptr<net::HttpExchange> exchange, const model::CommandId& command,
                                  std::chrono::seconds wait) {
    const std::uint64_t number = ++last_number_;
    exchange->answer_within(wait + config_.submit_time_max);
    exchange->on_hang_up([weak = weak_from_this(), number] {
        if (const auto waits = weak.lock()) waits->leave(number);
    });
    Waiter& waiter = waiters_[number];
    waiter.exchange = std::move(exchange);
    waiter.command = command;
    waiter.timer.set(loop_.timers(), loop_.now().mono + wait, *this, number);
    by_command_.emplace(command.text(), number);
    return number;
}

void CommandWaits::submitted(std::uint64_t number, const Submitted& submitted) {
    const auto found = waiters_.find(number);
    if (found == waiters_.end()) return;  // the peer left, or the Api was closing
    Waiter& waiter = found->second;
    if (submitted.outcome != Submitted::Outcome::in_the_log) {
        return answer(number, submitted_answer(waiter.command, submitted, config_));
    }
    waiter.in_the_log = true;
    if (!waiter.ended && model::is_terminal(submitted.status.state)) waiter.ended = submitted.status.result;
    if (waiter.so_far.empty()) waiter.so_far = submitted.status.result;
    settle(number);
}

void CommandWaits::on_result(std::string_view value) {
    if (waiters_.empty()) return;
    const auto head = model::read_result(value);
    if (!head || !head->command || head->late) return;
    const auto [begin, end] = by_command_.equal_range(head->command->text());
    std::vector<std::uint64_t> numbers;
    std::transform(begin, end, std::back_inserter(numbers), [](const auto& each) { return each.second; });
    for (const std::uint64_t number : numbers) {
        Waiter& waiter = waiters_.at(number);
        if (waiter.ended) continue;
        head->final ? void(waiter.ended = std::string(value)) : void(waiter.so_far = std::string(value));
        settle(number);
    }
}

void CommandWaits::close() {
    while (!waiters_.empty()) {
        const auto& [number, waiter] = *waiters_.begin();
        answer(number,
               waiter.in_the_log ? accepted_answer(waiter.command, waiter.so_far) : respond(log_away(waiter.command), config_));
    }
}

void CommandWaits::on_timer(std::uint64_t number) {
    waiters_.at(number).over = true;
    settle(number);
}

void CommandWaits::settle(std::uint64_t number) {
    Waiter& waiter = waiters_.at(number);
    if (!waiter.in_the_log) return;
    if (waiter.ended) return answer(number, ended_answer(waiter.command, std::move(*waiter.ended)));
    if (waiter.over) return answer(number, accepted_answer(waiter.command, std::move(waiter.so_far)));
}

// Empty where it has left.
std::shared_ptr<net::HttpExchange> CommandWaits::leave(std::uint64_t number) {
    const auto found = waiters_.find(number);
    if (found == waiters_.end()) return nullptr;
    auto exchange = std::move(found->second.exchange);
    const auto [begin, end] = by_command_.equal_range(found->second.command.text());
    by_command_.erase(std::find_if(begin, end, [&](const auto& each) { return each.second == number; }));
    waiters_.erase(found);
    return exchange;
}

// The waiter is gone before the peer has its answer: it may ask again at once.
void CommandWaits::answer(std::uint64_t number, net::HttpResponse response) { leave(number)->send(std::move(response)); }

net::HttpResponse submitted_answer(const model::CommandId& command, const Submitted& submitted, const Config& config) {
    switch (submitted.outcome) {
        case Submitted::Outcome::in_the_log: return accepted_answer(command, submitted.status.result);
        case Submitted::Outcome::other_body: return respond(other_body(submitted.status), config);
        case Submitted::Outcome::too_many: return respond(too_many_commands(command), config);
        case Submitted::Outcome::log_away: break;
    }
    return respond(log_away(command), config);
}

}  // namespace api
