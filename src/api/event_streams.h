// EventStreams: the subscribers of GET /v1/events. All of them share one subscription at the backend, which begins with the
// first and ends with the last. A subscriber's headers are sent once the backend sees every event from then on, so whoever has
// the headers misses nothing. A subscriber that does not read is ended by the server when its outbox is full.
//
// Lives on the control loop; shared, because stream ends and the backend's answers may come after the Api is gone.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/backend.h"
#include "api/config.h"
#include "api/event_envelope.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "net/timer_wheel.h"

namespace api {

// Empty sets let everything pass.
struct EventFilter {
    std::set<std::string, std::less<>> charge_points;
    std::set<std::string, std::less<>> types;

    [[nodiscard]] bool passes_charge_point(std::string_view id) const {
        return charge_points.empty() || charge_points.contains(id);
    }
    [[nodiscard]] bool passes_type(std::string_view type) const { return types.empty() || types.contains(type); }
};

class EventStreams final : public std::enable_shared_from_this<EventStreams>, private net::TimerHandler {
public:
    EventStreams(const Config& config, Backend& backend, net::Loop& loop);

    // Answers the exchange: with the stream once the backend listens, or with a problem.
    void open(std::shared_ptr<net::HttpExchange> exchange, EventFilter filter);
    // Ends every stream and the subscription. The backend is not touched afterwards.
    void close();

private:
    enum class State : std::uint8_t { idle, subscribing, live, closed };
    struct Waiting {
        std::shared_ptr<net::HttpExchange> exchange;
        EventFilter filter;
    };
    struct Subscriber {
        std::shared_ptr<net::HttpStream> stream;
        EventFilter filter;
    };

    void subscribe();
    void on_subscribed(std::uint64_t attempt, const base::Result<void>& result);
    void unsubscribe();
    void admit(Waiting waiting);
    void remove(std::uint64_t number);
    void on_event(const LiveEvent& event);
    void on_timer(std::uint64_t tag) override;
    void keep_alive_later();

    const Config config_;
    Backend& backend_;
    net::Loop& loop_;
    State state_ = State::idle;
    std::uint64_t attempt_ = 0;
    std::optional<std::uint64_t> subscription_;
    std::vector<Waiting> waiting_;
    std::map<std::uint64_t, Subscriber> subscribers_;
    std::uint64_t last_number_ = 0;
    EventEnvelopeReader reader_;
    std::string text_;  // of the event at hand; its memory is kept
    net::Timer keep_alive_;
};

}  // namespace api
