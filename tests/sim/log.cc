#include "sim/log.h"

#include <fmt/format.h>

#include <utility>

#include "sim/results.h"

namespace sim {
namespace {

std::string name_of(int writer) { return writer == kBackEnd ? std::string("the back end") : "run " + std::to_string(writer); }

}  // namespace

void Log::append(LogRecord record, int writer, int wish) {
    const base::Now now = timeline_.now();
    const Order order = facts_.next();
    model::DownRecord& down = record.down;
    if (record.topic == Topic::commands) {
        const std::int32_t number = down.partition;
        down.offset = end_of(number);
        down.time = now.wall;
        const std::string id =
            wish >= 0 ? facts_.wishes.at(static_cast<std::size_t>(wish)).id : member_of(down.value, "commandId");
        history_.note(id, down.key,
                      fmt::format("{} appends {} at {}/{}: {}", name_of(writer), down.kind.empty() ? "a command" : down.kind,
                                  number, down.offset, down.value));
        facts_.down.at(static_cast<std::size_t>(number)).push_back({std::move(down), order, now.mono, writer, wish});
        on_appended(number);
        return;
    }
    const bool is_result = record.topic == Topic::results;
    const std::string id =
        is_result ? member_of(down.value, "commandId") : member_of(member_of(down.value, "command"), "commandId");
    history_.note(id, down.key,
                  fmt::format("{} writes a {}: {}", name_of(writer), is_result ? "result" : "dead letter", down.value));
    (is_result ? facts_.results : facts_.dead_letters)
        .push_back({std::move(down.key), std::move(down.value), order, now.mono, writer});
}

void Log::go_away() {
    history_.note("", "", "the log is away");
    away_ = true;
}

void Log::come_back() {
    history_.note("", "", "the log is back");
    away_ = false;
    for (auto& [life, action] : std::exchange(waiting_, {})) {
        if (!life.expired()) action();
    }
}

void Log::when_there(const Life& life, Action action) {
    if (away_) {
        waiting_.emplace_back(life.token(), std::move(action));
    } else {
        action();
    }
}

}  // namespace sim
