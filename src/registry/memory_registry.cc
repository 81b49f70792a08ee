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
    const auto [entry, fresh] = known_.try_emplace(charge_point, Known{.epoch = newest_});
    if (fresh) {
        make_room();
    } else {
        Known& known = entry->second;
        grant.previous = known.held ? std::optional(known.epoch) : std::nullopt;
        grant.remembered = Remembered{.profile = known.profile, .admission = known.admission};
        known.epoch = newest_;
        known.held = true;
    }
    post_([grant, granted = std::move(granted)] { granted(grant); });
}

void MemoryRegistry::release(const model::ChargePointId& charge_point, model::Epoch epoch) {
    const auto entry = known_.find(charge_point);
    if (entry != known_.end() && entry->second.epoch == epoch) {
        entry->second.held = false;
    }
}

void MemoryRegistry::remember(const model::ChargePointId& charge_point, model::Epoch epoch, Remembered what) {
    if (const auto entry = known_.find(charge_point); entry != known_.end() && entry->second.epoch == epoch) {
        entry->second.profile = std::move(what.profile);
        entry->second.admission = what.admission;
    }
}

// On through the ids from where it stopped last, so that in the end all are looked at. While all are connected there are more
// than allowed, and the limit of connections is the limit.
void MemoryRegistry::make_room() {
    constexpr std::size_t kLookedAt = 64;
    auto entry = known_.upper_bound(swept_);
    for (std::size_t i = 0; i < kLookedAt && known_.size() > config_.remembered_max; ++i) {
        entry = entry != known_.end() ? entry : known_.begin();
        swept_ = entry->first;
        entry = entry->second.held ? std::next(entry) : known_.erase(entry);
    }
}

}  // namespace registry
