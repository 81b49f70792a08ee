// The sink's thread lives through the same circle for every generation:
//
//   prepare   until the topic is known and good enough (creating it where allowed), with back-off
//   install   the producer is there for the shards, and on_reset tells them its generation
//   serve     reports to the shards, broker state to readiness, until the producer breaks
//   retire    the shards find no producer; what was logged is told; the handle is destroyed
//
// The first time `prepare` finds what create() made, so that a bad configuration is an error at once.
//
// The one lock that shards meet is handle_mutex_: shared while a message is handed over (librdkafka's call does not block),
// exclusive only to swap a pointer. Destroying the handle, which waits for librdkafka's threads, happens outside it.
#include "bus/event_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "bus/client_settings.h"
#include "bus/counters.h"
#include "bus/embedded_broker.h"
#include "bus/partitioner.h"
#include "bus/producer.h"
#include "bus/topic_check.h"

namespace bus {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds kPollWait{200};
constexpr milliseconds kFlushLook{5};
constexpr milliseconds kPrepareBackoff{100};
constexpr milliseconds kPrepareBackoffMax{3000};
// A producer that breaks within kHealthyLife of its birth waits longer and longer before the next one.
constexpr milliseconds kResetBackoff{100};
constexpr milliseconds kResetBackoffMax{10'000};
constexpr seconds kHealthyLife{60};
// When the broker's state is looked at: long silence, a known outage, no report for messages that wait for one.
constexpr milliseconds kIdleLook{10'000};
constexpr milliseconds kOutageLook{1000};
constexpr milliseconds kLookWait{1000};
constexpr milliseconds kStalled{5000};

}  // namespace

struct EventSink::Impl {
    Impl(const Config& c, const Counters& k, std::size_t s, EventSinkListener& l)
        : config_(c), counters_(k), shards_(s), listener_(l) {}
    ~Impl();

    base::Result<void> begin();

    const Config config_;
    const Counters counters_;
    const std::size_t shards_;
    EventSinkListener& listener_;

    std::unique_ptr<EmbeddedBroker> embedded_;
    std::string brokers_;

    mutable std::shared_mutex handle_mutex_;
    std::unique_ptr<Producer> producer_;  // null between generations
    std::atomic<Generation> generation_ = 0;
    std::atomic<std::int32_t> partitions_ = 0;

    mutable std::mutex state_mutex_;
    BrokerState state_;

    std::mutex stop_mutex_;
    std::condition_variable stop_bell_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;

private:
    void run(std::unique_ptr<Producer> producer);
    base::Result<std::unique_ptr<Producer>> make_producer(std::int64_t message_bytes_max) const;
    std::unique_ptr<Producer> make_until_possible(std::int64_t message_bytes_max);
    std::optional<PreparedTopic> prepare(Producer& producer);
    void install(std::unique_ptr<Producer> producer, const PreparedTopic& topic);
    std::string serve();
    void retire(const std::string& why);
    void wait_before_next(steady_clock::time_point born);

    void tell(Polled& polled);
    void look_at_broker(const Polled& polled);
    void show(const std::string& state, const std::string& problem);
    void pause(milliseconds time);
    [[nodiscard]] std::function<bool()> stop_check() const {
        return [this] { return stopping_.load(); };
    }

    // Of the sink's thread alone.
    milliseconds reset_backoff_{0};
    steady_clock::time_point last_contact_;   // an answer of any kind
    steady_clock::time_point last_progress_;  // a delivery, or nothing to deliver
    steady_clock::time_point last_look_;
};

EventSink::Impl::~Impl() {
    {
        const std::lock_guard lock(stop_mutex_);
        stopping_ = true;
    }
    stop_bell_.notify_all();
    {
        const std::shared_lock lock(handle_mutex_);
        if (producer_) {
            producer_->wake();
        }
    }
    if (thread_.joinable()) {
        thread_.join();
    }
}

base::Result<void> EventSink::Impl::begin() {
    brokers_ = bootstrap_servers(config_);
    if (config_.kind == BrokerKind::embedded) {
        auto embedded = EmbeddedBroker::create();
        if (!embedded) {
            return tl::unexpected(embedded.error());
        }
        embedded_ = std::move(*embedded);
        brokers_ = embedded_->address();
    }
    auto producer = make_producer(config_.message_bytes_max);
    if (!producer) {
        return tl::unexpected(producer.error());
    }
    state_.address = brokers_;
    show("connecting", "the first connection is being made");
    thread_ = std::thread([this, first = std::move(*producer)]() mutable { run(std::move(first)); });
    return {};
}

base::Result<std::unique_ptr<Producer>> EventSink::Impl::make_producer(std::int64_t message_bytes_max) const {
    return Producer::create(config_, brokers_, message_bytes_max);
}

// Null when stopping. What can fail here did not fail at start: descriptors or memory, which may come back.
std::unique_ptr<Producer> EventSink::Impl::make_until_possible(std::int64_t message_bytes_max) {
    auto backoff = kPrepareBackoff;
    while (!stopping_) {
        auto producer = make_producer(message_bytes_max);
        if (producer) {
            return std::move(*producer);
        }
        show("connecting", producer.error().message);
        pause(backoff);
        backoff = std::min(backoff * 2, kPrepareBackoffMax);
    }
    return nullptr;
}

void EventSink::Impl::run(std::unique_ptr<Producer> producer) {
    while (!stopping_) {
        const auto topic = producer ? prepare(*producer) : std::nullopt;
        if (!topic) {
            return;
        }
        if (topic->message_bytes_max < producer->message_bytes_max()) {
            producer = make_until_possible(topic->message_bytes_max);
            if (!producer) {
                return;
            }
        }
        producer->open_topic(config_.upstream_topic, stop_check());
        install(std::move(producer), *topic);
        const auto born = steady_clock::now();
        const auto why = serve();
        if (stopping_) {
            return;
        }
        retire(why);
        wait_before_next(born);
        producer = make_until_possible(config_.message_bytes_max);
    }
}

// Empty when stopping.
std::optional<PreparedTopic> EventSink::Impl::prepare(Producer& producer) {
    auto backoff = kPrepareBackoff;
    std::string told;  // the client's own words, for example of a TLS failure, explain a missing answer better than we can
    while (!stopping_) {
        auto topic = prepare_topic(producer.client(), config_, embedded_.get(), stop_check());
        if (topic) {
            return *topic;
        }
        for (auto polled = producer.poll(milliseconds(0), shards_); polled.event;
             polled = producer.poll(milliseconds(0), shards_)) {
            counters_.kafka_errors.add(polled.errors);
            told = polled.last_error.empty() ? told : polled.last_error;
        }
        show(topic.error().state,
             told.empty() ? topic.error().problem : fmt::format("{} (last: {})", topic.error().problem, told));
        pause(backoff);
        backoff = std::min(backoff * 2, kPrepareBackoffMax);
    }
    return std::nullopt;
}

void EventSink::Impl::install(std::unique_ptr<Producer> producer, const PreparedTopic& topic) {
    if (partitions_ == 0) {
        partitions_ = topic.partitions;  // kept for the life of the pod: callers have laid out what they hold by it
    }
    Generation generation = 0;
    {
        const std::unique_lock lock(handle_mutex_);
        producer_ = std::move(producer);
        generation = ++generation_;
    }
    counters_.durability_weak.set(topic.durable ? 0 : 1);
    {
        const std::lock_guard lock(state_mutex_);
        state_.durable = topic.durable;
    }
    last_contact_ = last_progress_ = last_look_ = steady_clock::now();
    for (std::size_t shard = 0; shard < shards_; ++shard) {
        listener_.on_reset(shard, generation);
    }
    show("up", "");  // behind the resets: whoever sees it may hand over at once
}

// Until the producer is of no use any more (tells why) or the sink stops. Only this thread changes producer_.
std::string EventSink::Impl::serve() {
    while (!stopping_) {
        auto polled = producer_->poll(kPollWait, shards_);
        tell(polled);
        if (!polled.broken.empty()) {
            return polled.broken;
        }
        look_at_broker(polled);
    }
    return {};
}

void EventSink::Impl::retire(const std::string& why) {
    base::log_warn("kafka producer given up, a new one follows", {{"generation", generation_.load()}, {"why", why}});
    counters_.producer_resets.add();
    show("connecting", fmt::format("the Kafka producer is being replaced: {}", why));
    std::unique_ptr<Producer> old;
    {
        const std::unique_lock lock(handle_mutex_);
        old = std::move(producer_);
    }
    // Reports of what was logged still lie in the queue: each one told is a duplicate less.
    for (auto polled = old->poll(milliseconds(0), shards_); polled.event; polled = old->poll(milliseconds(0), shards_)) {
        tell(polled);
    }
}

void EventSink::Impl::wait_before_next(steady_clock::time_point born) {
    if (steady_clock::now() - born > kHealthyLife) {
        reset_backoff_ = milliseconds(0);
    }
    pause(reset_backoff_);
    reset_backoff_ = std::clamp(reset_backoff_ * 2, kResetBackoff, kResetBackoffMax);
}

void EventSink::Impl::tell(Polled& polled) {
    counters_.kafka_errors.add(polled.errors);
    for (std::size_t shard = 0; shard < polled.deliveries.size(); ++shard) {
        auto& deliveries = polled.deliveries[shard];
        if (deliveries.empty()) {
            continue;
        }
        listener_.on_deliveries(shard, std::move(deliveries));
    }
    polled.event.reset();
}

void EventSink::Impl::look_at_broker(const Polled& polled) {
    const auto now = steady_clock::now();
    if (polled.logged || producer_->outstanding() == 0) {
        last_progress_ = now;
    }
    if (polled.logged) {
        last_contact_ = now;
        show("up", "");
    }
    const bool stalled = now - last_progress_ > kStalled;
    const bool down = stalled || !state_.ready;  // written by this thread alone
    const auto pace = down ? kOutageLook : kIdleLook;
    const bool due = now - std::max(last_look_, last_contact_) > pace;
    if (!due && !polled.brokers_down) {
        return;
    }
    // librdkafka's word that all brokers are down is a question here: it also says so when an idle connection is closed.
    const bool answered = producer_->answered(kLookWait);
    last_look_ = steady_clock::now();
    if (!answered) {
        show("down", polled.last_error.empty() ? "no broker answers" : fmt::format("no broker answers: {}", polled.last_error));
    } else if (stalled) {
        show("down", "brokers answer, but for some seconds no event was logged; see whether the topic has its in-sync replicas");
    } else {
        last_contact_ = last_look_;
        show("up", "");
    }
}

void EventSink::Impl::show(const std::string& state, const std::string& problem) {
    const std::lock_guard lock(state_mutex_);
    if (state_.state == state && state_.problem == problem) {
        return;
    }
    state_.state = state;
    state_.problem = problem;
    state_.ready = state == "up";
    base::log(state_.ready || state == "connecting" ? base::LogLevel::info : base::LogLevel::warn, "kafka is " + state,
              {{"address", state_.address}, {"problem", problem}, {"durable", state_.durable}});
}

void EventSink::Impl::pause(milliseconds time) {
    std::unique_lock lock(stop_mutex_);
    stop_bell_.wait_for(lock, time, [this] { return stopping_.load(); });
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
    const std::shared_lock lock(impl_->handle_mutex_);
    if (!impl_->producer_ || generation != impl_->generation_) {
        return Enqueued::stale_generation;
    }
    return impl_->producer_->enqueue(shard, message, cookie);
}

Generation EventSink::generation() const { return impl_->generation_; }

std::int32_t EventSink::partition_of(std::string_view key) const {
    const auto count = impl_->partitions_.load();
    return count == 0 ? 0 : partition_for_key(key, count);
}

std::int32_t EventSink::partitions() const { return impl_->partitions_; }

BrokerState EventSink::state() const {
    const std::lock_guard lock(impl_->state_mutex_);
    return impl_->state_;
}

bool EventSink::flush(milliseconds deadline) {
    const auto end = steady_clock::now() + deadline;
    while (true) {
        {
            const std::shared_lock lock(impl_->handle_mutex_);
            if (impl_->producer_ && impl_->producer_->outstanding() == 0) {
                return true;
            }
        }
        if (steady_clock::now() >= end) {
            return false;
        }
        std::this_thread::sleep_for(kFlushLook);
    }
}

void EventSink::turn_fatal_for_test() {
    const std::shared_lock lock(impl_->handle_mutex_);
    if (impl_->producer_) {
        rd_kafka_test_fatal_error(impl_->producer_->client(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test says so");
        impl_->producer_->wake();
    }
}

}  // namespace bus
