// When the messages of an open loop are due: at a fixed rate from the begin on, whatever became of those before. Each is
// computed from its number, so that neither a late message nor a rounding error moves the ones after it.
#pragma once

#include <chrono>
#include <cstdint>

namespace load {

class Schedule {
public:
    using Clock = std::chrono::steady_clock;

    // `rate`: messages in one second, more than 0.
    Schedule(Clock::time_point begin, double rate) : begin_(begin), rate_(rate) {}

    [[nodiscard]] Clock::time_point due(std::uint64_t message) const { return after(static_cast<double>(message) / rate_); }
    // So many seconds after the begin.
    [[nodiscard]] Clock::time_point after(double seconds) const {
        return begin_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    }

private:
    Clock::time_point begin_;
    double rate_;
};

}  // namespace load
