// Delivery: one command at a time to each charge point, the most urgent first, and what its session tells of it.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "commands/ledger_state.h"

namespace commands {

using model::CommandState;

void Ledger::State::on_connected(const model::ChargePointId& id, Place place, Turn turn) {
    ChargePoint& charge_point = charge_point_of(id);
    charge_point.place = place;
    for (Entry* entry = charge_point.queue.first(); entry != nullptr; entry = entry->behind) {
        schedule_.set(*entry, wake_of_queued(*entry));
    }
    deliver_next(charge_point, turn);
}

void Ledger::State::on_disconnected(const model::ChargePointId& id, Place place, Turn turn) {
    const auto found = charge_points_.find(id);
    if (found != charge_points_.end()) {
        lose(found->second, place, turn);
    }
}

void Ledger::State::lose(ChargePoint& charge_point, Place place, Turn turn) {
    if (charge_point.place != place) {
        return;
    }
    charge_point.place = kNowhere;
    charge_point.lost_at = turn.now.mono;
    lost_.emplace_back(turn.now.mono, *charge_point.id);
    for (Entry* entry = charge_point.queue.first(); entry != nullptr; entry = entry->behind) {
        schedule_.set(*entry, wake_of_queued(*entry));
    }
}

base::MonoTime Ledger::State::offline_at(const ChargePoint& charge_point) const {
    if (!ready()) {
        return kNever;
    }
    return std::max(*ready_at_, charge_point.lost_at) + config_.reconnect_grace;
}

base::MonoTime Ledger::State::wake_of_queued(const Entry& entry) const {
    const bool may_wait = entry.charge_point->connected() || entry.if_offline == model::IfOffline::wait;
    return may_wait ? entry.expires : std::min(entry.expires, offline_at(*entry.charge_point));
}

void Ledger::State::enqueue(Entry& entry) {
    move_to(entry, Stage::queued);
    entry.charge_point->queue.insert(entry);
    schedule_.set(entry, wake_of_queued(entry));
}

void Ledger::State::deliver_next(ChargePoint& charge_point, Turn turn) {
    while (delivering_ && !draining_ && charge_point.connected() && charge_point.current == nullptr &&
           charge_point.queue.first() != nullptr) {
        Entry& entry = *charge_point.queue.first();
        if (entry.expires <= turn.now.mono) {
            end_unsent(entry, without_answer(CommandState::expired, "its turn came too late"), turn);
            continue;
        }
        charge_point.queue.erase(entry);
        charge_point.current = &entry;
        if (entry.repeat == Repeat::allowed || entry.marked) {
            deliver(entry, turn);
        } else {
            move_to(entry, Stage::marking);
            schedule_.set(entry, entry.expires);
            model::Marker marker = marker_of(entry, model::DownKind::sending);
            marker.attempt = entry.attempt + 1;
            turn.effects.emplace_back(Mark{model::write_marker(marker, entry.partition)});
        }
    }
}

void Ledger::State::deliver(Entry& entry, Turn turn) {
    auto command = model::read_command(entry.text.text());
    CHECK(command.has_value(), "what is kept as a command can be read as one");
    move_to(entry, Stage::delivering);
    const Place place = entry.charge_point->place;
    entry.delivery = next_ticket_++;
    deliveries_.emplace(entry.delivery, Delivery{.entry = &entry, .place = place});
    schedule_.set(entry, entry.expires);
    turn.effects.emplace_back(Deliver{.place = place,
                                      .ticket = entry.delivery,
                                      .command = std::move(*command),
                                      .timeout = entry.timeout,
                                      .send_by = entry.expires});
}

// The `sending` marker is in the log. The charge point may have gone meanwhile; the marker holds for the next time, too.
void Ledger::State::go_on_marked(Entry& entry, Turn turn) {
    if (entry.charge_point->connected() && !draining_) {
        deliver(entry, turn);
    } else {
        back_to_queue(entry, turn);
    }
}

void Ledger::State::back_to_queue(Entry& entry, Turn turn) {
    ChargePoint& charge_point = *entry.charge_point;
    deliveries_.erase(entry.delivery);
    charge_point.current = nullptr;
    enqueue(entry);
    if (draining_ && entry.marked) {
        revoke(entry, turn);
    }
    deliver_next(charge_point, turn);
}

void Ledger::State::on_draining(Turn turn) {
    if (std::exchange(draining_, true)) {
        return;
    }
    for (auto& [hash, entry] : entries_) {
        if (entry.stage == Stage::queued && entry.marked) {
            revoke(entry, turn);
        }
    }
}

void Ledger::State::revoke(Entry& entry, Turn turn) {
    if (!entry.revoking) {
        entry.revoking = true;
        ++revocations_;
    }
    model::Marker marker = marker_of(entry, model::DownKind::sending);
    marker.attempt = 0;
    turn.effects.emplace_back(Mark{model::write_marker(marker, entry.partition)});
}

void Ledger::State::move_to(Entry& entry, Stage stage) {
    const auto is_under_way = [](Stage each) { return each >= Stage::marking && each <= Stage::writing; };
    under_way_ += is_under_way(stage) ? 1 : 0;
    under_way_ -= is_under_way(entry.stage) ? 1 : 0;
    entry.stage = stage;
}

void Ledger::State::withdraw(Entry& entry, Turn turn) {
    Delivery& delivery = deliveries_.at(entry.delivery);
    delivery.withdrawn = true;
    schedule_.set(entry, turn.now.mono + config_.report_margin);
    turn.effects.emplace_back(CancelDelivery{.place = delivery.place, .ticket = entry.delivery});
}

void Ledger::State::on_report(const Report& report, Turn turn) {
    const auto found = deliveries_.find(report.ticket);
    if (found != deliveries_.end()) {
        Entry& entry = *found->second.entry;
        std::visit([&](const auto& what) { handle(entry, what, turn); }, report.what);
    }
}

void Ledger::State::note_sent(Entry& entry, Turn turn) {
    if (entry.stage != Stage::delivering) {
        return;
    }
    ++entry.attempt;
    counters_.sent.add();
    if (entry.attempt > 1) {
        counters_.retried.add();
    }
    move_to(entry, Stage::sent);
    schedule_.set(entry, turn.now.mono + entry.timeout + config_.report_margin);
    write_progress(entry, CommandState::sent, turn);
}

void Ledger::State::handle(Entry& entry, const Sent& /*sent*/, Turn turn) { note_sent(entry, turn); }

void Ledger::State::handle(Entry& entry, const NotSent& not_sent, Turn turn) {
    if (entry.stage != Stage::delivering) {
        return;
    }
    if (entry.cancel_asked) {
        return end_unsent(entry, without_answer(CommandState::cancelled, "cancelled before it was sent"), turn);
    }
    if (not_sent.why == Unsent::withdrawn) {
        return end_unsent(entry, without_answer(CommandState::expired, "it could not be sent in time"), turn);
    }
    // Told before on_disconnected, perhaps: without this it would be delivered there again.
    lose(*entry.charge_point, deliveries_.at(entry.delivery).place, turn);
    back_to_queue(entry, turn);
}

void Ledger::State::handle(Entry& entry, const Answered& answered, Turn turn) {
    Ending ending{.state = CommandState::completed, .outcome = answered.outcome, .response = answered.response};
    conclude(entry, std::move(ending), turn);
}

void Ledger::State::handle(Entry& entry, const Refused& refused, Turn turn) {
    conclude(entry, {.state = CommandState::failed, .error = refused.error}, turn);
}

// An answer ends the command, or is told beside its end where it comes after the time-out.
void Ledger::State::conclude(Entry& entry, Ending ending, Turn turn) {
    note_sent(entry, turn);
    if (entry.stage == Stage::sent) {
        counters_.acknowledged.add();
        end(entry, std::move(ending), turn);
    } else {
        deliveries_.erase(entry.delivery);
        tell_late(entry, std::move(ending), turn);
    }
}

void Ledger::State::handle(Entry& entry, const NotDeliverable& refused, Turn turn) {
    if (entry.stage == Stage::delivering) {
        end_unsent(entry, {.state = CommandState::rejected, .error = refused.error}, turn);
    }
}

void Ledger::State::handle(Entry& entry, const TimedOut& /*timed_out*/, Turn turn) {
    note_sent(entry, turn);
    if (entry.stage == Stage::sent) {
        end(entry, without_answer(CommandState::timed_out, "no answer within " + std::to_string(entry.timeout.count()) + " s"),
            turn);
    }
}

void Ledger::State::handle(Entry& entry, const Lost& /*lost*/, Turn turn) {
    note_sent(entry, turn);
    if (entry.stage != Stage::sent) {
        return;
    }
    lose(*entry.charge_point, deliveries_.at(entry.delivery).place, turn);
    const bool again = entry.repeat == Repeat::allowed && entry.attempt < config_.attempts_max && !entry.cancel_asked &&
                       turn.now.mono < entry.expires;
    if (again) {
        back_to_queue(entry, turn);
    } else {
        end(entry, without_answer(CommandState::uncertain, "the connection was lost after the command was sent"), turn);
    }
}

void Ledger::State::wake(Entry& entry, Turn turn) {
    if (draining_ && (entry.stage == Stage::queued || entry.stage == Stage::marking)) {
        return schedule_.set(entry, kNever);
    }
    switch (entry.stage) {
        case Stage::queued:
            if (entry.expires <= turn.now.mono) {
                return end_unsent(entry, without_answer(CommandState::expired, "it could not be sent in time"), turn);
            }
            return end_unsent(entry,
                              without_answer(CommandState::unreachable,
                                             std::string(entry.charge_point->id->text()) + " is not connected to any pod"),
                              turn);
        case Stage::marking:
            return end_unsent(entry, without_answer(CommandState::expired, "it could not be sent in time"), turn);
        case Stage::delivering:
            if (!deliveries_.at(entry.delivery).withdrawn) {
                return withdraw(entry, turn);
            }
            return end(entry, without_answer(CommandState::uncertain, "it is not known whether it was sent"), turn);
        case Stage::sent:
            turn.effects.emplace_back(CancelDelivery{.place = deliveries_.at(entry.delivery).place, .ticket = entry.delivery});
            return end(entry, without_answer(CommandState::timed_out, "no answer, and no word of the connection"), turn);
        case Stage::read:
        case Stage::ending:
        case Stage::writing:
        case Stage::ended: CHECK(false, "nothing is scheduled in this stage");
    }
}

}  // namespace commands
