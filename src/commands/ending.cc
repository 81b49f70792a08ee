// The end: marker, result, dead letter, and how long a command that ended is remembered.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "commands/ledger_state.h"
#include "model/json_members.h"

namespace commands {

using model::CommandState;

namespace {

// Not kept beside the record: for most of a command's life nobody asks.
std::string traceparent_of(const Entry& entry) {
    const auto members = model::json_members(entry.text.text());
    const model::JsonMember* member = members ? model::find_member(*members, "traceparent") : nullptr;
    const bool fits = member != nullptr && member->text.size() <= model::kTraceparentBytesMax;
    return fits ? std::string(member->text) : std::string();
}

}  // namespace

Ending without_answer(CommandState state, std::string message) {
    const auto code = [state]() -> std::string {
        switch (state) {
            case CommandState::unreachable: return "Unreachable";
            case CommandState::expired: return "Expired";
            case CommandState::timed_out: return "TimedOut";
            case CommandState::uncertain: return "Uncertain";
            case CommandState::rejected: return "Overloaded";
            case CommandState::cancelled: return "Cancelled";
            case CommandState::queued:
            case CommandState::sent:
            case CommandState::completed:
            case CommandState::failed: break;
        }
        CHECK(false, "an end without an answer");
        return {};
    };
    return {.state = state, .error = model::CommandError{.code = code(), .message = std::move(message)}};
}

model::CommandResult Ledger::State::result_of(const Entry& entry, Ending ending, base::Now now) const {
    return {.command = model::CommandId(std::string(entry.id())),
            .charge_point = *entry.charge_point->id,
            .pod = pod_,
            .state = ending.state,
            .outcome = std::move(ending.outcome),
            .response = std::move(ending.response),
            .error = std::move(ending.error),
            .attempt = entry.attempt,
            .at = now.wall,
            .traceparent = traceparent_of(entry)};
}

void Ledger::State::write_progress(Entry& entry, CommandState state, Turn turn) {
    std::string result = model::write_result(result_of(entry, {.state = state}, turn.now));
    turn.effects.emplace_back(WriteResult{.ticket = 0, .key = std::string(entry.charge_point->id->text()), .value = result});
    record_status(entry, state, std::move(result), turn);
}

void Ledger::State::record_status(const Entry& entry, CommandState state, std::string result, Turn turn) {
    turn.effects.emplace_back(RecordStatus{.command = model::CommandId(std::string(entry.id())),
                                           .charge_point = *entry.charge_point->id,
                                           .body = entry.body,
                                           .state = state,
                                           .attempt = entry.attempt,
                                           .result = std::move(result)});
}

model::Marker Ledger::State::marker_of(const Entry& entry, model::DownKind kind) const {
    return {.kind = kind,
            .command = model::CommandId(std::string(entry.id())),
            .charge_point = *entry.charge_point->id,
            .hop = entry.hop,
            .incarnation = incarnation_};
}

void Ledger::State::end_unsent(Entry& entry, Ending ending, Turn turn) {
    if (entry.attempt > 0) {
        ending = without_answer(CommandState::uncertain, "it was sent before, and that connection was lost");
    }
    end(entry, std::move(ending), turn);
}

void Ledger::State::end(Entry& entry, Ending ending, Turn turn) {
    const CommandState state = ending.state;
    if (model::is_dead_letter(state)) counters_.failed.add();
    if (state == CommandState::expired) counters_.expired.add();
    counters_.latency.observe(std::chrono::duration<double>(turn.now.mono - entry.since).count());
    entry.result = std::make_unique<std::string>(model::write_result(result_of(entry, std::move(ending), turn.now)));
    entry.state = state;
    if (state != CommandState::timed_out) {
        deliveries_.erase(entry.delivery);
    }
    model::Marker marker = marker_of(entry, model::DownKind::ended);
    marker.result = *entry.result;
    turn.effects.emplace_back(Mark{model::write_marker(marker, entry.partition)});
    leave(entry, turn);
    move_to(entry, Stage::ending);
}

// It is not under way any more: its charge point may have the next one.
void Ledger::State::leave(Entry& entry, Turn turn) {
    ChargePoint& charge_point = *entry.charge_point;
    if (entry.stage == Stage::queued) {
        charge_point.queue.erase(entry);
    }
    schedule_.set(entry, kNever);
    if (entry.admitted) {
        entry.admitted = false;
        --charge_point.admitted;
        --admitted_;
        admitted_bytes_ -= bytes_of(entry);
    }
    if (charge_point.current == &entry) {
        charge_point.current = nullptr;
        deliver_next(charge_point, turn);
    }
}

// The log has the end. Where another incarnation's marker was first, its result is the one.
void Ledger::State::settle(Entry& entry, std::string result, CommandState state, Turn turn) {
    if (entry.stage < Stage::ending) {
        replayed_.erase(entry.ticket);
        if (entry.stage == Stage::delivering || entry.stage == Stage::sent) {
            turn.effects.emplace_back(CancelDelivery{.place = deliveries_.at(entry.delivery).place, .ticket = entry.delivery});
        }
        deliveries_.erase(entry.delivery);
        leave(entry, turn);
    }
    move_to(entry, Stage::writing);
    entry.result = std::make_unique<std::string>(std::move(result));
    entry.state = state;
    entry.writes_left = model::is_dead_letter(state) ? 2 : 1;
    writing_.emplace(entry.ticket, &entry);
    const std::string key(entry.charge_point->id->text());
    turn.effects.emplace_back(WriteResult{.ticket = entry.ticket, .key = key, .value = *entry.result});
    if (model::is_dead_letter(state)) {
        turn.effects.emplace_back(WriteDeadLetter{
            .ticket = entry.ticket, .key = key, .value = model::write_dead_letter(entry.text.text(), *entry.result)});
    }
    if (auto late = late_.extract(entry.ticket)) {
        turn.effects.emplace_back(WriteResult{.ticket = 0, .key = key, .value = std::move(late.mapped())});
    }
}

// Told after the terminal result, which may still wait for its marker.
void Ledger::State::tell_late(Entry& entry, Ending ending, Turn turn) {
    if (entry.state != CommandState::timed_out) {
        return;
    }
    model::CommandResult late = result_of(entry, std::move(ending), turn.now);
    late.late = true;
    std::string text = model::write_result(late);
    if (entry.stage == Stage::ending) {
        late_.insert_or_assign(entry.ticket, std::move(text));
    } else {
        turn.effects.emplace_back(
            WriteResult{.ticket = 0, .key = std::string(entry.charge_point->id->text()), .value = std::move(text)});
    }
}

void Ledger::State::refuse(const model::DownRecord& record, Partition& partition, model::CommandError error, Turn turn) {
    const Ticket ticket = next_ticket_++;
    partition.holds.hold(record.offset);
    refusals_.emplace(ticket, Refusal{.partition = record.partition, .offset = record.offset, .writes_left = 2});
    counters_.failed.add();
    model::CommandResult result{.pod = pod_, .state = CommandState::rejected, .error = std::move(error)};
    result.at = record.time;  // the same again after a crash
    if (!record.key.empty()) {
        result.charge_point = model::ChargePointId(record.key);
    }
    std::string text = model::write_result(result);
    turn.effects.emplace_back(
        WriteDeadLetter{.ticket = ticket, .key = record.key, .value = model::write_dead_letter(record.value, text)});
    turn.effects.emplace_back(WriteResult{.ticket = ticket, .key = record.key, .value = std::move(text)});
}

void Ledger::State::on_written(Ticket ticket, Turn turn) {
    if (const auto found = writing_.find(ticket); found != writing_.end()) {
        Entry& entry = *found->second;
        if (--entry.writes_left == 0) {
            writing_.erase(found);
            finish(entry, turn);
        }
    } else if (const auto refused = refusals_.find(ticket); refused != refusals_.end()) {
        const Refusal refusal = refused->second;
        if (--refused->second.writes_left == 0) {
            refusals_.erase(refused);
            partitions_.at(refusal.partition).holds.release(refusal.offset);
            want_commit(turn.now.mono);
        }
    }
}

void Ledger::State::finish(Entry& entry, Turn turn) {
    held_bytes_ -= bytes_of(entry);
    move_to(entry, Stage::ended);
    entry.since = turn.now.mono;
    entry.text = KeptText(*entry.result, entry.id());
    remembered_bytes_ += bytes_of(entry);
    remembered_.push_back(&entry);
    record_status(entry, entry.state, std::move(*entry.result), turn);
    entry.result.reset();
    forget_old(turn);
    read_skipped(turn);
}

void Ledger::State::forget_old(Turn turn) {
    const auto is_due = [&](const Entry& entry) { return entry.since + config_.duplicates_remembered <= turn.now.mono; };
    for (; forgets_by_time() && !remembered_.empty() && is_due(*remembered_.front()); remembered_.pop_front()) {
        overdue_.insert(remembered_.front());
        want_commit(turn.now.mono);
    }
    while (remembered_bytes_ > config_.remembered_bytes_max) {
        Entry* const oldest = overdue_.empty() ? remembered_.front() : *overdue_.begin();
        overdue_.empty() ? remembered_.pop_front() : static_cast<void>(overdue_.erase(oldest));
        forget(*oldest, turn);
    }
}

// A duplicate that is still to be read must find what it repeats.
bool Ledger::State::forgets_by_time() const { return to_replay_ == 0 && skipping_ == 0; }

// From the last in the log to the first, because only what is behind an entry keeps it.
void Ledger::State::forget_overdue(Turn turn) {
    for (auto each = overdue_.begin(); each != overdue_.end();) {
        Entry* const entry = *each;
        if (may_forget(*entry)) {
            each = overdue_.erase(each);
            forget(*entry, turn);
        } else {
            ++each;
        }
    }
}

// Once it is forgotten the log may be read again from anything that is held behind it, and then a duplicate behind that
// would be met without its first and taken for fresh.
bool Ledger::State::may_forget(const Entry& entry) const {
    if (!entry.repeated) {
        return true;
    }
    const Copies& copies = copies_.at(entry.ticket).front();
    return !partitions_.at(copies.partition).holds.any_held(copies.first, copies.last);
}

void Ledger::State::forget(Entry& entry, Turn turn) {
    if (const auto repeated = copies_.extract(entry.ticket)) {
        for (const Copies& copies : repeated.mapped()) {
            partitions_.at(copies.partition).holds.release(copies.first);
        }
    } else {
        partitions_.at(entry.partition).holds.release(entry.offset);
    }
    want_commit(turn.now.mono);
    deliveries_.erase(entry.delivery);
    remembered_bytes_ -= bytes_of(entry);
    revocations_ -= entry.revoking ? 1 : 0;
    --entry.charge_point->entries;
    const model::ChargePointId charge_point = *entry.charge_point->id;
    const auto [first, last] = entries_.equal_range(std::hash<std::string_view>{}(entry.id()));
    const auto found = std::find_if(first, last, [&](const auto& each) { return &each.second == &entry; });
    CHECK(found != last, "an entry is in the table until it is forgotten");
    entries_.erase(found);
    drop_if_idle(charge_point, turn.now.mono);
}

// What is known of a charge point that is neither connected nor has commands is when its connection was lost.
void Ledger::State::drop_if_idle(const model::ChargePointId& id, base::MonoTime now) {
    const auto found = charge_points_.find(id);
    if (found == charge_points_.end()) {
        return;
    }
    const ChargePoint& charge_point = found->second;
    const bool grace = charge_point.lost_at + config_.reconnect_grace > now;
    if (!charge_point.connected() && charge_point.entries == 0 && !grace) {
        charge_points_.erase(found);
    }
}

void Ledger::State::want_commit(base::MonoTime now) { commit_due_ = commit_due_.value_or(now + config_.commit_interval); }

void Ledger::State::commit(Turn turn) {
    for (auto& [number, partition] : partitions_) {
        const std::int64_t offset = partition.holds.low_water();
        if (partition.replayed && offset > std::max<std::int64_t>(partition.committed, 0)) {
            partition.committed = offset;
            turn.effects.emplace_back(Commit{.partition = number, .offset = offset});
        }
    }
}

void Ledger::State::on_time(Turn turn) {
    for (Entry* due = schedule_.first(); due != nullptr && due->wake <= turn.now.mono; due = schedule_.first()) {
        wake(*due, turn);
    }
    forget_old(turn);
    while (!lost_.empty() && lost_.front().first + config_.reconnect_grace <= turn.now.mono) {
        drop_if_idle(lost_.front().second, turn.now.mono);
        lost_.pop_front();
    }
    if (commit_due_ && *commit_due_ <= turn.now.mono) {
        forget_overdue(turn);
        commit_due_.reset();
        commit(turn);
    }
}

std::optional<base::MonoTime> Ledger::State::next_wake() const {
    base::MonoTime next = commit_due_.value_or(kNever);
    if (const Entry* soonest = schedule_.first()) next = std::min(next, soonest->wake);
    if (forgets_by_time() && !remembered_.empty())
        next = std::min(next, remembered_.front()->since + config_.duplicates_remembered);
    if (!lost_.empty()) next = std::min(next, lost_.front().first + config_.reconnect_grace);
    return next == kNever ? std::nullopt : std::optional(next);
}

}  // namespace commands
