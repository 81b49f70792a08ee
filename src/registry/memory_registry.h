// MemoryRegistry: who holds which charge point, and as what it last booted, for a gateway of one pod. It answers as a remote
// registry would: later, by a call on the loop it was given, never from within the question. So its users need not change when
// the registry is Redis.
//
// Rule of ownership: the newest claim wins and takes over; a release changes nothing unless its epoch is still the one
// recorded, so an old connection cannot undo a new one.
//
// Used on the control loop only.
#pragma once

#include <boost/container/map.hpp>
#include <cstddef>
#include <functional>
#include <optional>

#include "base/shared_text.h"
#include "model/ids.h"

namespace registry {

struct Grant {
    model::Epoch epoch;                    // greater than every epoch granted before
    std::optional<model::Epoch> previous;  // of the connection that is taken over
    base::SharedText profile{};            // as remember_profile() was told last
};

struct RegistryConfig {
    std::size_t profiles_max = 1'000'000;  // about 100 bytes each
};

class MemoryRegistry {
public:
    using Post = std::function<void(std::function<void()>)>;

    explicit MemoryRegistry(Post post, const RegistryConfig& config = {}) : config_(config), post_(std::move(post)) {}

    void claim(const model::ChargePointId& charge_point, model::Epoch proposed, std::function<void(Grant)> granted);
    void release(const model::ChargePointId& charge_point, model::Epoch epoch);
    // By name; empty: none. Kept beyond the connection, because the next one may bring no BootNotification. With as many kept as
    // allowed, another charge point's makes room: that one is back with its next BootNotification.
    void remember_profile(const model::ChargePointId& charge_point, base::SharedText profile);

private:
    const RegistryConfig config_;
    Post post_;
    boost::container::map<model::ChargePointId, model::Epoch> held_;  // a node of it is smaller than one of std::map
    boost::container::map<model::ChargePointId, base::SharedText> profiles_;
    model::Epoch newest_{};
};

}  // namespace registry
