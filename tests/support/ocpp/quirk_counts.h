// Counters of sessions, and what they counted in gateway_tolerated_quirks_total.
#pragma once

#include <map>
#include <string>

#include "base/metrics.h"
#include "ocpp/counters.h"

namespace test {

class QuirkCounts {
public:
    [[nodiscard]] const ocpp::Counters& counters() const { return counters_; }
    // By the names of the quirks; those that were not met are not there.
    [[nodiscard]] std::map<std::string, int> met() const;

private:
    base::Metrics metrics_;
    ocpp::Counters counters_ = ocpp::Counters::make(metrics_);
};

}  // namespace test
