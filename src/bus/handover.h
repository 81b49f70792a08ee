// Handover: how much of what a reader handed over is not taken yet. While it is closed the reader leaves its records alone; it
// goes one batch over its limit at most. Any thread. Private to the room.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/check.h"

namespace bus {

class Handover {
public:
    explicit Handover(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    [[nodiscard]] bool open() const { return untaken_ < bytes_max_; }
    void add(std::size_t bytes) { untaken_ += bytes; }
    // True: it was closed until now, so the reader is to be woken.
    [[nodiscard]] bool taken(std::size_t bytes) {
        const auto before = untaken_.fetch_sub(bytes);
        CHECK(before >= bytes, "no more is taken than was handed over");
        return before >= bytes_max_ && before - bytes < bytes_max_;
    }

private:
    const std::size_t bytes_max_;
    std::atomic<std::size_t> untaken_ = 0;
};

}  // namespace bus
