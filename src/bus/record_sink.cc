// Records lie in one queue in the order of write(). A cursor splits it: what is before it was handed to the present producer,
// what is behind it waits. A reset moves the cursor to the front again. Delivered records are marked and leave from the front,
// so that the bytes which librdkafka looks at never move.
#include "bus/record_sink.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <utility>

#include "base/check.h"
#include "bus/counters.h"
#include "bus/partitioner.h"
#include "bus/producer_cycle.h"

namespace bus {

namespace {

constexpr std::size_t kTopics = 3;  // in the order of RecordTopic

std::size_t bytes_of(const Record& record) {
    auto bytes = sizeof(Record) + record.key.size() + record.value.size();
    for (const auto& header : record.headers) {
        bytes += sizeof(RecordHeader) + header.name.size() + header.value.size();
    }
    return bytes;
}

}  // namespace

struct RecordSink::Impl final : ProducerCycleOwner {
    Impl(const Config& config, const Counters& counters, RecordSinkListener& listener)
        : config_(config),
          counters_(counters),
          listener_(listener),
          cycle_(config, "records", {downstream_topic(config), results_topic(config), dead_letter_topic(config)},
                 {.kafka_errors = counters.kafka_errors, .producer_resets = counters.producer_resets}, 1, *this) {}

    void on_prepared(const std::vector<PreparedTopic>& topics) override;
    void on_reset(Generation generation) override;
    void on_deliveries(std::size_t shard, std::vector<Delivery> deliveries) override;
    void on_turn() override;

    [[nodiscard]] Taken write(Record&& record, WriteTicket ticket);
    bool flush(std::chrono::milliseconds deadline);
    [[nodiscard]] std::size_t undelivered_bytes() const {
        const std::lock_guard lock(mutex_);
        return bytes_;
    }

    const Config config_;
    const Counters counters_;
    RecordSinkListener& listener_;

private:
    enum class Stage : std::uint8_t { kept, refused, told };
    struct Kept {
        Record record;
        WriteTicket ticket = 0;
        Stage stage = Stage::kept;
    };

    // All of them with the lock held.
    void hand_over();
    [[nodiscard]] Enqueued enqueue(const Kept& kept, std::uint64_t cookie);
    void let_go(Kept& kept, DeliveryOutcome outcome, std::vector<Written>& written);
    void drop_front();
    // Without it.
    void tell(std::vector<Written> written);

    mutable std::mutex mutex_;
    std::condition_variable drained_;
    std::deque<Kept> kept_;
    std::uint64_t first_cookie_ = 1;  // of the front
    std::size_t handed_over_ = 0;     // the cursor
    std::size_t bytes_ = 0;
    std::size_t refused_ = 0;
    bool telling_ = false;
    Generation generation_ = 0;
    std::array<std::int32_t, kTopics> partitions_{};

public:
    ProducerCycle cycle_;  // last: its thread calls the rest
};

Taken RecordSink::Impl::write(Record&& record, WriteTicket ticket) {
    CHECK(record.headers.size() <= kRecordHeadersMax, "a record has few headers");
    CHECK(record.topic != RecordTopic::commands || (record.partition >= 0 && record.partition < command_partitions(config_)),
          "commands go to partitions that the topic has");
    bool refused = false;
    {
        const std::lock_guard lock(mutex_);
        const auto bytes = bytes_of(record);
        if (bytes_ + bytes > config_.records_bytes_max) {
            return Taken::full;
        }
        bytes_ += bytes;
        kept_.push_back({.record = std::move(record), .ticket = ticket});
        hand_over();
        refused = refused_ > 0;
    }
    if (refused) {
        cycle_.wake();  // the listener is called on the sink's thread only
    }
    return Taken::yes;
}

Enqueued RecordSink::Impl::enqueue(const Kept& kept, std::uint64_t cookie) {
    const auto& record = kept.record;
    const auto topic = static_cast<std::size_t>(record.topic);
    std::array<Header, kRecordHeadersMax> headers;
    for (std::size_t i = 0; i < record.headers.size(); ++i) {
        headers.at(i) = {.name = record.headers[i].name.c_str(), .value = record.headers[i].value};
    }
    return cycle_.enqueue(
        generation_, {.topic = topic,
                      .partition = record.topic == RecordTopic::commands ? record.partition
                                                                         : partition_for_key(record.key, partitions_.at(topic)),
                      .key = record.key,
                      .value = record.value,
                      .headers = std::span(headers).first(record.headers.size()),
                      .shard = 0,
                      .cookie = cookie});
}

// Stops where the producer takes no more: its next delivery or the next reset goes on from there.
void RecordSink::Impl::hand_over() {
    while (generation_ > 0 && handed_over_ < kept_.size()) {
        auto& next = kept_[handed_over_];
        if (next.stage == Stage::kept) {
            const auto outcome = enqueue(next, first_cookie_ + handed_over_);
            if (outcome == Enqueued::full || outcome == Enqueued::stale_generation) {
                return;
            }
            if (outcome == Enqueued::refused) {
                next.stage = Stage::refused;
                ++refused_;
            }
        }
        ++handed_over_;
    }
}

void RecordSink::Impl::let_go(Kept& kept, DeliveryOutcome outcome, std::vector<Written>& written) {
    bytes_ -= bytes_of(kept.record);
    kept.record = Record();
    kept.stage = Stage::told;
    if (kept.ticket != 0) {
        written.push_back({.ticket = kept.ticket, .outcome = outcome});
    }
}

void RecordSink::Impl::drop_front() {
    while (!kept_.empty() && kept_.front().stage == Stage::told) {
        CHECK(handed_over_ > 0, "what is told is not waiting to be handed over");
        kept_.pop_front();
        ++first_cookie_;
        --handed_over_;
    }
}

void RecordSink::Impl::on_prepared(const std::vector<PreparedTopic>& topics) {
    const std::lock_guard lock(mutex_);
    bool durable = true;
    for (std::size_t i = 0; i < kTopics; ++i) {
        partitions_.at(i) = topics.at(i).partitions;
        durable = durable && topics.at(i).durable;
    }
    counters_.command_durability_weak.set(durable ? 0 : 1);
}

void RecordSink::Impl::on_reset(Generation generation) {
    const std::lock_guard lock(mutex_);
    generation_ = generation;
    handed_over_ = 0;
    hand_over();
}

void RecordSink::Impl::on_deliveries(std::size_t, std::vector<Delivery> deliveries) {
    std::vector<Written> written;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& delivery : deliveries) {
            auto& kept = kept_.at(delivery.cookie - first_cookie_);
            CHECK(kept.stage == Stage::kept, "a record is delivered once");
            let_go(kept, delivery.outcome, written);
        }
        drop_front();
        hand_over();
        telling_ = true;
    }
    tell(std::move(written));
}

void RecordSink::Impl::tell(std::vector<Written> written) {
    if (!written.empty()) {
        listener_.on_written(std::move(written));
    }
    const std::lock_guard lock(mutex_);
    telling_ = false;
    drained_.notify_all();
}

// Tells what no producer will ever take.
void RecordSink::Impl::on_turn() {
    std::vector<Written> written;
    {
        const std::lock_guard lock(mutex_);
        if (refused_ == 0) {
            return;
        }
        counters_.records_failed.add(static_cast<double>(refused_));
        for (auto& kept : kept_) {
            if (kept.stage == Stage::refused) {
                let_go(kept, DeliveryOutcome::failed, written);
            }
        }
        refused_ = 0;
        drop_front();
        telling_ = true;
    }
    tell(std::move(written));
}

bool RecordSink::Impl::flush(std::chrono::milliseconds deadline) {
    std::unique_lock lock(mutex_);
    return drained_.wait_for(lock, deadline, [this] { return kept_.empty() && !telling_; });
}

base::Result<std::unique_ptr<RecordSink>> RecordSink::create(const Config& config, const Counters& counters,
                                                             const BrokerAccess& broker, RecordSinkListener& listener) {
    auto impl = std::make_unique<Impl>(config, counters, listener);
    if (auto begun = impl->cycle_.begin(broker); !begun) {
        return tl::unexpected(begun.error());
    }
    return std::unique_ptr<RecordSink>(new RecordSink(std::move(impl)));
}

RecordSink::RecordSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RecordSink::~RecordSink() = default;

Taken RecordSink::write(Record&& record, WriteTicket ticket) { return impl_->write(std::move(record), ticket); }

std::size_t RecordSink::undelivered_bytes() const { return impl_->undelivered_bytes(); }

BrokerState RecordSink::state() const { return impl_->cycle_.state(); }

bool RecordSink::flush(std::chrono::milliseconds deadline) { return impl_->flush(deadline); }

void RecordSink::turn_fatal_for_test() { impl_->cycle_.turn_fatal_for_test(); }

}  // namespace bus
