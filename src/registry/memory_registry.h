// MemoryRegistry: who holds which charge point, and what its next connection is to know, for a gateway of one pod. It answers as
// a remote registry would: later, by a call on the loop it was given, never from within the question. So its users need not
// change when the registry is Redis.
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
#include "model/decision.h"
#include "model/ids.h"

namespace registry {

// What outlives a connection, because the next one may bring no BootNotification.
struct Remembered {
    base::SharedText profile{};  // by name; empty: none
    model::AdmissionStatus admission = model::AdmissionStatus::accepted;
};

struct Grant {
    model::Epoch epoch;                      // greater than every epoch granted before
    std::optional<model::Epoch> previous;    // of the connection that is taken over
    std::optional<Remembered> remembered{};  // empty: it was never here, as far as is known
};

struct RegistryConfig {
    std::size_t remembered_max = 1'000'000;  // charge points, those that are connected too; about 64 bytes and an id each
};

class MemoryRegistry {
public:
    using Post = std::function<void(std::function<void()>)>;

    explicit MemoryRegistry(Post post, const RegistryConfig& config = {}) : config_(config), post_(std::move(post)) {}

    void claim(const model::ChargePointId& charge_point, model::Epoch proposed, std::function<void(Grant)> granted);
    void release(const model::ChargePointId& charge_point, model::Epoch epoch);
    // Told by the connection of that epoch; of an older one it changes nothing. With as many known as allowed, those that are not
    // connected make room for new ones.
    void remember(const model::ChargePointId& charge_point, model::Epoch epoch, Remembered what);

private:
    struct Known {
        model::Epoch epoch;
        base::SharedText profile{};
        model::AdmissionStatus admission = model::AdmissionStatus::accepted;
        bool held = true;
    };
    static_assert(sizeof(Known) <= 24, "bytes per charge point are our first number");
    using Map = boost::container::map<model::ChargePointId, Known>;  // a node of it is smaller than one of std::map
    void make_room();

    const RegistryConfig config_;
    Post post_;
    Map known_;
    model::ChargePointId swept_{""};  // up to there, when room was made last
    model::Epoch newest_{};
};

}  // namespace registry
