// Directory: which connection of this pod holds which charge point, as a plain object on the control loop. It decides who
// takes over from whom; the control loop acts on its effects. The registry's answer is a later input.
//
// What always holds: at most one connection per charge point is granted and not displaced; of two upgrades the registry's
// greater epoch wins, in whatever order their answers come; every upgrade ends in one Admit or one Displace, also when its
// connection has ended meanwhile; what was admitted and not displaced is released once, when its connection ends.
#pragma once

#include <boost/container/map.hpp>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "model/ids.h"
#include "ocpp/session.h"
#include "transport/endpoint.h"

namespace app {

// A connection anywhere in this pod.
struct Place {
    std::uint32_t shard = 0;
    transport::ConnectionKey key{};
    auto operator<=>(const Place&) const = default;
};

struct Claim {
    model::ChargePointId charge_point;
    model::Epoch proposed;
    Place place;
};
struct Release {
    model::ChargePointId charge_point;
    model::Epoch epoch;
};
// To the shard of `place`: answer the upgrade.
struct Admit {
    Place place;
    model::ChargePointId charge_point;
    model::Epoch epoch;
    std::optional<model::Epoch> previous;
    ocpp::Past past{};
};
// To the shard of `place`: a newer connection of the same charge point is there.
struct Displace {
    Place place;
};
using DirectoryEffect = std::variant<Claim, Release, Admit, Displace>;
using DirectoryEffects = std::vector<DirectoryEffect>;

class Directory {
public:
    struct Entry {
        Place place;
        model::Epoch epoch;
    };

    void on_upgrade(const model::ChargePointId& charge_point, Place place, model::Epoch proposed, DirectoryEffects& effects);
    void on_granted(const model::ChargePointId& charge_point, Place place, model::Epoch epoch,
                    std::optional<model::Epoch> previous, const ocpp::Past& past, DirectoryEffects& effects);
    // The connection ended, admitted or not.
    void on_ended(const model::ChargePointId& charge_point, Place place, DirectoryEffects& effects);

    [[nodiscard]] const Entry* find(const model::ChargePointId& charge_point) const;
    [[nodiscard]] std::size_t size() const { return held_.size(); }
    // Up to `limit` entries behind `after`, ordered by id.
    [[nodiscard]] std::vector<std::pair<model::ChargePointId, Entry>> page(const model::ChargePointId& after,
                                                                           std::size_t limit) const;

private:
    // Boost's map: a node of it is 16 bytes smaller than one of std::map.
    boost::container::map<model::ChargePointId, Entry> held_;
    std::map<Place, bool> claiming_;  // upgrades that wait for the registry; false: ended meanwhile
};

}  // namespace app
