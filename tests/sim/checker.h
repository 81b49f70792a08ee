// The checker: what must hold at the end of a run, whatever happened in it (contract, "Commands", "Results"). It knows the log,
// the frames that charge points saw and the answers that they gave, and nothing of the gateway.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "commands/ledger.h"
#include "sim/facts.h"

namespace sim {

enum class Check : std::uint8_t {
    ends_once,            // each command has one terminal state, its repetitions are equal in every member
    ordered,              // queued, sent, terminal; after a crash from the beginning again
    at_most_once,         // a command that may not run twice was seen once at most
    attempts,             // one that may was sent again no more often than it may
    seen_though_refused,  // nobody saw what ended unsent, does not fit, or bore a used id
    truly_answered,       // completed and failed are what the charge point said
    asked_for,            // cancelled, unreachable, rejected: there was a reason
    in_time,              // handed over no later than it may be, expired no earlier
    refusals,             // each malformed record, each used id with another body has its result and dead letter
    dead_letters,         // each state that asks for one has its dead letter
    journal,              // the result is the first `ended` marker, and was in the log before
    commits,              // no commit passed what had not ended, or ended too short a while ago
    statuses,             // the status store never knew an end before the log
    old_connection,       // nothing went to a connection that had been taken over
    at_rest               // the run became quiet, everything is committed, nothing is held
};
[[nodiscard]] std::string_view name_of(Check check);

struct Violation {
    Check check;
    std::string command;  // whose history to print; empty: of the run as a whole
    std::string text;
};

struct CheckedPromises {
    commands::Config limits;
    bool clock_is_right = true;  // else nobody can say when what expires
};

[[nodiscard]] std::vector<Violation> check(const Facts& facts, const CheckedPromises& promises);

}  // namespace sim
