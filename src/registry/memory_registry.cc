#include "registry/memory_registry.h"

#include <algorithm>
#include <cstdint>
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
    post_([grant, granted = std::move(granted)] { granted(grant); });
}

void MemoryRegistry::release(const model::ChargePointId& charge_point, model::Epoch epoch) {
    const auto entry = held_.find(charge_point);
    if (entry != held_.end() && entry->second == epoch) {
        held_.erase(entry);
    }
}

}  // namespace registry
