// CommandDesk: what the API asks of commands, answered for a pod that is both front end and gateway. A command is written to
// `commands-down` and nowhere else: that this pod may hold its charge point is no short cut. What became of it is known from
// the registry, which the Ledger's effects and the records of `command-results` feed.
//
// Lives on the control loop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/command_backend.h"
#include "app/directory.h"
#include "app/downstream.h"
#include "base/time.h"
#include "commands/ledger.h"
#include "model/ids.h"
#include "net/loop.h"
#include "net/timer_wheel.h"
#include "registry/memory_command_statuses.h"

namespace app {

class CommandDesk final : public api::CommandBackend, private net::TimerHandler {
public:
    // All of them outlive it.
    CommandDesk(net::Loop& loop, const model::PodId& pod, const Directory& directory, Downstream& downstream);

    // What becomes of commands, told twice: by the Ledger with the body, as soon as it has read one, and by the results' topic,
    // which knows those of the run before as well. The registry only moves forward.
    void record_status(const commands::RecordStatus& status);
    void on_result(std::string_view result);

    // api::CommandBackend
    [[nodiscard]] std::optional<api::CommandFault> check(const model::Command& command) const override;
    void submit(model::Command command, std::function<void(api::Submitted)> answer) override;
    void command(model::CommandId id, std::function<void(std::optional<api::CommandStatus>)> answer) override;
    void commands(api::CommandQuery query, std::function<void(api::CommandPage)> answer) override;
    void cancel(model::CommandId id, std::function<void(api::Written)> answer) override;
    void disconnect(model::ChargePointId charge_point, std::function<void(api::Written)> answer) override;

private:
    using Wait = std::uint64_t;
    struct Deadline {
        base::MonoTime at;
        Wait wait;
    };

    void on_timer(std::uint64_t tag) override;
    void write(const model::Command& command);
    void append(model::DownRecord record, std::function<void(api::Written)> answer);
    // `answer` is told once: by end_wait(), or with false when the log takes too long.
    Wait begin_wait(std::function<void(bool in_log)> answer);
    void end_wait(Wait wait, bool in_log);

    net::Loop& loop_;
    const model::PodId& pod_;
    const Directory& directory_;
    Downstream& downstream_;
    registry::MemoryCommandStatuses statuses_;
    std::unordered_map<Wait, std::function<void(bool)>> waits_;
    std::deque<Deadline> deadlines_;  // of all waits, ended ones too, until they are due
    Wait next_wait_ = 1;
    std::unordered_map<model::CommandId, std::vector<Wait>> writing_;  // commands on their way into the log
    net::Timer timer_;
};

}  // namespace app
