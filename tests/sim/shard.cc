#include "sim/shard.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "app/command_words.h"
#include "ocpp/counters.h"
#include "sim/charge_point.h"
#include "sim/pod.h"

namespace sim {
namespace {

constexpr std::size_t kFrameSlack = 64;
constexpr Range kStuckSocket{milliseconds(0), milliseconds(8'000)};
constexpr Range kSocket{milliseconds(0), milliseconds(3)};
constexpr Range kNewsOfSending{milliseconds(0), milliseconds(40)};

const ocpp::Counters& no_counters() {
    static const ocpp::Counters the_counters;
    return the_counters;
}

}  // namespace

Shard::Station::Station(World& world, LinkPointer link_to, Action wakes)
    : link(std::move(link_to)),
      socket(world.timeline, world.random, link->stuck ? kStuckSocket : kSocket),
      wake(world.timeline, std::move(wakes)) {}

Shard::Shard(World& world, Pod& pod, std::uint32_t index)
    : world_(world), pod_(pod), index_(index), outgoing_(world.settings.outgoing, world.settings.event_partitions) {
    for (std::size_t i = 0; i < world.settings.event_partitions; ++i) {
        event_log_.emplace_back(world.timeline, world.random, world.settings.append);
    }
}

Shard::Station* Shard::find(std::uint64_t key) {
    const auto found = stations_.find(key);
    return found == stations_.end() ? nullptr : found->second.get();
}

std::int32_t Shard::partition_of(const Station& station) const {
    return static_cast<std::int32_t>(station.link->charge_point % world_.settings.event_partitions);
}

// ---- charge points come and go

void Shard::on_upgrade(const LinkPointer& link) {
    const auto wakes = [this, key = link->key] {
        Station* station = find(key);
        if (station != nullptr && station->takes_part()) {
            with_session(*station, [](auto& session, auto now, auto& effects) { session.on_time(now, effects); });
        }
    };
    auto station = std::make_unique<Station>(world_, link, wakes);
    const model::ChargePointId charge_point(world_.charge_point(link->charge_point).id());
    station->charge_point = charge_point;
    stations_.emplace(link->key, std::move(station));
    const auto proposed = model::Epoch{static_cast<std::uint64_t>(world_.pod_now().wall.time_since_epoch().count())};
    pod_.from_shard(index_, [this, charge_point, proposed, place = app::Place{index_, transport::ConnectionKey{link->key}}] {
        pod_.on_upgrade(charge_point, place, proposed);
    });
}

void Shard::admit(const app::Admit& admit) {
    const auto key = static_cast<std::uint64_t>(admit.place.key);
    const auto left = left_while_asking_.extract(key);
    Station* station = left.empty() ? find(key) : left.mapped().get();
    station->session.emplace(world_.settings.session, Pod::id(), no_counters(), station->charge_point, "ocpp1.6",
                             world_.random.number());
    with_session(*station, [&](auto& session, auto now, auto& effects) {
        session.on_open(
            {.epoch = admit.epoch, .previous_epoch = admit.previous, .remote_address = "192.0.2.1", .past = admit.past}, now,
            effects);
    });
    if (!left.empty()) {
        with_session(*station, [](auto& session, auto now, auto& effects) { session.on_close({}, now, effects); });
        return;
    }
    station->link->to_device.send(world_.life, [&world = world_, link = station->link] {
        if (!link->cut && link->open_at_device) world.charge_point(link->charge_point).on_accepted(link);
    });
}

void Shard::displace(const app::Displace& displace) {
    const auto key = static_cast<std::uint64_t>(displace.place.key);
    left_while_asking_.erase(key);
    Station* station = find(key);
    if (station == nullptr || station->over) return;
    world_.history.note("", station->charge_point.text(), fmt::format("connection {} is displaced", key));
    station->displaced = true;
    if (world_.settings.planted == Planted::kept_old_connection && station->session) return;
    if (station->session) {
        with_session(*station, [](auto& session, auto now, auto& effects) {
            session.on_close({.by = ocpp::ClosedBy::displaced}, now, effects);
        });
    }
    station->over = true;
    close(*station, 1008);
}

// What the gateway closes, the wire ends a little later.
void Shard::close(Station& station, std::uint16_t code) {
    const LinkPointer link = station.link;
    link->to_device.send(world_.life, [&world = world_, link] {
        if (!link->cut) world.charge_point(link->charge_point).on_lost(link);
    });
    world_.timeline.after(world_.random.within(world_.settings.network), life_,
                          [this, link, code] { on_closed(link->key, {.by = ocpp::ClosedBy::gateway, .code = code}); });
}

void Shard::close_some(std::size_t count, bool busy_too) {
    for (auto& [key, station] : stations_) {
        if (count == 0) return;
        if (station->takes_part() && !station->leaving && (busy_too || !station->session->awaits_answer())) {
            station->leaving = true;
            close(*station, 1012);
            --count;
        }
    }
}

void Shard::on_closed(std::uint64_t key, const ocpp::Closed& closed) {
    Station* station = find(key);
    if (station == nullptr) return;
    station->link->open_at_pod = false;
    if (station->takes_part()) {
        while (!station->untold.empty()) tell_sent(*station);
        with_session(*station, [&](auto& session, auto now, auto& effects) { session.on_close(closed, now, effects); });
    }
    const model::ChargePointId charge_point = station->charge_point;
    world_.history.note("", charge_point.text(), fmt::format("the gateway knows that connection {} has ended", key));
    pod_.from_shard(index_, [this, charge_point, place = app::Place{index_, transport::ConnectionKey{key}}] {
        pod_.on_ended(charge_point, place);
    });
    auto ended = stations_.extract(key);
    if (!station->session && !station->over) left_while_asking_.insert(std::move(ended));
}

// ---- commands

void Shard::deliver(const commands::Deliver& deliver) {
    Station* station = find(deliver.place.connection);
    if (station == nullptr || !station->takes_part()) {
        pod_.from_shard(index_, [this, ticket = deliver.ticket] {
            pod_.on_report({.ticket = ticket, .what = commands::NotSent{commands::Unsent::connection_gone}});
        });
        return;
    }
    ocpp::Command command = app::to_session(deliver);
    if (world_.settings.planted == Planted::late_hand_over) command.send_by = base::MonoTime::max();
    with_session(*station, [&](auto& session, auto now, auto& effects) { session.on_command(std::move(command), now, effects); });
}

void Shard::withdraw(const commands::CancelDelivery& cancel) {
    Station* station = find(cancel.place.connection);
    if (station != nullptr && station->takes_part()) {
        with_session(*station, [&](auto& session, auto now, auto& effects) { session.on_cancel(cancel.ticket, now, effects); });
    }
}

// ---- frames and what follows from them

void Shard::on_text(std::uint64_t key, std::string text) {
    Station* station = find(key);
    if (station == nullptr || !station->takes_part()) return;
    station->inbox.push_back(std::move(text));
    read(*station);
}

void Shard::read(Station& station) {
    while (station.takes_part() && !station.reading_paused && !station.inbox.empty()) {
        std::string text = std::move(station.inbox.front());
        station.inbox.pop_front();
        const std::size_t size = text.size();
        text.append(kFrameSlack, '\0');
        with_session(station, [&](auto& session, auto now, auto& effects) {
            session.on_frame(std::string_view(text).substr(0, size), now, effects);
        });
    }
}

template <class Decide>
void Shard::with_session(Station& station, Decide decide) {
    ocpp::Effects effects;
    decide(*station.session, world_.pod_now(), effects);
    perform(station, effects);
    produce();
    set_reading(station);
    station.wake.set(station.over ? std::nullopt : station.session->next_wake());
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
            perform(station, *ask);
        } else if (auto* told = std::get_if<ocpp::Report>(&effect)) {
            report(station, std::move(*told));
        } else {
            close(station, std::get<ocpp::Close>(effect).code);
        }
    }
}

void Shard::perform(Station& station, const ocpp::SendFrame& effect) {
    if (station.displaced) {
        world_.facts.stale.push_back(
            {pod_.command_of(effect.command), "a frame was given to a displaced connection: " + effect.text});
    }
    if (effect.command != 0) {
        world_.facts.hand_overs.push_back({pod_.command_of(effect.command), world_.timeline.now().mono});
    }
    station.socket.send(life_, [this, key = station.link->key, effect] {
        if (Station* sending = find(key)) first_byte(*sending, effect.text, effect.command);
    });
}

void Shard::first_byte(Station& station, const std::string& text, ocpp::CommandTicket command) {
    station.link->to_device.send(world_.life, [&world = world_, link = station.link, text] {
        if (!link->cut && link->open_at_device) world.charge_point(link->charge_point).on_frame(link, text);
    });
    if (command == 0) return;
    world_.history.note(pod_.command_of(command), station.charge_point.text(),
                        fmt::format("its frame goes out on connection {}: {}", station.link->key, text));
    station.untold.push_back(command);
    world_.timeline.after(world_.random.within(kNewsOfSending), life_, [this, key = station.link->key] {
        Station* sending = find(key);
        if (sending != nullptr && !sending->untold.empty()) tell_sent(*sending);
    });
}

void Shard::tell_sent(Station& station) {
    const ocpp::CommandTicket command = station.untold.front();
    station.untold.pop_front();
    if (!station.takes_part()) return;
    with_session(station, [&](auto& session, auto now, auto& effects) { session.on_frame_sent(command, now, effects); });
}

void Shard::report(const Station& station, ocpp::Report report) {
    commands::Report told = app::to_ledger(std::move(report));
    if (world_.settings.planted == Planted::invented_answer && std::holds_alternative<commands::TimedOut>(told.what)) {
        told.what = commands::Answered{.outcome = "Accepted", .response = R"({"status":"Accepted"})"};
    }
    if (world_.settings.planted == Planted::denied_frame && std::holds_alternative<commands::Sent>(told.what)) {
        told.what = commands::NotDeliverable{{.code = "BadPayload"}};
    }
    world_.history.note(pod_.command_of(told.ticket), station.charge_point.text(),
                        fmt::format("connection {} reports {}", station.link->key, Pod::name_of(told)));
    pod_.from_shard(index_, [this, told] { pod_.on_report(told); });
}

void Shard::perform(Station& station, const ocpp::Ask& effect) {
    const bool joins = std::holds_alternative<model::MayJoin>(effect.question);
    world_.timeline.after(
        world_.random.within(world_.settings.decision), life_, [this, key = station.link->key, ticket = effect.ticket, joins] {
            Station* asking = find(key);
            if (asking == nullptr || !asking->takes_part()) return;
            const model::Decision decision = joins ? model::Decision(model::Admission{}) : model::Decision(model::Permission{});
            with_session(*asking,
                         [&](auto& session, auto now, auto& effects) { session.on_decided(ticket, decision, now, effects); });
        });
}

// ---- events

void Shard::perform(Station& station, ocpp::Publish& effect, ocpp::Effects& effects) {
    const app::Waiter waiter{transport::ConnectionKey{station.link->key}, effect.ticket};
    const base::Now now = world_.pod_now();
    switch (outgoing_.offer(std::move(effect.event), partition_of(station), waiter, now.mono)) {
        case app::Outgoing::Offered::placed:
            if (effect.ticket != 0) station.session->on_published(effect.ticket, ocpp::Outcome::placed, now, effects);
            break;
        case app::Outgoing::Offered::waiting: station.without_place += effect.ticket != 0 ? 1 : 0; break;
        case app::Outgoing::Offered::refused:
            if (effect.ticket != 0) close(station, 1013);
            break;
    }
}

void Shard::produce() {
    while (const auto next = outgoing_.next()) {
        const std::uint64_t cookie = next->cookie;
        outgoing_.handed_over(cookie);
        event_log_.at(static_cast<std::size_t>(next->partition)).send(life_, [this, cookie] {
            world_.log.when_there(life_, [this, cookie] {
                app::Tells tells;
                static_cast<void>(outgoing_.on_delivery(cookie, bus::DeliveryOutcome::logged, tells));
                tell_waiters(tells);
                produce();
            });
        });
    }
}

void Shard::tell_waiters(const app::Tells& tells) {
    for (const app::Tell& tell : tells) {
        Station* station = find(static_cast<std::uint64_t>(tell.waiter.connection));
        if (station == nullptr || !station->takes_part()) continue;
        if (tell.outcome == ocpp::Outcome::placed) --station->without_place;
        with_session(*station, [&](auto& session, auto now, auto& effects) {
            session.on_published(tell.waiter.ticket, tell.outcome, now, effects);
        });
    }
}

void Shard::set_reading(Station& station) {
    const bool pause = !station.over && (station.without_place > 0 || !station.session->wants_frames());
    const bool resumes = station.reading_paused && !pause;
    station.reading_paused = pause;
    if (resumes) {
        world_.timeline.after({}, life_, [this, key = station.link->key] {
            if (Station* reading = find(key)) read(*reading);
        });
    }
}

}  // namespace sim
