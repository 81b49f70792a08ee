// A Backend that behaves: it pages through the connections it was given, and passes on what is published to whoever is
// subscribed at that moment. Subscriptions are confirmed at once, unless the test holds or refuses them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/backend.h"

namespace support {

class FakeBackend final : public api::Backend {
public:
    enum class Subscribing { confirmed, held, refused };

    [[nodiscard]] api::Readiness readiness() const override { return ready; }
    [[nodiscard]] bool alive() const override { return makes_progress; }

    void connections(std::size_t limit, std::string after, std::function<void(api::ConnectionPage)> answer) override {
        api::ConnectionPage page{.connections = {}, .next_cursor = {}, .total = held.size()};
        for (auto at = held.upper_bound(after); at != held.end(); ++at) {
            if (page.connections.size() == limit) {
                page.next_cursor = page.connections.back().id;
                break;
            }
            page.connections.push_back(at->second.connection);
        }
        answer(std::move(page));
    }

    void charge_point(std::string id, std::function<void(std::optional<api::ChargePointView>)> answer) override {
        const auto found = held.find(id);
        answer(found == held.end() ? std::nullopt : std::optional(found->second));
    }

    std::uint64_t subscribe(std::function<void(const api::LiveEvent&)> on_event,
                            std::function<void(base::Result<void>)> subscribed) override {
        const std::uint64_t number = ++last_subscription;
        subscriptions[number] = std::move(on_event);
        switch (subscribing) {
            case Subscribing::confirmed: subscribed({}); break;
            case Subscribing::held: confirm = std::move(subscribed); break;
            case Subscribing::refused: subscribed(base::fail("the broker is away", base::Retry::makes_sense)); break;
        }
        return number;
    }

    void unsubscribe(std::uint64_t subscription) override { subscriptions.erase(subscription); }

    void publish(std::string_view charge_point, std::string_view value) {
        const auto listening = subscriptions;
        for (const auto& [number, on_event] : listening) {
            on_event({.charge_point = charge_point, .value = value});
        }
    }

    void holds(const std::string& id) {
        held[id] = {.connection = {.id = id,
                                   .protocol = "ocpp1.6",
                                   .remote_address = "127.0.0.1:50001",
                                   .connected_at = base::WallTime(std::chrono::milliseconds(1'795'168'800'123)),
                                   .last_message_at = base::WallTime(std::chrono::milliseconds(1'795'168'801'000)),
                                   .epoch = 1'795'168'800'123'456},
                    .pod = "gateway-0",
                    .last_boot = {}};
    }

    api::Readiness ready{.ready = true, .stopping = false, .dependencies = {}};
    bool makes_progress = true;
    std::map<std::string, api::ChargePointView> held;

    Subscribing subscribing = Subscribing::confirmed;
    std::function<void(base::Result<void>)> confirm;  // of the subscription that is held
    std::map<std::uint64_t, std::function<void(const api::LiveEvent&)>> subscriptions;
    std::uint64_t last_subscription = 0;
};

}  // namespace support
