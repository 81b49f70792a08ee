// The counters of the commands room. Made once at start.
#pragma once

#include "base/metrics.h"

namespace commands {

struct Counters {
    base::Counter consumed;
    base::Counter sent;
    base::Counter acknowledged;
    base::Counter failed;
    base::Counter retried;
    base::Counter expired;
    base::Histogram latency;  // seconds from reading a command to its end

    static Counters make(base::Metrics& metrics);
};

}  // namespace commands
