#include "registry/memory_registry.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace registry {

void MemoryRegistry::claim(const model::ChargePointId& charge_point, model::Epoch proposed, std::function<void(Grant)> granted) {
    // Above everything granted so far, so that a wall clock set back cannot let an older connection win.
    newest_ = std::max(model::Epoch{model::number(newest_) + 1}, proposed);
    Grant grant{.epoch = newest_, .previous = std::nullopt};
    const auto [entry, fresh] = held_.try_emplace(charge_point, newest_);
    if (!fresh) {
        grant.previous = std::exchange(entry->second, newest_);
    }
    if (const auto profile = profiles_.find(charge_point); profile != profiles_.end()) {
        grant.profile = profile->second;
    }
    post_([grant, granted = std::move(granted)] { granted(grant); });
}

void MemoryRegistry::release(const model::ChargePointId& charge_point, model::Epoch epoch) {
    const auto entry = held_.find(charge_point);
    if (entry != held_.end() && entry->second == epoch) {
        held_.erase(entry);
    }
}

void MemoryRegistry::remember_profile(const model::ChargePointId& charge_point, base::SharedText profile) {
    if (profile.empty()) {
        profiles_.erase(charge_point);
        return;
    }
    const auto [entry, fresh] = profiles_.insert_or_assign(charge_point, std::move(profile));
    if (fresh && profiles_.size() > config_.profiles_max) {
        const auto next = std::next(entry);
        profiles_.erase(next != profiles_.end() ? next : profiles_.begin());
    }
}

}  // namespace registry
