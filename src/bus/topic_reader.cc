// The reader's thread sleeps until somebody listens, then makes one consumer after the other, each of which goes on where the
// last one ended, until nobody listens any more.
#include "bus/topic_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/thread_name.h"
#include "bus/handover.h"
#include "bus/partition_reading.h"
#include "bus/topic_check.h"

namespace bus {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kQuestionWait{1000};
constexpr milliseconds kReadWait{200};
constexpr milliseconds kPartitionLook{10'000};  // how soon records of partitions that were added are seen
// For the next consumer, or the next try to begin; doubling.
constexpr milliseconds kRetry{100};
constexpr milliseconds kRetryMax{1000};
constexpr std::chrono::seconds kHealthyLife{60};
// The listener of a live stream hears within 5 s whether records will come: one try asks three questions.
constexpr milliseconds kLiveStartWait = milliseconds(5000) - 3 * kQuestionWait;

using Done = std::function<void(base::Result<void>)>;

// What one wish to read has come to, over all its consumers.
struct Progress {
    Offsets next;            // the offset to go on from; empty before the first consumer
    std::size_t behind = 0;  // partitions that are not read to where they ended when it began
    bool told = false;       // that it caught up
    milliseconds retry = kRetry;
};

// Passes each record on at once.
class LiveListener final : public TopicReaderListener {
public:
    explicit LiveListener(std::function<void(const TopicRecord&)> on_record) : on_record_(std::move(on_record)) {}
    void on_records(TopicBatch batch) override {
        for (const auto& record : batch.records) {
            on_record_(record);
        }
    }
    void on_caught_up() override {}

private:
    const std::function<void(const TopicRecord&)> on_record_;
};

}  // namespace

struct TopicReader::Impl {
    enum class Kind { live, tail };

    Impl(const Config& config, PartitionReading::Settings settings, Kind kind, TopicReaderListener* listener,
         std::unique_ptr<TopicReaderListener> own = nullptr)
        : config_(config),
          settings_(std::move(settings)),
          kind_(kind),
          own_(std::move(own)),
          listener_(own_ ? *own_ : *listener) {}
    ~Impl();

    base::Result<void> begin();
    void start(Done done);
    void stop();
    void taken(std::size_t bytes);

private:
    void run();
    bool wait_until_wanted();
    void read_while_wanted();
    // One consumer from its birth to its end. Why it ended; empty when nobody listens any more.
    std::string read_with_one(Progress& progress);
    // Empty when nobody listens any more.
    std::unique_ptr<PartitionReading> open(Progress& progress);
    base::Result<void> assign(PartitionReading& reading, Progress& progress) const;
    [[nodiscard]] std::int64_t first_offset(const Extent& extent, std::int32_t partitions) const;
    std::string serve(PartitionReading& reading, Progress& progress);
    void hand_over(Looked& looked, Progress& progress);
    void tell_caught_up(Progress& progress);

    // Tells everybody who waits. `stop`: and ends the wish to read in the same moment, so that who comes later starts anew.
    void answer(const base::Result<void>& outcome, bool stop = false);
    // Nobody listens any more: who still waits is told, unless somebody came meanwhile.
    void answer_stopped();
    [[nodiscard]] bool wanted() const {
        const std::lock_guard lock(mutex_);
        return wanted_ && !ending_;
    }
    void publish(PartitionReading* reading) {
        const std::lock_guard lock(mutex_);
        reading_ = reading;
    }
    void pause(Progress& progress);

    const Config config_;
    const PartitionReading::Settings settings_;
    const Kind kind_;
    const std::unique_ptr<TopicReaderListener> own_;
    TopicReaderListener& listener_;
    Handover handover_{config_.handover_bytes_max};

    mutable std::mutex mutex_;
    std::condition_variable bell_;
    bool wanted_ = false;
    bool ending_ = false;
    std::vector<Done> waiting_;
    PartitionReading* reading_ = nullptr;      // to wake it
    std::unique_ptr<PartitionReading> first_;  // until somebody listens
    std::thread thread_;
};

TopicReader::Impl::~Impl() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        if (reading_ != nullptr) {
            reading_->wake();
        }
    }
    bell_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

// A configuration that cannot work is an error now, not at the first listener.
base::Result<void> TopicReader::Impl::begin() {
    auto reading = PartitionReading::create(config_, settings_);
    if (!reading) {
        return tl::unexpected(reading.error());
    }
    first_ = std::move(*reading);
    thread_ = std::thread([this] { run(); });
    return {};
}

void TopicReader::Impl::run() {
    base::name_thread("kafka-tail");
    while (wait_until_wanted()) {
        read_while_wanted();
        answer_stopped();
    }
    answer_stopped();
}

bool TopicReader::Impl::wait_until_wanted() {
    std::unique_lock lock(mutex_);
    bell_.wait(lock, [this] { return wanted_ || ending_; });
    return !ending_;
}

void TopicReader::Impl::read_while_wanted() {
    Progress progress;
    while (wanted()) {
        const auto born = steady_clock::now();
        const auto why = read_with_one(progress);
        if (why.empty()) {
            return;
        }
        base::log_warn("kafka consumer given up, a new one follows", {{"topic", settings_.topic}, {"why", why}});
        if (steady_clock::now() - born > kHealthyLife) {
            progress.retry = kRetry;
        }
        pause(progress);
    }
}

std::string TopicReader::Impl::read_with_one(Progress& progress) {
    const auto reading = open(progress);
    if (!reading) {
        return {};
    }
    publish(reading.get());
    auto why = serve(*reading, progress);
    publish(nullptr);
    return why;
}

// Tries until it succeeds. Who waits for a live stream is told before long that it does not.
std::unique_ptr<PartitionReading> TopicReader::Impl::open(Progress& progress) {
    auto deadline = steady_clock::now() + kLiveStartWait;
    auto reading = std::move(first_);
    while (wanted()) {
        base::Result<void> outcome;
        if (!reading) {
            auto made = PartitionReading::create(config_, settings_);
            outcome = made ? base::Result<void>() : tl::unexpected(made.error());
            reading = made ? std::move(*made) : nullptr;
        }
        outcome = reading ? assign(*reading, progress) : outcome;
        if (outcome) {
            return reading;
        }
        if (kind_ == Kind::live && steady_clock::now() >= deadline) {
            answer(base::fail(fmt::format("topic {} cannot be read: {}", settings_.topic, outcome.error().message),
                              base::Retry::makes_sense),
                   progress.next.empty());
            deadline = steady_clock::now() + kLiveStartWait;
        }
        pause(progress);
    }
    return nullptr;
}

base::Result<void> TopicReader::Impl::assign(PartitionReading& reading, Progress& progress) const {
    const auto partitions = partitions_of(reading.client(), settings_.topic, kQuestionWait);
    if (!partitions) {
        return tl::unexpected(partitions.error());
    }
    Offsets starts;
    const auto replayed = reading.assign(*partitions, [&](const Extent& extent) -> base::Result<std::int64_t> {
        const auto known = progress.next.find(extent.partition);
        // Records of an added partition are new since the reading began.
        return starts[extent.partition] = progress.next.empty()          ? first_offset(extent, *partitions)
                                          : known == progress.next.end() ? extent.begin
                                                                         : offset_in(extent, known->second);
    });
    if (!replayed) {
        return tl::unexpected(replayed.error());
    }
    progress.next = std::move(starts);
    progress.behind = static_cast<std::size_t>(*partitions) - replayed->size();
    return {};
}

std::int64_t TopicReader::Impl::first_offset(const Extent& extent, std::int32_t partitions) const {
    if (kind_ == Kind::live) {
        return extent.end;
    }
    const auto records = std::min(config_.tail_records, std::max<std::int64_t>(1, config_.tail_records_total / partitions));
    return std::max(extent.begin, extent.end - records);
}

std::string TopicReader::Impl::serve(PartitionReading& reading, Progress& progress) {
    auto next_look = steady_clock::now() + kPartitionLook;
    tell_caught_up(progress);
    while (wanted()) {
        answer({});
        auto looked = reading.look(kReadWait, handover_.open() ? Records::take : Records::leave);
        hand_over(looked, progress);
        if (!looked.broken.empty()) {
            return looked.broken;
        }
        if (steady_clock::now() >= next_look) {
            const auto partitions = reading.partitions();
            if (partitions && static_cast<std::size_t>(*partitions) > progress.next.size()) {
                return "the topic has more partitions now";
            }
            next_look = steady_clock::now() + kPartitionLook;
        }
    }
    return {};
}

void TopicReader::Impl::hand_over(Looked& looked, Progress& progress) {
    if (!looked.batch.records.empty()) {
        progress.retry = kRetry;
        for (const auto& record : looked.batch.records) {
            progress.next[record.partition] = record.offset + 1;
        }
        const auto bytes = looked.batch.bytes;
        handover_.add(bytes);
        listener_.on_records(std::move(looked.batch));
        if (kind_ == Kind::live) {
            taken(bytes);
        }
    }
    progress.behind -= looked.replayed.size();
    tell_caught_up(progress);
}

void TopicReader::Impl::tell_caught_up(Progress& progress) {
    if (progress.behind == 0 && !std::exchange(progress.told, true)) {
        listener_.on_caught_up();
    }
}

void TopicReader::Impl::answer(const base::Result<void>& outcome, bool stop) {
    std::vector<Done> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting.swap(waiting_);
        wanted_ = wanted_ && !stop;
    }
    for (const auto& done : waiting) {
        done(outcome);
    }
}

void TopicReader::Impl::answer_stopped() {
    std::vector<Done> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (!wanted_ || ending_) {
            waiting.swap(waiting_);
        }
    }
    for (const auto& done : waiting) {
        done(base::fail("the reading was stopped", base::Retry::makes_sense));
    }
}

void TopicReader::Impl::pause(Progress& progress) {
    std::unique_lock lock(mutex_);
    bell_.wait_for(lock, progress.retry, [this] { return !wanted_ || ending_; });
    progress.retry = std::min(progress.retry * 2, kRetryMax);
}

void TopicReader::Impl::start(Done done) {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
    waiting_.push_back(std::move(done));
    if (reading_ != nullptr) {
        reading_->wake();
    }
    bell_.notify_all();
}

void TopicReader::Impl::stop() {
    const std::lock_guard lock(mutex_);
    wanted_ = false;
    if (reading_ != nullptr) {
        reading_->wake();
    }
    bell_.notify_all();
}

void TopicReader::Impl::taken(std::size_t bytes) {
    if (!handover_.taken(bytes)) {
        return;
    }
    const std::lock_guard lock(mutex_);
    if (reading_ != nullptr) {
        reading_->wake();
    }
}

base::Result<std::unique_ptr<TopicReader>> TopicReader::create(const Config& config, std::string topic, std::string brokers,
                                                               std::function<void(const TopicRecord&)> on_record) {
    PartitionReading::Settings settings{.topic = std::move(topic), .brokers = std::move(brokers), .question_wait = kQuestionWait};
    auto impl = std::make_unique<Impl>(config, std::move(settings), Impl::Kind::live, nullptr,
                                       std::make_unique<LiveListener>(std::move(on_record)));
    if (auto begun = impl->begin(); !begun) {
        return tl::unexpected(begun.error());
    }
    return std::unique_ptr<TopicReader>(new TopicReader(std::move(impl)));
}

base::Result<std::unique_ptr<TopicReader>> TopicReader::create_for_tail(const Config& config, std::string topic,
                                                                        std::string brokers, TopicReaderListener& listener) {
    PartitionReading::Settings settings{.topic = std::move(topic), .brokers = std::move(brokers), .question_wait = kQuestionWait};
    auto impl = std::make_unique<Impl>(config, std::move(settings), Impl::Kind::tail, &listener);
    if (auto begun = impl->begin(); !begun) {
        return tl::unexpected(begun.error());
    }
    return std::unique_ptr<TopicReader>(new TopicReader(std::move(impl)));
}

TopicReader::TopicReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

TopicReader::~TopicReader() = default;

void TopicReader::start(Done done) { impl_->start(std::move(done)); }

void TopicReader::stop() { impl_->stop(); }

void TopicReader::taken(std::size_t bytes) { impl_->taken(bytes); }

}  // namespace bus
