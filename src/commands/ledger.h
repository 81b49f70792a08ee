// Ledger: the life of the commands of one pod as a plain object. It is told what happened and answers with effects; it has
// no socket, thread, timer or clock. It lives on the control loop and is owned there.
//
//   commands-down → on_record → Deliver → shard → Session … Report → on_report → ended marker … read back → WriteResult …
//   on_written → the offset may be committed
//
// What always holds:
//  - Every command ends in exactly one terminal state. Its result is written only after a marker with the whole result was
//    read back from the command's own partition; of several such markers the first in the log is the result.
//  - A command that may not run twice (repeat_table.h) is delivered only after a `sending` marker of this incarnation was
//    read back and none of another was before it; after a crash it is not delivered again, but ends `uncertain`.
//  - Nothing is decided before every assigned partition was read to its end (the replay): markers may lie behind commands.
//    Only an `ended` marker decides at once.
//  - Memory is bounded: a command for which bytes_max and undecided_bytes_max leave no place is skipped with all commands
//    behind it in its partition, unjudged; the commit stays before it, and once others have ended the partition is read again
//    from there, as a replay of its own. So nothing is refused while a marker further on may tell otherwise.
//  - The committed offset never passes a command that has not ended, or ended less than `duplicates_remembered` ago: that
//    long a repeated id is recognised. Malformed records hold it until their result and dead letter are written.
//  - One command at a time is under way to a charge point, the most urgent first, then in the order of arrival.
//
// A command on its way: queued (or parked, where it may wait for an absent charge point) → marking → delivering → sent →
// ended. Deadlines are monotonic: a wrong wall clock ends nothing that was read before it jumped.
//
// Effects are appended; the caller performs them in order. A Ledger of one pod assumes that it reads every partition.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "commands/counters.h"
#include "model/command.h"
#include "model/command_result.h"
#include "model/down_record.h"
#include "model/ids.h"

namespace commands {

struct Config {
    // A charge point is offline when its last connection ended longer ago than this, and one never seen when the pod has
    // been ready for longer than this.
    std::chrono::milliseconds reconnect_grace{10'000};
    std::chrono::seconds default_expiry{60};
    std::chrono::seconds default_wait_expiry{86'400};  // with ifOffline: wait
    std::chrono::seconds call_timeout{30};             // where the command gives none
    // The session runs the deadline of a call, because it stands still while the session reads nothing. One that tells
    // nothing for this long after the deadline is given up.
    std::chrono::milliseconds report_margin{60'000};
    std::uint32_t attempts_max = 3;  // frames of a command that may be sent again

    std::size_t commands_per_charge_point = 100;
    std::size_t urgent_per_charge_point = 20;    // besides those, for high and emergency ones only
    std::size_t bytes_max = 268'435'456;         // of all commands that have not ended
    std::size_t bytes_for_urgent = 33'554'432;   // of which only high and emergency ones may use these
    std::size_t bytes_not_for_low = 33'554'432;  // and low ones not these, too
    // Besides bytes_max, of commands that are not judged yet, or whose end is on its way into the log. What does not fit is
    // skipped and read again later.
    std::size_t undecided_bytes_max = 67'108'864;

    std::size_t cancels_ahead_max = 10'000;  // of commands that a replay is still to meet in another partition

    std::chrono::seconds duplicates_remembered{120};
    // Of commands that ended: 2,000 a second with short answers. Above it they are forgotten earlier.
    std::size_t remembered_bytes_max = 134'217'728;
    std::chrono::milliseconds commit_interval{1'000};
};

// A connection anywhere in this pod; never used for another one.
struct Place {
    std::uint32_t shard = 0;
    std::uint64_t connection = 0;
    auto operator<=>(const Place&) const = default;
};

using Ticket = std::uint64_t;  // unique within a ledger; 0: nobody waits

// To the session at `place`: send it, and report what becomes of it. A connection that is gone reports NotSent.
struct Deliver {
    Place place;
    Ticket ticket;
    model::Command command;
    std::chrono::seconds timeout;  // from the frame's first byte on
    base::MonoTime send_by;        // later it is not sent
};
// If the frame has not gone out it is not wanted any more (report NotSent); if it has, stop waiting for the answer.
struct CancelDelivery {
    Place place;
    Ticket ticket;
};
// To append to commands-down, and to be read back.
struct Mark {
    model::DownRecord record;
};
// To `command-results` and `commands-dead-letter`. A ticket that is not 0 wants one on_written for each of the two.
struct WriteResult {
    Ticket ticket;
    std::string key;
    std::string value;
};
struct WriteDeadLetter {
    Ticket ticket;
    std::string key;
    std::string value;
};
// What the status store may say: `queued` and `sent` beside their WriteResult and right after it, a terminal state only once
// its result is in the log. A run that reads a command again tells it again.
struct RecordStatus {
    model::CommandId command;
    model::ChargePointId charge_point;
    model::BodyDigest body;  // tells whether a repeated id means the same
    model::CommandState state;
    std::uint32_t attempt;  // frames sent so far
    std::string result;     // the whole of the record that says so
};
// Records before `offset` need not be read again.
struct Commit {
    std::int32_t partition;
    std::int64_t offset;
};
// Commands from `offset` on were skipped and have room now. Wanted: on_partitions for the partition, its records from there on
// (earlier ones do no harm), and on_replayed for the end that it has then.
struct ReadAgain {
    std::int32_t partition;
    std::int64_t offset;
};
using Effect = std::variant<Deliver, CancelDelivery, Mark, WriteResult, WriteDeadLetter, RecordStatus, Commit, ReadAgain>;
using Effects = std::vector<Effect>;

// What a session tells of a delivery. After any but Sent the delivery is over, except that an Answered or Refused may follow
// a TimedOut: the late answer.
enum class Unsent : std::uint8_t {
    withdrawn,       // cancelled, or send_by passed
    connection_gone  // with the frame not begun, or before the session had the command
};
struct Sent {};  // the frame's first byte went to the kernel
struct NotSent {
    Unsent why;
};
struct Answered {
    std::optional<std::string> outcome;  // the `status` of the answer
    std::string response;                // JSON text, as received or in its version-independent form
};
struct Refused {  // a CALLERROR
    model::CommandError error;
};
struct NotDeliverable {  // UnknownName, BadPayload, NotAccepted: nothing was sent
    model::CommandError error;
};
struct TimedOut {};  // no answer in time, on a live connection
struct Lost {};      // the connection ended after the frame's first byte
struct Report {
    Ticket ticket;
    std::variant<Sent, NotSent, Answered, Refused, NotDeliverable, TimedOut, Lost> what;
};

class Ledger {
public:
    // `counters` outlive the ledger. `incarnation` is unlike that of every former run.
    Ledger(const Config& config, model::PodId pod, model::Incarnation incarnation, const Counters& counters);
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    // These partitions are read from their committed offset on; on_replayed says which was read to the end that it had then.
    // Both may be told again for partitions that are known, when the reader starts anew.
    void on_partitions(std::span<const std::int32_t> assigned, base::Now now, Effects& effects);
    void on_replayed(std::int32_t partition, base::Now now, Effects& effects);
    // Records of one partition come in the order of the log; one that was read before is ignored.
    void on_record(const model::DownRecord& record, base::Now now, Effects& effects);
    void on_connected(const model::ChargePointId& charge_point, Place place, base::Now now, Effects& effects);
    // Ignored unless the charge point is still at that place: a newer connection may have taken over.
    void on_disconnected(const model::ChargePointId& charge_point, Place place, base::Now now, Effects& effects);
    // Unknown tickets are ignored: what they were for may have ended.
    void on_report(const Report& report, base::Now now, Effects& effects);
    // The record is in the log, or the log refuses it for good.
    void on_written(Ticket ticket, base::Now now, Effects& effects);
    void on_time(base::Now now, Effects& effects);
    // The pod stops: nothing more is delivered, judged or ended for absence or expiry, so that the next run finds it in the log.
    // What is under way still ends. A `sending` marker whose frame will not go out is revoked, else the next run would have to
    // take its command for uncertain.
    void on_draining(base::Now now, Effects& effects);

    // When on_time wants to be called; empty while nothing waits.
    [[nodiscard]] std::optional<base::MonoTime> next_wake() const;

    // All assigned partitions are replayed.
    [[nodiscard]] bool ready() const;
    // Nothing is under way: no delivery that will be reported, no marker that is not read back, no write with a ticket that was
    // not told. Writes without a ticket are the caller's to flush.
    [[nodiscard]] bool idle() const;
    // Commands that have not ended, of all charge points and of one.
    [[nodiscard]] std::size_t commands() const;
    [[nodiscard]] std::size_t commands_of(const model::ChargePointId& charge_point) const;
    [[nodiscard]] std::size_t bytes() const;

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace commands
