// What happened in a run, as the checker wants to know it: written by the model when it happens, numbered in one order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/command_result.h"
#include "model/down_record.h"

namespace sim {

using Order = std::uint64_t;
constexpr int kBackEnd = 0;  // as the writer of a record; pods' runs count from 1

// What the back end wanted with a record.
enum class WishKind : std::uint8_t { command, copy, other_body, malformed, cancel };
struct Wish {
    WishKind kind;
    std::string id;  // of the command; "#7" for a malformed record
    std::string charge_point;
    std::string name;
    std::string text;
    std::size_t mark = 0;      // stands in the payload, so that the frame is known again
    bool deliverable = false;  // name and payload are such that a charge point may see it
    bool waits = false;        // ifOffline: wait
    std::optional<base::WallTime> expires{};
    int first = -1;  // the wish of the command with this id
};

struct DownFact {
    model::DownRecord record;
    Order order;
    base::MonoTime at;
    int writer;
    int wish;  // -1: a pod's marker
};
// A record of `command-results` or `commands-dead-letter`.
struct OutputFact {
    std::string key;
    std::string value;
    Order order;
    base::MonoTime at;
    int writer;
};
// A charge point saw the frame of a command.
struct FrameFact {
    std::size_t mark;
    std::string charge_point;
    Order order;
    int run;  // that sent it
};
struct AnswerFact {
    std::size_t mark;
    Order order;
    bool is_error;
    std::string status;  // or the error's code
};
struct CommitFact {
    std::int32_t partition;
    std::int64_t offset;
    Order order;
    base::MonoTime at;
};
// The session gave the frame to its connection.
struct HandOverFact {
    std::string id;
    base::MonoTime at;
};
struct StatusFact {
    std::string id;
    model::CommandState state;
    Order order;
};
// A frame or a delivery for a connection that had been taken over.
struct StaleFact {
    std::string command;
    std::string what;
};

struct Facts {
    std::vector<Wish> wishes;
    std::vector<std::vector<DownFact>> down;  // by partition
    std::vector<OutputFact> results;
    std::vector<OutputFact> dead_letters;
    std::vector<FrameFact> frames;
    std::vector<AnswerFact> answers;
    std::vector<HandOverFact> hand_overs;
    std::vector<CommitFact> commits;
    std::vector<StatusFact> statuses;
    std::vector<StaleFact> stale;
    int runs = 0;

    // At the end.
    bool at_rest = false;  // nothing was left to happen
    std::size_t commands_left = 0;
    std::size_t bytes_left = 0;
    std::vector<std::int64_t> committed;  // by partition

    Order next() { return ++last_order; }
    Order last_order = 0;
};

}  // namespace sim
