#include "sim/timeline.h"

#include <algorithm>

namespace sim {

base::MonoTime::duration Random::within(Range range) {
    const auto span = std::chrono::duration_cast<std::chrono::microseconds>(range.most - range.least).count();
    const auto drawn = span > 0 ? static_cast<std::int64_t>(below(static_cast<std::size_t>(span) + 1)) : 0;
    return range.least + std::chrono::microseconds(drawn);
}

Timeline::Timeline()
    : start_{base::MonoTime(std::chrono::hours(1)), *base::parse_rfc3339("2026-11-20T10:00:00Z")}, now_(start_) {}

bool Timeline::later(const Item& left, const Item& right) {
    return std::pair(left.time, left.number) > std::pair(right.time, right.number);
}

void Timeline::at(base::MonoTime time, Action action) {
    heap_.push_back({std::max(time, now_.mono), next_number_++, std::move(action)});
    std::push_heap(heap_.begin(), heap_.end(), later);
}

void Timeline::at(base::MonoTime time, const Life& life, Action action) {
    at(time, [token = life.token(), action = std::move(action)] {
        if (!token.expired()) action();
    });
}

bool Timeline::step() {
    if (heap_.empty()) return false;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Item item = std::move(heap_.back());
    heap_.pop_back();
    now_.mono = item.time;
    now_.wall = start_.wall + std::chrono::duration_cast<std::chrono::microseconds>(item.time - start_.mono);
    ++steps_;
    item.action();
    return true;
}

milliseconds Timeline::since_start() const { return std::chrono::duration_cast<milliseconds>(now_.mono - start_.mono); }

void Channel::send(const Life& life, Action action) {
    last_ = std::max(last_, timeline_.now().mono + random_.within(range_));
    timeline_.at(last_, life, std::move(action));
}

void Alarm::set(std::optional<base::MonoTime> time) {
    wanted_ = time;
    if (wanted_ && (!scheduled_ || *wanted_ < *scheduled_)) {
        scheduled_ = *wanted_;
        timeline_.at(*wanted_, life_, [this, at = *wanted_] {
            if (scheduled_ == at) ring();
        });
    }
}

void Alarm::ring() {
    scheduled_.reset();
    if (wanted_ && *wanted_ <= timeline_.now().mono) {
        wanted_.reset();
        action_();
    } else {
        set(wanted_);
    }
}

}  // namespace sim
