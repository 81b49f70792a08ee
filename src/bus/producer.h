// Producer: one generation of a sink, which is one librdkafka handle from birth to destruction. It cannot be repaired: a
// fatal one is destroyed and replaced by ProducerCycle. Private to the room.
//
// enqueue and outstanding may be called from any thread while the producer lives; everything else belongs to the sink's
// thread. After the destructor nothing of any message is referenced.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bus/config.h"
#include "bus/delivery.h"
#include "bus/kafka_handles.h"

namespace bus {

struct Header {
    const char* name = nullptr;
    std::string_view value;  // copied by librdkafka, as is a record's key
};
inline constexpr std::size_t kHeadersMax = 8;

struct ProducerRecord {
    std::size_t topic = 0;  // its place in what open_topics was told
    std::int32_t partition = 0;
    std::string_view key;
    std::string_view value;  // not copied: it must live until the delivery or the reset is told
    std::span<const Header> headers;
    std::size_t shard = 0;  // told back, both
    std::uint64_t cookie = 0;
};

// What one look at the handle's queue brought.
struct Polled {
    std::vector<std::vector<Delivery>> deliveries;  // by shard, in the order of the reports
    bool logged = false;                            // at least one message reached the log
    bool brokers_down = false;                      // librdkafka lost its last connection
    int errors = 0;
    std::string last_error;
    std::string broken;  // why this producer is of no use any more; empty otherwise
    EventHandle event;   // its messages count as outstanding while it lives: drop it once the deliveries are told
};

enum class ReportMeaning {
    logged,
    told_by_reset,  // purged with its producer
    broken,         // about the producer or the topic: in a new producer it may pass
};
[[nodiscard]] ReportMeaning meaning_of(rd_kafka_resp_err_t report);

class Producer {
public:
    // Begins to connect. Fails on a configuration that librdkafka refuses.
    static base::Result<std::unique_ptr<Producer>> create(const Config& config, const std::string& brokers,
                                                          std::int64_t topic_message_bytes);
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    // Once the topics are known to exist (asking for one earlier could create it): fetches their metadata, and waits a moment
    // for the producer id, so that the first message waits for neither.
    void open_topics(const std::vector<std::string>& topics, const std::function<bool()>& stopping);

    [[nodiscard]] Enqueued enqueue(const ProducerRecord& record);

    // Waits for one event, for example a batch of reports. A wait of 0 takes what is there already.
    Polled poll(std::chrono::milliseconds wait, std::size_t shards);
    // Ends a poll early; any thread.
    void wake() { rd_kafka_queue_yield(queue_.get()); }
    // Does a broker answer? After open_topics.
    [[nodiscard]] bool answered(std::chrono::milliseconds wait) { return answered(topics_.front(), wait); }

    // Messages taken and not told yet.
    [[nodiscard]] int outstanding() const { return rd_kafka_outq_len(client_.get()); }
    // Sends without lingering and waits for the reports to be told.
    void flush(std::chrono::milliseconds wait) { rd_kafka_flush(client_.get(), static_cast<int>(wait.count())); }

    [[nodiscard]] rd_kafka_t* client() { return client_.get(); }
    [[nodiscard]] std::int64_t message_bytes_max() const { return message_bytes_max_; }

private:
    Producer() = default;
    [[nodiscard]] bool answered(const TopicHandle& topic, std::chrono::milliseconds wait) const;
    static void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text);
    void take_reports(rd_kafka_event_t* event, Polled& polled) const;
    void take_error(rd_kafka_event_t* event, Polled& polled) const;

    std::atomic<bool> has_producer_id_ = false;  // outlives the client: its threads write it
    std::atomic<rd_kafka_resp_err_t> refused_enqueue_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::int64_t message_bytes_max_ = 0;
    ClientHandle client_;
    QueueHandle queue_;
    std::vector<TopicHandle> topics_;
};

}  // namespace bus
