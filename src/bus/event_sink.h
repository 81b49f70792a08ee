// EventSink: events into Kafka, one idempotent acks=all producer per pod (librdkafka), used by every shard.
//
// A message handed over stays the caller's: its bytes are not copied and must live until its delivery is told, or until a
// reset. If librdkafka's producer turns fatal or its topic goes away, the sink destroys it, makes a new one under the next
// generation and tells every shard on_reset(generation): whatever a shard has not seen delivered, it hands over again, in order.
// A message of an older generation is not taken. So nothing is lost, and duplicates carry the same id.
//
// The first generation is 1 and comes by on_reset too, once the topic is known; before it nothing is taken. A shard hands
// over under the generation that on_reset told it last, with partitions asked for after it (not under generation(), which may be
// ahead of what it has handled).
//
// enqueue and partition_of may be called from any shard's thread; EventSinkListener is called on the sink's own thread and
// must only pass values on.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bus {

struct Counters;

enum class BrokerKind { embedded, kafka };

struct Config {
    BrokerKind kind = BrokerKind::embedded;
    std::vector<std::string> brokers = {"localhost:9092"};
    std::string upstream_topic = "ocpp-events-up";
    int event_partitions = 64;  // of a topic that is created here; embedded: kEmbeddedPartitions
    bool create_topics = true;
    bool accept_weak = false;                            // durability.accept_weak
    std::map<std::string, std::string> properties = {};  // librdkafka's own, for example security.protocol
    std::chrono::milliseconds linger{1};
    std::int64_t message_bytes_max = 1'000'000;         // of one message and of one batch; a topic that takes less lowers it
    std::int64_t queue_bytes_max = 2'097'151 * 1024LL;  // librdkafka's own limit: far above what the callers hold
    std::int64_t reader_bytes_max = 8 * 1024 * 1024;    // read ahead of the listener of a TopicReader
};

inline constexpr int kEmbeddedPartitions = 8;

using Generation = std::uint32_t;

inline constexpr std::uint64_t kCookieEnd = std::uint64_t{1} << 48;
inline constexpr std::size_t kShardsMax = std::size_t{1} << 16;

struct Message {
    std::string_view key;
    std::string_view value;
    std::string_view traceparent;
    std::int32_t partition = 0;
};

enum class Enqueued {
    yes,
    full,              // librdkafka's queue is full: try again after a delivery
    stale_generation,  // a reset is on its way, or the first on_reset has not come yet
    refused,           // never possible (larger than the topic or message_bytes_max takes)
};

enum class DeliveryOutcome {
    logged,  // acks=all
    failed,  // refused for good: never told by the sink, which gives nothing up; what enqueue() refused its caller may treat so
};

struct Delivery {
    std::uint64_t cookie = 0;
    DeliveryOutcome outcome = DeliveryOutcome::logged;
};

class EventSinkListener {
public:
    virtual ~EventSinkListener() = default;
    virtual void on_deliveries(std::size_t shard, std::vector<Delivery> deliveries) = 0;
    virtual void on_reset(std::size_t shard, Generation generation) = 0;
};

// What readiness shows. Told as it is, at once: the grace before a pod that lost its broker stops being ready is the caller's.
struct BrokerState {
    bool ready = false;    // events can be logged now: state is up
    std::string address;   // bootstrap servers, or the embedded broker's
    std::string state;     // up · connecting · down · weak topic
    std::string problem;   // for people, with the remedy; empty when ready
    bool durable = false;  // false: embedded, or a weak topic that was accepted
};

class EventSink {
public:
    // Starts its thread and begins to connect; never blocks on the broker. Fails only on configuration that librdkafka or a
    // promise refuses; the error names the key.
    static base::Result<std::unique_ptr<EventSink>> create(const Config& config, const Counters& counters, std::size_t shards,
                                                           EventSinkListener& listener);
    // Undelivered messages are let go, and nothing of them is touched afterwards.
    ~EventSink();
    EventSink(const EventSink&) = delete;
    EventSink& operator=(const EventSink&) = delete;

    // Any thread. `cookie` is told back; it must be unique per shard while undelivered and below kCookieEnd.
    [[nodiscard]] Enqueued enqueue(std::size_t shard, Generation generation, const Message& message, std::uint64_t cookie);
    [[nodiscard]] Generation generation() const;
    // Java's murmur2 over the topic's partitions, as many as there were at first. 0 until the first on_reset.
    [[nodiscard]] std::int32_t partition_of(std::string_view key) const;
    [[nodiscard]] std::int32_t partitions() const;

    [[nodiscard]] BrokerState state() const;

    // Waits until everything that was taken is delivered and told, at most `deadline`; false: something is left, or a reset
    // is under way. For shutdown; any thread but the listener's.
    bool flush(std::chrono::milliseconds deadline);

private:
    friend struct EventSinkTestAccess;  // tests/support/bus: turns the producer fatal as librdkafka's own tests do
    void turn_fatal_for_test();

    struct Impl;
    explicit EventSink(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace bus
