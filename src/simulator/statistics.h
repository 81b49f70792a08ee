// What a fleet counts while it works: plain numbers, filled by its charge points and its sockets on one thread, read by
// the progress line and the summary. Fixed memory, whatever runs through.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "simulator/messages.h"

namespace simulator {

// Durations from 1 µs to about 19 hours, each told within 3 %: 32 steps in every doubling.
class DurationHistogram {
public:
    void add(std::chrono::microseconds duration);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    // The upper end of the step below which `share` (0 to 1) of what was added lies; 0 when nothing was.
    [[nodiscard]] std::chrono::microseconds quantile(double share) const;

private:
    static constexpr unsigned kStepBits = 5;
    static constexpr std::size_t kSteps = std::size_t{32} << kStepBits;

    std::array<std::uint32_t, kSteps> steps_{};
    std::uint64_t count_ = 0;
};

struct Statistics {
    // Connections.
    std::uint64_t connecting = 0;  // now
    std::uint64_t connected = 0;   // now: upgraded and not closing
    std::uint64_t connected_most = 0;
    std::uint64_t connections = 0;         // upgrades that succeeded
    std::uint64_t reconnections = 0;       // of these, all but each charge point's first
    std::uint64_t connect_failures = 0;    // no TCP connection, or no answer to the upgrade in time
    std::uint64_t upgrades_refused = 0;    // an HTTP status other than 101, or a 101 that is wrong
    std::uint64_t upgrades_postponed = 0;  // 503
    std::uint64_t closes_unexpected = 0;   // ended by the other side while work was going on

    // Messages. Repetitions count as sent again.
    std::array<std::uint64_t, kActions> sent{};
    std::array<std::uint64_t, kActions> answered{};
    std::uint64_t call_errors = 0;       // CALLERRORs for what we sent
    std::uint64_t time_outs = 0;         // CALLs that were not answered in time
    std::uint64_t commands_obeyed = 0;   // CALLs of the central system, answered as a charge point in this state does
    std::uint64_t commands_refused = 0;  // answered that it will not, or NotSupported
    std::uint64_t commands_ignored = 0;  // never answered
    std::uint64_t restarts = 0;          // after a Reset
    std::uint64_t unreadable = 0;        // frames that are no OCPP-J message, or an answer without what it must have
    std::uint64_t unknown_answers = 0;   // with the id of no open CALL

    // Durable messages, each counted once however often it is sent.
    std::uint64_t durable_made = 0;
    std::uint64_t durable_answered = 0;
    std::uint64_t durable_discarded = 0;  // given up after the configured number of attempts
    std::uint64_t durable_skipped = 0;    // not even made, because the queue of a charge point was full
    std::uint64_t durable_open = 0;       // sent and waiting for the answer, now: what a central system withholds

    // Work.
    std::uint64_t boots_postponed = 0;      // BootNotification answered Pending or Rejected
    std::uint64_t refused_by_decision = 0;  // id tags that were not accepted
    std::uint64_t transactions = 0;         // completed
    std::uint64_t finished = 0;             // charge points that have left
    std::uint64_t never_accepted = 0;       // of these, those whose BootNotification was never answered Accepted

    std::array<DurationHistogram, kAnswerClasses> answer_times;

    [[nodiscard]] std::uint64_t sent_total() const;
    [[nodiscard]] std::uint64_t answered_total() const;
    [[nodiscard]] std::uint64_t errors() const;
    // Durable messages that were made and never answered. Only at the end: before, some are merely on their way.
    [[nodiscard]] std::uint64_t lost() const { return durable_made - durable_answered; }
    // Whether each of `count` charge points did what it should.
    [[nodiscard]] bool succeeded(std::uint64_t count) const;
};

}  // namespace simulator
