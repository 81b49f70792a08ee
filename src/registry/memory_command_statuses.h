// MemoryCommandStatuses: what became of the commands, for a gateway of one pod. The API reserves an id before it writes a
// command, so that an id answers for what it was first given for; the Ledger's effects and the reader of `command-results`
// tell what becomes of it. Like MemoryRegistry it answers later, by a call on the loop it was given.
//
// A state only moves forward: queued → sent → terminal, and a terminal one stays as it is. A command that has ended is
// forgotten `remembered` later, or earlier where ended ones have more bytes than allowed: the oldest first.
//
// Small, because 100,000 commands may wait for charge points that are away: what is on its way is kept as its parts, and
// its result object is made when somebody asks. Used on the control loop only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/command.h"
#include "model/command_result.h"
#include "model/ids.h"

namespace registry {

struct CommandStatusesConfig {
    std::size_t unfinished_max = 200'000;      // commands that have not ended
    std::size_t ended_bytes_max = 67'108'864;  // of those that have
    std::chrono::seconds remembered{3'600};
    std::size_t page_max = 1'000;
    std::size_t page_bytes_max = 1'048'576;  // of results; a page holds one at least
    std::size_t scan_max = 10'000;           // commands looked at for a page; one that ends there may hold fewer than asked
    std::size_t pods_max = 1'000;            // names of pods; one more is told as ours
};

struct CommandStatus {
    model::CommandId command;
    model::ChargePointId charge_point;
    model::CommandState state = model::CommandState::queued;
    std::string result;  // the result object so far, JSON text
};

struct Reservation {
    enum class Kind : std::uint8_t {
        fresh,  // the id is taken for this command: write it, or withdraw the id
        same,   // it was taken for an equal command
        other,  // it was taken for another one
        full    // as many commands are on their way as allowed; nothing was taken
    };
    Kind kind = Kind::fresh;
    // Somebody told what became of it, so it is in the log. Where not, whoever reserved it first may not have written it.
    bool in_the_log = false;
    CommandStatus status;
};

struct StatusQuery {
    std::optional<model::ChargePointId> charge_point{};
    std::optional<model::CommandState> state{};
    std::string after{};  // an id to go on behind; empty: from the beginning
    std::size_t limit = 100;
};
struct StatusPage {
    std::vector<CommandStatus> commands;     // ordered by id
    std::optional<std::string> next_cursor;  // empty at the end
};

class MemoryCommandStatuses {
public:
    using Post = std::function<void(std::function<void()>)>;

    // `pod` is who tells of a command before any result did.
    MemoryCommandStatuses(const CommandStatusesConfig& config, model::PodId pod, Post post);
    ~MemoryCommandStatuses();
    MemoryCommandStatuses(const MemoryCommandStatuses&) = delete;
    MemoryCommandStatuses& operator=(const MemoryCommandStatuses&) = delete;

    void reserve(const model::CommandId& command, const model::ChargePointId& charge_point, const model::BodyDigest& body,
                 base::Now now, std::function<void(Reservation)> answer);
    // The command was not written. Nothing happens where it is in the log after all.
    void withdraw(const model::CommandId& command);
    // The command is known to be in the log.
    void confirm(const model::CommandId& command);
    // `result` is the whole result object. With `body`, a command that was not reserved is compared by it as well.
    void record(const CommandStatus& status, const std::optional<model::BodyDigest>& body, base::Now now);
    // A record of `command-results`: what is no result, late, or of no command is ignored.
    void record(std::string_view result, base::Now now);

    void find(const model::CommandId& command, std::function<void(std::optional<CommandStatus>)> answer) const;
    void search(const StatusQuery& query, std::function<void(StatusPage)> answer) const;

    [[nodiscard]] std::size_t unfinished() const;
    [[nodiscard]] std::size_t ended() const;
    [[nodiscard]] std::size_t ended_bytes() const;

private:
    class Table;

    const Post post_;
    std::unique_ptr<Table> table_;
};

}  // namespace registry
