// Exponential back-off with full jitter: each wait is uniform between nothing and a ceiling that doubles up to a cap. So
// that many who lost the same peer do not come back together.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/random.h"

namespace base {

class Backoff {
public:
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds cap, std::uint64_t seed)
        : first_(std::min(first, cap)), cap_(cap), ceiling_(first_), random_(seed) {}

    // How long to wait before the next attempt.
    [[nodiscard]] std::chrono::milliseconds next() {
        const auto wait = static_cast<std::int64_t>(random_.unit() * static_cast<double>(ceiling_.count() + 1));
        ceiling_ = ceiling_ > cap_ / 2 ? cap_ : ceiling_ * 2;
        return std::chrono::milliseconds{wait};
    }

    // An attempt worked: the next failure waits briefly again.
    void reset() { ceiling_ = first_; }

private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds cap_;
    std::chrono::milliseconds ceiling_;
    SplitMix random_;
};

}  // namespace base
