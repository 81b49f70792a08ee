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
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bus/broker_state.h"
#include "bus/config.h"
#include "bus/delivery.h"

namespace bus {

struct Counters;

struct Message {
    std::string_view key;
    std::string_view value;
    std::string_view traceparent;
    std::int32_t partition = 0;
};

class EventSinkListener {
public:
    virtual ~EventSinkListener() = default;
    virtual void on_deliveries(std::size_t shard, std::vector<Delivery> deliveries) = 0;
    virtual void on_reset(std::size_t shard, Generation generation) = 0;
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
    // For the other parts of the room, which must not outlive this sink.
    [[nodiscard]] BrokerAccess broker() const;

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
