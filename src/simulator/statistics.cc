#include "simulator/statistics.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace simulator {

void DurationHistogram::add(std::chrono::microseconds duration) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    const unsigned width = static_cast<unsigned>(std::bit_width(value));
    // Values below one doubling's number of steps stand for themselves; above, the leading bits choose the step.
    const unsigned shift = width > kStepBits + 1 ? width - kStepBits - 1 : 0;
    const std::size_t step = (static_cast<std::size_t>(shift) << kStepBits) + static_cast<std::size_t>(value >> shift);
    ++steps_[std::min(step, kSteps - 1)];
    ++count_;
}

std::chrono::microseconds DurationHistogram::quantile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t step = 0; step < kSteps && count_ != 0; ++step) {
        seen += steps_[step];
        if (seen > wanted || seen == count_) {
            const std::size_t shift = step < (std::size_t{2} << kStepBits) ? 0 : (step >> kStepBits) - 1;
            const std::uint64_t leading = step - (shift << kStepBits);
            return std::chrono::microseconds((leading + 1) << shift) - std::chrono::microseconds(1);
        }
    }
    return std::chrono::microseconds(0);
}

std::uint64_t Statistics::sent_total() const { return std::accumulate(sent.begin(), sent.end(), std::uint64_t{0}); }

std::uint64_t Statistics::answered_total() const { return std::accumulate(answered.begin(), answered.end(), std::uint64_t{0}); }

std::uint64_t Statistics::errors() const {
    return connect_failures + upgrades_refused + closes_unexpected + call_errors + time_outs + unreadable + unknown_answers +
           durable_discarded + durable_skipped;
}

bool Statistics::succeeded(std::uint64_t count) const {
    return finished == count && never_accepted == 0 && lost() == 0 && durable_skipped == 0 && call_errors == 0 &&
           unreadable == 0 && refused_by_decision == 0;
}

}  // namespace simulator
