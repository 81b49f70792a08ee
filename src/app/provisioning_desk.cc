#include "app/provisioning_desk.h"

#include <utility>

namespace app {
namespace {

std::function<void(bool)> as_stored(std::function<void(api::Stored)> answer) {
    return [answer = std::move(answer)](bool has_place) { answer(has_place ? api::Stored::yes : api::Stored::full); };
}

}  // namespace

ProvisioningDesk::ProvisioningDesk(net::Loop& loop, Profiled profiled)
    : profiled_(std::move(profiled)), state_({}, [&loop](std::function<void()> work) { loop.post(std::move(work)); }) {}

void ProvisioningDesk::put_id_tag(const std::string& id_tag, model::Permission permission,
                                  std::function<void(api::Stored)> answer) {
    state_.put_id_tag(id_tag, std::move(permission), as_stored(std::move(answer)));
}

void ProvisioningDesk::find_id_tag(const std::string& id_tag, std::function<void(std::optional<model::Permission>)> answer) {
    state_.find_id_tag(id_tag, std::move(answer));
}

void ProvisioningDesk::remove_id_tag(const std::string& id_tag, std::function<void(bool)> answer) {
    state_.remove_id_tag(id_tag, std::move(answer));
}

void ProvisioningDesk::put_charge_point(const model::ChargePointId& id, model::KnownChargePoint known,
                                        std::function<void(api::Stored)> answer) {
    auto profile = known.profile;
    state_.put_charge_point(id, std::move(known),
                            [this, id, profile = std::move(profile), stored = as_stored(std::move(answer))](bool has_place) {
                                if (has_place) {
                                    profiled_(id, profile);
                                }
                                stored(has_place);
                            });
}

void ProvisioningDesk::remove_charge_point(const model::ChargePointId& id, std::function<void(bool)> answer) {
    state_.remove_charge_point(id, [this, id, answer = std::move(answer)](bool was_known) {
        if (was_known) {
            profiled_(id, {});
        }
        answer(was_known);
    });
}

void ProvisioningDesk::look_up_id_tag(const std::string& id_tag, Answer<model::Permission> answer) {
    state_.find_id_tag(id_tag, std::move(answer));
}

void ProvisioningDesk::look_up_charge_point(const model::ChargePointId& charge_point, Answer<model::KnownChargePoint> answer) {
    state_.find_charge_point(charge_point, std::move(answer));
}

}  // namespace app
