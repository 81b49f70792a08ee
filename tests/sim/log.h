// The log as its clients meet it: partitions that keep what was appended, committed offsets, and outages, during which nothing
// gets in or out. It outlives the runs of the pod.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/facts.h"
#include "sim/history.h"
#include "sim/timeline.h"

namespace sim {

enum class Topic : std::uint8_t { commands, results, dead_letters };

struct LogRecord {
    Topic topic = Topic::commands;
    model::DownRecord down;  // of the other topics: key and value
};

class Log {
public:
    Log(Timeline& timeline, History& history, Facts& facts, std::size_t partitions)
        : timeline_(timeline), history_(history), facts_(facts), committed(partitions, 0) {
        facts.down.resize(partitions);
    }

    // `wish`: what it is to the back end; -1: written by a pod.
    void append(LogRecord record, int writer, int wish = -1);
    [[nodiscard]] std::int64_t end_of(std::int32_t partition) const {
        return static_cast<std::int64_t>(facts_.down.at(static_cast<std::size_t>(partition)).size());
    }
    [[nodiscard]] const model::DownRecord& read(std::int32_t partition, std::int64_t offset) const {
        return facts_.down.at(static_cast<std::size_t>(partition)).at(static_cast<std::size_t>(offset)).record;
    }
    [[nodiscard]] int writer_of(std::int32_t partition, std::int64_t offset) const {
        return facts_.down.at(static_cast<std::size_t>(partition)).at(static_cast<std::size_t>(offset)).writer;
    }
    // As if it had never been appended; the offset stays.
    void lose(std::int32_t partition, std::int64_t offset) {
        facts_.down.at(static_cast<std::size_t>(partition)).at(static_cast<std::size_t>(offset)).record.kind = "lost";
    }

    void go_away();
    void come_back();
    [[nodiscard]] bool is_away() const { return away_; }
    // Now, or when it is back; in the order of asking.
    void when_there(const Life& life, Action action);

    std::function<void(std::int32_t partition)> on_appended = [](std::int32_t) {};  // to commands-down

private:
    Timeline& timeline_;
    History& history_;
    Facts& facts_;
    bool away_ = false;
    std::vector<std::pair<std::weak_ptr<const bool>, Action>> waiting_;

public:
    std::vector<std::int64_t> committed;  // by partition
};

}  // namespace sim
