// Shard: one loop, one thread, and every connection that was accepted on it, from upgrade to close. It carries what the
// plain objects decide: frames from the Endpoint to a connection's Session, the Session's effects to the Endpoint, to the
// event log and to the decisions, and what became of them back to the Session. Why something happens stands in Session and
// Outgoing; that it happens stands in perform().
//
//   bytes → Endpoint → on_message → Session::on_frame → effects → perform → Outgoing → EventSink … Delivered →
//   Session::on_published → SendFrame → Endpoint
//
// tell() may be called from any thread; so may the three numbers. Everything else happens on the shard's loop.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config.h"
#include "app/counters.h"
#include "app/messages.h"
#include "app/outgoing.h"
#include "base/mailbox.h"
#include "base/random.h"
#include "bus/event_sink.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/timer_wheel.h"
#include "ocpp/counters.h"
#include "ocpp/session.h"
#include "transport/counters.h"
#include "transport/endpoint.h"

namespace app {

// What all shards share; outlives them.
struct ShardContext {
    const Config& config;
    const Counters& counters;
    const transport::Counters& transport_counters;
    const ocpp::Counters& ocpp_counters;
    const decisions::Counters& decision_counters;
    bus::EventSink& sink;
    transport::PodConnections& pod_connections;
    std::function<void(ControlMessage)> tell_control;  // ControlLoop::tell
    std::function<bool(ControlMessage)> ask_control;   // ControlLoop::ask
};

class Shard final : private transport::EndpointOwner, private net::TimerHandler {
public:
    Shard(std::uint32_t index, const ShardContext& context, net::Listener listener);
    ~Shard() override;

    // The thread's body: returns after stop().
    void run();
    void stop();

    void tell(ShardMessage message);

    [[nodiscard]] std::size_t connections() const { return connection_count_.load(std::memory_order_acquire); }
    [[nodiscard]] std::size_t undelivered_events() const { return event_count_.load(std::memory_order_acquire); }
    [[nodiscard]] base::MonoTime last_turn() const { return loop_.last_turn(); }

private:
    // A charge point's connection from its upgrade request on. The session is opened when it is admitted; `over` once it takes
    // nothing more.
    struct Station {
        transport::ConnectionKey key{};
        std::int32_t partition = 0;
        std::uint32_t without_place = 0;  // its events that wait for one: not read from meanwhile
        ocpp::Session session;
        base::WallTime connected_at{};           // when it was admitted
        std::unique_ptr<std::string> came_from;  // ip:port, until the log is told
        std::unique_ptr<net::Timer> wake;        // while the session wants to be woken: few do at a time
        bool admitted = false;
        bool reading_paused = false;
        bool over = false;
        bool leaving = false;  // closed because the pod goes away, or the API asked for it

        [[nodiscard]] bool takes_part() const { return admitted && !over; }
        [[nodiscard]] std::string_view charge_point() const { return session.peer().charge_point.text(); }
    };
    static_assert(sizeof(Station) <= 56, "bytes per idle connection are our first number");

    struct Left {
        std::unique_ptr<Station> station;
        ocpp::Closed closed;
    };

    void on_upgrade(transport::ConnectionKey key, transport::UpgradeRequest request) override;
    void on_message(transport::ConnectionKey key, std::string_view text) override;
    void on_sent(transport::ConnectionKey key, transport::SendTag tag) override;
    void on_closed(transport::ConnectionKey key, const transport::Closed& closed) override;
    [[nodiscard]] bool handles(const transport::PlainRequest& request) const override;
    void on_request(transport::ConnectionKey key, transport::PlainRequest request) override;
    void on_timer(std::uint64_t tag) override;

    void drain_mailbox();
    void handle(Delivered& message);
    void handle(ProducerReset& message);
    void handle(OpenForUpgrades& message);
    void handle(Admit& message);
    void handle(Displace& message);
    void handle(Describe& message);
    void handle(Respond& message);
    void handle(DeliverCommand& message);
    void handle(CancelCommand& message);
    void handle(Decided& message);
    void handle(Disconnect& message);
    void handle(AssignProfile& message);
    void handle(StopAccepting& message);
    void handle(CloseSome& message);

    // Lets the session decide (a call of one of its on_… functions) and performs what it decided.
    template <class Decide>
    void with_session(Station& station, Decide decide);
    void perform(Station& station, ocpp::Effects& effects);
    void perform(Station& station, ocpp::SendFrame& effect);
    void perform(Station& station, ocpp::Publish& effect, ocpp::Effects& effects);
    void perform(Station& station, ocpp::Ask& effect, ocpp::Effects& effects);
    void perform(ocpp::Report& effect);
    void perform(Station& station, ocpp::Close& effect);
    void perform(Station& station, ocpp::UseProfile& effect);
    void perform(Station& station, ocpp::Remember& effect);
    void produce();
    void on_delivery(const bus::Delivery& delivery, Tells& tells);
    void tell_waiters(const Tells& tells);
    void note_ages(std::int32_t partition);
    void admit(Station& station, const Admit& message);
    void set_reading(Station& station);
    void set_wake(Station& station);

    [[nodiscard]] Station* find(transport::ConnectionKey key);
    [[nodiscard]] std::chrono::seconds retry_after(std::chrono::nanoseconds stuck_for);
    [[nodiscard]] api::ChargePointView describe(const Station& station) const;

    const std::uint32_t index_;
    const ShardContext& context_;
    net::Loop loop_;
    base::Mailbox<ShardMessage> mailbox_;
    std::vector<ShardMessage> messages_;
    base::SplitMix random_;
    std::vector<std::unique_ptr<Station>> stations_;  // by slot
    // Connections that ended before they were admitted or displaced: one of the two is still to come for each.
    std::map<transport::ConnectionKey, Left> left_while_asking_;
    std::size_t closing_from_ = 0;      // slot where CloseSome goes on
    std::optional<Outgoing> outgoing_;  // from the moment the topic's partitions are known
    PartitionAges* ages_ = nullptr;
    bus::Generation generation_ = 0;
    ocpp::Effects spare_effects_;
    base::MonoTime next_full_log_{};
    net::Timer tick_;
    std::atomic<std::size_t> connection_count_ = 0;
    std::atomic<std::size_t> event_count_ = 0;
    transport::Endpoint endpoint_;  // last: it calls the rest
};

}  // namespace app
