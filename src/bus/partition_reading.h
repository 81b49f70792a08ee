// PartitionReading: one consumer of a CommandSource or TopicReader from its birth to its end, over all partitions of one topic.
// Private to the room; everything belongs to its owner's thread but wake, which any thread may call while the reading lives.
//
// Records and everything else (errors, commits) come through two queues, so that the records can be left alone while the
// listener is behind: librdkafka stops fetching when reader_bytes_max lie in the queue, and errors and commits go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/config.h"
#include "bus/kafka_handles.h"
#include "bus/log_record.h"

namespace bus {

using Offsets = std::map<std::int32_t, std::int64_t>;  // by partition

// What one look brought.
struct Looked {
    LogBatch batch;
    std::vector<std::int32_t> replayed;  // told after the batch
    bool contact = false;                // a broker was heard
    bool brokers_down = false;           // librdkafka lost its last connection
    int errors = 0;
    std::string last_error;
    std::string broken;  // why this consumer is of no use any more; empty otherwise
};

// Are records wanted, or only everything else?
enum class Records { take, leave };

struct Extent {
    std::int32_t partition = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

// `wanted` where the log has it; otherwise, with a word in the log, its beginning: what is missing was dropped by the log's
// retention, or the topic was made anew.
[[nodiscard]] std::int64_t offset_in(const Extent& extent, std::int64_t wanted);

class PartitionReading {
public:
    struct Settings {
        std::string topic;
        std::string brokers;
        std::chrono::milliseconds question_wait;  // for each answer of the log
    };

    // Begins to connect. Fails on a configuration that librdkafka refuses.
    static base::Result<std::unique_ptr<PartitionReading>> create(const Config& config, Settings settings);
    ~PartitionReading();
    PartitionReading(const PartitionReading&) = delete;
    PartitionReading& operator=(const PartitionReading&) = delete;

    // These ask the log, wait for the answer, and may be tried again after an error. Before assign the topic is known to exist.
    [[nodiscard]] base::Result<Offsets> committed(std::int32_t partitions) const;
    // Every partition from where `start_of` says; its error is the outcome. The partitions that hold nothing to replay are told.
    using StartOf = std::function<base::Result<std::int64_t>(const Extent&)>;
    base::Result<std::vector<std::int32_t>> assign(std::int32_t partitions, const StartOf& start_of);
    // Once assigned: this partition from `offset` on, or from its beginning where the log has that no more; true where there is
    // nothing to replay. After an error it may be read no further.
    [[nodiscard]] base::Result<bool> read_again(std::int32_t partition, std::int64_t offset);
    // Once assigned: how many partitions there are now, and whether a broker answers.
    [[nodiscard]] base::Result<std::int32_t> partitions() const;
    [[nodiscard]] bool answered(std::chrono::milliseconds wait) const;

    // Waits for a record, or, where they are left, for anything else. Takes what is there, of records up to
    // handover_batch_bytes_max.
    Looked look(std::chrono::milliseconds wait, Records records);
    // Ends a wait early.
    void wake();

    // Sends them unless some are under way.
    void commit(Offsets& wanted);
    // Puts back what failed where nothing newer is wanted; false: nothing failed.
    bool take_back_failed(Offsets& wanted);
    [[nodiscard]] bool committing() const { return !committing_.empty(); }

    [[nodiscard]] rd_kafka_t* client() { return client_.get(); }

private:
    struct Partition {
        std::int64_t end = 0;  // when it was assigned
        bool replayed = false;
    };
    struct Reach;  // of one read

    PartitionReading(const Config& config, Settings settings, ClientHandle client);
    void read(std::chrono::milliseconds wait, Looked& looked);
    void attend(std::chrono::milliseconds wait, Looked& looked);
    static void on_message(rd_kafka_message_t* message, void* raw_reach);
    void take(const rd_kafka_message_t& message, Looked& looked);
    void note_gone(const rd_kafka_message_t& message);
    void take_error(const rd_kafka_message_t& message, Looked& looked);
    void passed(std::int32_t partition, std::int64_t position, Looked& looked);
    void take_event(rd_kafka_event_t* event, Looked& looked);
    void take_commit(rd_kafka_event_t* event, Looked& looked);
    [[nodiscard]] base::Result<Offsets> ask_log(std::int32_t partitions, std::int64_t which) const;
    [[nodiscard]] PartitionListHandle list_of(std::int32_t partitions, std::int64_t offset) const;

    // Nothing to leave in order: no group was joined, and closing would wait for brokers.
    static void destroy(rd_kafka_t* consumer) { rd_kafka_destroy_flags(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }
    using ConsumerHandle = Handle<rd_kafka_t, &PartitionReading::destroy>;

    const std::size_t batch_bytes_max_;
    const Settings settings_;
    ConsumerHandle client_;
    TopicHandle topic_;
    QueueHandle records_;
    QueueHandle events_;
    std::vector<QueueHandle> partition_queues_;  // each leads into records_
    std::vector<Partition> partitions_;
    Offsets committing_;
    Offsets failed_;    // commits
    std::string gone_;  // why there is nothing to read any more; empty while there is
    rd_kafka_resp_err_t last_read_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t last_commit_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

}  // namespace bus
