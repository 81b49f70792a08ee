#include "net/timer_wheel.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace net {

namespace {

void make_empty(TimerLinks& list) { list.previous = list.next = &list; }

bool is_empty(const TimerLinks& list) { return list.next == &list; }

void unlink(TimerLinks& links) {
    links.previous->next = links.next;
    links.next->previous = links.previous;
    links.previous = links.next = nullptr;
}

void push_back(TimerLinks& list, TimerLinks& links) {
    links.previous = list.previous;
    links.next = &list;
    list.previous->next = &links;
    list.previous = &links;
}

// Moves all of `from` into the empty `to`.
void splice(TimerLinks& from, TimerLinks& to) {
    if (is_empty(from)) {
        return;
    }
    to.next = from.next;
    to.previous = from.previous;
    to.next->previous = &to;
    to.previous->next = &to;
    make_empty(from);
}

}  // namespace

void Timer::set(TimerWheel& wheel, base::MonoTime when, TimerHandler& handler, std::uint64_t tag) {
    cancel();
    handler_ = &handler;
    tag_ = tag;
    wheel.insert(*this, when);
}

void Timer::cancel() {
    if (is_set()) {
        unlink(*this);
    }
}

TimerWheel::TimerWheel(base::MonoTime start, std::function<void()> wake) : start_(start), wake_(std::move(wake)) {
    make_empty(firing_);
    for (TimerLinks& list : slots_) {
        make_empty(list);
    }
}

TimerWheel::~TimerWheel() {
    // Timers may be destroyed after their wheel: they must not point into it.
    for (TimerLinks& list : slots_) {
        while (!is_empty(list)) {
            unlink(*list.next);
        }
    }
    while (!is_empty(firing_)) {
        unlink(*firing_.next);
    }
}

base::MonoTime TimerWheel::next_tick() const { return start_ + (current_ + 1) * kTick; }

void TimerWheel::insert(Timer& timer, base::MonoTime when) {
    const auto delay = std::min<base::MonoTime::duration>(std::max(when, start_) - start_, current_ * kTick + kDeadlineMax);
    // Rounded up: a timer never fires early.
    const std::int64_t due = (delay + kTick - base::MonoTime::duration{1}) / kTick;
    timer.tick_ = static_cast<std::uint32_t>(std::max(due, current_ + 1));
    push_back(slot(timer.tick_), timer);
    empty_slots_ = 0;
    if (!std::exchange(awake_, true)) {
        wake_();
    }
}

bool TimerWheel::advance(base::MonoTime now, std::size_t at_most) {
    CHECK(!std::exchange(advancing_, true), "a timer's handler does not advance the wheel");
    const std::int64_t target = (now - start_) / kTick;
    std::size_t left = at_most;
    fire_taken(static_cast<std::uint32_t>(current_), left);
    // After a long gap one turn of the wheel visits every list.
    if (is_empty(firing_)) {
        current_ = std::max(current_, target - static_cast<std::int64_t>(kSlots));
    }
    while (awake_ && current_ < target && is_empty(firing_)) {
        ++current_;
        take_slot(static_cast<std::uint32_t>(current_));
        fire_taken(static_cast<std::uint32_t>(current_), left);
    }
    if (is_empty(firing_)) {
        current_ = std::max(current_, target);
    }
    advancing_ = false;
    return !is_empty(firing_);
}

void TimerWheel::take_slot(std::uint32_t tick) {
    TimerLinks& list = slot(tick);
    if (is_empty(list)) {
        if (++empty_slots_ >= kSlots) {
            awake_ = false;
        }
        return;
    }
    empty_slots_ = 0;
    splice(list, firing_);
}

void TimerWheel::fire_taken(std::uint32_t tick, std::size_t& left) {
    while (!is_empty(firing_) && left > 0) {
        Timer& timer = static_cast<Timer&>(*firing_.next);
        unlink(timer);
        // Later turns of the wheel: not due yet. (After a gap of more than one turn, some are overdue by turns.)
        if (static_cast<std::int32_t>(timer.tick_ - tick) > 0) {
            push_back(slot(tick), timer);
            continue;
        }
        --left;
        timer.handler_->on_timer(timer.tag_);
    }
}

}  // namespace net
