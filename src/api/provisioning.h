// Provisioning: what the gateway is told for good: which id tags may charge, which charge points are known. Reads and
// checks the bodies; ProvisioningBackend, bound in app, keeps them. Lives on the control loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/config.h"
#include "api/router.h"
#include "model/decision.h"
#include "model/ids.h"

namespace api {

enum class Stored : std::uint8_t { yes, full };

// Every answer comes once, later, never from within the question.
class ProvisioningBackend {
public:
    virtual ~ProvisioningBackend() = default;

    virtual void put_id_tag(const std::string& id_tag, model::Permission permission, std::function<void(Stored)> answer) = 0;
    virtual void find_id_tag(const std::string& id_tag, std::function<void(std::optional<model::Permission>)> answer) = 0;
    // False: it was unknown.
    virtual void remove_id_tag(const std::string& id_tag, std::function<void(bool)> answer) = 0;

    virtual void put_charge_point(const model::ChargePointId& id, model::KnownChargePoint known,
                                  std::function<void(Stored)> answer) = 0;
    virtual void remove_charge_point(const model::ChargePointId& id, std::function<void(bool)> answer) = 0;
};

class ProvisioningRoutes {
public:
    ProvisioningRoutes(const Config& config, ProvisioningBackend& backend) : profiles_(config.profiles), backend_(backend) {}

    void add_to(std::vector<Route>& routes);

private:
    void put_id_tag(const RouteCall& call);
    void find_id_tag(const RouteCall& call);
    void remove_id_tag(const RouteCall& call);
    void put_charge_point(const RouteCall& call);
    void remove_charge_point(const RouteCall& call);

    const std::vector<std::string> profiles_;
    ProvisioningBackend& backend_;
};

}  // namespace api
