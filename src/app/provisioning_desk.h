// ProvisioningDesk: what the API is told for good and the decisions look up, bound to the registry that keeps it. On the
// control loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "api/provisioning.h"
#include "decisions/id_tag_store.h"
#include "net/loop.h"
#include "registry/memory_gateway_state.h"

namespace app {

class ProvisioningDesk final : public api::ProvisioningBackend, public decisions::IdTagStore {
public:
    // Told of each charge point that is given a profile by name; by an empty one: that has none of its own.
    using Profiled = std::function<void(const model::ChargePointId&, const std::string& profile)>;
    ProvisioningDesk(net::Loop& loop, Profiled profiled);

    // api::ProvisioningBackend
    void put_id_tag(const std::string& id_tag, model::Permission permission, std::function<void(api::Stored)> answer) override;
    void find_id_tag(const std::string& id_tag, std::function<void(std::optional<model::Permission>)> answer) override;
    void remove_id_tag(const std::string& id_tag, std::function<void(bool)> answer) override;
    void put_charge_point(const model::ChargePointId& id, model::KnownChargePoint known,
                          std::function<void(api::Stored)> answer) override;
    void remove_charge_point(const model::ChargePointId& id, std::function<void(bool)> answer) override;

    // decisions::IdTagStore
    void look_up_id_tag(const std::string& id_tag, Answer<model::Permission> answer) override;
    void look_up_charge_point(const model::ChargePointId& charge_point, Answer<model::KnownChargePoint> answer) override;

private:
    const Profiled profiled_;
    registry::MemoryGatewayState state_;
};

}  // namespace app
