#include "sim/clients.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace sim {
namespace {

constexpr std::size_t kBatchMax = 16;
constexpr std::size_t kOutputPartitions = 4;
constexpr Range kLate{milliseconds(0), milliseconds(4'000)};

}  // namespace

// ---- Sink

bool Sink::write(LogRecord& record, commands::Ticket ticket) {
    const std::size_t bytes = bytes_of(record);
    if (bytes_ > 0 && bytes_ + bytes > settings_.sink_bytes_max) return false;
    bytes_ += bytes;
    const std::size_t partition = record.topic == Topic::commands ? static_cast<std::size_t>(record.down.partition)
                                                                  : std::hash<std::string>{}(record.down.key) % kOutputPartitions;
    Lane& lane = lanes_[{record.topic, partition}];
    lane.pending.push_back({std::move(record), ticket});
    append_soon(lane);
    return true;
}

void Sink::append_soon(Lane& lane) {
    if (lane.appending || lane.appended == lane.pending.size()) return;
    lane.appending = true;
    timeline_.after(random_.within(settings_.append), life_,
                    [this, &lane] { log_.when_there(life_, [this, &lane] { append_some(lane); }); });
}

void Sink::append_some(Lane& lane) {
    lane.appending = false;
    const std::size_t count = std::min(lane.pending.size() - lane.appended, 1 + random_.below(kBatchMax));
    for (std::size_t i = 0; i < count; ++i) {
        log_.append(lane.pending.at(lane.appended + i).record, run_);
    }
    lane.appended += count;
    timeline_.after(random_.within(settings_.acknowledge), life_, [this, &lane, count, generation = lane.generation] {
        log_.when_there(life_, [this, &lane, count, generation] {
            if (generation == lane.generation) acknowledge(lane, count);
        });
    });
    append_soon(lane);
}

// Batches of one lane are equal to the caller: whichever acknowledgement comes first tells of the first records.
void Sink::acknowledge(Lane& lane, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const Pending done = std::move(lane.pending.front());
        lane.pending.pop_front();
        --lane.appended;
        bytes_ -= bytes_of(done.record);
        written_(done.ticket);
    }
}

void Sink::reset() {
    for (auto& [key, lane] : lanes_) {
        ++lane.generation;
        lane.appended = 0;
        append_soon(lane);
    }
}

void Sink::crash(const Life& outlives) {
    life_ = {};
    for (auto& [key, lane] : lanes_) {
        const std::size_t left = lane.pending.size() - lane.appended;
        const std::size_t kept = lane.appended + random_.below(left + 1);
        const auto broken = std::make_shared<bool>(false);  // behind a record that is lost, all are
        Channel late(timeline_, random_, random_.chance(50) ? Range{} : kLate);
        for (std::size_t i = lane.appended; i < kept; ++i) {
            late.send(outlives, [&log = log_, run = run_, record = lane.pending.at(i).record, broken] {
                *broken = *broken || log.is_away();
                if (!*broken) log.append(record, run);
            });
        }
    }
}

// ---- Source

void Source::assign() {
    timeline_.after(random_.within(settings_.read), life_, [this] {
        log_.when_there(life_, [this] {
            ++generation_;
            partitions_.assign(log_.committed.size(), {});
            std::vector<std::int32_t> all;
            for (std::size_t i = 0; i < partitions_.size(); ++i) {
                const auto number = static_cast<std::int32_t>(i);
                partitions_[i] = {.position = log_.committed[i], .end = log_.end_of(number), .replayed = false};
                all.push_back(number);
            }
            listener_.on_assigned(all);
            for (const std::int32_t number : all) read_soon(number);
        });
    });
}

void Source::go_on() {
    for (std::size_t i = 0; i < partitions_.size(); ++i) read_soon(static_cast<std::int32_t>(i));
}

void Source::read_soon(std::int32_t number) {
    if (static_cast<std::size_t>(number) >= partitions_.size()) return;  // not assigned yet
    Partition& partition = partitions_[static_cast<std::size_t>(number)];
    if (partition.reading || (partition.replayed && partition.position >= log_.end_of(number))) return;
    partition.reading = true;
    timeline_.after(random_.within(settings_.read), life_, [this, number, generation = generation_] {
        log_.when_there(life_, [this, number, generation] {
            if (generation == generation_) read_some(number);
        });
    });
}

void Source::read_some(std::int32_t number) {
    Partition& partition = partitions_[static_cast<std::size_t>(number)];
    partition.reading = false;
    const std::uint32_t generation = generation_;
    for (std::size_t left = 1 + random_.below(kBatchMax); left > 0 && partition.position < log_.end_of(number); --left) {
        if (!listener_.takes_records()) return;  // go_on() comes
        hand_over(partition, number);
        if (generation != generation_) return;
    }
    if (!partition.replayed && partition.position >= partition.end) {
        partition.replayed = true;
        listener_.on_replayed(number);
    }
    read_soon(number);
}

void Source::hand_over(Partition& partition, std::int32_t number) {
    const std::int64_t offset = partition.position++;
    const model::DownRecord record = log_.read(number, offset);
    const bool is_own = log_.writer_of(number, offset) == run_;
    if (settings_.planted == Planted::forgotten_sending_markers && record.kind == "sending" && !is_own) return;
    listener_.on_record(record);
    if (settings_.planted == Planted::lost_ended_marker && record.kind == "ended" && random_.chance(10))
        log_.lose(number, offset);
}

// A commit that waits when the run ends is lost.
void Source::commit(std::int32_t partition, std::int64_t offset) {
    if (settings_.planted == Planted::lost_commits) return;
    timeline_.after(random_.within(settings_.acknowledge), life_, [this, partition, offset] {
        log_.when_there(life_, [this, partition, offset] {
            std::int64_t& committed = log_.committed.at(static_cast<std::size_t>(partition));
            committed = std::max(committed, offset);
        });
    });
}

}  // namespace sim
