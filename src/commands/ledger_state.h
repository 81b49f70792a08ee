// What a Ledger knows; private to the room. ledger.cc reads records and follows the log, delivery.cc brings commands to
// their charge points, ending.cc brings them to their end and into the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "commands/entry.h"
#include "commands/ledger.h"
#include "commands/offset_holds.h"
#include "commands/schedule.h"

namespace commands {

// The records of one partition that bear the same id; the first is held. If the log were read again from between them, a
// duplicate would look like a fresh command.
struct Copies {
    std::int32_t partition = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
};

struct Delivery {
    Entry* entry;
    Place place;
    bool withdrawn = false;  // CancelDelivery was told
};

struct FurtherOn {
    bool operator()(const Entry* left, const Entry* right) const {
        return std::pair(left->partition, right->offset) < std::pair(right->partition, left->offset);
    }
};

struct Partition {
    OffsetHolds holds;
    std::int64_t committed = -1;
    bool replayed = false;
    bool skipping = false;    // commands from holds.next() on are to be read again
    bool read_again = false;  // that was asked for, and has not begun
    std::int64_t told = 0;    // up to where its markers were heeded
};

// A record that is no command of its own: malformed, or a known id with another body.
struct Refusal {
    std::int32_t partition;
    std::int64_t offset;
    std::uint8_t writes_left;
};

// A cancel that was read before its command.
struct Ahead {
    std::int32_t partition;
    base::WallTime written;
};

// How a command ends.
struct Ending {
    model::CommandState state;
    std::optional<model::CommandError> error{};
    std::optional<std::string> outcome{};
    std::string response{};
};

// Without an answer of the charge point: the error's code follows from the state.
[[nodiscard]] Ending without_answer(model::CommandState state, std::string message);

// One input, while it is worked on.
struct Turn {
    base::Now now;
    Effects& effects;
};

class Ledger::State {
public:
    State(const Config& config, model::PodId pod, model::Incarnation incarnation, const Counters& counters);

    // The inputs, as in Ledger.
    void on_partitions(std::span<const std::int32_t> assigned, Turn turn);
    void on_replayed(std::int32_t partition, Turn turn);
    void on_record(const model::DownRecord& record, Turn turn);
    void on_connected(const model::ChargePointId& id, Place place, Turn turn);
    void on_disconnected(const model::ChargePointId& id, Place place, Turn turn);
    void on_report(const Report& report, Turn turn);
    void on_written(Ticket ticket, Turn turn);
    void on_time(Turn turn);
    void on_draining(Turn turn);

    [[nodiscard]] std::optional<base::MonoTime> next_wake() const;
    [[nodiscard]] bool ready() const { return ready_at_.has_value(); }
    [[nodiscard]] bool idle() const { return under_way_ == 0 && revocations_ == 0 && refusals_.empty(); }
    [[nodiscard]] std::size_t commands() const { return admitted_; }
    [[nodiscard]] std::size_t commands_of(const model::ChargePointId& id) const;
    [[nodiscard]] std::size_t bytes() const { return admitted_bytes_; }

private:
    // Reading (ledger.cc).
    void read_command(const model::DownRecord& record, Partition& partition, Turn turn);
    void read_duplicate(Entry& entry, const model::DownRecord& record, Partition& partition, bool same_body, Turn turn);
    [[nodiscard]] Entry* find(std::string_view id);
    [[nodiscard]] ChargePoint& charge_point_of(const model::ChargePointId& id);
    void note_copy(Entry& entry, const model::DownRecord& record, Partition& partition);
    void read_marker(const model::DownRecord& record, bool again, Turn turn);
    void read_revocation(Entry& entry, const model::Marker& marker);
    void read_sending(Entry& entry, const model::Marker& marker, Turn turn);
    void read_ended(Entry& entry, model::Marker& marker, Turn turn);
    void read_cancel(const model::DownRecord& record, bool again, Turn turn);
    Entry& add(const model::DownRecord& record, const model::Command& command, Turn turn);
    [[nodiscard]] bool is_cancelled_ahead(const model::DownRecord& record, const std::string& id) const;
    void begin(Turn turn);
    void read_skipped(Turn turn);
    void start(Entry& entry, Turn turn);
    void admit(Entry& entry, Turn turn);
    [[nodiscard]] std::optional<std::string> overload(const Entry& entry) const;

    // Delivery (delivery.cc).
    void enqueue(Entry& entry);
    void deliver_next(ChargePoint& charge_point, Turn turn);
    void deliver(Entry& entry, Turn turn);
    void go_on_marked(Entry& entry, Turn turn);
    void withdraw(Entry& entry, Turn turn);
    void lose(ChargePoint& charge_point, Place place, Turn turn);
    void note_sent(Entry& entry, Turn turn);
    void back_to_queue(Entry& entry, Turn turn);
    void revoke(Entry& entry, Turn turn);
    void move_to(Entry& entry, Stage stage);
    void handle(Entry& entry, const Sent& sent, Turn turn);
    void handle(Entry& entry, const NotSent& not_sent, Turn turn);
    void handle(Entry& entry, const Answered& answered, Turn turn);
    void handle(Entry& entry, const Refused& refused, Turn turn);
    void handle(Entry& entry, const NotDeliverable& refused, Turn turn);
    void handle(Entry& entry, const TimedOut& timed_out, Turn turn);
    void handle(Entry& entry, const Lost& lost, Turn turn);
    void conclude(Entry& entry, Ending ending, Turn turn);
    void wake(Entry& entry, Turn turn);
    [[nodiscard]] base::MonoTime offline_at(const ChargePoint& charge_point) const;
    [[nodiscard]] base::MonoTime wake_of_queued(const Entry& entry) const;

    // The end (ending.cc).
    void end(Entry& entry, Ending ending, Turn turn);
    // The same for a command that is not under way; one that may have run in an earlier attempt ends uncertain.
    void end_unsent(Entry& entry, Ending ending, Turn turn);
    void settle(Entry& entry, std::string result, model::CommandState state, Turn turn);
    void leave(Entry& entry, Turn turn);
    void tell_late(Entry& entry, Ending ending, Turn turn);
    void finish(Entry& entry, Turn turn);
    void forget(Entry& entry, Turn turn);
    void forget_old(Turn turn);
    void forget_overdue(Turn turn);
    [[nodiscard]] bool may_forget(const Entry& entry) const;
    [[nodiscard]] bool forgets_by_time() const;
    void drop_if_idle(const model::ChargePointId& id, base::MonoTime now);
    void refuse(const model::DownRecord& record, Partition& partition, model::CommandError error, Turn turn);
    void write_progress(Entry& entry, model::CommandState state, Turn turn);
    static void record_status(const Entry& entry, model::CommandState state, std::string result, Turn turn);
    [[nodiscard]] model::Marker marker_of(const Entry& entry, model::DownKind kind) const;
    void want_commit(base::MonoTime now);
    void commit(Turn turn);
    [[nodiscard]] model::CommandResult result_of(const Entry& entry, Ending ending, base::Now now) const;

    Config config_;
    model::PodId pod_;
    model::Incarnation incarnation_;
    const Counters& counters_;

    std::map<std::int32_t, Partition> partitions_;
    std::unordered_multimap<std::size_t, Entry> entries_;  // by the hash of the id, which the entry has
    std::unordered_map<model::ChargePointId, ChargePoint> charge_points_;
    std::unordered_map<Ticket, Delivery> deliveries_;
    std::unordered_map<Ticket, Entry*> writing_;
    std::unordered_map<Ticket, Refusal> refusals_;
    std::unordered_map<Ticket, std::string> late_;  // answers after the time-out, while the terminal result may not be written
    // Of repeated commands, by their ticket: the copies in their own partition, then those in others, which are met after a
    // crash together with it, as long as it is remembered.
    std::unordered_map<Ticket, std::vector<Copies>> copies_;
    // By the command, which lies in another partition: while some are replayed, or are to be read again.
    std::unordered_map<std::string, Ahead> cancels_ahead_;
    Schedule schedule_;
    std::map<Ticket, Entry*> replayed_;    // in the order of reading; until all partitions are
    std::deque<Entry*> remembered_;        // in the order of their end
    std::set<Entry*, FurtherOn> overdue_;  // remembered for long enough, and kept by what lies behind them
    std::deque<std::pair<base::MonoTime, model::ChargePointId>> lost_;
    std::optional<base::MonoTime> ready_at_;
    std::size_t to_replay_ = 0;  // partitions
    std::size_t skipping_ = 0;   // partitions
    bool delivering_ = false;
    bool draining_ = false;
    std::optional<base::MonoTime> commit_due_;
    Ticket next_ticket_ = 1;
    std::size_t admitted_ = 0;
    std::size_t admitted_bytes_ = 0;
    std::size_t remembered_bytes_ = 0;
    std::size_t held_bytes_ = 0;   // of all that is not ended: admitted, read and not judged, ending, writing
    std::size_t under_way_ = 0;    // from marking to writing
    std::size_t revocations_ = 0;  // on the way
};

}  // namespace commands
