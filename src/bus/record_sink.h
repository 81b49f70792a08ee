// RecordSink: what the control loop writes to Kafka, through one idempotent acks=all producer of its own: commands and markers
// to `commands-down`, results to `command-results`, dead letters to `commands-dead-letter` (contract, "Commands", "Results").
//
// It keeps each record until it is delivered (at most Config::records_bytes_max of them, more are refused), so a producer that
// turns fatal or a broker that is away costs the caller nothing: what was not delivered is written again, in the order of
// write(). A record may then be in its topic twice; the records of one partition keep their order.
//
// write may be called from any thread, before the broker was found too. The listener is called on the sink's own thread and
// must only pass values on.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/broker_state.h"
#include "bus/config.h"
#include "bus/delivery.h"
#include "bus/log_record.h"

namespace bus {

struct Counters;

enum class RecordTopic : std::uint8_t { commands, results, dead_letters };

inline constexpr std::size_t kRecordHeadersMax = 8;

struct Record {
    RecordTopic topic = RecordTopic::commands;
    std::int32_t partition = 0;  // of commands; the others go where Java's clients put their key
    std::string key;
    std::string value;
    std::vector<RecordHeader> headers{};  // kRecordHeadersMax at most
};

using WriteTicket = std::uint64_t;  // 0: nothing is told back

struct Written {
    WriteTicket ticket = 0;
    DeliveryOutcome outcome = DeliveryOutcome::logged;  // failed: larger than the topic takes, or refused by the broker for good
};

class RecordSinkListener {
public:
    virtual ~RecordSinkListener() = default;
    virtual void on_written(std::vector<Written> written) = 0;
};

enum class Taken { yes, full };

class RecordSink {
public:
    // Starts its thread and begins to connect; never blocks on the broker. Fails only on configuration that librdkafka or a
    // promise refuses; the error names the key. `broker`: of the pod's EventSink.
    static base::Result<std::unique_ptr<RecordSink>> create(const Config& config, const Counters& counters,
                                                            const BrokerAccess& broker, RecordSinkListener& listener);
    // Undelivered records are lost: flush first.
    ~RecordSink();
    RecordSink(const RecordSink&) = delete;
    RecordSink& operator=(const RecordSink&) = delete;

    // `full`: too much is undelivered; it fits again after a delivery. The record is left as it was then.
    [[nodiscard]] Taken write(Record&& record, WriteTicket ticket);
    [[nodiscard]] std::size_t undelivered_bytes() const;

    [[nodiscard]] BrokerState state() const;

    // Waits until everything that was taken is delivered and told, at most `deadline`; false: something is left. For shutdown;
    // any thread but the listener's.
    bool flush(std::chrono::milliseconds deadline);

private:
    friend struct RecordSinkTestAccess;  // tests/support/bus: turns the producer fatal as librdkafka's own tests do
    void turn_fatal_for_test();

    struct Impl;
    explicit RecordSink(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace bus
