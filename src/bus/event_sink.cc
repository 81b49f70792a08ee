#include "bus/event_sink.h"

#include <array>
#include <atomic>
#include <span>
#include <utility>

#include "base/check.h"
#include "bus/client_settings.h"
#include "bus/counters.h"
#include "bus/embedded_broker.h"
#include "bus/partitioner.h"
#include "bus/producer_cycle.h"

namespace bus {

namespace {

constexpr std::string_view kContentType = "application/cloudevents+json; charset=UTF-8";

// To wake librdkafka's thread for one event costs as much as to write it, and charge points wait patiently.
Config for_events(Config config) {
    config.linger = config.event_linger;
    return config;
}

}  // namespace

struct EventSink::Impl final : ProducerCycleOwner {
    Impl(const Config& config, const Counters& counters, std::size_t shards, EventSinkListener& listener)
        : config_(for_events(config)),
          counters_(counters),
          shards_(shards),
          listener_(listener),
          cycle_(config_, "events", {upstream_topic(config_)},
                 {.kafka_errors = counters.kafka_errors, .producer_resets = counters.producer_resets}, shards, *this) {}

    base::Result<void> begin();
    void on_prepared(const std::vector<PreparedTopic>& topics) override;
    void on_reset(Generation generation) override;
    void on_deliveries(std::size_t shard, std::vector<Delivery> deliveries) override {
        listener_.on_deliveries(shard, std::move(deliveries));
    }

    const Config config_;
    const Counters counters_;
    const std::size_t shards_;
    EventSinkListener& listener_;
    std::unique_ptr<EmbeddedBroker> embedded_;
    BrokerAccess broker_;
    std::atomic<std::int32_t> partitions_ = 0;
    ProducerCycle cycle_;  // last: its thread calls the rest
};

base::Result<void> EventSink::Impl::begin() {
    broker_.address = bootstrap_servers(config_);
    if (config_.kind == BrokerKind::embedded) {
        auto embedded = EmbeddedBroker::create();
        if (!embedded) {
            return tl::unexpected(embedded.error());
        }
        embedded_ = std::move(*embedded);
        broker_ = {.address = embedded_->address(), .embedded = embedded_.get()};
    }
    return cycle_.begin(broker_);
}

void EventSink::Impl::on_prepared(const std::vector<PreparedTopic>& topics) {
    if (partitions_ == 0) {
        partitions_ = topics.front().partitions;  // kept for the life of the pod: callers have laid out what they hold by it
    }
    counters_.durability_weak.set(topics.front().durable ? 0 : 1);
}

void EventSink::Impl::on_reset(Generation generation) {
    for (std::size_t shard = 0; shard < shards_; ++shard) {
        listener_.on_reset(shard, generation);
    }
}

base::Result<std::unique_ptr<EventSink>> EventSink::create(const Config& config, const Counters& counters, std::size_t shards,
                                                           EventSinkListener& listener) {
    CHECK(shards > 0 && shards <= kShardsMax, "a pod has between 1 and kShardsMax shards");
    auto impl = std::make_unique<Impl>(config, counters, shards, listener);
    if (auto begun = impl->begin(); !begun) {
        return tl::unexpected(begun.error());
    }
    return std::unique_ptr<EventSink>(new EventSink(std::move(impl)));
}

EventSink::EventSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

EventSink::~EventSink() = default;

Enqueued EventSink::enqueue(std::size_t shard, Generation generation, const Message& message, std::uint64_t cookie) {
    CHECK(shard < impl_->shards_ && cookie < kCookieEnd, "shard and cookie are the caller's own numbers");
    const std::array<Header, 2> headers{{{"content-type", kContentType}, {"traceparent", message.traceparent}}};
    return impl_->cycle_.enqueue(generation, {.topic = 0,
                                              .partition = message.partition,
                                              .key = message.key,
                                              .value = message.value,
                                              .headers = std::span(headers).first(message.traceparent.empty() ? 1 : 2),
                                              .shard = shard,
                                              .cookie = cookie});
}

Generation EventSink::generation() const { return impl_->cycle_.generation(); }

std::int32_t EventSink::partition_of(std::string_view key) const {
    const auto count = impl_->partitions_.load();
    return count == 0 ? 0 : partition_for_key(key, count);
}

std::int32_t EventSink::partitions() const { return impl_->partitions_; }

BrokerState EventSink::state() const { return impl_->cycle_.state(); }

BrokerAccess EventSink::broker() const { return impl_->broker_; }

bool EventSink::flush(std::chrono::milliseconds deadline) { return impl_->cycle_.flush(deadline); }

void EventSink::turn_fatal_for_test() { impl_->cycle_.turn_fatal_for_test(); }

}  // namespace bus
