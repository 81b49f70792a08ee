// What app itself counts; each room has its own struct of this kind. Made once at start, read by reference from any thread.
#pragma once

#include <map>
#include <string_view>

#include "base/metrics.h"

namespace app {

struct Counters {
    base::Histogram process_duration;                            // one frame: from the socket's bytes to its effects done
    std::map<std::string_view, base::Counter> events_published;  // by type, at delivery
    base::Counter events_failed;                                 // no place and no room to wait: nothing was answered
    base::Counter upgrades_held_off;                             // 503 while a partition was stuck
    base::Counter displaced;                                     // connections that a newer one took over
    base::Counter live_events_dropped;                           // the API's stream could not follow

    static Counters make(base::Metrics& metrics);
};

}  // namespace app
