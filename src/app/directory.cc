#include "app/directory.h"

#include <utility>

namespace app {

void Directory::on_upgrade(const model::ChargePointId& charge_point, Place place, model::Epoch proposed,
                           DirectoryEffects& effects) {
    claiming_[place] = true;
    effects.emplace_back(Claim{charge_point, proposed, place});
}

void Directory::on_granted(const model::ChargePointId& charge_point, Place place, model::Epoch epoch,
                           std::optional<model::Epoch> previous, const ocpp::Past& past, DirectoryEffects& effects) {
    const auto claim = claiming_.extract(place);
    const auto held = held_.find(charge_point);
    if (held != held_.end() && held->second.epoch > epoch) {
        // A later upgrade was granted first: this one is displaced before it began, its epoch is not the registry's any more.
        effects.emplace_back(Displace{place});
        return;
    }
    if (held != held_.end()) {
        effects.emplace_back(Displace{held->second.place});
        held_.erase(held);
    }
    // Also where the connection has ended meanwhile: it took over, so its shard must tell that it came and went.
    effects.emplace_back(Admit{place, charge_point, epoch, previous, past});
    if (!claim.empty() && claim.mapped()) {
        held_.emplace(charge_point, Entry{place, epoch});
    } else {
        effects.emplace_back(Release{charge_point, epoch});
    }
}

void Directory::on_ended(const model::ChargePointId& charge_point, Place place, DirectoryEffects& effects) {
    if (const auto claim = claiming_.find(place); claim != claiming_.end()) {
        claim->second = false;
        return;
    }
    const auto held = held_.find(charge_point);
    if (held != held_.end() && held->second.place == place) {
        effects.emplace_back(Release{charge_point, held->second.epoch});
        held_.erase(held);
    }
}

const Directory::Entry* Directory::find(const model::ChargePointId& charge_point) const {
    const auto held = held_.find(charge_point);
    return held == held_.end() ? nullptr : &held->second;
}

std::vector<std::pair<model::ChargePointId, Directory::Entry>> Directory::page(const model::ChargePointId& after,
                                                                               std::size_t limit) const {
    std::vector<std::pair<model::ChargePointId, Entry>> entries;
    for (auto held = held_.upper_bound(after); held != held_.end() && entries.size() < limit; ++held) {
        entries.emplace_back(*held);
    }
    return entries;
}

}  // namespace app
