#include "latencies.h"

#include <algorithm>
#include <cmath>

namespace load {

std::chrono::nanoseconds Latencies::percentile(double share) {
    if (values_.empty()) {
        return {};
    }
    if (sorted_ != values_.size()) {
        std::sort(values_.begin(), values_.end());
        sorted_ = values_.size();
    }
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values_.size())));
    return std::chrono::nanoseconds(values_[std::clamp<std::size_t>(rank, 1, values_.size()) - 1]);
}

void Latencies::write(base::JsonWriter& out) {
    const auto ms = [this](double share) { return std::chrono::duration<double, std::milli>(percentile(share)).count(); };
    out.begin_object().member("count", values_.size());
    out.member("p50_ms", ms(0.5)).member("p90_ms", ms(0.9)).member("p99_ms", ms(0.99)).member("p99_9_ms", ms(0.999));
    out.member("max_ms", ms(1)).end_object();
}

}  // namespace load
