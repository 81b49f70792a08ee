#include "app/control_loop.h"

#include <malloc.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/log.h"

namespace app {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 50ms;
constexpr auto kLoopStuckAfter = 10s;  // liveness: a shard's loop turns four times a second at least
constexpr auto kBrokerGrace = 30s;     // readiness follows the broker only after this
constexpr std::size_t kLiveRecordsMax = 10'000;
constexpr std::size_t kLiveBytesMax = 67'108'864;
constexpr auto kTrimInterval = 5s;
constexpr std::size_t kTrimAfterClosed = 500;
constexpr std::uint64_t kTrimAfterRead = 10'000;
constexpr std::uint64_t kQuietRead = 1'000;  // within an interval
constexpr double kDrainShare = 0.8;          // of drain.grace is for closing sockets, the rest for the flush
constexpr double kSparedShare = 0.5;         // of it passes before those are closed who owe us the answer to a command

// Questions that may wait. Each has at most one message that follows it (the end of its connection), so twice as much is
// always enough.
std::size_t ask_limit(const Config& config) { return 100'000 + 4 * config.max_connections; }

api::Config api_config(const Config& config) {
    api::Config made;
    for (const ocpp::Profile& profile : config.ocpp.profiles) {
        made.profiles.emplace_back(profile.name.view());
    }
    return made;
}

}  // namespace

ControlLoop::ControlLoop(const Config& config, const Counters& counters, const commands::Counters& command_counters,
                         const decisions::Counters& decision_counters, bus::EventSink& sink)
    : config_(config),
      counters_(counters),
      sink_(sink),
      mailbox_(2 * ask_limit(config), [this] { loop_.post([this] { drain_mailbox(); }); }),
      live_mailbox_(kLiveRecordsMax, [this] { loop_.post([this] { drain_live_mailbox(); }); }),
      registry_([this](std::function<void()> work) { loop_.post(std::move(work)); }),
      downstream_(config, command_counters, loop_, *this),
      desk_(loop_, config.pod, directory_, downstream_),
      provisioning_(loop_, [this](const auto& charge_point, const auto& profile) { assign_profile(charge_point, profile); }),
      decisions_(config.decisions, decision_counters, loop_, provisioning_),
      random_(base::random_seed()),
      live_events_(
          config.bus, sink, [this](LiveStarted started) { tell(std::move(started)); },
          [this](LiveRecord record) { tell_live(std::move(record)); }),
      api_(api_config(config), *this, desk_, provisioning_, loop_),
      results_(loop_,
               [this](const bus::TopicRecord& record) {
                   desk_.on_result(record.value);
                   api_.on_result(record.key, record.value);
               }),
      dead_letters_(loop_, [this](const bus::TopicRecord& record) { api_.on_dead_letter(record.key, record.value); }) {}

ControlLoop::~ControlLoop() = default;

base::Result<void> ControlLoop::open(const bus::Counters& counters) {
    const bus::BrokerAccess broker = sink_.broker();
    auto opened = downstream_.open(counters, broker);
    if (opened) {
        opened = results_.open(config_.bus, config_.bus.results_topic, broker.address);
    }
    if (opened) {
        opened = dead_letters_.open(config_.bus, config_.bus.dead_letter_topic, broker.address);
    }
    return opened;
}

void ControlLoop::set_shards(std::vector<Shard*> shards) { shards_ = std::move(shards); }

void ControlLoop::run() {
    tick_.set(loop_.timers(), loop_.now().mono + kTick, *this, 0);
    loop_.run();
}

void ControlLoop::tell(ControlMessage message) {
    CHECK(mailbox_.push(std::move(message)), "the control loop's mailbox is as large as it can need");
}

bool ControlLoop::ask(ControlMessage message) { return mailbox_.push_below(ask_limit(config_), std::move(message)); }

void ControlLoop::tell_live(LiveRecord record) {
    const std::size_t bytes = record.value.size();
    if (live_bytes_.fetch_add(bytes) + bytes > kLiveBytesMax || !live_mailbox_.push(std::move(record))) {
        live_bytes_.fetch_sub(bytes);
        counters_.live_events_dropped.add();
    }
}

void ControlLoop::drain_mailbox() {
    mailbox_.drain(messages_);
    for (ControlMessage& message : messages_) {
        std::visit([this](auto& one) { handle(one); }, message);
    }
    messages_.clear();
}

void ControlLoop::drain_live_mailbox() {
    live_mailbox_.drain(live_records_);
    for (const LiveRecord& record : live_records_) {
        live_bytes_.fetch_sub(record.value.size());
        live_events_.on_record(record);
    }
    live_records_.clear();
}

// ---- who holds which charge point

void ControlLoop::handle(UpgradeAsked& message) {
    DirectoryEffects effects;
    directory_.on_upgrade(message.charge_point, message.place, message.proposed, effects);
    perform(effects);
}

void ControlLoop::handle(ConnectionEnded& message) {
    DirectoryEffects effects;
    directory_.on_ended(message.charge_point, message.place, effects);
    downstream_.on_disconnected(message.charge_point, message.place);
    perform(effects);
}

void ControlLoop::perform(DirectoryEffects& effects) {
    for (DirectoryEffect& effect : effects) {
        if (auto* claim = std::get_if<Claim>(&effect)) {
            registry_.claim(claim->charge_point, claim->proposed,
                            [this, asked = *claim](const registry::Grant& grant) { on_granted(asked, grant); });
        } else if (auto* release = std::get_if<Release>(&effect)) {
            registry_.release(release->charge_point, release->epoch);
        } else if (auto* admit = std::get_if<Admit>(&effect)) {
            shards_[admit->place.shard]->tell(*admit);
            note_connected(*admit);
        } else if (auto* displace = std::get_if<Displace>(&effect)) {
            shards_[displace->place.shard]->tell(*displace);
        }
    }
}

// A profile that was assigned is looked up where there are any.
void ControlLoop::on_granted(const Claim& asked, const registry::Grant& grant) {
    const auto go_on = [this, asked, grant](std::string_view assigned) {
        const auto& profiles = config_.ocpp.profiles;
        const registry::Remembered before = grant.remembered.value_or(registry::Remembered{});
        const ocpp::Past past{.was_here = grant.remembered.has_value(),
                              .admission = before.admission,
                              .profiles = {.assigned = ocpp::find_profile(profiles, assigned),
                                           .matched = ocpp::find_profile(profiles, before.profile.view())}};
        DirectoryEffects next;
        directory_.on_granted(asked.charge_point, asked.place, grant.epoch, grant.previous, past, next);
        perform(next);
    };
    if (config_.ocpp.profiles.empty()) {
        go_on({});
        return;
    }
    provisioning_.look_up_charge_point(asked.charge_point,
                                       [go_on](const base::Result<std::optional<model::KnownChargePoint>>& known) {
                                           go_on(known && *known ? std::string_view((*known)->profile) : std::string_view());
                                       });
}

// ---- what the next connection is to know, and profiles

void ControlLoop::handle(Booted& message) {
    const ocpp::Profile* profile = ocpp::profile_of(config_.ocpp.profiles, message.what.matched);
    registry_.remember(message.charge_point, message.epoch,
                       {.profile = profile != nullptr ? profile->name : base::SharedText(), .admission = message.what.admission});
}

// One that connects meanwhile is admitted with it.
void ControlLoop::assign_profile(const model::ChargePointId& charge_point, const std::string& profile) {
    if (const Directory::Entry* held = directory_.find(charge_point)) {
        shards_[held->place.shard]->tell(AssignProfile{held->place.key, ocpp::find_profile(config_.ocpp.profiles, profile)});
    }
}

// Told behind Admit, so that a command finds the session. One that has ended meanwhile is admitted too, and holds nothing.
void ControlLoop::note_connected(const Admit& admit) {
    const Directory::Entry* held = directory_.find(admit.charge_point);
    if (held != nullptr && held->place == admit.place) {
        downstream_.on_connected(admit.charge_point, admit.place);
    }
}

// ---- commands

void ControlLoop::deliver(Place place, commands::Deliver deliver) {
    shards_[place.shard]->tell(DeliverCommand{place.key, std::move(deliver)});
}

void ControlLoop::cancel_delivery(Place place, commands::Ticket ticket) {
    shards_[place.shard]->tell(CancelCommand{place.key, ticket});
}

void ControlLoop::disconnect(const model::ChargePointId& charge_point) {
    if (const Directory::Entry* held = directory_.find(charge_point)) {
        shards_[held->place.shard]->tell(Disconnect{held->place.key});
    }
}

void ControlLoop::record_status(const commands::RecordStatus& status) { desk_.record_status(status); }

void ControlLoop::handle(CommandReported& message) { downstream_.on_report(message.report); }

// ---- decisions

void ControlLoop::handle(DecisionAsked& message) {
    decisions_.ask(std::move(message.question), [this, place = message.place, ticket = message.ticket](model::Decision decision) {
        shards_[place.shard]->tell(Decided{place.key, ticket, std::move(decision)});
    });
}

// ---- what the API asks

void ControlLoop::handle(PlainAsked& message) {
    api_.answer(message.request.method, message.request.target, [this, place = message.place](net::HttpResponse response) {
        shards_[place.shard]->tell(Respond{
            place.key,
            {.status = response.status, .content_type = std::move(response.content_type), .body = std::move(response.body)}});
    });
}

// Of all clients: what the first of them lacks, in the order in which they can do without each other.
bus::BrokerState ControlLoop::broker_state() const {
    bus::BrokerState events = sink_.state();
    if (!events.ready) {
        return events;
    }
    bus::BrokerState commands = downstream_.state();
    commands.durable = commands.durable && events.durable;
    return commands;
}

api::Readiness ControlLoop::readiness() const {
    const bus::BrokerState broker = broker_state();
    const bool in_grace = broker_away_since_ && loop_.now().mono - *broker_away_since_ < kBrokerGrace;
    api::Readiness readiness;
    readiness.stopping = draining_.has_value();
    readiness.ready = !readiness.stopping && was_ready_ && (broker.ready || in_grace);
    readiness.dependencies = {
        {.name = "broker",
         .kind = config_.bus.kind == bus::BrokerKind::embedded ? "embedded" : "kafka",
         .address = broker.address,
         .state = broker.state,
         .problem = broker.problem,
         .ready = broker.ready,
         .durable = broker.durable},
        {.name = "registry",
         .kind = "memory",
         .address = "",
         .state = "up",
         .problem = "",
         .ready = true,
         .durable = std::nullopt},
    };
    // Not ready for its sake would help nobody: decisions.fallback decides meanwhile.
    if (const decisions::Webhook* webhook = decisions_.webhook()) {
        using Circuit = decisions::Webhook::Circuit;
        const bool is_up = webhook->circuit() == Circuit::closed;
        readiness.dependencies.push_back({.name = "webhook",
                                          .kind = "http",
                                          .address = config_.decisions.webhook.url.authority(),
                                          .state = is_up                                      ? "up"
                                                   : webhook->circuit() == Circuit::half_open ? "half-open"
                                                                                              : "down",
                                          .problem = webhook->problem(),
                                          .ready = is_up,
                                          .durable = std::nullopt});
    }
    return readiness;
}

bool ControlLoop::alive() const {
    const base::MonoTime now = loop_.now().mono;
    return std::ranges::all_of(shards_, [now](const Shard* shard) { return now - shard->last_turn() < kLoopStuckAfter; });
}

void ControlLoop::connections(std::size_t limit, std::string after, std::function<void(api::ConnectionPage)> answer) {
    auto entries = directory_.page(model::ChargePointId(std::move(after)), limit + 1);
    const bool more = entries.size() > limit;
    if (more) {
        entries.pop_back();
    }
    std::optional<std::string> next_cursor;
    if (more) {
        next_cursor = std::string(entries.back().first.text());
    }
    ask_shards(entries,
               [total = directory_.size(), next_cursor, answer = std::move(answer)](std::vector<api::ChargePointView> found) {
                   api::ConnectionPage page{.connections = {}, .next_cursor = next_cursor, .total = total};
                   for (api::ChargePointView& view : found) {
                       page.connections.push_back(std::move(view.connection));
                   }
                   answer(std::move(page));
               });
}

void ControlLoop::charge_point(std::string id, std::function<void(std::optional<api::ChargePointView>)> answer) {
    const model::ChargePointId charge_point(std::move(id));
    const Directory::Entry* entry = directory_.find(charge_point);
    if (entry == nullptr) {
        answer(std::nullopt);
        return;
    }
    ask_shards({{charge_point, *entry}}, [answer = std::move(answer)](std::vector<api::ChargePointView> found) {
        answer(found.empty() ? std::nullopt : std::optional(std::move(found.front())));
    });
}

void ControlLoop::ask_shards(const std::vector<std::pair<model::ChargePointId, Directory::Entry>>& entries,
                             std::function<void(std::vector<api::ChargePointView>)> answer) {
    if (entries.empty()) {
        answer({});
        return;
    }
    std::map<std::uint32_t, std::vector<transport::ConnectionKey>> by_shard;
    for (const auto& [charge_point, entry] : entries) {
        by_shard[entry.place.shard].push_back(entry.place.key);
    }
    const std::uint64_t query = next_query_++;
    queries_.emplace(query, Query{by_shard.size(), {}, std::move(answer)});
    for (auto& [shard, keys] : by_shard) {
        shards_[shard]->tell(Describe{query, std::move(keys)});
    }
}

void ControlLoop::handle(Described& message) {
    const auto found = queries_.find(message.query);
    Query& query = found->second;
    for (api::ChargePointView& view : message.charge_points) {
        view.connection.queued_commands = downstream_.commands_of(model::ChargePointId(view.connection.id));
        query.found.push_back(std::move(view));
    }
    if (--query.shards_left > 0) {
        return;
    }
    Query done = std::move(query);
    queries_.erase(found);
    std::ranges::sort(done.found, {}, [](const api::ChargePointView& view) -> const std::string& { return view.connection.id; });
    done.answer(std::move(done.found));
}

std::uint64_t ControlLoop::subscribe(std::function<void(const api::LiveEvent&)> on_event,
                                     std::function<void(base::Result<void>)> subscribed) {
    return live_events_.subscribe(std::move(on_event), std::move(subscribed));
}

void ControlLoop::unsubscribe(std::uint64_t subscription) { live_events_.unsubscribe(subscription); }

void ControlLoop::handle(LiveStarted& message) { live_events_.on_started(message); }

// ---- watching and leaving

void ControlLoop::on_timer(std::uint64_t /*tag*/) {
    tick_.set(loop_.timers(), loop_.now().mono + kTick, *this, 0);
    watch_broker();
    return_memory();
    if (draining_) {
        go_on_draining();
    }
}

void ControlLoop::watch_broker() {
    if (!ages_ && sink_.state().ready) {
        open_for_upgrades();
    }
    const bus::BrokerState broker = broker_state();
    if (!broker.ready) {
        broker_away_since_ = broker_away_since_.value_or(loop_.now().mono);
        return;
    }
    broker_away_since_.reset();
    if (!was_ready_) {
        was_ready_ = true;
        base::log_info("ready", {{"broker", broker.address},
                                 {"events", config_.bus.upstream_topic},
                                 {"commands", config_.bus.downstream_topic},
                                 {"durable", broker.durable}});
    }
}

// Billing needs the event log alone: charge points are let in while the commands of the run before are still being read.
void ControlLoop::open_for_upgrades() {
    const auto partitions = static_cast<std::size_t>(sink_.partitions());
    ages_ = std::make_unique<PartitionAges>(shards_.size(), partitions);
    for (Shard* shard : shards_) {
        shard->tell(OpenForUpgrades{ages_.get(), partitions});
    }
}

void ControlLoop::drain() {
    if (draining_) {
        return;
    }
    std::size_t connections = 0;
    for (Shard* shard : shards_) {
        connections += shard->connections();
        shard->tell(StopAccepting{});
    }
    downstream_.drain();
    const double closing_seconds = std::max(std::chrono::duration<double>(config_.drain.grace).count() * kDrainShare, 0.1);
    const auto needed = static_cast<std::size_t>(static_cast<double>(connections) / closing_seconds) + 1;
    draining_ = Draining{loop_.now().mono, std::max(config_.drain.rate, needed)};
    base::log_info("draining", {{"connections", connections}, {"per_second", draining_->per_second}});
}

void ControlLoop::go_on_draining() {
    std::size_t connections = 0;
    std::size_t events = 0;
    for (Shard* shard : shards_) {
        connections += shard->connections();
        events += shard->undelivered_events();
    }
    if (connections == 0 && events == 0 && downstream_.idle()) {
        base::log_info("stopped", {{"undelivered_events", 0}});
        loop_.stop();
        return;
    }
    if (loop_.now().mono - draining_->since > config_.drain.grace) {
        base::log_error("stopped at the end of drain.grace", {{"connections", connections}, {"undelivered_events", events}});
        loop_.stop();
        return;
    }
    const bool busy_too = loop_.now().mono - draining_->since > kSparedShare * config_.drain.grace;
    // Each tick's share, between half and one and a half of it, so that those who come back do not come in step.
    const double share = static_cast<double>(draining_->per_second) * std::chrono::duration<double>(kTick).count();
    draining_->owed += share * (0.5 + random_.unit());
    std::vector<Shard*> holding;
    std::ranges::copy_if(shards_, std::back_inserter(holding), [](const Shard* shard) { return shard->connections() > 0; });
    const std::size_t count = holding.empty() ? 0 : static_cast<std::size_t>(draining_->owed) / holding.size();
    draining_->owed -= static_cast<double>(count * holding.size());
    for (Shard* shard : holding) {
        if (count > 0) {
            shard->tell(CloseSome{count, busy_too});
        }
    }
}

// What a burst of connections or commands has left free goes back to the system: glibc alone keeps it.
void ControlLoop::return_memory() {
    const base::MonoTime now = loop_.now().mono;
    if (now < next_trim_) {
        return;
    }
    next_trim_ = now + kTrimInterval;
    const std::size_t connections = directory_.size();
    const std::uint64_t read = downstream_.records_read();
    const bool is_quiet = read - std::exchange(read_before_, read) < kQuietRead;
    const bool closed = connections + kTrimAfterClosed < connections_at_trim_;
    const bool forgotten = trim_again_ && now >= *trim_again_;
    if (closed) {
        // The ledger knows those who left for the grace, and little is in the way of much.
        trim_again_ = now + config_.commands.reconnect_grace + kTrimInterval;
    } else if (forgotten) {
        trim_again_.reset();
    }
    if (closed || forgotten || (is_quiet && read - read_at_trim_ >= kTrimAfterRead)) {
        malloc_trim(0);
        connections_at_trim_ = connections;
        read_at_trim_ = read;
    }
    connections_at_trim_ = std::max(connections_at_trim_, connections);
}

}  // namespace app
