// A connection between a charge point and the pod: two directions, each in order, and an end of which both sides hear in
// their own time, if at all.
#pragma once

#include <cstdint>
#include <memory>

#include "sim/timeline.h"

namespace sim {

struct Link {
    std::uint64_t key;  // never used again, also not by another run
    std::size_t charge_point;
    std::uint32_t shard;
    int run;
    bool stuck;  // its socket takes its time before it takes a frame
    Channel to_pod;
    Channel to_device;
    bool cut = false;  // nothing arrives any more, and nobody is told
    bool open_at_device = true;
    bool open_at_pod = true;
};
using LinkPointer = std::shared_ptr<Link>;

}  // namespace sim
