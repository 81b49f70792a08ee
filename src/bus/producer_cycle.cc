#include "bus/producer_cycle.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/thread_name.h"

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

ProducerCycle::ProducerCycle(const Config& config, std::string name, std::vector<TopicWish> wishes, const CycleCounters& counters,
                             std::size_t shards, ProducerCycleOwner& owner)
    : config_(config),
      name_(std::move(name)),
      wishes_(std::move(wishes)),
      counters_(counters),
      shards_(shards),
      owner_(owner),
      state_(name_) {
    CHECK(!wishes_.empty(), "a producer has something to write to");
}

ProducerCycle::~ProducerCycle() {
    {
        const std::lock_guard lock(stop_mutex_);
        stopping_ = true;
    }
    stop_bell_.notify_all();
    wake();
    if (thread_.joinable()) {
        thread_.join();
    }
}

base::Result<void> ProducerCycle::begin(const BrokerAccess& broker) {
    broker_ = broker;
    // The first time `prepare` finds what is made here, so that a bad configuration is an error at once.
    auto producer = make_producer(config_.message_bytes_max);
    if (!producer) {
        return tl::unexpected(producer.error());
    }
    state_.set_address(broker_.address);
    state_.show("connecting", "the first connection is being made");
    thread_ = std::thread([this, first = std::move(*producer)]() mutable { run(std::move(first)); });
    return {};
}

base::Result<std::unique_ptr<Producer>> ProducerCycle::make_producer(std::int64_t message_bytes_max) const {
    return Producer::create(config_, broker_.address, message_bytes_max);
}

// Null when stopping. What can fail here did not fail at start: descriptors or memory, which may come back.
std::unique_ptr<Producer> ProducerCycle::make_until_possible(std::int64_t message_bytes_max) {
    auto backoff = kPrepareBackoff;
    while (!stopping_) {
        auto producer = make_producer(message_bytes_max);
        if (producer) {
            return std::move(*producer);
        }
        state_.show("connecting", producer.error().message);
        pause(backoff);
        backoff = std::min(backoff * 2, kPrepareBackoffMax);
    }
    return nullptr;
}

void ProducerCycle::run(std::unique_ptr<Producer> producer) {
    base::name_thread("kafka-" + name_);
    std::vector<std::string> names;
    names.reserve(wishes_.size());
    for (const auto& wish : wishes_) {
        names.push_back(wish.name);
    }
    while (!stopping_) {
        const auto topics = producer ? prepare(*producer) : std::nullopt;
        if (!topics) {
            return;
        }
        const auto smallest = std::min_element(topics->begin(), topics->end(), [](const auto& one, const auto& other) {
            return one.message_bytes_max < other.message_bytes_max;
        });
        if (smallest->message_bytes_max < producer->message_bytes_max()) {
            producer = make_until_possible(smallest->message_bytes_max);
            if (!producer) {
                return;
            }
        }
        producer->open_topics(names, stop_check());
        install(std::move(producer), *topics);
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

base::Result<std::vector<PreparedTopic>, TopicProblem> ProducerCycle::prepare_all(Producer& producer) const {
    std::vector<PreparedTopic> topics;
    for (const auto& wish : wishes_) {
        auto topic = prepare_topic(producer.client(), config_, wish, broker_.embedded, stop_check());
        if (!topic) {
            return tl::unexpected(topic.error());
        }
        topics.push_back(*topic);
    }
    return topics;
}

// Empty when stopping.
std::optional<std::vector<PreparedTopic>> ProducerCycle::prepare(Producer& producer) {
    auto backoff = kPrepareBackoff;
    std::string told;  // the client's own words, for example of a TLS failure, explain a missing answer better than we can
    while (!stopping_) {
        auto topics = prepare_all(producer);
        if (topics) {
            return std::move(*topics);
        }
        for (auto polled = producer.poll(milliseconds(0), shards_); polled.event;
             polled = producer.poll(milliseconds(0), shards_)) {
            counters_.kafka_errors.add(polled.errors);
            told = polled.last_error.empty() ? told : polled.last_error;
        }
        const auto& [state, problem] = topics.error();
        state_.show(state, told.empty() ? problem : fmt::format("{} (last: {})", problem, told));
        pause(backoff);
        backoff = std::min(backoff * 2, kPrepareBackoffMax);
    }
    return std::nullopt;
}

void ProducerCycle::install(std::unique_ptr<Producer> producer, const std::vector<PreparedTopic>& topics) {
    owner_.on_prepared(topics);
    Generation generation = 0;
    {
        const std::unique_lock lock(handle_mutex_);
        producer_ = std::move(producer);
        generation = ++generation_;
    }
    state_.set_durable(std::all_of(topics.begin(), topics.end(), [](const PreparedTopic& topic) { return topic.durable; }));
    last_contact_ = last_progress_ = last_look_ = steady_clock::now();
    owner_.on_reset(generation);
    state_.show("up", "");  // behind the resets: whoever sees it may hand over at once
}

// Until the producer is of no use any more (tells why) or the sink stops. Only this thread changes producer_.
std::string ProducerCycle::serve() {
    while (!stopping_) {
        auto polled = producer_->poll(kPollWait, shards_);
        tell(polled);
        owner_.on_turn();
        if (!polled.broken.empty()) {
            return polled.broken;
        }
        look_at_broker(polled);
    }
    return {};
}

void ProducerCycle::retire(const std::string& why) {
    base::log_warn("kafka producer given up, a new one follows",
                   {{"for", name_}, {"generation", generation_.load()}, {"why", why}});
    counters_.producer_resets.add();
    state_.show("connecting", fmt::format("the Kafka producer is being replaced: {}", why));
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

void ProducerCycle::wait_before_next(steady_clock::time_point born) {
    if (steady_clock::now() - born > kHealthyLife) {
        reset_backoff_ = milliseconds(0);
    }
    pause(reset_backoff_);
    reset_backoff_ = std::clamp(reset_backoff_ * 2, kResetBackoff, kResetBackoffMax);
}

void ProducerCycle::tell(Polled& polled) {
    counters_.kafka_errors.add(polled.errors);
    for (std::size_t shard = 0; shard < polled.deliveries.size(); ++shard) {
        auto& deliveries = polled.deliveries[shard];
        if (deliveries.empty()) {
            continue;
        }
        owner_.on_deliveries(shard, std::move(deliveries));
    }
    polled.event.reset();
}

void ProducerCycle::look_at_broker(const Polled& polled) {
    const auto now = steady_clock::now();
    if (polled.logged || producer_->outstanding() == 0) {
        last_progress_ = now;
    }
    if (polled.logged) {
        last_contact_ = now;
        state_.show("up", "");
    }
    const bool stalled = now - last_progress_ > kStalled;
    const bool down = stalled || !state_.ready();  // written by this thread alone
    const auto pace = down ? kOutageLook : kIdleLook;
    const bool due = now - std::max(last_look_, last_contact_) > pace;
    if (!due && !polled.brokers_down) {
        return;
    }
    // librdkafka's word that all brokers are down is a question here: it also says so when an idle connection is closed.
    const bool answered = producer_->answered(kLookWait);
    last_look_ = steady_clock::now();
    if (!answered) {
        state_.show("down",
                    polled.last_error.empty() ? "no broker answers" : fmt::format("no broker answers: {}", polled.last_error));
    } else if (stalled) {
        state_.show("down",
                    "brokers answer, but for some seconds nothing was logged; see whether the topic has its in-sync replicas");
    } else {
        last_contact_ = last_look_;
        state_.show("up", "");
    }
}

void ProducerCycle::pause(milliseconds time) {
    std::unique_lock lock(stop_mutex_);
    stop_bell_.wait_for(lock, time, [this] { return stopping_.load(); });
}

Enqueued ProducerCycle::enqueue(Generation generation, const ProducerRecord& record) {
    const std::shared_lock lock(handle_mutex_);
    if (!producer_ || generation != generation_) {
        return Enqueued::stale_generation;
    }
    return producer_->enqueue(record);
}

bool ProducerCycle::flush(milliseconds deadline) {
    const auto end = steady_clock::now() + deadline;
    while (true) {
        {
            const std::shared_lock lock(handle_mutex_);
            if (producer_ && producer_->outstanding() == 0) {
                return true;
            }
        }
        if (steady_clock::now() >= end) {
            return false;
        }
        std::this_thread::sleep_for(kFlushLook);
    }
}

void ProducerCycle::wake() {
    const std::shared_lock lock(handle_mutex_);
    if (producer_) {
        producer_->wake();
    }
}

void ProducerCycle::turn_fatal_for_test() {
    const std::shared_lock lock(handle_mutex_);
    if (producer_) {
        rd_kafka_test_fatal_error(producer_->client(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test says so");
        producer_->wake();
    }
}

}  // namespace bus
