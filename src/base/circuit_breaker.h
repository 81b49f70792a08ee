// Circuit breaker: stops asking something that does not answer, so that nobody waits for it in vain and it is left alone
// while it recovers. Closed: everyone may ask. After some failures in a row it is open: nobody may. When its time is over it
// is half-open: one may try; if that works it is closed, otherwise open again, for twice the time up to a maximum.
//
// A plain object without a clock. What was asked before the circuit changed says nothing about how it is now, so each attempt
// carries the number of the state it began in.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace base {

struct CircuitConfig {
    std::size_t failures_to_open = 5;            // in a row
    std::chrono::milliseconds open_time{1'000};  // at first
    std::chrono::milliseconds open_time_max{30'000};
};

class CircuitBreaker {
public:
    enum class State : std::uint8_t { closed = 0, half_open = 1, open = 2 };  // as gateway_circuit_state tells it
    enum class Attempt : std::uint64_t {};

    explicit CircuitBreaker(const CircuitConfig& config) : config_(config), open_time_(config.open_time) {}

    [[nodiscard]] State state() const { return state_; }

    // Nothing: do not ask now. Each attempt ends in succeeded() or failed(); one that began and ends while the circuit is closed
    // may end in neither, where it says nothing.
    [[nodiscard]] std::optional<Attempt> begin(MonoTime now) {
        if (state_ == State::open && now >= open_until_) {
            enter(State::half_open);
            return Attempt{era_};
        }
        return state_ == State::closed ? std::optional(Attempt{era_}) : std::nullopt;
    }

    void succeeded(Attempt attempt) {
        if (attempt != Attempt{era_}) {
            return;
        }
        failures_ = 0;
        if (state_ == State::half_open) {
            open_time_ = config_.open_time;
            enter(State::closed);
        }
    }

    void failed(Attempt attempt, MonoTime now) {
        if (attempt != Attempt{era_}) {
            return;
        }
        if (state_ == State::half_open) {
            open_time_ = std::min(open_time_ * 2, config_.open_time_max);
            open(now);
        } else if (++failures_ >= config_.failures_to_open) {
            open(now);
        }
    }

private:
    void open(MonoTime now) {
        open_until_ = now + open_time_;
        enter(State::open);
    }
    void enter(State state) {
        state_ = state;
        failures_ = 0;
        ++era_;
    }

    const CircuitConfig config_;
    std::chrono::milliseconds open_time_;
    State state_ = State::closed;
    MonoTime open_until_{};
    std::size_t failures_ = 0;
    std::uint64_t era_ = 0;  // raised with every change of state
};

}  // namespace base
