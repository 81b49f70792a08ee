#include "app/shard.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "app/command_words.h"
#include "base/check.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "decisions/decisions.h"
#include "net/http_problem.h"

namespace app {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kTickTag = 0;  // no connection has key 0
constexpr auto kTick = 250ms;          // retries what librdkafka's queue refused; shows that the loop moves
constexpr std::chrono::nanoseconds kRetryAfterStart = 3s;
constexpr std::chrono::nanoseconds kRetryAfterMax = 300s;
constexpr auto kFullLogInterval = 1s;

// Every connection has at most one Admit, one Displace, one decision and one command with its cancel on the way, every event in
// the buffer one delivery, and an event takes at least 256 bytes; the million is for the API, whose requests in flight are far
// fewer. So a full mailbox is our own mistake.
std::size_t mailbox_capacity(const Config& config) {
    return 1'000'000 + 8 * config.max_connections + config.event_buffer_bytes / 256;
}

OutgoingConfig outgoing_config(const Config& config) {
    return {.bytes_max = config.event_buffer_bytes / config.shards,
            .waiting_bytes_max = config.event_waiting_bytes / config.shards};
}

ocpp::Closed to_session(const transport::Closed& closed) {
    const auto by = [&] {
        switch (closed.by) {
            case transport::ClosedBy::peer: return ocpp::ClosedBy::device;
            case transport::ClosedBy::us: return ocpp::ClosedBy::gateway;
            case transport::ClosedBy::network: break;
        }
        return ocpp::ClosedBy::network;
    }();
    return {.by = by, .code = closed.code, .reason = closed.reason};
}

transport::PlainResponse unavailable(std::string_view why, std::optional<std::chrono::seconds> retry_after) {
    net::HttpResponse problem = net::problem_response({.status = 503, .detail = std::string(why), .members = {}});
    return {.status = problem.status,
            .content_type = std::move(problem.content_type),
            .body = std::move(problem.body),
            .retry_after = retry_after};
}

model::Epoch epoch_of(base::WallTime time) { return model::Epoch{static_cast<std::uint64_t>(time.time_since_epoch().count())}; }

}  // namespace

Shard::Shard(std::uint32_t index, const ShardContext& context, net::Listener listener)
    : index_(index),
      context_(context),
      mailbox_(mailbox_capacity(context.config), [this] { loop_.post([this] { drain_mailbox(); }); }),
      random_(base::random_seed()),
      endpoint_(loop_, std::move(listener), context.config.transport, context.transport_counters, *this,
                context.pod_connections) {}

Shard::~Shard() = default;

void Shard::run() {
    base::name_thread("shard-" + std::to_string(index_));
    tick_.set(loop_.timers(), loop_.now().mono + kTick, *this, kTickTag);
    endpoint_.start();
    loop_.run();
}

void Shard::stop() { loop_.stop(); }

void Shard::tell(ShardMessage message) {
    CHECK(mailbox_.push(std::move(message)), "the shard's mailbox is as large as it can need");
}

// ---- charge points come and go

void Shard::on_upgrade(transport::ConnectionKey key, transport::UpgradeRequest request) {
    if (!outgoing_) {
        endpoint_.refuse(key, unavailable("the event log has not been reached yet", retry_after(kRetryAfterStart)));
        return;
    }
    const std::int32_t partition = context_.sink.partition_of(request.charge_point.text());
    const auto stuck_for = ages_->age(partition, loop_.now().mono);
    if (stuck_for > context_.config.ocpp.answer_timeout || outgoing_->oldest_waiting()) {
        context_.counters.upgrades_held_off.add();
        endpoint_.refuse(key, unavailable("the event log is away",
                                          retry_after(std::max<std::chrono::nanoseconds>(stuck_for, kRetryAfterStart))));
        return;
    }
    if (!context_.ask_control(UpgradeAsked{{index_, key}, request.charge_point, epoch_of(loop_.now().wall)})) {
        endpoint_.refuse(key, unavailable("too many charge points connect at once", retry_after(kRetryAfterStart)));
        return;
    }
    const std::size_t slot = transport::slot(key);
    if (slot >= stations_.size()) {
        stations_.resize(slot + 1);
    }
    ocpp::Session session(context_.config.ocpp, context_.config.pod, context_.ocpp_counters, std::move(request.charge_point),
                          request.protocol, random_.next());
    stations_[slot] =
        std::make_unique<Station>(Station{.key = key,
                                          .partition = partition,
                                          .session = std::move(session),
                                          .came_from = std::make_unique<std::string>(std::move(request.remote_address)),
                                          .wake = nullptr});
    connection_count_.fetch_add(1, std::memory_order_release);
}

void Shard::handle(Admit& message) {
    const auto key = message.place.key;
    if (Station* station = find(key)) {
        endpoint_.accept(key);
        admit(*station, message);
        return;
    }
    // It has ended meanwhile, but it took over from an older one: whoever reads its events must see that it came and went.
    const auto left = left_while_asking_.extract(key);
    CHECK(!left.empty(), "every upgrade that was asked for is admitted or displaced once");
    Station& station = *left.mapped().station;
    admit(station, message);
    with_session(station, [&](auto& session, auto now, auto& effects) { session.on_close(left.mapped().closed, now, effects); });
}

void Shard::admit(Station& station, const Admit& message) {
    station.admitted = true;
    station.connected_at = loop_.now().wall;
    const auto came_from = std::exchange(station.came_from, nullptr);
    base::log_debug(
        "charge point connected",
        {{"charge_point", station.charge_point()}, {"remote_address", *came_from}, {"epoch", model::number(message.epoch)}});
    const ocpp::Opening opening{
        .epoch = message.epoch, .previous_epoch = message.previous, .remote_address = *came_from, .past = message.past};
    with_session(station, [&](auto& session, auto now, auto& effects) { session.on_open(opening, now, effects); });
}

// The newest connection wins. What was read from the old one is published under its own epoch or stays unanswered.
void Shard::handle(Displace& message) {
    left_while_asking_.erase(message.place.key);
    Station* station = find(message.place.key);
    if (station == nullptr || station->over) {
        return;
    }
    context_.counters.displaced.add();
    base::log_info("connection displaced by a newer one",
                   {{"charge_point", station->charge_point()}, {"remote_address", endpoint_.remote_address(station->key)}});
    if (!station->admitted) {
        station->over = true;
        endpoint_.refuse(message.place.key, unavailable("a newer connection of this charge point took over", std::nullopt));
        return;
    }
    with_session(*station, [](auto& session, auto now, auto& effects) {
        session.on_close({.by = ocpp::ClosedBy::displaced}, now, effects);
    });
    station->over = true;
    endpoint_.close(message.place.key, 1008, "a newer connection of this charge point took over");
}

void Shard::on_sent(transport::ConnectionKey key, transport::SendTag tag) {
    if (Station* station = find(key); station != nullptr && station->takes_part()) {
        with_session(*station, [&](auto& session, auto now, auto& effects) { session.on_frame_sent(tag, now, effects); });
    }
}

void Shard::on_closed(transport::ConnectionKey key, const transport::Closed& closed) {
    Station* station = find(key);
    if (station == nullptr) {
        return;  // refused before it became one
    }
    if (station->takes_part()) {
        with_session(*station,
                     [&](auto& session, auto now, auto& effects) { session.on_close(to_session(closed), now, effects); });
        base::log_debug("charge point disconnected",
                        {{"charge_point", station->charge_point()}, {"code", closed.code}, {"reason", closed.reason}});
    }
    context_.tell_control(ConnectionEnded{{index_, key}, station->session.peer().charge_point});
    auto& entry = stations_[transport::slot(key)];
    if (!station->admitted && !station->over) {
        left_while_asking_.emplace(key, Left{std::move(entry), to_session(closed)});
    }
    entry.reset();
    connection_count_.fetch_sub(1, std::memory_order_release);
}

// ---- frames and what follows from them

void Shard::on_message(transport::ConnectionKey key, std::string_view text) {
    Station* station = find(key);
    if (station == nullptr || !station->takes_part()) {
        return;
    }
    const auto begin = std::chrono::steady_clock::now();
    with_session(*station, [&](auto& session, auto now, auto& effects) { session.on_frame(text, now, effects); });
    context_.counters.process_duration.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
}

template <class Decide>
void Shard::with_session(Station& station, Decide decide) {
    ocpp::Effects effects = std::exchange(spare_effects_, {});
    decide(station.session, loop_.now(), effects);
    perform(station, effects);
    effects.clear();
    spare_effects_ = std::move(effects);
    produce();
    set_reading(station);
    set_wake(station);
}

void Shard::perform(Station& station, ocpp::Effects& effects) {
    // By index, each moved out first: performing one may append more.
    for (std::size_t i = 0; i < effects.size(); ++i) {
        ocpp::Effect effect = std::move(effects[i]);
        if (auto* frame = std::get_if<ocpp::SendFrame>(&effect)) {
            perform(station, *frame);
        } else if (auto* publish = std::get_if<ocpp::Publish>(&effect)) {
            perform(station, *publish, effects);
        } else if (auto* ask = std::get_if<ocpp::Ask>(&effect)) {
            perform(station, *ask, effects);
        } else if (auto* close = std::get_if<ocpp::Close>(&effect)) {
            perform(station, *close);
        } else if (auto* report = std::get_if<ocpp::Report>(&effect)) {
            perform(*report);
        } else if (auto* use = std::get_if<ocpp::UseProfile>(&effect)) {
            perform(station, *use);
        } else if (auto* remember = std::get_if<ocpp::Remember>(&effect)) {
            perform(station, *remember);
        }
    }
}

void Shard::perform(Station& station, ocpp::SendFrame& effect) { endpoint_.send(station.key, effect.text, effect.command); }

void Shard::perform(Station& station, ocpp::Publish& effect, ocpp::Effects& effects) {
    const Waiter waiter{station.key, effect.ticket};
    switch (outgoing_->offer(std::move(effect.event), station.partition, waiter, loop_.now().mono)) {
        case Outgoing::Offered::placed:
            if (effect.ticket != 0) {
                station.session.on_published(effect.ticket, ocpp::Outcome::placed, loop_.now(), effects);
            }
            break;
        case Outgoing::Offered::waiting: station.without_place += effect.ticket != 0 ? 1 : 0; break;
        case Outgoing::Offered::refused:
            context_.counters.events_failed.add();
            if (loop_.now().mono >= next_full_log_) {
                next_full_log_ = loop_.now().mono + kFullLogInterval;
                base::log_error("event refused: the buffer is full", {{"charge_point", station.charge_point()}});
            }
            if (effect.ticket != 0) {
                endpoint_.close(station.key, 1013, "the event log is away");
            }
            break;
    }
    note_ages(station.partition);
}

void Shard::perform(Station& station, ocpp::Ask& effect, ocpp::Effects& effects) {
    auto decision = decisions::decide_alone(context_.config.decisions, context_.decision_counters, effect.question);
    if (!decision && context_.ask_control(DecisionAsked{{index_, station.key}, effect.ticket, effect.question})) {
        return;
    }
    if (!decision) {
        decision = decisions::fall_back(context_.config.decisions, context_.decision_counters, effect.question);
    }
    station.session.on_decided(effect.ticket, *decision, loop_.now(), effects);
}

void Shard::handle(Decided& message) {
    Station* station = find(message.connection);
    if (station != nullptr && station->takes_part()) {
        with_session(*station, [&](auto& session, auto now, auto& effects) {
            session.on_decided(message.ticket, message.decision, now, effects);
        });
    }
}

void Shard::perform(ocpp::Report& effect) { context_.tell_control(CommandReported{to_ledger(std::move(effect))}); }

void Shard::perform(Station& station, ocpp::Close& effect) {
    base::log_info("connection closed by the gateway",
                   {{"charge_point", station.charge_point()}, {"code", effect.code}, {"reason", effect.reason}});
    endpoint_.close(station.key, effect.code, effect.reason);
}

void Shard::perform(Station& station, ocpp::UseProfile& effect) {
    endpoint_.set_manners(station.key, static_cast<transport::MannersNumber>(effect.profile));
}

// Where the control loop is too far behind, the next connection is taken as this one was, until its BootNotification.
void Shard::perform(Station& station, ocpp::Remember& effect) {
    const auto& [charge_point, epoch] = station.session.peer();
    static_cast<void>(context_.ask_control(Booted{charge_point, epoch, effect}));
}

// ---- events on their way into the log

void Shard::produce() {
    if (!outgoing_) {
        return;
    }
    Tells tells;
    while (const auto next = outgoing_->next()) {
        const model::EventRecord& event = *next->event;
        const bus::Message message{event.charge_point.text(), event.value, event.traceparent, next->partition};
        const bus::Enqueued enqueued = context_.sink.enqueue(index_, generation_, message, next->cookie);
        if (enqueued == bus::Enqueued::full || enqueued == bus::Enqueued::stale_generation) {
            break;  // the next delivery, reset or tick goes on
        }
        outgoing_->handed_over(next->cookie);
        if (enqueued == bus::Enqueued::refused) {
            on_delivery({next->cookie, bus::DeliveryOutcome::failed}, tells);
        }
    }
    event_count_.store(outgoing_->events(), std::memory_order_release);
    tell_waiters(tells);
}

void Shard::handle(Delivered& message) {
    Tells tells;
    for (const bus::Delivery& delivery : message.deliveries) {
        on_delivery(delivery, tells);
    }
    event_count_.store(outgoing_->events(), std::memory_order_release);
    tell_waiters(tells);
    produce();
}

void Shard::on_delivery(const bus::Delivery& delivery, Tells& tells) {
    const std::int32_t partition = Outgoing::partition_of(delivery.cookie);
    const auto event = outgoing_->on_delivery(delivery.cookie, delivery.outcome, tells);
    if (!event) {
        return;
    }
    note_ages(partition);
    if (delivery.outcome == bus::DeliveryOutcome::logged) {
        context_.counters.events_published.at(event->type).add();
    } else {
        context_.counters.events_failed.add();
        base::log_error("event refused: too large for the log", {{"charge_point", event->charge_point.text()},
                                                                 {"event_type", event->type},
                                                                 {"event_id", event->id},
                                                                 {"bytes", event->value.size()}});
    }
}

void Shard::tell_waiters(const Tells& tells) {
    for (const Tell& tell : tells) {
        Station* station = find(tell.waiter.connection);
        if (station == nullptr || !station->takes_part()) {
            continue;
        }
        if (tell.outcome == ocpp::Outcome::placed) {
            --station->without_place;
        }
        with_session(*station, [&](auto& session, auto now, auto& effects) {
            session.on_published(tell.waiter.ticket, tell.outcome, now, effects);
        });
    }
}

void Shard::handle(ProducerReset& message) {
    // The generation may have been read already (OpenForUpgrades): giving the same producer an event twice would leave it with
    // bytes that the first delivery frees.
    if (message.generation <= generation_) {
        return;
    }
    generation_ = message.generation;
    if (outgoing_) {
        outgoing_->on_reset();
        produce();
    }
}

void Shard::handle(OpenForUpgrades& message) {
    ages_ = message.ages;
    generation_ = context_.sink.generation();
    outgoing_.emplace(outgoing_config(context_.config), message.partitions);
}

void Shard::note_ages(std::int32_t partition) {
    ages_->note(index_, partition, outgoing_->oldest(partition));
    ages_->note_waiting(index_, outgoing_->oldest_waiting());
}

// ---- commands

void Shard::handle(DeliverCommand& message) {
    Station* station = find(message.connection);
    if (station == nullptr || !station->takes_part()) {
        context_.tell_control(CommandReported{{message.deliver.ticket, commands::NotSent{commands::Unsent::connection_gone}}});
        return;
    }
    with_session(*station, [&](auto& session, auto now, auto& effects) {
        session.on_command(to_session(std::move(message.deliver)), now, effects);
    });
}

void Shard::handle(CancelCommand& message) {
    if (Station* station = find(message.connection); station != nullptr && station->takes_part()) {
        with_session(*station, [&](auto& session, auto now, auto& effects) { session.on_cancel(message.ticket, now, effects); });
    }
}

void Shard::handle(Disconnect& message) {
    Station* station = find(message.connection);
    if (station != nullptr && station->takes_part() && !station->leaving) {
        station->leaving = true;
        base::log_info("connection closed because the API asked for it", {{"charge_point", station->charge_point()}});
        endpoint_.close(station->key, 1000, "disconnected by the operator");
    }
}

void Shard::handle(AssignProfile& message) {
    if (Station* station = find(message.connection); station != nullptr && station->takes_part()) {
        with_session(*station,
                     [&](auto& session, auto /*now*/, auto& effects) { session.on_profile_assigned(message.profile, effects); });
    }
}

// ---- keeping each connection's reading and waking as its session wants them

void Shard::set_reading(Station& station) {
    const bool held_up = station.without_place > 0;
    if (!station.over) {
        station.session.on_held_up(held_up, loop_.now());
    }
    const bool pause = !station.over && (held_up || !station.session.wants_frames());
    if (pause == station.reading_paused) {
        return;
    }
    station.reading_paused = pause;
    if (pause) {
        endpoint_.pause_reading(station.key);
    } else {
        endpoint_.resume_reading(station.key);
    }
}

void Shard::set_wake(Station& station) {
    if (const auto wake = station.session.next_wake(); wake && !station.over) {
        if (!station.wake) {
            station.wake = std::make_unique<net::Timer>();
        }
        station.wake->set(loop_.timers(), *wake, *this, static_cast<std::uint64_t>(station.key));
    } else {
        station.wake.reset();
    }
}

void Shard::on_timer(std::uint64_t tag) {
    if (tag == kTickTag) {
        tick_.set(loop_.timers(), loop_.now().mono + kTick, *this, kTickTag);
        produce();
        return;
    }
    Station* station = find(transport::ConnectionKey{tag});
    if (station != nullptr && station->takes_part()) {
        with_session(*station, [](auto& session, auto now, auto& effects) { session.on_time(now, effects); });
    }
}

// ---- what others ask of the shard

void Shard::drain_mailbox() {
    mailbox_.drain(messages_);
    for (ShardMessage& message : messages_) {
        std::visit([this](auto& one) { handle(one); }, message);
    }
    messages_.clear();
}

bool Shard::handles(const transport::PlainRequest& request) const {
    const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
    return path == "/health" || (path == "/connections" && context_.config.bus.kind == bus::BrokerKind::embedded);
}

void Shard::on_request(transport::ConnectionKey key, transport::PlainRequest request) {
    if (!context_.ask_control(PlainAsked{{index_, key}, std::move(request)})) {
        endpoint_.respond(key, unavailable("too many requests wait", std::nullopt));
    }
}

void Shard::handle(Respond& message) { endpoint_.respond(message.connection, message.response); }

void Shard::handle(Describe& message) {
    Described answer{message.query, {}};
    for (const transport::ConnectionKey key : message.connections) {
        if (const Station* station = find(key); station != nullptr && station->takes_part()) {
            answer.charge_points.push_back(describe(*station));
        }
    }
    context_.tell_control(std::move(answer));
}

void Shard::handle(StopAccepting& /*message*/) { endpoint_.stop_accepting(); }

void Shard::handle(CloseSome& message) {
    std::size_t left = message.count;
    for (std::size_t seen = 0; seen < stations_.size() && left > 0; ++seen) {
        closing_from_ = (closing_from_ + 1) % stations_.size();
        Station* station = stations_[closing_from_].get();
        if (station != nullptr && station->takes_part() && !station->leaving &&
            (message.busy_too || !station->session.awaits_answer())) {
            station->leaving = true;
            endpoint_.close(station->key, 1012, "service restart");
            --left;
        }
    }
}

// ---- small questions

Shard::Station* Shard::find(transport::ConnectionKey key) {
    const std::size_t slot = transport::slot(key);
    Station* station = slot < stations_.size() ? stations_[slot].get() : nullptr;
    return station != nullptr && station->key == key ? station : nullptr;
}

// As long as the partition has been stuck so far, which doubles the wait each time, with jitter.
std::chrono::seconds Shard::retry_after(std::chrono::nanoseconds stuck_for) {
    const std::chrono::duration<double> wait = std::min(stuck_for, kRetryAfterMax);
    return std::chrono::seconds(1 + static_cast<std::int64_t>(wait.count() * (0.5 + random_.unit() / 2)));
}

api::ChargePointView Shard::describe(const Station& station) const {
    const ocpp::Peer& peer = station.session.peer();
    const base::Now now = loop_.now();
    const auto quiet_for =
        std::chrono::duration_cast<std::chrono::microseconds>(now.mono - endpoint_.last_received_at(station.key));
    api::ChargePointView view;
    view.connection = {.id = std::string(peer.charge_point.text()),
                       .protocol = std::string(station.session.protocol()),
                       .remote_address = endpoint_.remote_address(station.key),
                       .connected_at = station.connected_at,
                       .last_message_at = now.wall - quiet_for,
                       .epoch = model::number(peer.epoch)};
    view.pod = context_.config.pod.text();
    if (const auto* profile = ocpp::profile_of(context_.config.ocpp.profiles, station.session.profile())) {
        view.profile = profile->name.view();
    }
    if (const auto boot = station.session.last_boot(); !boot.empty()) {
        view.last_boot = boot;
    }
    return view;
}

}  // namespace app
