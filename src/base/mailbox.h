// A bounded queue of values from any thread to one loop. The first value into an empty mailbox rings the bell (which
// makes the owner's loop call drain soon); later ones ride along, so a burst costs one wake-up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace base {

template <class T>
class Mailbox {
public:
    // `bell` may be called from any thread that pushes.
    Mailbox(std::size_t capacity, std::function<void()> bell) : capacity_(capacity), bell_(std::move(bell)) {}

    // False when full: the caller refuses, or proves with CHECK that this cannot be.
    [[nodiscard]] bool push(T value) { return push_below(capacity_, std::move(value)); }

    // The same with a lower limit, for what can be refused: so the rest always has room.
    [[nodiscard]] bool push_below(std::size_t limit, T value) {
        bool first = false;
        {
            const std::lock_guard lock(mutex_);
            if (values_.size() >= std::min(limit, capacity_)) {
                return false;
            }
            first = values_.empty();
            values_.push_back(std::move(value));
        }
        if (first) {
            bell_();
        }
        return true;
    }

    // All values so far, oldest first. `into` must be empty; its memory is used for the next ones, unless a burst made it large.
    void drain(std::vector<T>& into) {
        if (into.capacity() > kKeptValues) {
            into = std::vector<T>();
        }
        const std::lock_guard lock(mutex_);
        values_.swap(into);
    }

private:
    static constexpr std::size_t kKeptValues = 1024;

    const std::size_t capacity_;
    const std::function<void()> bell_;
    std::mutex mutex_;
    std::vector<T> values_;
};

}  // namespace base
