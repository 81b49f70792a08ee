// A stretch of time with what it cost: the wall, the watched process, and the generator itself.
#pragma once

#include <chrono>

#include "base/json_writer.h"
#include "cpu_watch.h"

namespace load {

using Clock = std::chrono::steady_clock;

class Stopwatch {
public:
    // `watched` 0: nobody besides the generator.
    explicit Stopwatch(pid_t watched);
    void stop();
    [[nodiscard]] std::chrono::nanoseconds elapsed() const { return elapsed_; }
    // Members `seconds`, `generator` and, where somebody is watched, `cpu`.
    void write(base::JsonWriter& out) const;

private:
    pid_t watched_;
    CpuTime spent_;
    CpuTime own_;
    Clock::time_point begun_;
    std::chrono::nanoseconds elapsed_{};
};

}  // namespace load
