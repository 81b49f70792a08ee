// Downstream: the way down on the control loop. It carries between `commands-down`, the Ledger, the shards and the topics that
// results go to; why something happens stands in the Ledger.
//
//   CommandSource … Records → Ledger::on_record → effects → perform → Deliver → shard … report → on_report → Mark, WriteResult →
//   RecordSink … Written → Ledger::on_written → Commit → CommandSource
//
// What always holds: effects are performed in the order in which the Ledger gave them. Where the sink has no room for a record,
// that one and all behind it wait here (held_), and nothing more of what the source told is read until they are gone: a record
// of some bytes may ask for a result of many. Reading takes turns with the rest of the control loop.
//
// Everything happens on the control loop but the listeners' calls, which come from the threads of source and sink and are
// values in a mailbox.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "app/config/config.h"
#include "app/directory.h"
#include "base/mailbox.h"
#include "base/result.h"
#include "bus/command_source.h"
#include "bus/counters.h"
#include "bus/record_sink.h"
#include "commands/ledger.h"
#include "model/down_record.h"
#include "net/loop.h"
#include "net/timer_wheel.h"

namespace app {

// What the Ledger's effects ask of the rest of the pod.
class DownstreamOwner {
public:
    virtual void deliver(Place place, commands::Deliver deliver) = 0;
    virtual void cancel_delivery(Place place, commands::Ticket ticket) = 0;
    virtual void record_status(const commands::RecordStatus& status) = 0;
    // Asked for by a record that was written after this pod began to read.
    virtual void disconnect(const model::ChargePointId& charge_point) = 0;

protected:
    ~DownstreamOwner() = default;
};

class Downstream final : private bus::CommandSourceListener, private bus::RecordSinkListener, private net::TimerHandler {
public:
    // Everything but `config`, which is copied where needed, outlives it.
    Downstream(const Config& config, const commands::Counters& counters, net::Loop& loop, DownstreamOwner& owner);
    ~Downstream() override;

    // Makes source and sink. Fails on what librdkafka refuses.
    base::Result<void> open(const bus::Counters& counters, const bus::BrokerAccess& broker);

    void on_connected(const model::ChargePointId& charge_point, Place place);
    void on_disconnected(const model::ChargePointId& charge_point, Place place);
    void on_report(const commands::Report& report);

    // The pod goes away: what is under way ends, the rest is the next run's.
    void drain();

    // Appends a record of the API's to `commands-down`. `in_log` is told once, later; false: not taken, or refused for good.
    void append(model::DownRecord record, std::function<void(bool in_log)> in_log);
    // Where this pod's API writes commands to: any partition is correct, and one keeps a command and its cancel in order.
    [[nodiscard]] std::int32_t home_partition() const { return home_partition_; }

    // Nothing of ours is under way, and everything that was written is in the log.
    [[nodiscard]] bool idle() const;
    // The worse one of sink and source; ready once the log was replayed.
    [[nodiscard]] bus::BrokerState state() const;
    // Of `commands-down`, since the start.
    [[nodiscard]] std::uint64_t records_read() const { return records_read_; }
    [[nodiscard]] std::size_t commands_of(const model::ChargePointId& charge_point) const;

private:
    struct Reached {
        bool replayed = false;  // what comes now was written after this pod began to read
        std::int64_t next = 0;  // the first offset that was not seen yet
    };
    struct Assigned {
        std::vector<std::int32_t> partitions;
    };
    struct Records {
        bus::CommandBatch batch;
        std::size_t next = 0;  // the first that was not read yet
    };
    struct Replayed {
        std::int32_t partition;
    };
    using SourceMessage = std::variant<Assigned, Records, Replayed>;

    void on_assigned(std::vector<std::int32_t> partitions) override;
    void on_records(bus::CommandBatch batch) override;
    void on_replayed(std::int32_t partition) override;
    void on_written(std::vector<bus::Written> written) override;
    void on_timer(std::uint64_t tag) override;

    void tell(SourceMessage message);
    void drain_mailbox();
    void drain_written_mailbox();
    void read_on();
    // True: it is done with.
    [[nodiscard]] bool read(Assigned& message);
    [[nodiscard]] bool read(Records& message);
    [[nodiscard]] bool read(Replayed& message);
    void on_record(bus::CommandRecord& record);
    void on_written(const bus::Written& written);

    template <class Decide>
    void with_ledger(Decide decide);
    void perform(commands::Effects& effects);
    [[nodiscard]] bus::Taken perform(commands::Effect& effect);
    void perform_held();
    void retry_held();
    void set_wake();

    net::Loop& loop_;
    DownstreamOwner& owner_;
    const bus::Config& bus_config_;
    commands::Ledger ledger_;
    base::Mailbox<SourceMessage> mailbox_;
    base::Mailbox<std::vector<bus::Written>> written_mailbox_;
    std::vector<SourceMessage> messages_;
    std::vector<std::vector<bus::Written>> written_;
    std::deque<SourceMessage> unread_;  // in order; bounded by what the source hands over
    bool draining_ = false;
    bool will_read_on_ = false;          // a turn of its own is ordered
    std::deque<commands::Effect> held_;  // in order, from the first that the sink had no room for
    std::uint64_t records_read_ = 0;
    std::vector<Reached> reached_;  // by partition
    std::unordered_map<bus::WriteTicket, std::function<void(bool)>> appends_;
    bus::WriteTicket next_append_;
    std::int32_t home_partition_;
    commands::Effects spare_effects_;
    net::Timer wake_;
    net::Timer retry_;
    std::unique_ptr<bus::RecordSink> sink_;
    std::unique_ptr<bus::CommandSource> source_;  // last: the threads of both call the rest
};

}  // namespace app
