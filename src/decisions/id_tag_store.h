// IdTagStore: where mode registry looks up who is known; bound in app. Each question is answered once, later, on the loop
// that asked. An error means that the store could not be asked, which is not the same as not knowing.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/decision.h"
#include "model/ids.h"

namespace decisions {

class IdTagStore {
public:
    virtual ~IdTagStore() = default;

    template <class Found>
    using Answer = std::function<void(base::Result<std::optional<Found>>)>;

    // As it was provisioned: whether its date is over is not the store's business.
    virtual void look_up_id_tag(const std::string& id_tag, Answer<model::Permission> answer) = 0;
    virtual void look_up_charge_point(const model::ChargePointId& charge_point, Answer<model::KnownChargePoint> answer) = 0;
};

}  // namespace decisions
