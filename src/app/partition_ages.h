// How long each partition of the event topic has been stuck: every shard notes when its oldest undelivered event was
// offered, every shard's upgrades read them all. A charge point whose partition is stuck is kept out (503): only one that
// cannot connect keeps its queue of billing messages; one that is let in burns its attempts and discards the bill.
//
// Notes and reads from any shard's thread; a read may be a moment old, which is all it needs to be.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace app {

class PartitionAges {
public:
    PartitionAges(std::size_t shards, std::size_t partitions)
        : shards_(shards), lanes_(partitions + 1), oldest_(shards * lanes_) {}

    void note(std::size_t shard, std::int32_t partition, std::optional<base::MonoTime> oldest) {
        cell(shard, static_cast<std::size_t>(partition)).store(ticks(oldest), std::memory_order_relaxed);
    }
    // Events without a place hold up every partition of their shard.
    void note_waiting(std::size_t shard, std::optional<base::MonoTime> oldest) {
        cell(shard, lanes_ - 1).store(ticks(oldest), std::memory_order_relaxed);
    }

    // How long this partition's oldest event has been undelivered; zero when there is none.
    [[nodiscard]] std::chrono::nanoseconds age(std::int32_t partition, base::MonoTime now) const {
        std::int64_t oldest = kNone;
        for (std::size_t shard = 0; shard < shards_; ++shard) {
            oldest = std::min(oldest, cell(shard, static_cast<std::size_t>(partition)).load(std::memory_order_relaxed));
            oldest = std::min(oldest, cell(shard, lanes_ - 1).load(std::memory_order_relaxed));
        }
        if (oldest == kNone) {
            return {};
        }
        return now - base::MonoTime(base::MonoTime::duration(oldest));
    }

private:
    static constexpr std::int64_t kNone = INT64_MAX;

    static std::int64_t ticks(std::optional<base::MonoTime> time) { return time ? time->time_since_epoch().count() : kNone; }
    std::atomic<std::int64_t>& cell(std::size_t shard, std::size_t lane) { return oldest_[shard * lanes_ + lane].ticks; }
    [[nodiscard]] const std::atomic<std::int64_t>& cell(std::size_t shard, std::size_t lane) const {
        return oldest_[shard * lanes_ + lane].ticks;
    }

    struct Cell {
        std::atomic<std::int64_t> ticks{kNone};
    };

    std::size_t shards_;
    std::size_t lanes_;  // the partitions, and one for what waits for a place
    std::vector<Cell> oldest_;
};

}  // namespace app
