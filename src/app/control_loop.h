// ControlLoop: what is one per pod. It acts on the directory's effects (claims and releases at the registry, admissions
// and displacements at the shards), answers the HTTP API's questions, watches the event log's state and drains the pod.
//
// up    bytes → Connection → Session → events: not here, each shard publishes its own.
// here  UpgradeAsked → Directory → Claim → registry … granted → its profile … found → Directory → Admit / Displace → shard
//       DecisionAsked → Decisions → registry … found → Decided → shard
//
// It runs on the process' main thread. tell() and tell_live() may be called from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/api.h"
#include "api/backend.h"
#include "app/command_desk.h"
#include "app/config/config.h"
#include "app/counters.h"
#include "app/directory.h"
#include "app/downstream.h"
#include "app/live_events.h"
#include "app/messages.h"
#include "app/partition_ages.h"
#include "app/provisioning_desk.h"
#include "app/shard.h"
#include "app/topic_follower.h"
#include "base/mailbox.h"
#include "base/random.h"
#include "bus/event_sink.h"
#include "decisions/decisions.h"
#include "net/loop.h"
#include "net/timer_wheel.h"
#include "registry/memory_registry.h"

namespace app {

class ControlLoop final : public api::Backend, private DownstreamOwner, private net::TimerHandler {
public:
    ControlLoop(const Config& config, const Counters& counters, const commands::Counters& command_counters,
                const decisions::Counters& decision_counters, bus::EventSink& sink);
    ~ControlLoop() override;

    // Makes the clients of the way down. Fails on what librdkafka refuses.
    base::Result<void> open(const bus::Counters& counters);

    // Before run(); the shards outlive the loop's run.
    void set_shards(std::vector<Shard*> shards);

    // Returns when drain() is done.
    void run();
    // SIGTERM: closes every connection, paced; waits for what is on its way into the log; ends run().
    void drain();

    // For what follows from something that ask() took, so that it always has room.
    void tell(ControlMessage message);
    // For what begins something: false when the loop is too far behind, and the asker refuses.
    [[nodiscard]] bool ask(ControlMessage message);
    // For records of the live stream: left out, and counted, when the loop cannot follow.
    void tell_live(LiveRecord record);

    [[nodiscard]] net::Loop& loop() { return loop_; }
    [[nodiscard]] api::Api& api() { return api_; }

    // api::Backend
    [[nodiscard]] api::Readiness readiness() const override;
    [[nodiscard]] bool alive() const override;
    void connections(std::size_t limit, std::string after, std::function<void(api::ConnectionPage)> answer) override;
    void charge_point(std::string id, std::function<void(std::optional<api::ChargePointView>)> answer) override;
    std::uint64_t subscribe(std::function<void(const api::LiveEvent&)> on_event,
                            std::function<void(base::Result<void>)> subscribed) override;
    void unsubscribe(std::uint64_t subscription) override;

private:
    // A question to several shards, until the last has answered.
    struct Query {
        std::size_t shards_left;
        std::vector<api::ChargePointView> found;
        std::function<void(std::vector<api::ChargePointView>)> answer;
    };
    struct Draining {
        base::MonoTime since;
        std::size_t per_second;
        double owed = 0;  // closes of a tick that were less than one
    };

    // DownstreamOwner
    void deliver(Place place, commands::Deliver deliver) override;
    void cancel_delivery(Place place, commands::Ticket ticket) override;
    void record_status(const commands::RecordStatus& status) override;
    void disconnect(const model::ChargePointId& charge_point) override;

    void on_timer(std::uint64_t tag) override;
    void drain_mailbox();
    void drain_live_mailbox();
    void handle(UpgradeAsked& message);
    void handle(ConnectionEnded& message);
    void handle(CommandReported& message);
    void handle(DecisionAsked& message);
    void handle(Booted& message);
    void on_granted(const Claim& asked, const registry::Grant& grant);
    void assign_profile(const model::ChargePointId& charge_point, const std::string& profile);
    void note_connected(const Admit& admit);
    void handle(PlainAsked& message);
    void handle(Described& message);
    void handle(LiveStarted& message);
    void perform(DirectoryEffects& effects);
    void ask_shards(const std::vector<std::pair<model::ChargePointId, Directory::Entry>>& entries,
                    std::function<void(std::vector<api::ChargePointView>)> answer);
    [[nodiscard]] bus::BrokerState broker_state() const;
    void watch_broker();
    void open_for_upgrades();
    void go_on_draining();
    void return_memory();

    const Config& config_;
    const Counters& counters_;
    bus::EventSink& sink_;
    net::Loop loop_;
    base::Mailbox<ControlMessage> mailbox_;
    base::Mailbox<LiveRecord> live_mailbox_;
    std::atomic<std::size_t> live_bytes_ = 0;  // in live_mailbox_
    std::vector<ControlMessage> messages_;
    std::vector<LiveRecord> live_records_;
    std::vector<Shard*> shards_;
    Directory directory_;
    registry::MemoryRegistry registry_;
    Downstream downstream_;
    CommandDesk desk_;
    ProvisioningDesk provisioning_;
    decisions::Decisions decisions_;
    std::unique_ptr<PartitionAges> ages_;  // once the topic's partitions are known
    bool was_ready_ = false;               // all dependencies were there once
    std::optional<base::MonoTime> broker_away_since_;
    std::map<std::uint64_t, Query> queries_;
    std::uint64_t next_query_ = 1;
    std::optional<Draining> draining_;
    base::MonoTime next_trim_{};
    std::optional<base::MonoTime> trim_again_;
    std::size_t connections_at_trim_ = 0;
    std::uint64_t read_at_trim_ = 0;  // records of commands-down
    std::uint64_t read_before_ = 0;   // likewise, at the last look
    base::SplitMix random_;
    net::Timer tick_;
    LiveEvents live_events_;  // its reader's thread calls tell_live
    api::Api api_;            // it unsubscribes when it goes
    TopicFollower results_;   // last: their threads call the rest
    TopicFollower dead_letters_;
};

}  // namespace app
