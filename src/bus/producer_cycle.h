// ProducerCycle: what every sink is made of. A thread that lives through the same circle for every generation of an idempotent
// acks=all producer:
//
//   prepare   until every topic is known and good enough (creating it where allowed), with back-off
//   install   the producer is there for the callers, and on_reset tells them its generation
//   serve     reports to the owner, broker state to readiness, until the producer breaks
//   retire    the callers find no producer; what was logged is told; the handle is destroyed
//
// A record handed over stays the caller's until its delivery is told, or until a reset: what was not told by then is handed
// over again, in order, under the new generation. Private to the room.
//
// enqueue, generation, flush and wake may be called from any thread; the owner is called on the cycle's thread and outlives it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "bus/broker_state.h"
#include "bus/config.h"
#include "bus/counters.h"
#include "bus/delivery.h"
#include "bus/producer.h"
#include "bus/topic_check.h"

namespace bus {

class ProducerCycleOwner {
public:
    virtual ~ProducerCycleOwner() = default;
    // In the order of the wishes; before the on_reset of each generation, while no record is taken.
    virtual void on_prepared(const std::vector<PreparedTopic>& topics) = 0;
    virtual void on_reset(Generation generation) = 0;
    virtual void on_deliveries(std::size_t shard, std::vector<Delivery> deliveries) = 0;
    // After every look at the producer: at least a few times a second, and soon after wake().
    virtual void on_turn() {}
};

struct CycleCounters {
    base::Counter kafka_errors;
    base::Counter producer_resets;
};

class ProducerCycle {
public:
    // `name` in the log. The first topic is the one that is asked for to see whether brokers answer.
    ProducerCycle(const Config& config, std::string name, std::vector<TopicWish> wishes, const CycleCounters& counters,
                  std::size_t shards, ProducerCycleOwner& owner);
    // Undelivered records are let go, and nothing of them is touched afterwards.
    ~ProducerCycle();
    ProducerCycle(const ProducerCycle&) = delete;
    ProducerCycle& operator=(const ProducerCycle&) = delete;

    // Starts the thread; never blocks on the broker. Fails on configuration that librdkafka or a promise refuses.
    base::Result<void> begin(const BrokerAccess& broker);

    [[nodiscard]] Enqueued enqueue(Generation generation, const ProducerRecord& record);
    [[nodiscard]] Generation generation() const { return generation_; }
    [[nodiscard]] BrokerState state() const { return state_.get(); }
    // Waits until everything that was taken is delivered and told, at most `deadline`; false: something is left, or a reset is
    // under way. Not from the cycle's own thread.
    bool flush(std::chrono::milliseconds deadline);
    // The next on_turn comes soon.
    void wake();
    // As if the broker had answered OUT_OF_ORDER_SEQUENCE_NUMBER.
    void turn_fatal_for_test();

private:
    void run(std::unique_ptr<Producer> producer);
    base::Result<std::unique_ptr<Producer>> make_producer(std::int64_t message_bytes_max) const;
    std::unique_ptr<Producer> make_until_possible(std::int64_t message_bytes_max);
    std::optional<std::vector<PreparedTopic>> prepare(Producer& producer);
    base::Result<std::vector<PreparedTopic>, TopicProblem> prepare_all(Producer& producer) const;
    void install(std::unique_ptr<Producer> producer, const std::vector<PreparedTopic>& topics);
    std::string serve();
    void retire(const std::string& why);
    void wait_before_next(std::chrono::steady_clock::time_point born);

    void tell(Polled& polled);
    void look_at_broker(const Polled& polled);
    void pause(std::chrono::milliseconds time);
    [[nodiscard]] std::function<bool()> stop_check() const {
        return [this] { return stopping_.load(); };
    }

    const Config config_;
    const std::string name_;
    const std::vector<TopicWish> wishes_;
    const CycleCounters counters_;
    const std::size_t shards_;
    ProducerCycleOwner& owner_;
    BrokerAccess broker_;
    ShownState state_;

    // The one lock that callers meet: shared while a record is handed over (librdkafka's call does not block), exclusive only
    // to swap a pointer. Destroying the handle, which waits for librdkafka's threads, happens outside it.
    mutable std::shared_mutex handle_mutex_;
    std::unique_ptr<Producer> producer_;  // null between generations
    std::atomic<Generation> generation_ = 0;

    // Of the cycle's thread alone.
    std::chrono::milliseconds reset_backoff_{0};
    std::chrono::steady_clock::time_point last_contact_;   // an answer of any kind
    std::chrono::steady_clock::time_point last_progress_;  // a delivery, or nothing to deliver
    std::chrono::steady_clock::time_point last_look_;

    std::mutex stop_mutex_;
    std::condition_variable stop_bell_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace bus
