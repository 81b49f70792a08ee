#include "registry/memory_gateway_state.h"

#include <utility>

#include "model/id_tag.h"

namespace registry {
namespace {

template <class Map, class Key, class Value>
bool put(Map& map, Key key, Value value, std::size_t count_max) {
    if (map.size() >= count_max && !map.contains(key)) {
        return false;
    }
    map.insert_or_assign(std::move(key), std::move(value));
    return true;
}

template <class Map, class Key>
std::optional<typename Map::mapped_type> find(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
}

// The answer, for later.
template <class Answer, class Value>
std::function<void()> told(Answer answer, Value value) {
    return [answer = std::move(answer), value = std::move(value)]() mutable { answer(std::move(value)); };
}

}  // namespace

void MemoryGatewayState::put_id_tag(std::string_view id_tag, model::Permission permission, std::function<void(bool)> answer) {
    post_(told(std::move(answer), put(id_tags_, model::without_case(id_tag), std::move(permission), config_.id_tags_max)));
}

void MemoryGatewayState::find_id_tag(std::string_view id_tag,
                                     std::function<void(std::optional<model::Permission>)> answer) const {
    post_(told(std::move(answer), find(id_tags_, model::without_case(id_tag))));
}

void MemoryGatewayState::remove_id_tag(std::string_view id_tag, std::function<void(bool)> answer) {
    post_(told(std::move(answer), id_tags_.erase(model::without_case(id_tag)) > 0));
}

void MemoryGatewayState::put_charge_point(const model::ChargePointId& id, model::KnownChargePoint known,
                                          std::function<void(bool)> answer) {
    post_(told(std::move(answer), put(charge_points_, id, std::move(known), config_.charge_points_max)));
}

void MemoryGatewayState::find_charge_point(const model::ChargePointId& id,
                                           std::function<void(std::optional<model::KnownChargePoint>)> answer) const {
    post_(told(std::move(answer), find(charge_points_, id)));
}

void MemoryGatewayState::remove_charge_point(const model::ChargePointId& id, std::function<void(bool)> answer) {
    post_(told(std::move(answer), charge_points_.erase(id) > 0));
}

}  // namespace registry
