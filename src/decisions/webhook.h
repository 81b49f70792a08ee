// Webhook: asks a back end over HTTP. One question is one POST with a deadline; so many are under way at one time, so many
// wait, and what is granted is kept for a while. Where it is slow, away or talks nonsense, the answer is nothing, and a
// circuit breaker sees to it that nobody waits for it in vain.
//
// An id tag never appears in the log.
//
// On one loop. What is asked when it goes is never answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/circuit_breaker.h"
#include "decisions/config.h"
#include "decisions/decision_cache.h"
#include "model/decision.h"
#include "net/http_client.h"
#include "net/loop.h"

namespace decisions {

class Webhook {
public:
    using Decided = std::function<void(std::optional<model::Decision>)>;
    using Circuit = base::CircuitBreaker::State;

    // Both outlive it.
    Webhook(const WebhookConfig& config, const Counters& counters, net::Loop& loop);

    // `decided` is told once, never from within.
    void ask(model::Question question, Decided decided);

    [[nodiscard]] Circuit circuit() const { return circuit_.state(); }
    // Why the circuit is not closed; empty where it is.
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    struct Pending {
        model::Question question;
        Decided decided;
        base::MonoTime asked;
        std::string key;  // of the cache
    };

    void send_waiting();
    void send(Pending pending, base::CircuitBreaker::Attempt attempt);
    void on_answer(Pending pending, base::CircuitBreaker::Attempt attempt, base::MonoTime sent,
                   const base::Result<net::HttpAnswer, net::HttpFailure>& answer);
    void take(const Pending& pending, const net::HttpAnswer& answer);
    void keep(const Pending& pending, const model::Decision& decision, std::optional<std::chrono::seconds> time);
    void give_up(const Pending& pending, Failure failure);
    void on_bad_answer(const Pending& pending, Failure failure, const std::string& why);
    void on_no_answer(base::CircuitBreaker::Attempt attempt, std::string why);
    void note_circuit();
    void settle(const Pending& pending, std::optional<model::Decision> decision);

    const WebhookConfig& config_;
    const Counters& counters_;
    net::Loop& loop_;
    base::CircuitBreaker circuit_;
    std::string problem_;
    DecisionCache cache_;
    std::deque<Pending> waiting_;
    std::size_t under_way_ = 0;
    base::MonoTime next_log_{};
    std::uint64_t unlogged_ = 0;
    net::HttpClient client_;  // last: it calls the rest
};

}  // namespace decisions
