// MemoryGatewayState: what the API was told for good, id tags and known charge points, for a gateway of one pod: gone with
// the process. Like MemoryRegistry it answers later, by a call on the loop it was given, so that its users need not change
// when the state lies elsewhere.
//
// Used on the control loop only. About 200 bytes an entry.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "model/decision.h"
#include "model/ids.h"

namespace registry {

struct GatewayStateConfig {
    std::size_t id_tags_max = 1'000'000;
    std::size_t charge_points_max = 1'000'000;
};

class MemoryGatewayState {
public:
    using Post = std::function<void(std::function<void()>)>;

    MemoryGatewayState(const GatewayStateConfig& config, Post post) : config_(config), post_(std::move(post)) {}

    // Id tags have no case. False: there are as many as allowed, and this one is new.
    void put_id_tag(std::string_view id_tag, model::Permission permission, std::function<void(bool)> answer);
    void find_id_tag(std::string_view id_tag, std::function<void(std::optional<model::Permission>)> answer) const;
    // False: it was unknown.
    void remove_id_tag(std::string_view id_tag, std::function<void(bool)> answer);

    void put_charge_point(const model::ChargePointId& id, model::KnownChargePoint known, std::function<void(bool)> answer);
    void find_charge_point(const model::ChargePointId& id,
                           std::function<void(std::optional<model::KnownChargePoint>)> answer) const;
    void remove_charge_point(const model::ChargePointId& id, std::function<void(bool)> answer);

private:
    const GatewayStateConfig config_;
    const Post post_;
    std::unordered_map<std::string, model::Permission> id_tags_;
    std::unordered_map<model::ChargePointId, model::KnownChargePoint> charge_points_;
};

}  // namespace registry
