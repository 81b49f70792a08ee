#include "support/commands/ledger_harness.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "model/json_members.h"

namespace test {
namespace {

const commands::Counters& no_counters() {
    static const commands::Counters kCounters;
    return kCounters;
}

base::Now start_of_time() { return {base::MonoTime(std::chrono::hours(1)), *base::parse_rfc3339("2026-11-20T10:00:00Z")}; }

}  // namespace

LedgerHarness::LedgerHarness(commands::Config config, std::int32_t partitions)
    : config_(config), now_(start_of_time()), partitions_(static_cast<std::size_t>(partitions)) {
    start_ledger();
    replays();
}

void LedgerHarness::start_ledger() {
    ledger_ = std::make_unique<commands::Ledger>(config_, model::PodId("gateway-0"),
                                                 model::Incarnation("run-" + std::to_string(++incarnation_)), no_counters());
    std::vector<std::int32_t> assigned;
    for (Partition& partition : partitions_) {
        assigned.push_back(static_cast<std::int32_t>(assigned.size()));
        partition.read = partition.committed;
        partition.replay_end.reset();
        partition.told = 0;
    }
    ledger_->on_partitions(assigned, now_, effects_);
    perform();
}

void LedgerHarness::restarts() {
    marks.clear();
    writes.clear();
    write_is_dead_letter_.clear();
    places_.clear();
    start_ledger();
}

void LedgerHarness::replays() {
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
        const auto partition = static_cast<std::int32_t>(i);
        while (reads(partition)) {
        }
        ledger_->on_replayed(partition, now_, effects_);
        perform();
    }
    if (!log_is_slow) settle();
}

void LedgerHarness::appends(model::DownRecord record) {
    Partition& partition = partitions_.at(static_cast<std::size_t>(record.partition));
    record.offset = static_cast<std::int64_t>(partition.records.size());
    record.time = now_.wall;
    partition.records.push_back(std::move(record));
    if (!log_is_slow) settle();
}

void LedgerHarness::commands(const std::string& id, const std::string& charge_point, const CommandWish& wish,
                             std::int32_t partition) {
    appends({.partition = partition,
             .key = charge_point,
             .value = R"({"commandId":")" + id + R"(","chargePointId":")" + charge_point + R"(","commandName":")" + wish.name +
                      R"(","payload":)" + wish.payload + wish.members + "}"});
}

void LedgerHarness::cancels(const std::string& id) {
    appends(model::write_cancel(model::CommandId(id), model::ChargePointId("CP-1"), 0));
}

void LedgerHarness::takes_mark() {
    model::DownRecord record = std::move(marks.front());
    marks.pop_front();
    const bool slow = std::exchange(log_is_slow, true);
    appends(std::move(record));
    log_is_slow = slow;
}

commands::Ticket LedgerHarness::take_write() {
    auto [ticket, written] = std::move(writes.front());
    writes.pop_front();
    (write_is_dead_letter_.front() ? dead_letters : result_log).push_back(std::move(written));
    write_is_dead_letter_.pop_front();
    return ticket;
}

void LedgerHarness::takes_write() {
    if (const commands::Ticket ticket = take_write(); ticket != 0) {
        ledger_->on_written(ticket, now_, effects_);
        perform();
    }
}

void LedgerHarness::takes_write_unheard() { static_cast<void>(take_write()); }

bool LedgerHarness::reads(std::int32_t partition) {
    Partition& log = partitions_.at(static_cast<std::size_t>(partition));
    if (log.read >= static_cast<std::int64_t>(log.records.size())) {
        tell_replayed(partition);
        return log.read < static_cast<std::int64_t>(log.records.size());  // it wants to read some of it again
    }
    const model::DownRecord record = log.records.at(static_cast<std::size_t>(log.read++));
    log.told = std::max(log.told, log.read);
    ledger_->on_record(record, now_, effects_);
    perform();
    tell_replayed(partition);
    return true;
}

void LedgerHarness::tell_replayed(std::int32_t partition) {
    Partition& log = partitions_.at(static_cast<std::size_t>(partition));
    if (log.replay_end && log.read >= *log.replay_end) {
        log.replay_end.reset();
        ledger_->on_replayed(partition, now_, effects_);
        perform();
    }
}

void LedgerHarness::read_from(std::int32_t partition, std::int64_t offset) {
    Partition& log = partitions_.at(static_cast<std::size_t>(partition));
    log.read = offset;
    log.replay_end = end_of(partition);
    ledger_->on_partitions(std::vector{partition}, now_, effects_);
    perform();
}

void LedgerHarness::reader_starts_anew() {
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
        read_from(static_cast<std::int32_t>(i), partitions_.at(i).committed);
    }
    if (!log_is_slow) settle();
}

void LedgerHarness::drains() {
    ledger_->on_draining(now_, effects_);
    perform();
    if (!log_is_slow) settle();
}

void LedgerHarness::settle() {
    for (bool moved = true; moved;) {
        moved = false;
        for (std::size_t i = 0; i < partitions_.size(); ++i) {
            moved = reads(static_cast<std::int32_t>(i)) || moved;
        }
        for (; !marks.empty(); moved = true) takes_mark();
        for (; !writes.empty(); moved = true) takes_write();
    }
}

void LedgerHarness::connects(const std::string& charge_point) {
    const commands::Place place{.shard = 0, .connection = next_connection_++};
    places_[charge_point] = place;
    ledger_->on_connected(model::ChargePointId(charge_point), place, now_, effects_);
    perform();
    if (!log_is_slow) settle();
}

void LedgerHarness::disconnects(const std::string& charge_point) {
    const commands::Place place = places_.at(charge_point);
    places_.erase(charge_point);
    ledger_->on_disconnected(model::ChargePointId(charge_point), place, now_, effects_);
    perform();
    if (!log_is_slow) settle();
}

void LedgerHarness::reports(const std::string& charge_point, decltype(commands::Report::what) what) {
    reports(last_delivery(charge_point).ticket, std::move(what));
}

void LedgerHarness::reports(commands::Ticket delivery, decltype(commands::Report::what) what) {
    ledger_->on_report({.ticket = delivery, .what = std::move(what)}, now_, effects_);
    perform();
    if (!log_is_slow) settle();
}

void LedgerHarness::answers(const std::string& charge_point, const std::string& status) {
    reports(charge_point, commands::Answered{.outcome = status, .response = R"({"status":")" + status + "\"}"});
}

void LedgerHarness::time_passes(std::chrono::milliseconds span) {
    const base::MonoTime end = now_.mono + span;
    const auto move_to = [&](base::MonoTime at) {
        now_.wall += std::chrono::duration_cast<std::chrono::microseconds>(at - now_.mono);
        now_.mono = at;
    };
    for (auto wake = ledger_->next_wake(); wake && *wake <= end; wake = ledger_->next_wake()) {
        move_to(std::max(*wake, now_.mono));
        ledger_->on_time(now_, effects_);
        perform();
        if (!log_is_slow) settle();
    }
    move_to(end);
}

void LedgerHarness::perform() {
    for (commands::Effect& effect : std::exchange(effects_, {})) {
        std::visit([this](auto& each) { perform(each); }, effect);
    }
}

void LedgerHarness::perform(commands::Deliver& effect) { deliveries.push_back(std::move(effect)); }
void LedgerHarness::perform(commands::CancelDelivery& effect) { withdrawn.push_back(effect); }
void LedgerHarness::perform(commands::Mark& effect) { marks.push_back(std::move(effect.record)); }
void LedgerHarness::perform(commands::WriteResult& effect) {
    writes.emplace_back(effect.ticket, Written{std::move(effect.key), std::move(effect.value)});
    write_is_dead_letter_.push_back(false);
}
void LedgerHarness::perform(commands::WriteDeadLetter& effect) {
    writes.emplace_back(effect.ticket, Written{std::move(effect.key), std::move(effect.value)});
    write_is_dead_letter_.push_back(true);
}
void LedgerHarness::perform(commands::RecordStatus& effect) { statuses.push_back(std::move(effect)); }
void LedgerHarness::perform(commands::Commit& effect) {
    Partition& log = partitions_.at(static_cast<std::size_t>(effect.partition));
    if (effect.offset > log.told || effect.offset < log.committed) {
        throw std::logic_error("a commit of what was not told, or back");
    }
    log.committed = effect.offset;
}
void LedgerHarness::perform(commands::ReadAgain& effect) {
    ++read_again;
    read_from(effect.partition, effect.offset);
}

std::vector<std::string> LedgerHarness::results(const std::string& id) const {
    std::vector<std::string> found;
    for (const Written& written : result_log) {
        if (member_of(written.value, "commandId") == id) found.push_back(written.value);
    }
    return found;
}

std::vector<std::string> LedgerHarness::states(const std::string& id) const {
    std::vector<std::string> found;
    for (const std::string& result : results(id)) {
        found.push_back(member_of(result, "state") + (member_of(result, "late") == "true" ? " late" : ""));
    }
    return found;
}

std::string LedgerHarness::last_result(const std::string& id) const {
    const auto found = results(id);
    return found.empty() ? std::string() : found.back();
}

std::optional<commands::Place> LedgerHarness::place_of(const std::string& charge_point) const {
    const auto found = places_.find(charge_point);
    return found == places_.end() ? std::nullopt : std::optional(found->second);
}

std::string LedgerHarness::state_in_status(const std::string& id) const {
    const auto last =
        std::find_if(statuses.rbegin(), statuses.rend(), [&](const auto& each) { return each.command.text() == id; });
    return last == statuses.rend() ? std::string() : std::string(model::to_text(last->state));
}

std::vector<std::string> LedgerHarness::delivered(const std::string& charge_point) const {
    std::vector<std::string> ids;
    for (const commands::Deliver& each : deliveries) {
        if (each.command.charge_point.text() == charge_point) ids.push_back(each.command.id.text());
    }
    return ids;
}

const commands::Deliver& LedgerHarness::last_delivery(const std::string& charge_point) const {
    const auto last = std::find_if(deliveries.rbegin(), deliveries.rend(),
                                   [&](const auto& each) { return each.command.charge_point.text() == charge_point; });
    if (last != deliveries.rend()) {
        return *last;
    }
    throw std::logic_error("nothing was delivered to " + charge_point);
}

std::vector<std::string> LedgerHarness::kinds(std::int32_t partition) const {
    std::vector<std::string> found;
    for (const model::DownRecord& record : partitions_.at(static_cast<std::size_t>(partition)).records) {
        found.push_back(record.kind.empty() ? "command" : record.kind);
    }
    return found;
}

std::int64_t LedgerHarness::end_of(std::int32_t partition) const {
    return static_cast<std::int64_t>(partitions_.at(static_cast<std::size_t>(partition)).records.size());
}

std::int64_t LedgerHarness::committed(std::int32_t partition) const {
    return partitions_.at(static_cast<std::size_t>(partition)).committed;
}

model::DownRecord LedgerHarness::foreign_marker(model::DownKind kind, const std::string& id, const std::string& result) {
    return model::write_marker({.kind = kind,
                                .command = model::CommandId(id),
                                .charge_point = model::ChargePointId("CP-1"),
                                .incarnation = model::Incarnation("another run"),
                                .attempt = 1,
                                .result = result},
                               0);
}

std::string member_of(std::string_view json, std::string_view name) {
    const auto members = model::json_members(json);
    const model::JsonMember* member = members ? model::find_member(*members, name) : nullptr;
    if (member == nullptr || member->type == model::JsonType::null) return {};
    return std::string(member->type == model::JsonType::string ? member->text : member->raw);
}

std::string error_of(std::string_view json, std::string_view name) { return member_of(member_of(json, "error"), name); }

}  // namespace test
