// The counters of the protocol room. Made once at start; a message counts by an array look-up, never by a label look-up.
#pragma once

#include <array>
#include <cstddef>

#include "base/metrics.h"
#include "model/quirk.h"

namespace ocpp {

inline constexpr std::size_t kVersions = 1;      // in the order of version.h
inline constexpr std::size_t kActionsMax = 128;  // of one version

struct Counters {
    // By the version's place and the action's place in its table; what is no known action counts under `other`.
    std::array<std::array<base::Counter, kActionsMax>, kVersions> received;
    std::array<base::Counter, kVersions> received_other;
    base::Counter sent;
    model::QuirkCounters quirks;
    base::Counter unresponsive;  // charge points found to be

    static Counters make(base::Metrics& metrics);
};

}  // namespace ocpp
