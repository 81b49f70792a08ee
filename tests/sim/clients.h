// Sink and Source: the log's clients of one run, as bus::RecordSink and bus::CommandSource promise to be. What a crash does to
// what is under way is theirs to say: a beginning is in the log, perhaps late, and nobody heard of it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "commands/ledger.h"
#include "sim/log.h"
#include "sim/settings.h"

namespace sim {

class Sink {
public:
    using Written = std::function<void(commands::Ticket)>;
    Sink(const Settings& settings, Timeline& timeline, Random& random, Log& log, int run, Written written)
        : settings_(settings), timeline_(timeline), random_(random), log_(log), run_(run), written_(std::move(written)) {}

    // False: too much is undelivered; it fits again after a delivery.
    [[nodiscard]] bool write(LogRecord& record, commands::Ticket ticket);
    [[nodiscard]] bool is_empty() const { return bytes_ == 0; }
    // The producer is made anew: what was not acknowledged is written again, in order.
    void reset();
    // `outlives`: late records arrive as long as that lasts.
    void crash(const Life& outlives);

private:
    struct Pending {
        LogRecord record;
        commands::Ticket ticket;
    };
    // One partition of one topic: the first `appended` are in the log and not acknowledged.
    struct Lane {
        std::deque<Pending> pending;
        std::size_t appended = 0;
        bool appending = false;
        std::uint32_t generation = 0;
    };
    static std::size_t bytes_of(const LogRecord& record) { return record.down.key.size() + record.down.value.size() + 64; }
    void append_soon(Lane& lane);
    void append_some(Lane& lane);
    void acknowledge(Lane& lane, std::size_t count);

    const Settings& settings_;
    Timeline& timeline_;
    Random& random_;
    Log& log_;
    int run_;
    Written written_;
    std::map<std::pair<Topic, std::size_t>, Lane> lanes_;
    std::size_t bytes_ = 0;
    Life life_;
};

class Source {
public:
    struct Listener {
        std::function<void(const std::vector<std::int32_t>&)> on_assigned;
        std::function<void(const model::DownRecord&)> on_record;
        std::function<void(std::int32_t)> on_replayed;
        std::function<bool()> takes_records;  // false: the pod is behind
    };
    Source(const Settings& settings, Timeline& timeline, Random& random, Log& log, int run, Listener listener)
        : settings_(settings), timeline_(timeline), random_(random), log_(log), run_(run), listener_(std::move(listener)) {}

    // Assigns all partitions, each from its committed offset: at the start, and whenever a new consumer is needed.
    void assign();
    void on_appended(std::int32_t partition) { read_soon(partition); }
    void go_on();  // the pod takes records again
    void commit(std::int32_t partition, std::int64_t offset);

private:
    struct Partition {
        std::int64_t position = 0;
        std::int64_t end = 0;  // when it was assigned
        bool replayed = true;
        bool reading = false;
    };
    void read_soon(std::int32_t number);
    void read_some(std::int32_t number);
    void hand_over(Partition& partition, std::int32_t number);

    const Settings& settings_;
    Timeline& timeline_;
    Random& random_;
    Log& log_;
    int run_;
    Listener listener_;
    std::vector<Partition> partitions_;
    std::uint32_t generation_ = 0;
    Life life_;
};

}  // namespace sim
