// One timer wheel per loop: a million deadlines at the cost of one Asio timer. Ticks of 50 ms; a deadline fires at most two
// ticks late, later where thousands are due at once, and never early. A timer is a member of what it wakes (intrusive, 40 bytes
// or less); destroying it cancels it.
//
// The wheel reads no clock: its driver tells it the time with advance(). In a program that is the Loop, in a unit test the
// test itself. Setting, cancelling and firing are O(1): the wheel has one list per tick of the next 102 s, and a timer
// beyond that waits in its list for another turn of the wheel (a 660 s deadline is looked at seven times).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>

#include "base/time.h"

namespace net {

class TimerWheel;

class TimerHandler {
public:
    virtual void on_timer(std::uint64_t tag) = 0;

protected:
    ~TimerHandler() = default;
};

// A place in one of the wheel's circular lists.
struct TimerLinks {
    TimerLinks* previous = nullptr;
    TimerLinks* next = nullptr;
};

class Timer : private TimerLinks {
public:
    Timer() = default;
    ~Timer() { cancel(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    // Replaces an earlier setting. The handler is told its tag once, on the loop; a time that has passed already fires with
    // the next tick, never from within set().
    void set(TimerWheel& wheel, base::MonoTime when, TimerHandler& handler, std::uint64_t tag);
    void cancel();
    [[nodiscard]] bool is_set() const { return previous != nullptr; }

private:
    friend class TimerWheel;
    TimerHandler* handler_ = nullptr;
    std::uint64_t tag_ = 0;
    std::uint32_t tick_ = 0;
};
static_assert(sizeof(Timer) <= 40);

class TimerWheel {
public:
    static constexpr std::chrono::milliseconds kTick{50};
    static constexpr std::size_t kSlots = 2048;
    // Longer deadlines are cut to this: ticks are compared modulo 2^32.
    static constexpr std::chrono::hours kDeadlineMax{24 * 365};

    // `wake` is called when a timer is set and the driver believes the wheel to be empty: from then on it calls advance()
    // at every next_tick() until has_work() is false.
    TimerWheel(base::MonoTime start, std::function<void()> wake);
    ~TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    // Fires what is due at `now`, earliest tick first, but no more timers than `at_most`: true where some are left, which are
    // fired by the next call. Handlers may set, cancel and destroy any timer.
    bool advance(base::MonoTime now, std::size_t at_most = std::numeric_limits<std::size_t>::max());

    // False once a whole turn of the wheel met no timer (timers are not counted, so that cancelling needs no wheel).
    [[nodiscard]] bool has_work() const { return awake_; }
    [[nodiscard]] base::MonoTime next_tick() const;

private:
    friend class Timer;
    void insert(Timer& timer, base::MonoTime when);
    void take_slot(std::uint32_t tick);
    void fire_taken(std::uint32_t tick, std::size_t& left);
    TimerLinks& slot(std::uint32_t tick) { return slots_[tick % kSlots]; }

    const base::MonoTime start_;
    const std::function<void()> wake_;
    std::int64_t current_ = 0;     // ticks since start_ that have been served
    std::size_t empty_slots_ = 0;  // met in a row
    bool awake_ = false;
    bool advancing_ = false;
    TimerLinks firing_;  // what is left of the list being served
    std::array<TimerLinks, kSlots> slots_;
};

}  // namespace net
