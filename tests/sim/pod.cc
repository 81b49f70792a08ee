#include "sim/pod.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "sim/results.h"

namespace sim {
namespace {

constexpr milliseconds kStopTick{50};

const commands::Counters& no_counters() {
    static const commands::Counters the_counters;
    return the_counters;
}

commands::Config ledger_config(const Settings& settings) {
    commands::Config config = settings.ledger;
    if (settings.planted == Planted::endless_attempts) config.attempts_max = 1'000;
    return config;
}

commands::Place to_ledger(app::Place place) { return {place.shard, static_cast<std::uint64_t>(place.key)}; }

std::string changed(std::string result) {
    const std::size_t at = result.find(R"("pod":"gateway-0")");
    return at == std::string::npos ? result : result.replace(at, 17, R"("pod":"gateway-9")");
}

}  // namespace

const model::PodId& Pod::id() {
    static const model::PodId the_id("gateway-0");
    return the_id;
}

std::string Pod::name_of(const commands::Report& report) {
    static constexpr std::array<const char*, 7> kNames{"sent",      "not sent", "answered", "refused", "not deliverable",
                                                       "timed out", "lost"};
    return kNames.at(report.what.index());
}

Pod::Pod(World& world, int run)
    : world_(world),
      run_(run),
      registry_([this](std::function<void()> answer) {
          world_.timeline.after(world_.random.within(world_.settings.registry), life_, std::move(answer));
      }),
      ledger_(ledger_config(world.settings), id(), model::Incarnation("run-" + std::to_string(run)), no_counters()),
      sink_(world.settings, world.timeline, world.random, world.log, run,
            [this](commands::Ticket ticket) {
                if (ticket != 0) {
                    with_ledger([&](auto& ledger, auto now, auto& effects) { ledger.on_written(ticket, now, effects); });
                } else {
                    perform_held();
                }
            }),
      source_(world.settings, world.timeline, world.random, world.log, run,
              {.on_assigned =
                   [this](const std::vector<std::int32_t>& all) {
                       with_ledger([&](auto& ledger, auto now, auto& effects) { ledger.on_partitions(all, now, effects); });
                   },
               .on_record =
                   [this](const model::DownRecord& record) {
                       with_ledger([&](auto& ledger, auto now, auto& effects) { ledger.on_record(record, now, effects); });
                   },
               .on_replayed =
                   [this](std::int32_t partition) {
                       world_.history.note("", "", fmt::format("run {} has replayed partition {}", run_, partition));
                       with_ledger([&](auto& ledger, auto now, auto& effects) { ledger.on_replayed(partition, now, effects); });
                   },
               .takes_records = [this] { return held_.empty(); }}),
      wake_(world.timeline,
            [this] { with_ledger([](auto& ledger, auto now, auto& effects) { ledger.on_time(now, effects); }); }) {
    for (std::uint32_t i = 0; i < world.settings.shards; ++i) {
        shards_.push_back({std::make_unique<Shard>(world, *this, i),
                           Channel(world.timeline, world.random, world.settings.mailbox),
                           Channel(world.timeline, world.random, world.settings.mailbox)});
    }
}

const std::string& Pod::command_of(commands::Ticket delivery) const {
    static const std::string kNone;
    const auto found = delivered_.find(delivery);
    return found == delivered_.end() ? kNone : found->second;
}

// ---- the orderly stop

void Pod::stop(std::function<void(RunEnd)> ended) {
    std::size_t connections = 0;
    for (const ShardAndWays& each : shards_) connections = std::max(connections, each.shard->connections());
    const auto ticks = static_cast<std::size_t>(world_.settings.drain_grace / kStopTick);
    stopping_ = {world_.timeline.now().mono, connections / std::max<std::size_t>(ticks * 4 / 5, 1) + 1, std::move(ended)};
    if (world_.settings.planted != Planted::untold_stop) {
        with_ledger([](auto& ledger, auto now, auto& effects) { ledger.on_draining(now, effects); });
    }
    go_on_stopping();
}

void Pod::go_on_stopping() {
    bool idle = held_.empty() && ledger_.idle() && sink_.is_empty();
    for (const ShardAndWays& each : shards_) idle = idle && each.shard->connections() == 0;
    const auto passed = world_.timeline.now().mono - stopping_->since;
    if (idle || passed > world_.settings.drain_grace) {
        const RunEnd end = idle ? RunEnd::in_order : RunEnd::at_deadline;
        return world_.timeline.after({}, life_, [ended = stopping_->ended, end] { ended(end); });
    }
    for (std::uint32_t i = 0; i < shards_.size(); ++i) {
        to_shard(i, [count = stopping_->per_tick, busy_too = passed > world_.settings.drain_grace / 2](Shard& shard) {
            shard.close_some(count, busy_too);
        });
    }
    world_.timeline.after(kStopTick, life_, [this] { go_on_stopping(); });
}

// ---- the Ledger

template <class Decide>
void Pod::with_ledger(Decide decide) {
    commands::Effects effects;
    decide(ledger_, world_.pod_now(), effects);
    in_turn_ = held_.empty();
    for (commands::Effect& effect : effects) held_.push_back(std::move(effect));
    perform_held();
    in_turn_ = false;
    wake_.set(ledger_.next_wake());
}

void Pod::perform_held() {
    const bool was_behind = !held_.empty();
    while (!held_.empty() && perform(held_.front())) held_.pop_front();
    if (was_behind && held_.empty()) source_.go_on();
}

bool Pod::perform(commands::Effect& effect) {
    if (const auto* deliver = std::get_if<commands::Deliver>(&effect)) {
        perform_deliver(*deliver);
    } else if (const auto* cancel = std::get_if<commands::CancelDelivery>(&effect)) {
        to_shard(cancel->place.shard, [cancelled = *cancel](Shard& shard) { shard.withdraw(cancelled); });
    } else if (const auto* mark = std::get_if<commands::Mark>(&effect)) {
        LogRecord record{Topic::commands, mark->record};
        const bool revokes = stopping_ && is_revocation(record.down);
        if (!sink_.write(record, 0)) return false;
        world_.facts.revocations += revokes ? 1 : 0;
    } else if (const auto* result = std::get_if<commands::WriteResult>(&effect)) {
        return write_result(*result);
    } else if (const auto* letter = std::get_if<commands::WriteDeadLetter>(&effect)) {
        if (world_.settings.planted == Planted::lost_dead_letter && world_.random.chance(20)) {
            world_.timeline.after({}, life_, [this, ticket = letter->ticket] {
                with_ledger([&](auto& ledger, auto now, auto& effects) { ledger.on_written(ticket, now, effects); });
            });
            return true;
        }
        return write(Topic::dead_letters, letter->key, letter->value, letter->ticket);
    } else if (const auto* status = std::get_if<commands::RecordStatus>(&effect)) {
        world_.facts.statuses.push_back({status->command.text(), status->state, world_.facts.next()});
    } else if (const auto* again = std::get_if<commands::ReadAgain>(&effect)) {
        perform_read_again(*again);
    } else {
        perform_commit(std::get<commands::Commit>(effect));
    }
    return true;
}

bool Pod::write(Topic topic, std::string key, std::string value, commands::Ticket ticket) {
    LogRecord record{topic, {.key = std::move(key), .value = std::move(value)}};
    return sink_.write(record, ticket);
}

bool Pod::write_result(const commands::WriteResult& effect) {
    const ResultView result = view_of(effect.value);
    switch (world_.settings.planted) {
        case Planted::lost_result:
            if (result.is_final && !result.id.empty() && world_.random.chance(20)) {
                world_.timeline.after({}, life_, [this, ticket = effect.ticket] {
                    with_ledger([&](auto& ledger, auto now, auto& effects) { ledger.on_written(ticket, now, effects); });
                });
                return true;
            }
            break;
        case Planted::changed_repeated_result:
            if (result.is_final && effect.ticket == 0) return write(Topic::results, effect.key, changed(effect.value), 0);
            break;
        case Planted::result_before_sent:
            if (result.state == "sent") return kept_back_.insert_or_assign(result.id, effect), true;
            if (auto kept = kept_back_.extract(result.id); result.is_final && kept) {
                if (!write(Topic::results, effect.key, effect.value, effect.ticket)) {
                    kept_back_.insert(std::move(kept));
                    return false;
                }
                static_cast<void>(write(Topic::results, effect.key, kept.mapped().value, 0));
                return true;
            }
            break;
        default: break;
    }
    return write(Topic::results, effect.key, effect.value, effect.ticket);
}

void Pod::perform_deliver(const commands::Deliver& effect) {
    const model::ChargePointId& charge_point = effect.command.charge_point;
    const std::string& id = effect.command.id.text();
    commands::Deliver deliver = effect;
    const auto place = places_.find(charge_point);
    // An effect that waited for the sink may be for a connection that has gone since: the shard answers it.
    if (in_turn_ && (place == places_.end() || place->second != effect.place)) {
        world_.facts.stale.push_back({id, "it is delivered to another connection than the charge point's newest"});
    }
    if (const auto former = former_places_.find(charge_point);
        world_.settings.planted == Planted::kept_old_connection && former != former_places_.end()) {
        deliver.place = former->second;
    }
    delivered_[effect.ticket] = id;
    world_.history.note(id, charge_point.text(),
                        fmt::format("run {} delivers it to connection {}", run_, deliver.place.connection));
    to_shard(deliver.place.shard, [deliver](Shard& shard) { shard.deliver(deliver); });
}

void Pod::perform_commit(const commands::Commit& effect) {
    const std::int64_t further = world_.settings.planted == Planted::commit_too_far ? 3 : 0;
    const std::int64_t offset = std::min(effect.offset + further, world_.log.end_of(effect.partition));
    world_.history.note("", "", fmt::format("run {} commits {}/{}", run_, effect.partition, offset));
    world_.facts.commits.push_back({effect.partition, offset, world_.facts.next(), world_.timeline.now().mono});
    source_.commit(effect.partition, offset);
}

void Pod::perform_read_again(const commands::ReadAgain& effect) {
    world_.history.note("", "", fmt::format("run {} reads {} again from {} on", run_, effect.partition, effect.offset));
    ++world_.facts.read_again;
    if (world_.settings.planted == Planted::skipped_for_good) return;
    const std::int64_t further = world_.settings.planted == Planted::read_again_too_far ? 1 : 0;
    source_.read_again(effect.partition, effect.offset + further);
}

void Pod::on_report(const commands::Report& report) {
    with_ledger([&](auto& ledger, auto now, auto& effects) { ledger.on_report(report, now, effects); });
}

// ---- connections

void Pod::to_shard(std::uint32_t index, std::function<void(Shard&)> input) {
    ShardAndWays& target = shards_.at(index);
    target.to.send(life_, [&shard = *target.shard, input = std::move(input)] { input(shard); });
}

void Pod::from_shard(std::uint32_t index, Action input) { shards_.at(index).from.send(life_, std::move(input)); }

void Pod::on_upgrade(const model::ChargePointId& charge_point, app::Place place, model::Epoch proposed) {
    app::DirectoryEffects effects;
    directory_.on_upgrade(charge_point, place, proposed, effects);
    perform(charge_point, effects);
}

void Pod::on_ended(const model::ChargePointId& charge_point, app::Place place) {
    app::DirectoryEffects effects;
    directory_.on_ended(charge_point, place, effects);
    perform(charge_point, effects);
    follow_directory(charge_point);
}

void Pod::perform(const model::ChargePointId& charge_point, const app::DirectoryEffects& effects) {
    for (const app::DirectoryEffect& effect : effects) {
        if (const auto* claim = std::get_if<app::Claim>(&effect)) {
            registry_.claim(claim->charge_point, claim->proposed,
                            [this, charge_point, place = claim->place](registry::Grant grant) {
                                app::DirectoryEffects granted;
                                directory_.on_granted(charge_point, place, grant.epoch, grant.previous,
                                                      {.was_here = grant.remembered.has_value()}, granted);
                                perform(charge_point, granted);
                                follow_directory(charge_point);
                            });
        } else if (const auto* release = std::get_if<app::Release>(&effect)) {
            registry_.release(release->charge_point, release->epoch);
        } else if (const auto* admit = std::get_if<app::Admit>(&effect)) {
            world_.history.note("", charge_point.text(),
                                fmt::format("run {} admits connection {}", run_, static_cast<std::uint64_t>(admit->place.key)));
            to_shard(admit->place.shard, [admitted = *admit](Shard& shard) { shard.admit(admitted); });
        } else {
            const app::Displace displace = std::get<app::Displace>(effect);
            to_shard(displace.place.shard, [displace](Shard& shard) { shard.displace(displace); });
        }
    }
}

// The ledger knows of a charge point what the directory knows.
void Pod::follow_directory(const model::ChargePointId& charge_point) {
    const app::Directory::Entry* entry = directory_.find(charge_point);
    const auto known = places_.find(charge_point);
    if (entry == nullptr && known != places_.end()) {
        const commands::Place place = known->second;
        places_.erase(known);
        former_places_.erase(charge_point);
        with_ledger([&](auto& ledger, auto now, auto& effects) { ledger.on_disconnected(charge_point, place, now, effects); });
    } else if (entry != nullptr && (known == places_.end() || known->second != to_ledger(entry->place))) {
        if (known != places_.end()) former_places_[charge_point] = known->second;
        const commands::Place place = places_[charge_point] = to_ledger(entry->place);
        with_ledger([&](auto& ledger, auto now, auto& effects) { ledger.on_connected(charge_point, place, now, effects); });
    }
}

}  // namespace sim
