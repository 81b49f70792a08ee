// A ProvisioningBackend that behaves: it keeps what it is given, up to a limit, and answers later. It lives on the loop.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "api/provisioning.h"
#include "net/loop.h"

namespace support {

class FakeProvisioning final : public api::ProvisioningBackend {
public:
    explicit FakeProvisioning(net::Loop& loop) : loop_(loop) {}

    void put_id_tag(const std::string& id_tag, model::Permission permission, std::function<void(api::Stored)> answer) override {
        put(id_tags, id_tag, std::move(permission), std::move(answer));
    }
    void find_id_tag(const std::string& id_tag, std::function<void(std::optional<model::Permission>)> answer) override {
        loop_.post([this, id_tag, answer = std::move(answer)] {
            answer(id_tags.contains(id_tag) ? std::optional(id_tags.at(id_tag)) : std::nullopt);
        });
    }
    void remove_id_tag(const std::string& id_tag, std::function<void(bool)> answer) override {
        loop_.post([this, id_tag, answer = std::move(answer)] { answer(id_tags.erase(id_tag) > 0); });
    }
    void put_charge_point(const model::ChargePointId& id, model::KnownChargePoint known,
                          std::function<void(api::Stored)> answer) override {
        put(charge_points, std::string(id.text()), std::move(known), std::move(answer));
    }
    void remove_charge_point(const model::ChargePointId& id, std::function<void(bool)> answer) override {
        loop_.post([this, id, answer = std::move(answer)] { answer(charge_points.erase(std::string(id.text())) > 0); });
    }

    std::size_t entries_max = 100;
    std::map<std::string, model::Permission> id_tags;
    std::map<std::string, model::KnownChargePoint> charge_points;

private:
    template <class Value>
    void put(std::map<std::string, Value>& map, const std::string& name, Value value, std::function<void(api::Stored)> answer) {
        loop_.post([this, &map, name, value = std::move(value), answer = std::move(answer)] {
            const bool has_place = map.contains(name) || map.size() < entries_max;
            if (has_place) map[name] = value;
            answer(has_place ? api::Stored::yes : api::Stored::full);
        });
    }

    net::Loop& loop_;
};

}  // namespace support
