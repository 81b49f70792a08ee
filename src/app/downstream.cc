#include "app/downstream.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "base/time.h"

namespace app {
namespace {

using namespace std::chrono_literals;

// Each batch and each round of deliveries is one message; both are bounded by bytes far below this.
constexpr std::size_t kMailboxMax = 4'000'000;
constexpr auto kRetryHeld = 50ms;
constexpr std::size_t kRecordsPerTurn = 256;  // a few milliseconds; large ones end with their batch
constexpr std::uint64_t kWakeTag = 1;
constexpr std::uint64_t kRetryTag = 2;

// Tickets of the sink: the Ledger's are small numbers, markers have none of their own.
constexpr bus::WriteTicket kMarkerTicket = bus::WriteTicket{1} << 62;
constexpr bus::WriteTicket kFirstAppend = bus::WriteTicket{1} << 63;

commands::Place to_ledger(Place place) { return {place.shard, static_cast<std::uint64_t>(place.key)}; }
Place from_ledger(commands::Place place) { return {place.shard, transport::ConnectionKey{place.connection}}; }

model::DownRecord to_down_record(bus::CommandRecord record) {
    model::DownRecord down{.partition = record.partition,
                           .offset = record.offset,
                           .time = record.time,
                           .key = std::move(record.key),
                           .value = std::move(record.value)};
    for (bus::RecordHeader& header : record.headers) {
        if (header.name == model::kKindHeader) {
            down.kind = std::move(header.value);
        } else if (header.name == model::kHopHeader) {
            down.hop = std::move(header.value);
        }
    }
    return down;
}

bus::Record to_bus(model::DownRecord record) {
    bus::Record out{.topic = bus::RecordTopic::commands,
                    .partition = record.partition,
                    .key = std::move(record.key),
                    .value = std::move(record.value)};
    if (!record.kind.empty()) {
        out.headers.push_back({std::string(model::kKindHeader), std::move(record.kind)});
    }
    if (!record.hop.empty()) {
        out.headers.push_back({std::string(model::kHopHeader), std::move(record.hop)});
    }
    return out;
}

// Two runs of one pod must never share it, whatever their clocks say.
model::Incarnation new_incarnation() { return model::Incarnation(fmt::format("{:016x}", base::random_seed())); }

bus::BrokerState not_replayed(bus::BrokerState state) {
    state.ready = false;
    state.state = "connecting";
    state.problem = "the commands that were under way are being read";
    return state;
}

}  // namespace

Downstream::Downstream(const Config& config, const commands::Counters& counters, net::Loop& loop, DownstreamOwner& owner)
    : loop_(loop),
      owner_(owner),
      bus_config_(config.bus),
      ledger_(config.commands, config.pod, new_incarnation(), counters),
      mailbox_(kMailboxMax, [this] { loop_.post([this] { drain_mailbox(); }); }),
      written_mailbox_(kMailboxMax, [this] { loop_.post([this] { drain_written_mailbox(); }); }),
      reached_(static_cast<std::size_t>(bus::command_partitions(config.bus))),
      next_append_(kFirstAppend),
      home_partition_(static_cast<std::int32_t>(base::fnv1a32(config.pod.text()) % reached_.size())) {}

Downstream::~Downstream() = default;

base::Result<void> Downstream::open(const bus::Counters& counters, const bus::BrokerAccess& broker) {
    auto sink = bus::RecordSink::create(bus_config_, counters, broker, *this);
    if (!sink) {
        return tl::unexpected(sink.error());
    }
    sink_ = std::move(*sink);
    auto source = bus::CommandSource::create(bus_config_, counters, broker, *this);
    if (!source) {
        return tl::unexpected(source.error());
    }
    source_ = std::move(*source);
    return {};
}

// ---- from the threads of source and sink

void Downstream::on_assigned(std::vector<std::int32_t> partitions) { tell(Assigned{std::move(partitions)}); }
void Downstream::on_records(bus::CommandBatch batch) { tell(Records{std::move(batch)}); }
void Downstream::on_replayed(std::int32_t partition) { tell(Replayed{partition}); }

void Downstream::tell(SourceMessage message) {
    CHECK(mailbox_.push(std::move(message)), "what the source tells is bounded by bytes");
}

void Downstream::on_written(std::vector<bus::Written> written) {
    CHECK(written_mailbox_.push(std::move(written)), "what the sink tells is bounded by bytes");
}

void Downstream::drain_mailbox() {
    mailbox_.drain(messages_);
    std::ranges::move(messages_, std::back_inserter(unread_));
    messages_.clear();
    if (!will_read_on_) {
        read_on();
    }
}

void Downstream::drain_written_mailbox() {
    written_mailbox_.drain(written_);
    for (const std::vector<bus::Written>& round : written_) {
        for (const bus::Written& written : round) {
            on_written(written);
        }
    }
    written_.clear();
    perform_held();
}

// ---- what the log says

// As far as results go out, and not longer than others can wait for their turn.
void Downstream::read_on() {
    bool batch_done = false;
    for (std::size_t i = 0; i < kRecordsPerTurn && !batch_done && held_.empty() && !unread_.empty(); ++i) {
        if (std::visit([this](auto& one) { return read(one); }, unread_.front())) {
            batch_done = std::holds_alternative<Records>(unread_.front());
            unread_.pop_front();
        }
    }
    if (held_.empty() && !unread_.empty() && !std::exchange(will_read_on_, true)) {
        loop_.post([this] {
            will_read_on_ = false;
            read_on();
        });
    }
}

bool Downstream::read(Assigned& message) {
    with_ledger([&](base::Now now, commands::Effects& effects) { ledger_.on_partitions(message.partitions, now, effects); });
    return true;
}

bool Downstream::read(Replayed& message) {
    reached_.at(static_cast<std::size_t>(message.partition)).replayed = true;
    const bool was_ready = ledger_.ready();
    with_ledger([&](base::Now now, commands::Effects& effects) { ledger_.on_replayed(message.partition, now, effects); });
    if (ledger_.ready() && !was_ready) {
        base::log_info("commands are read", {{"topic", bus_config_.downstream_topic}, {"under_way", ledger_.commands()}});
    }
    return true;
}

bool Downstream::read(Records& message) {
    on_record(message.batch.records.at(message.next++));
    ++records_read_;
    const bool done = message.next == message.batch.records.size();
    if (done) {
        source_->taken(message.batch.bytes);
    }
    return done;
}

void Downstream::on_record(bus::CommandRecord& record) {
    const model::DownRecord down = to_down_record(std::move(record));
    Reached& reached = reached_.at(static_cast<std::size_t>(down.partition));
    // An older wish was for a connection that ended with the run before; one that is read again was obeyed.
    const bool is_news = reached.replayed && down.offset >= reached.next;
    reached.next = std::max(reached.next, down.offset + 1);
    if (model::kind_of(down) == model::DownKind::disconnect && is_news) {
        if (const auto charge_point = model::read_disconnect(down)) {
            owner_.disconnect(*charge_point);
        }
    }
    with_ledger([&](base::Now now, commands::Effects& effects) { ledger_.on_record(down, now, effects); });
}

void Downstream::on_written(const bus::Written& written) {
    const bool in_log = written.outcome == bus::DeliveryOutcome::logged;
    if (const auto append = appends_.extract(written.ticket); !append.empty()) {
        append.mapped()(in_log);
        return;
    }
    if (!in_log) {
        base::log_error("a record of a command was refused by the log for good",
                        {{"what", written.ticket == kMarkerTicket ? "marker: its command ends with the next start of the pod"
                                                                  : "result or dead letter"}});
    }
    if (written.ticket != kMarkerTicket) {
        with_ledger([&](base::Now now, commands::Effects& effects) { ledger_.on_written(written.ticket, now, effects); });
    }
}

// ---- what the rest of the pod says

void Downstream::on_connected(const model::ChargePointId& charge_point, Place place) {
    with_ledger(
        [&](base::Now now, commands::Effects& effects) { ledger_.on_connected(charge_point, to_ledger(place), now, effects); });
}

void Downstream::on_disconnected(const model::ChargePointId& charge_point, Place place) {
    with_ledger([&](base::Now now, commands::Effects& effects) {
        ledger_.on_disconnected(charge_point, to_ledger(place), now, effects);
    });
}

void Downstream::on_report(const commands::Report& report) {
    with_ledger([&](base::Now now, commands::Effects& effects) { ledger_.on_report(report, now, effects); });
}

void Downstream::append(model::DownRecord record, std::function<void(bool)> in_log) {
    // Behind what waits for room it would not be sooner; and where the log is away nobody is told that it will be kept.
    const bool possible = !draining_ && held_.empty() && sink_->state().ready;
    const bus::WriteTicket ticket = next_append_++;
    if (!possible || sink_->write(to_bus(std::move(record)), ticket) == bus::Taken::full) {
        loop_.post([in_log = std::move(in_log)] { in_log(false); });
        return;
    }
    appends_.emplace(ticket, std::move(in_log));
}

// ---- what the Ledger wants

template <class Decide>
void Downstream::with_ledger(Decide decide) {
    commands::Effects effects = std::exchange(spare_effects_, {});
    decide(loop_.now(), effects);
    perform(effects);
    effects.clear();
    spare_effects_ = std::move(effects);
    set_wake();
}

void Downstream::perform(commands::Effects& effects) {
    for (commands::Effect& effect : effects) {
        if (!held_.empty() || perform(effect) == bus::Taken::full) {
            held_.push_back(std::move(effect));
        }
    }
    retry_held();
}

void Downstream::retry_held() {
    if (!held_.empty() && !retry_.is_set()) {
        retry_.set(loop_.timers(), loop_.now().mono + kRetryHeld, *this, kRetryTag);
    }
}

void Downstream::perform_held() {
    while (!held_.empty() && perform(held_.front()) == bus::Taken::yes) {
        held_.pop_front();
    }
    if (!will_read_on_) {
        read_on();
    }
}

// `full` leaves the effect as it was.
bus::Taken Downstream::perform(commands::Effect& effect) {
    struct Perform {
        Downstream& self;

        bus::Taken write(bus::RecordTopic topic, std::string& key, std::string& value, bus::WriteTicket ticket) const {
            bus::Record record{.topic = topic, .key = std::move(key), .value = std::move(value)};
            const bus::Taken taken = self.sink_->write(std::move(record), ticket);
            if (taken == bus::Taken::full) {  // then the record is as it was
                key = std::move(record.key);  // NOLINT(bugprone-use-after-move)
                value = std::move(record.value);
            }
            return taken;
        }
        bus::Taken operator()(commands::Mark& mark) const { return self.sink_->write(to_bus(mark.record), kMarkerTicket); }
        bus::Taken operator()(commands::WriteResult& result) const {
            return write(bus::RecordTopic::results, result.key, result.value, result.ticket);
        }
        bus::Taken operator()(commands::WriteDeadLetter& letter) const {
            return write(bus::RecordTopic::dead_letters, letter.key, letter.value, letter.ticket);
        }
        bus::Taken operator()(commands::Deliver& deliver) const {
            const Place place = from_ledger(deliver.place);
            self.owner_.deliver(place, std::move(deliver));
            return bus::Taken::yes;
        }
        bus::Taken operator()(const commands::CancelDelivery& cancel) const {
            self.owner_.cancel_delivery(from_ledger(cancel.place), cancel.ticket);
            return bus::Taken::yes;
        }
        bus::Taken operator()(const commands::RecordStatus& status) const {
            self.owner_.record_status(status);
            return bus::Taken::yes;
        }
        bus::Taken operator()(const commands::ReadAgain& again) const {
            self.source_->read_again(again.partition, again.offset);
            return bus::Taken::yes;
        }
        bus::Taken operator()(const commands::Commit& commit) const {
            self.source_->commit(commit.partition, commit.offset);
            return bus::Taken::yes;
        }
    };
    return std::visit(Perform{*this}, effect);
}

void Downstream::set_wake() {
    if (const auto wake = ledger_.next_wake()) {
        wake_.set(loop_.timers(), *wake, *this, kWakeTag);
    } else {
        wake_.cancel();
    }
}

void Downstream::on_timer(std::uint64_t tag) {
    if (tag == kWakeTag) {
        with_ledger([&](base::Now now, commands::Effects& effects) { ledger_.on_time(now, effects); });
        return;
    }
    perform_held();
    retry_held();
}

// ---- small questions

void Downstream::drain() {
    draining_ = true;
    with_ledger([&](base::Now now, commands::Effects& effects) { ledger_.on_draining(now, effects); });
}

bool Downstream::idle() const { return held_.empty() && ledger_.idle() && sink_->undelivered_bytes() == 0; }

bus::BrokerState Downstream::state() const {
    bus::BrokerState sink = sink_->state();
    if (!sink.ready) {
        return sink;
    }
    bus::BrokerState source = source_->state();
    source.durable = sink.durable;
    return source.ready && !ledger_.ready() ? not_replayed(std::move(source)) : source;
}

std::size_t Downstream::commands_of(const model::ChargePointId& charge_point) const { return ledger_.commands_of(charge_point); }

}  // namespace app
