// CommandSource: reads `commands-down` for the control loop: what back ends and the API wrote, and the markers of pods
// (contract, "Commands"). One pod reads all partitions: they are assigned directly, each from the offset committed for
// kCommandGroup, or from its beginning where nothing is committed (or what is committed is not in the log any more).
//
// Records of one partition come in the order of the log. After an outage reading goes on where it was; after an error that
// only a new consumer mends (the topic was gone for a while, a right was taken away) it starts again: on_assigned, the
// committed offsets, the replay. So a record may come twice. A topic that was made anew meanwhile is not read (decision 5).
//
// At most Config::handover_bytes_max of records are handed over and not taken (one batch more at the edge): then nothing more
// is asked of the log until taken() tells that the control loop goes on. What librdkafka reads ahead is bounded by
// reader_bytes_max.
//
// commit, read_again and taken may be called from any thread. The listener is called on the source's own thread and must only
// pass values on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "bus/broker_state.h"
#include "bus/config.h"
#include "bus/log_record.h"

namespace bus {

struct Counters;

using CommandRecord = LogRecord;
using CommandBatch = LogBatch;

class CommandSourceListener {
public:
    virtual ~CommandSourceListener() = default;
    // Records of these partitions follow, from their committed offsets on (or from where read_again said).
    virtual void on_assigned(std::vector<std::int32_t> partitions) = 0;
    virtual void on_records(CommandBatch batch) = 0;
    // Everything that the partition held when it was assigned was told; once for each on_assigned.
    virtual void on_replayed(std::int32_t partition) = 0;
};

class CommandSource {
public:
    // Starts its thread and begins to connect; never blocks on the broker. Fails only on configuration that librdkafka or a
    // promise refuses; the error names the key. `broker`: of the pod's EventSink.
    static base::Result<std::unique_ptr<CommandSource>> create(const Config& config, const Counters& counters,
                                                               const BrokerAccess& broker, CommandSourceListener& listener);
    // Commits what commit() was told, for at most commit_flush_wait_max. A broker that goes away meanwhile may cost some
    // seconds more (the session time-out of 6 s).
    ~CommandSource();
    CommandSource(const CommandSource&) = delete;
    CommandSource& operator=(const CommandSource&) = delete;

    // Who reads next begins at `offset`. Soon, not now; a later call for the partition replaces an earlier one.
    void commit(std::int32_t partition, std::int64_t offset);
    // This partition once more from `offset` on: on_assigned for it alone, its records, on_replayed at the end that it has then.
    // What cannot be read again at once is by starting from the committed offsets, all partitions.
    void read_again(std::int32_t partition, std::int64_t offset);
    // The control loop is done with that many bytes of what on_records told.
    void taken(std::size_t bytes);

    // up: the partitions are assigned and brokers answer.
    [[nodiscard]] BrokerState state() const;

private:
    struct Impl;
    explicit CommandSource(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace bus
