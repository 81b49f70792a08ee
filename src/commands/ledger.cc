// Reading: what the log says becomes entries, and markers decide what an entry may still do.
#include "commands/ledger.h"

#include <algorithm>
#include <utility>

#include "commands/command_body.h"
#include "commands/ledger_state.h"

namespace commands {
namespace {

using model::CommandState;
using model::DownKind;
using model::Priority;

// A wall clock of another age is read as this far away.
constexpr std::chrono::hours kExpiryMax{24 * 3650};

base::MonoTime expiry_of(const model::Command& command, base::WallTime written, const Config& config, base::Now now) {
    const auto span = command.if_offline == model::IfOffline::wait ? config.default_wait_expiry : config.default_expiry;
    const base::WallTime expires = command.expires_at.value_or(command.created_at.value_or(written) + span);
    const auto left = std::clamp<base::WallTime::duration>(expires - now.wall, -kExpiryMax, kExpiryMax);
    return now.mono + left;
}

std::uint32_t number_of(const model::Incarnation& incarnation) {
    return static_cast<std::uint32_t>(std::hash<model::Incarnation>{}(incarnation));
}

bool says_unsent(CommandState state) {
    return state == CommandState::expired || state == CommandState::unreachable || state == CommandState::rejected ||
           state == CommandState::cancelled;
}

bool is_urgent(const Entry& entry) { return entry.priority >= Priority::high; }

std::size_t less(std::size_t from, std::size_t what) { return from - std::min(from, what); }

}  // namespace

Ledger::State::State(const Config& config, model::PodId pod, model::Incarnation incarnation, const Counters& counters)
    : config_(config), pod_(std::move(pod)), incarnation_(std::move(incarnation)), counters_(counters) {}

void Ledger::State::on_partitions(std::span<const std::int32_t> assigned, Turn /*turn*/) {
    for (const std::int32_t partition : assigned) {
        const auto [found, is_new] = partitions_.try_emplace(partition);
        found->second.read_again = false;
        to_replay_ += is_new ? 1 : 0;
    }
}

void Ledger::State::on_replayed(std::int32_t partition, Turn turn) {
    const auto found = partitions_.find(partition);
    if (found == partitions_.end() || found->second.read_again) {
        return;
    }
    if (!std::exchange(found->second.replayed, true)) {
        --to_replay_;
    }
    if (to_replay_ == 0 && !draining_) {
        begin(turn);
    }
}

// Everything is admitted before anything is delivered, so that the most urgent of what the log held goes first.
void Ledger::State::begin(Turn turn) {
    ready_at_ = ready_at_.value_or(turn.now.mono);
    delivering_ = false;
    const std::map<Ticket, Entry*> replayed = std::exchange(replayed_, {});
    for (const auto& [ticket, entry] : replayed) {
        start(*entry, turn);
    }
    delivering_ = true;
    for (const auto& [ticket, entry] : replayed) {
        deliver_next(*entry->charge_point, turn);
    }
    want_commit(turn.now.mono);
    read_skipped(turn);
    if (to_replay_ == 0) cancels_ahead_.clear();
}

// Half of the room, so that the log is not read again for a command or two.
void Ledger::State::read_skipped(Turn turn) {
    const bool room = held_bytes_ <= config_.bytes_max + config_.undecided_bytes_max / 2;
    if (skipping_ == 0 || !room || draining_ || to_replay_ > 0) {
        return;
    }
    skipping_ = 0;
    for (auto& [number, partition] : partitions_) {
        if (std::exchange(partition.skipping, false)) {
            ++to_replay_;
            partition.replayed = false;
            partition.read_again = true;
            turn.effects.emplace_back(ReadAgain{.partition = number, .offset = partition.holds.next()});
        }
    }
}

void Ledger::State::on_record(const model::DownRecord& record, Turn turn) {
    const auto found = partitions_.find(record.partition);
    if (found == partitions_.end() || found->second.read_again || record.offset < found->second.holds.next()) {
        return;  // not ours any more, read before, or read again soon
    }
    Partition& partition = found->second;
    const DownKind kind = model::kind_of(record);
    const bool full = held_bytes_ >= config_.bytes_max + config_.undecided_bytes_max;
    if (kind == DownKind::command && (full || draining_) && !partition.skipping) {
        partition.skipping = true;
        ++skipping_;
        partition.holds.seen(record.offset - 1);
    }
    const bool again = record.offset < partition.told;
    partition.told = std::max(partition.told, record.offset + 1);
    if (!partition.skipping) {
        partition.holds.seen(record.offset);
        want_commit(turn.now.mono);
    } else if (kind == DownKind::command) {
        return;
    }
    switch (kind) {
        case DownKind::command: return read_command(record, partition, turn);
        case DownKind::sending:
        case DownKind::moved:
        case DownKind::ended: return read_marker(record, again, turn);
        case DownKind::cancel: return read_cancel(record, again, turn);
        case DownKind::disconnect:  // for the directory
        case DownKind::other: return;
    }
}

void Ledger::State::read_command(const model::DownRecord& record, Partition& partition, Turn turn) {
    counters_.consumed.add();
    const auto command = model::read_command(record.value);
    if (!command) {
        const model::Fault& fault = command.error();
        const std::string message = (fault.field.empty() ? "the record" : fault.field) + " " + fault.text;
        return refuse(record, partition, {.code = "Malformed", .message = message}, turn);
    }
    if (Entry* const known = find(command->id.text())) {
        return read_duplicate(*known, record, partition, known->body == body_of(*command), turn);
    }
    partition.holds.hold(record.offset);
    Entry& entry = add(record, *command, turn);
    ready() && partition.replayed ? start(entry, turn) : void(replayed_.emplace(entry.ticket, &entry));
}

Entry& Ledger::State::add(const model::DownRecord& record, const model::Command& command, Turn turn) {
    ChargePoint& charge_point = charge_point_of(command.charge_point);
    ++charge_point.entries;
    const std::string& id = command.id.text();
    Entry& entry = entries_.emplace(std::hash<std::string_view>{}(id), Entry(KeptText(record.value, id), charge_point))->second;
    entry.body = body_of(command);
    entry.since = turn.now.mono;
    entry.expires = expiry_of(command, record.time, config_, turn.now);
    entry.partition = record.partition;
    entry.offset = record.offset;
    entry.hop = model::hop_of(record);
    entry.ticket = next_ticket_++;
    entry.timeout = std::chrono::duration<std::uint32_t>(command.timeout.value_or(config_.call_timeout));
    entry.priority = command.priority;
    entry.if_offline = command.if_offline;
    entry.repeat = repeat_of(command.name);
    entry.cancel_asked = is_cancelled_ahead(record, id);
    held_bytes_ += bytes_of(entry);
    return entry;
}

// In one partition the order of the log tells; an id may be used again, so that an older cancel is not for this command.
bool Ledger::State::is_cancelled_ahead(const model::DownRecord& record, const std::string& id) const {
    const auto cancel = cancels_ahead_.find(id);
    return cancel != cancels_ahead_.end() && cancel->second.partition != record.partition &&
           cancel->second.written >= record.time;
}

Entry* Ledger::State::find(std::string_view id) {
    const auto [first, last] = entries_.equal_range(std::hash<std::string_view>{}(id));
    const auto found = std::find_if(first, last, [&](const auto& each) { return each.second.id() == id; });
    return found == last ? nullptr : &found->second;
}

ChargePoint& Ledger::State::charge_point_of(const model::ChargePointId& id) {
    const auto found = charge_points_.try_emplace(id).first;
    found->second.id = &found->first;
    return found->second;
}

void Ledger::State::read_duplicate(Entry& entry, const model::DownRecord& record, Partition& partition, bool same_body,
                                   Turn turn) {
    note_copy(entry, record, partition);
    if (!same_body) {
        const std::string message = "the commandId " + std::string(entry.id()) + " was used for another command";
        return refuse(record, partition, {.code = "DuplicateId", .message = message}, turn);
    }
    if (entry.stage == Stage::writing || entry.stage == Stage::ended) {
        std::string result(entry.stage == Stage::ended ? entry.text.text() : *entry.result);
        turn.effects.emplace_back(
            WriteResult{.ticket = 0, .key = std::string(entry.charge_point->id->text()), .value = std::move(result)});
    }
}

void Ledger::State::note_copy(Entry& entry, const model::DownRecord& record, Partition& partition) {
    std::vector<Copies>& all = copies_[entry.ticket];
    if (!entry.repeated) {
        entry.repeated = true;
        all.push_back({.partition = entry.partition, .first = entry.offset, .last = entry.offset});
    }
    const auto here =
        std::find_if(all.begin(), all.end(), [&](const Copies& each) { return each.partition == record.partition; });
    if (here != all.end()) {
        here->last = record.offset;
    } else {
        partition.holds.hold(record.offset);
        all.push_back({.partition = record.partition, .first = record.offset, .last = record.offset});
    }
}

// Again: once more behind commands that were skipped, for those alone.
void Ledger::State::read_marker(const model::DownRecord& record, bool again, Turn turn) {
    auto marker = model::read_marker(record);
    Entry* const entry = marker ? find(marker->command.text()) : nullptr;
    // Unknown are the markers of commands that ended before the committed offset.
    if (entry == nullptr || entry->hop != marker->hop || (again && entry->stage != Stage::read)) {
        return;
    }
    if (marker->kind == DownKind::sending) {
        read_sending(*entry, *marker, turn);
    } else if (marker->kind == DownKind::ended) {
        read_ended(*entry, *marker, turn);
    }
}

// Told by who had the first `sending` in the log and did not send: as if it had not been there.
void Ledger::State::read_revocation(Entry& entry, const model::Marker& marker) {
    if (marker.incarnation == incarnation_) {
        revocations_ -= entry.revoking ? 1 : 0;
        entry.revoking = false;
    } else if (entry.stage == Stage::read && entry.marked_by == number_of(marker.incarnation)) {
        entry.marked_by_other = false;
        entry.attempt = 0;
    }
}

// The first `sending` in the log says who may send. One of another incarnation: of our predecessor, who may have sent, or of
// one that was thought dead and appended late.
void Ledger::State::read_sending(Entry& entry, const model::Marker& marker, Turn turn) {
    if (marker.attempt == 0) {
        return read_revocation(entry, marker);
    }
    if (entry.marked || entry.marked_by_other) {
        return;
    }
    entry.marked_by = number_of(marker.incarnation);
    if (marker.incarnation == incarnation_) {
        entry.marked = true;
        if (entry.stage == Stage::marking) {
            go_on_marked(entry, turn);
        }
        return;
    }
    entry.marked_by_other = true;
    if (entry.stage == Stage::read) {
        entry.attempt = marker.attempt;
        return;
    }
    // Where we have said already that it was not sent, our marker comes second and is void.
    const bool open = entry.stage == Stage::queued || entry.stage == Stage::marking ||
                      (entry.stage == Stage::ending && says_unsent(entry.state));
    if (entry.repeat == Repeat::forbidden && open) {
        entry.attempt = marker.attempt;
        end(entry, without_answer(CommandState::uncertain, "another run of the gateway may have sent it"), turn);
    }
}

// The first `ended` in the log is the result, whoever wrote it. But a run that thought that it was never sent may append that
// after the next run had marked it and sent it: the one whose marker came first is right.
void Ledger::State::read_ended(Entry& entry, model::Marker& marker, Turn turn) {
    const bool is_void = (entry.marked || entry.marked_by_other) && says_unsent(marker.ended_state) &&
                         entry.marked_by != number_of(marker.incarnation);
    if (entry.ended_in_log || is_void) {
        return;
    }
    entry.ended_in_log = true;
    settle(entry, std::move(marker.result), marker.ended_state, turn);
}

void Ledger::State::read_cancel(const model::DownRecord& record, bool again, Turn turn) {
    const auto command = model::read_cancel(record);
    Entry* const found = command ? find(command->text()) : nullptr;
    const bool may_follow = to_replay_ > 0 || skipping_ > 0;
    if (command && found == nullptr && may_follow && cancels_ahead_.size() < config_.cancels_ahead_max) {
        cancels_ahead_.insert_or_assign(command->text(), Ahead{.partition = record.partition, .written = record.time});
    }
    if (found == nullptr || (again && found->stage != Stage::read)) {
        return;
    }
    Entry& entry = *found;
    entry.cancel_asked = true;
    if (entry.stage == Stage::queued || entry.stage == Stage::marking) {
        end_unsent(entry, without_answer(CommandState::cancelled, "cancelled before it was sent"), turn);
    } else if (entry.stage == Stage::delivering) {
        withdraw(entry, turn);
    }
}

// The first thing that is done about a command, once all that the log says of it is known.
void Ledger::State::start(Entry& entry, Turn turn) {
    if (entry.marked_by_other && entry.repeat == Repeat::forbidden) {
        end(entry, without_answer(CommandState::uncertain, "the gateway ended while the command was under way"), turn);
    } else if (entry.cancel_asked) {
        end_unsent(entry, without_answer(CommandState::cancelled, "cancelled before it was sent"), turn);
    } else {
        admit(entry, turn);
    }
}

void Ledger::State::admit(Entry& entry, Turn turn) {
    ChargePoint& charge_point = *entry.charge_point;
    if (entry.expires <= turn.now.mono) {
        return end_unsent(entry, without_answer(CommandState::expired, "it had expired when it was read"), turn);
    }
    if (const auto problem = overload(entry)) {
        return end_unsent(entry, without_answer(CommandState::rejected, *problem), turn);
    }
    const bool rejects = entry.if_offline == model::IfOffline::reject;
    if (rejects && !charge_point.connected() && offline_at(charge_point) <= turn.now.mono) {
        return end_unsent(
            entry,
            without_answer(CommandState::unreachable, std::string(charge_point.id->text()) + " is not connected to any pod"),
            turn);
    }
    entry.admitted = true;
    ++charge_point.admitted;
    ++admitted_;
    admitted_bytes_ += bytes_of(entry);
    write_progress(entry, CommandState::queued, turn);
    enqueue(entry);
    deliver_next(charge_point, turn);
}

std::optional<std::string> Ledger::State::overload(const Entry& entry) const {
    const std::size_t places = config_.commands_per_charge_point + (is_urgent(entry) ? config_.urgent_per_charge_point : 0);
    if (entry.charge_point->admitted >= places) {
        return std::to_string(places) + " commands wait for this charge point";
    }
    std::size_t bytes_max = config_.bytes_max;
    if (!is_urgent(entry)) bytes_max = less(bytes_max, config_.bytes_for_urgent);
    if (entry.priority == Priority::low) bytes_max = less(bytes_max, config_.bytes_not_for_low);
    if (admitted_bytes_ + bytes_of(entry) > bytes_max) {
        return "the gateway holds as many commands of this priority as it may";
    }
    return std::nullopt;
}

std::size_t Ledger::State::commands_of(const model::ChargePointId& id) const {
    const auto found = charge_points_.find(id);
    return found == charge_points_.end() ? 0 : found->second.admitted;
}

Ledger::Ledger(const Config& config, model::PodId pod, model::Incarnation incarnation, const Counters& counters)
    : state_(std::make_unique<State>(config, std::move(pod), std::move(incarnation), counters)) {}
Ledger::~Ledger() = default;

void Ledger::on_partitions(std::span<const std::int32_t> assigned, base::Now now, Effects& effects) {
    state_->on_partitions(assigned, {now, effects});
}
void Ledger::on_replayed(std::int32_t partition, base::Now now, Effects& effects) {
    state_->on_replayed(partition, {now, effects});
}
void Ledger::on_record(const model::DownRecord& record, base::Now now, Effects& effects) {
    state_->on_record(record, {now, effects});
}
void Ledger::on_connected(const model::ChargePointId& charge_point, Place place, base::Now now, Effects& effects) {
    state_->on_connected(charge_point, place, {now, effects});
}
void Ledger::on_disconnected(const model::ChargePointId& charge_point, Place place, base::Now now, Effects& effects) {
    state_->on_disconnected(charge_point, place, {now, effects});
}
void Ledger::on_report(const Report& report, base::Now now, Effects& effects) { state_->on_report(report, {now, effects}); }
void Ledger::on_written(Ticket ticket, base::Now now, Effects& effects) { state_->on_written(ticket, {now, effects}); }
void Ledger::on_time(base::Now now, Effects& effects) { state_->on_time({now, effects}); }
void Ledger::on_draining(base::Now now, Effects& effects) { state_->on_draining({now, effects}); }
bool Ledger::idle() const { return state_->idle(); }
std::optional<base::MonoTime> Ledger::next_wake() const { return state_->next_wake(); }
bool Ledger::ready() const { return state_->ready(); }
std::size_t Ledger::commands() const { return state_->commands(); }
std::size_t Ledger::commands_of(const model::ChargePointId& charge_point) const { return state_->commands_of(charge_point); }
std::size_t Ledger::bytes() const { return state_->bytes(); }

}  // namespace commands
