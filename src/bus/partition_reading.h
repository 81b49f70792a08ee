// PartitionReading: one consumer of a CommandSource from its birth to its end, over all partitions of one topic. Private to the
// room; everything belongs to the source's thread but wake, which any thread may call while the reading lives.
//
// Records and everything else (errors, commits) come through two queues, so that the records can be left alone while the
// control loop is behind: librdkafka stops fetching when reader_bytes_max lie in the queue, and errors and commits go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/command_source.h"
#include "bus/config.h"
#include "bus/kafka_handles.h"

namespace bus {

using Offsets = std::map<std::int32_t, std::int64_t>;  // by partition

// What one look brought.
struct Looked {
    CommandBatch batch;
    std::vector<std::int32_t> replayed;  // told after the batch
    bool contact = false;                // a broker was heard
    bool brokers_down = false;           // librdkafka lost its last connection
    int errors = 0;
    std::string last_error;
    std::string broken;  // why this consumer is of no use any more; empty otherwise
};

class PartitionReading {
public:
    // Begins to connect. Fails on a configuration that librdkafka refuses.
    static base::Result<std::unique_ptr<PartitionReading>> create(const Config& config, const std::string& brokers);
    ~PartitionReading();
    PartitionReading(const PartitionReading&) = delete;
    PartitionReading& operator=(const PartitionReading&) = delete;

    // Once the topic is known to exist: every partition from its committed offset. Blocks for some seconds at most, may be tried
    // again after an error. The partitions that hold nothing to replay are told.
    base::Result<std::vector<std::int32_t>> assign(std::int32_t partitions);

    // Waits for a record, and takes what is there up to handover_batch_bytes_max.
    void read(std::chrono::milliseconds wait, Looked& looked);
    // Waits for anything but records, and takes what is there.
    void attend(std::chrono::milliseconds wait, Looked& looked);
    // Ends a wait of either kind early.
    void wake();

    // Sends them unless some are under way.
    void commit(Offsets& wanted);
    // Puts back what failed where nothing newer is wanted; false: nothing failed.
    bool take_back_failed(Offsets& wanted);
    [[nodiscard]] bool committing() const { return !committing_.empty(); }

    // Does a broker answer?
    [[nodiscard]] bool answered(std::chrono::milliseconds wait) const;
    [[nodiscard]] rd_kafka_t* client() { return client_.get(); }

private:
    struct Partition {
        std::int64_t end = 0;  // when it was assigned
        bool replayed = false;
    };
    struct Reach;  // of one read

    PartitionReading(const Config& config, ClientHandle client);
    static void on_message(rd_kafka_message_t* message, void* reach);
    void take(const rd_kafka_message_t& message, Looked& looked);
    void take_error(const rd_kafka_message_t& message, Looked& looked);
    void passed(std::int32_t partition, std::int64_t position, Looked& looked);
    void take_event(rd_kafka_event_t* event, Looked& looked);
    void take_commit(rd_kafka_event_t* event, Looked& looked);
    base::Result<Offsets> ask_log(std::int32_t partitions, std::int64_t which) const;
    base::Result<Offsets> ask_committed(std::int32_t partitions) const;

    // Nothing to leave in order: no group was joined, and closing would wait for brokers.
    static void destroy(rd_kafka_t* client) { rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }
    using ConsumerHandle = Handle<rd_kafka_t, &PartitionReading::destroy>;

    const Config& config_;
    ConsumerHandle client_;
    TopicHandle topic_;
    QueueHandle records_;
    QueueHandle events_;
    std::vector<QueueHandle> partition_queues_;  // each leads into records_
    std::vector<Partition> partitions_;
    Offsets committing_;
    Offsets failed_;  // commits
    rd_kafka_resp_err_t last_read_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t last_commit_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

}  // namespace bus
