// What people read: the progress line and the summary.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "simulator/statistics.h"

namespace simulator {

// Makes one line out of the counters now and those of its last line; needs a Statistics that only grows.
class ProgressLine {
public:
    [[nodiscard]] std::string next(const Statistics& statistics, std::uint64_t count, std::chrono::milliseconds since_start);

private:
    std::chrono::milliseconds last_at_{0};
    std::uint64_t sent_ = 0;
    std::uint64_t answered_ = 0;
};

[[nodiscard]] std::string summary(const Statistics& statistics, std::uint64_t count, std::chrono::milliseconds since_start);

}  // namespace simulator
