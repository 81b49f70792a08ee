// The source's thread lives through the same circle for every consumer: prepare the topic, assign its partitions, serve until
// the consumer breaks; then a new one.
#include "bus/command_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/thread_name.h"
#include "bus/counters.h"
#include "bus/handover.h"
#include "bus/partition_reading.h"
#include "bus/topic_check.h"

namespace bus {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kQuestionWait{2000};
constexpr milliseconds kReadWait{100};  // a commit waits no longer than this for its turn
constexpr milliseconds kCommitRetry{500};
constexpr milliseconds kRetry{100};  // doubling up to
constexpr milliseconds kRetryMax{3000};
// A consumer that breaks within kHealthyLife of its birth waits longer and longer before the next one.
constexpr milliseconds kRestart{100};
constexpr milliseconds kRestartMax{10'000};
constexpr std::chrono::seconds kHealthyLife{60};
// When it is asked whether brokers answer: long silence, a known outage.
constexpr milliseconds kIdleLook{10'000};
constexpr milliseconds kOutageLook{1000};
constexpr milliseconds kLookWait{1000};

}  // namespace

struct CommandSource::Impl {
    Impl(const Config& config, const Counters& counters, BrokerAccess broker, CommandSourceListener& listener)
        : config_(config), counters_(counters), broker_(std::move(broker)), listener_(listener) {}
    ~Impl();

    base::Result<void> begin();
    void commit(std::int32_t partition, std::int64_t offset);
    void read_again(std::int32_t partition, std::int64_t offset);
    void taken(std::size_t bytes) {
        if (handover_.taken(bytes)) {
            wake();
        }
    }

    ShownState state_{"commands"};

private:
    void run(std::unique_ptr<PartitionReading> reading);
    // Each false, or empty, when stopping.
    std::unique_ptr<PartitionReading> make_until_possible();
    std::optional<PreparedTopic> prepare(PartitionReading& reading);
    bool assign(PartitionReading& reading, std::int32_t partitions);
    base::Result<std::vector<std::int32_t>> assign_from_committed(PartitionReading& reading, std::int32_t partitions) const;
    // Tries until it succeeds, with back-off. `attempt` shows what is in the way.
    bool persist(const std::function<bool()>& attempt);

    std::string serve(PartitionReading& reading);
    void hand_over(Looked& looked);
    [[nodiscard]] std::string serve_again(PartitionReading& reading);
    void send_commits(PartitionReading& reading);
    void flush_commits(PartitionReading& reading);
    void look_at_broker(PartitionReading& reading, const Looked& looked);
    void publish(PartitionReading* reading);
    void wake();
    void pause(milliseconds time);

    const Config config_;
    const Counters counters_;
    const BrokerAccess broker_;
    CommandSourceListener& listener_;

    const PartitionReading::Settings settings_{
        .topic = config_.downstream_topic, .brokers = broker_.address, .question_wait = kQuestionWait};
    Handover handover_{config_.handover_bytes_max};

    std::mutex mutex_;
    std::condition_variable stop_bell_;
    Offsets wanted_commits_;
    Offsets wanted_again_;
    PartitionReading* reading_ = nullptr;  // to wake it
    std::atomic<bool> stopping_ = false;

    // Of the source's thread alone.
    Offsets read_;  // up to where each partition was handed over
    steady_clock::time_point next_commit_;
    steady_clock::time_point last_contact_;
    steady_clock::time_point last_look_;
    std::thread thread_;
};

CommandSource::Impl::~Impl() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stop_bell_.notify_all();
    wake();
    if (thread_.joinable()) {
        thread_.join();
    }
}

base::Result<void> CommandSource::Impl::begin() {
    auto reading = PartitionReading::create(config_, settings_);
    if (!reading) {
        return tl::unexpected(reading.error());
    }
    state_.set_address(broker_.address);
    state_.show("connecting", "the first connection is being made");
    thread_ = std::thread([this, first = std::move(*reading)]() mutable { run(std::move(first)); });
    return {};
}

void CommandSource::Impl::run(std::unique_ptr<PartitionReading> reading) {
    base::name_thread("kafka-commands");
    auto restart = milliseconds(0);
    while (reading) {
        const auto topic = prepare(*reading);
        if (!topic || !assign(*reading, topic->partitions)) {
            return;
        }
        const auto born = steady_clock::now();
        const auto why = serve(*reading);
        if (stopping_) {
            return flush_commits(*reading);
        }
        base::log_warn("kafka consumer given up, a new one follows", {{"topic", config_.downstream_topic}, {"why", why}});
        state_.show("connecting", fmt::format("the consumer of {} is being replaced: {}", config_.downstream_topic, why));
        reading.reset();
        restart = steady_clock::now() - born > kHealthyLife ? milliseconds(0) : restart;
        pause(restart);
        restart = std::clamp(restart * 2, kRestart, kRestartMax);
        reading = make_until_possible();
    }
}

bool CommandSource::Impl::persist(const std::function<bool()>& attempt) {
    auto backoff = kRetry;
    while (!stopping_) {
        if (attempt()) {
            return true;
        }
        pause(backoff);
        backoff = std::min(backoff * 2, kRetryMax);
    }
    return false;
}

// What can fail here did not fail at start: descriptors or memory, which may come back.
std::unique_ptr<PartitionReading> CommandSource::Impl::make_until_possible() {
    std::unique_ptr<PartitionReading> made;
    persist([&] {
        auto reading = PartitionReading::create(config_, settings_);
        if (!reading) {
            state_.show("connecting", reading.error().message);
            return false;
        }
        made = std::move(*reading);
        return true;
    });
    return made;
}

std::optional<PreparedTopic> CommandSource::Impl::prepare(PartitionReading& reading) {
    std::optional<PreparedTopic> prepared;
    std::string told;  // the client's own words explain a missing answer better than we can
    persist([&] {
        const auto topic = prepare_topic(reading.client(), config_, downstream_topic(config_), broker_.embedded,
                                         [this] { return stopping_.load(); });
        if (topic) {
            prepared = *topic;
            return true;
        }
        const auto looked = reading.look(milliseconds(0), Records::leave);
        counters_.kafka_errors.add(looked.errors);
        told = looked.last_error.empty() ? told : looked.last_error;
        const auto& [state, problem] = topic.error();
        state_.show(state, told.empty() ? problem : fmt::format("{} (last: {})", problem, told));
        return false;
    });
    if (prepared) {
        state_.set_durable(prepared->durable);
    }
    return prepared;
}

// A log that is shorter than what was read of it is another one: it was deleted and made anew. Its records would pass for
// those that were read before.
base::Result<std::vector<std::int32_t>> CommandSource::Impl::assign_from_committed(PartitionReading& reading,
                                                                                   std::int32_t partitions) const {
    const auto committed = reading.committed(partitions);
    if (!committed) {
        return tl::unexpected(committed.error());
    }
    return reading.assign(partitions, [&](const Extent& extent) -> base::Result<std::int64_t> {
        if (const auto read = read_.find(extent.partition); read != read_.end() && extent.end < read->second) {
            return base::fail(
                fmt::format("topic {} was deleted and made anew while it was read; restart this pod", config_.downstream_topic));
        }
        const auto offset = committed->at(extent.partition);
        return offset < 0 ? extent.begin : offset_in(extent, offset);  // below 0: nothing is committed
    });
}

bool CommandSource::Impl::assign(PartitionReading& reading, std::int32_t partitions) {
    std::vector<std::int32_t> replayed;
    const bool assigned = persist([&] {
        auto outcome = assign_from_committed(reading, partitions);
        if (!outcome) {
            const auto& [message, retry] = outcome.error();
            retry == base::Retry::useless
                ? state_.show("wrong topic", message)
                : state_.show("connecting", fmt::format("the offsets of topic {} and of group {} cannot be read yet: {}",
                                                        config_.downstream_topic, kCommandGroup, message));
            return false;
        }
        replayed = std::move(*outcome);
        return true;
    });
    if (!assigned) {
        return false;
    }
    std::vector<std::int32_t> all(static_cast<std::size_t>(partitions));
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        all[static_cast<std::size_t>(partition)] = partition;
    }
    state_.show("up", "");
    listener_.on_assigned(std::move(all));
    for (const auto partition : replayed) {
        listener_.on_replayed(partition);
    }
    return true;
}

// Until the consumer is of no use any more (tells why) or the source stops.
std::string CommandSource::Impl::serve(PartitionReading& reading) {
    last_contact_ = last_look_ = steady_clock::now();
    publish(&reading);
    std::string broken;
    while (!stopping_ && broken.empty()) {
        auto looked = reading.look(kReadWait, handover_.open() ? Records::take : Records::leave);
        counters_.kafka_errors.add(looked.errors);
        hand_over(looked);
        send_commits(reading);
        broken = std::move(looked.broken);
        if (broken.empty()) {
            broken = serve_again(reading);
        }
        if (broken.empty()) {
            look_at_broker(reading, looked);
        }
    }
    publish(nullptr);
    return broken;
}

void CommandSource::Impl::hand_over(Looked& looked) {
    if (!looked.batch.records.empty()) {
        for (const auto& record : looked.batch.records) {
            read_[record.partition] = record.offset + 1;
        }
        handover_.add(looked.batch.bytes);
        listener_.on_records(std::move(looked.batch));
    }
    for (const auto partition : looked.replayed) {
        listener_.on_replayed(partition);
    }
}

void CommandSource::Impl::commit(std::int32_t partition, std::int64_t offset) {
    const std::lock_guard lock(mutex_);
    wanted_commits_[partition] = offset;
}

void CommandSource::Impl::read_again(std::int32_t partition, std::int64_t offset) {
    {
        const std::lock_guard lock(mutex_);
        wanted_again_[partition] = offset;
    }
    wake();
}

// Tells why that cannot be: then a new consumer does it, from the committed offsets.
std::string CommandSource::Impl::serve_again(PartitionReading& reading) {
    Offsets wanted;
    {
        const std::lock_guard lock(mutex_);
        wanted.swap(wanted_again_);
    }
    for (const auto& [partition, offset] : wanted) {
        const auto replayed = reading.read_again(partition, offset);
        if (!replayed) {
            return fmt::format("partition {} could not be read again: {}", partition, replayed.error().message);
        }
        listener_.on_assigned({partition});
        if (*replayed) {
            listener_.on_replayed(partition);
        }
    }
    return {};
}

void CommandSource::Impl::send_commits(PartitionReading& reading) {
    const std::lock_guard lock(mutex_);
    if (reading.take_back_failed(wanted_commits_)) {
        next_commit_ = steady_clock::now() + kCommitRetry;
    }
    // One that is under way while brokers are away holds up the end of its consumer, for its session time-out.
    if (state_.ready() && steady_clock::now() >= next_commit_) {
        reading.commit(wanted_commits_);
    }
}

void CommandSource::Impl::flush_commits(PartitionReading& reading) {
    const auto deadline = steady_clock::now() + config_.commit_flush_wait_max;
    const auto left = [&] {
        const std::lock_guard lock(mutex_);
        return reading.committing() || !wanted_commits_.empty();
    };
    send_commits(reading);
    while (left() && state_.ready() && steady_clock::now() < deadline) {
        reading.look(kReadWait, Records::leave);
        send_commits(reading);
    }
    if (left()) {
        base::log_warn("kafka offsets were not committed in time, what they cover is read again",
                       {{"group", kCommandGroup}, {"topic", config_.downstream_topic}});
    }
}

void CommandSource::Impl::look_at_broker(PartitionReading& reading, const Looked& looked) {
    const auto now = steady_clock::now();
    if (looked.contact) {
        last_contact_ = now;
        state_.show("up", "");
    }
    const auto pace = state_.ready() ? kIdleLook : kOutageLook;
    const bool due = now - std::max(last_look_, last_contact_) > pace;
    if (!due && !looked.brokers_down) {
        return;
    }
    // librdkafka's word that all brokers are down is a question here: it also says so when an idle connection is closed.
    const bool answered = reading.answered(kLookWait);
    last_look_ = steady_clock::now();
    if (answered) {
        last_contact_ = last_look_;
        state_.show("up", "");
    } else {
        state_.show("down",
                    looked.last_error.empty() ? "no broker answers" : fmt::format("no broker answers: {}", looked.last_error));
    }
}

void CommandSource::Impl::publish(PartitionReading* reading) {
    const std::lock_guard lock(mutex_);
    reading_ = reading;
}

void CommandSource::Impl::wake() {
    const std::lock_guard lock(mutex_);
    if (reading_ != nullptr) {
        reading_->wake();
    }
}

void CommandSource::Impl::pause(milliseconds time) {
    std::unique_lock lock(mutex_);
    stop_bell_.wait_for(lock, time, [this] { return stopping_.load(); });
}

base::Result<std::unique_ptr<CommandSource>> CommandSource::create(const Config& config, const Counters& counters,
                                                                   const BrokerAccess& broker, CommandSourceListener& listener) {
    auto impl = std::make_unique<Impl>(config, counters, broker, listener);
    if (auto begun = impl->begin(); !begun) {
        return tl::unexpected(begun.error());
    }
    return std::unique_ptr<CommandSource>(new CommandSource(std::move(impl)));
}

CommandSource::CommandSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

CommandSource::~CommandSource() = default;

void CommandSource::read_again(std::int32_t partition, std::int64_t offset) { impl_->read_again(partition, offset); }

void CommandSource::commit(std::int32_t partition, std::int64_t offset) { impl_->commit(partition, offset); }

void CommandSource::taken(std::size_t bytes) { impl_->taken(bytes); }

BrokerState CommandSource::state() const { return impl_->state_.get(); }

}  // namespace bus
