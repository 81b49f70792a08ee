#include "decisions/webhook.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "decisions/webhook_messages.h"
#include "model/id_tag.h"

namespace decisions {
namespace {

using namespace std::chrono_literals;
using Attempt = base::CircuitBreaker::Attempt;

constexpr auto kLogInterval = 1s;
constexpr std::size_t kIdBytes = 16;
constexpr unsigned kTooManyRequests = 429;

std::string new_id() {
    const std::string bytes = base::random_bytes(kIdBytes);
    return base::to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

bool is_granted(const model::Decision& decision) {
    if (const auto* permission = std::get_if<model::Permission>(&decision)) {
        return permission->status == model::ChargeStatus::accepted;
    }
    return std::get<model::Admission>(decision).status == model::AdmissionStatus::accepted;
}

// Past its date an id tag is expired, whoever said otherwise, and whenever.
model::Decision at(model::Decision decision, base::WallTime now) {
    if (auto* permission = std::get_if<model::Permission>(&decision)) {
        *permission = model::permission_at(std::move(*permission), now);
    }
    return decision;
}

const model::ChargePointId& charge_point_of(const model::Question& question) {
    return std::visit([](const auto& asked) -> const model::ChargePointId& { return asked.charge_point; }, question);
}

// It works, or will again after a while: in short, asking more would make it worse.
bool is_overloaded(unsigned status) { return status >= 500 || status == kTooManyRequests; }

}  // namespace

Webhook::Webhook(const WebhookConfig& config, const Counters& counters, net::Loop& loop)
    : config_(config),
      counters_(counters),
      loop_(loop),
      circuit_(config.circuit),
      cache_(config.cached_max),
      client_(loop, config.url, {.connections_max = config.concurrency, .body_bytes_max = config.answer_bytes_max}) {}

void Webhook::ask(model::Question question, Decided decided) {
    const base::Now now = loop_.now();
    Pending pending{std::move(question), std::move(decided), now.mono, {}};
    pending.key = cache_key(pending.question);
    if (const model::Decision* kept = cache_.find(pending.key, now.mono)) {
        counters_.by_cache.add();
        settle(pending, at(*kept, now.wall));
    } else if (waiting_.size() >= config_.queue) {
        give_up(pending, Failure::overloaded);
    } else {
        waiting_.push_back(std::move(pending));
        send_waiting();
    }
}

// First come, first served, so that whoever waits has a later deadline than those under way: when theirs is over, his turn
// comes, and needs no timer.
void Webhook::send_waiting() {
    while (!waiting_.empty() && under_way_ < config_.concurrency) {
        Pending pending = std::move(waiting_.front());
        waiting_.pop_front();
        if (loop_.now().mono >= pending.asked + config_.timeout) {
            give_up(pending, Failure::timeout);
        } else if (const auto attempt = circuit_.begin(loop_.now().mono)) {
            note_circuit();
            send(std::move(pending), *attempt);
        } else {
            give_up(pending, Failure::circuit_open);
        }
    }
}

void Webhook::send(Pending pending, Attempt attempt) {
    ++under_way_;
    const base::Now now = loop_.now();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(pending.asked + config_.timeout - now.mono);
    const net::HttpCall call = signed_call(config_.secret, new_id(), now.wall, question_body(pending.question));
    client_.send(call, left, [this, pending = std::move(pending), attempt, sent = now.mono](const auto& answer) mutable {
        on_answer(std::move(pending), attempt, sent, answer);
    });
}

void Webhook::on_answer(Pending pending, Attempt attempt, base::MonoTime sent,
                        const base::Result<net::HttpAnswer, net::HttpFailure>& answer) {
    using Kind = net::HttpFailure::Kind;
    --under_way_;
    if (answer) {
        counters_.webhook_duration.observe(std::chrono::duration<double>(loop_.now().mono - sent).count());
    }
    if (!answer && answer.error().kind == Kind::timed_out) {
        give_up(pending, Failure::timeout);
        // One that had waited for its turn left the back end little time: that says nothing about it.
        if (sent < pending.asked + config_.timeout / 2 || circuit_.state() != Circuit::closed) {
            on_no_answer(attempt, answer.error().text);
        }
    } else if (!answer && answer.error().kind != Kind::unreadable) {
        give_up(pending, Failure::unreachable);
        on_no_answer(attempt, answer.error().text);
    } else if (answer && is_overloaded(answer->status)) {
        give_up(pending, Failure::status);
        on_no_answer(attempt, "status " + std::to_string(answer->status));
    } else {
        circuit_.succeeded(attempt);  // it is there, whatever it says
        note_circuit();
        answer ? take(pending, *answer) : on_bad_answer(pending, Failure::bad_answer, answer.error().text);
    }
    send_waiting();
}

void Webhook::take(const Pending& pending, const net::HttpAnswer& answer) {
    if (answer.status < 200 || answer.status >= 300) {
        on_bad_answer(pending, Failure::status, "status " + std::to_string(answer.status));
        return;
    }
    auto read = read_answer(pending.question, answer.body);
    if (!read) {
        on_bad_answer(pending, Failure::bad_answer, read.error());
        return;
    }
    counters_.by_webhook.add();
    model::Decision decision = at(std::move(read->decision), loop_.now().wall);
    keep(pending, decision, read->keep);
    settle(pending, std::move(decision));
}

// What was refused is asked again: the driver may have been registered meanwhile.
void Webhook::keep(const Pending& pending, const model::Decision& decision, std::optional<std::chrono::seconds> time) {
    const std::chrono::milliseconds holds_for = time ? *time : config_.cache_time;
    const auto kept_for = std::min(holds_for, config_.cache_time_max);
    if (kept_for > 0ms && is_granted(decision)) {
        cache_.keep(pending.key, decision, loop_.now().mono + kept_for);
    }
}

void Webhook::give_up(const Pending& pending, Failure failure) {
    counters_.failures.at(static_cast<std::size_t>(failure)).add();
    settle(pending, std::nullopt);
}

void Webhook::on_bad_answer(const Pending& pending, Failure failure, const std::string& why) {
    give_up(pending, failure);
    if (loop_.now().mono < next_log_) {
        ++unlogged_;
        return;
    }
    next_log_ = loop_.now().mono + kLogInterval;
    base::log_warn("the webhook's answer cannot be used", {{"charge_point", charge_point_of(pending.question).text()},
                                                           {"problem", why},
                                                           {"unlogged_before", std::exchange(unlogged_, 0)}});
}

void Webhook::on_no_answer(Attempt attempt, std::string why) {
    const Circuit before = circuit_.state();
    circuit_.failed(attempt, loop_.now().mono);
    if (circuit_.state() != before) {
        problem_ = std::move(why);
        if (before == Circuit::closed) {
            base::log_warn("the webhook is away: decisions.fallback decides meanwhile",
                           {{"address", config_.url.authority()}, {"problem", problem_}});
        }
    }
    note_circuit();
}

void Webhook::note_circuit() {
    if (circuit_.state() == Circuit::closed && !problem_.empty()) {
        problem_.clear();
        base::log_info("the webhook is back", {{"address", config_.url.authority()}});
    }
    counters_.circuit_state.set(static_cast<double>(circuit_.state()));
}

void Webhook::settle(const Pending& pending, std::optional<model::Decision> decision) {
    loop_.post([decided = pending.decided, decision = std::move(decision)] { decided(decision); });
}

}  // namespace decisions
