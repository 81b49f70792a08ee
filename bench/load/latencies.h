// Every latency of a run, kept whole: percentiles are read from the sorted values, not from buckets.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/json_writer.h"

namespace load {

class Latencies {
public:
    void add(std::chrono::nanoseconds latency) { values_.push_back(latency.count()); }
    void add(const Latencies& others) { values_.insert(values_.end(), others.values_.begin(), others.values_.end()); }

    // The smallest value that at least this share of all values do not exceed (nearest rank); 0 where there is none.
    [[nodiscard]] std::chrono::nanoseconds percentile(double share);

    // An object: count, and p50_ms, p90_ms, p99_ms, p99_9_ms, max_ms.
    void write(base::JsonWriter& out);

private:
    std::vector<std::int64_t> values_;
    std::size_t sorted_ = 0;
};

}  // namespace load
