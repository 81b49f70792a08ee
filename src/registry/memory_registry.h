// MemoryRegistry: who holds which charge point, for a gateway of one pod. It answers as a remote registry would: later, by
// a call on the loop it was given, never from within the question. So its users need not change when the registry is Redis.
//
// Rule of ownership: the newest claim wins and takes over; a release changes nothing unless its epoch is still the one
// recorded, so an old connection cannot undo a new one.
//
// Used on the control loop only.
#pragma once

#include <boost/container/map.hpp>
#include <functional>
#include <optional>

#include "model/ids.h"

namespace registry {

struct Grant {
    model::Epoch epoch;                    // greater than every epoch granted before
    std::optional<model::Epoch> previous;  // of the connection that is taken over
};

class MemoryRegistry {
public:
    using Post = std::function<void(std::function<void()>)>;

    explicit MemoryRegistry(Post post) : post_(std::move(post)) {}

    void claim(const model::ChargePointId& charge_point, model::Epoch proposed, std::function<void(Grant)> granted);
    void release(const model::ChargePointId& charge_point, model::Epoch epoch);

private:
    Post post_;
    boost::container::map<model::ChargePointId, model::Epoch> held_;  // a node of it is smaller than one of std::map
    model::Epoch newest_{};
};

}  // namespace registry
