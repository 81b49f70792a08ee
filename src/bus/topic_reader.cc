// The reader's thread sleeps until somebody listens, then makes a consumer of its own, finds the end of every partition and
// reads on from there. librdkafka's simple consumer is used: it needs no group, so nothing is coordinated, committed or
// granted for it.
#include "bus/topic_reader.h"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "bus/client_settings.h"
#include "bus/kafka_handles.h"

namespace bus {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStartWait{5000};  // the listener hears within it whether records will come
constexpr milliseconds kQuestionWait{1000};
constexpr milliseconds kRetryWait{100};
constexpr milliseconds kReadWait{200};
constexpr milliseconds kPartitionLook{10'000};  // how soon records of partitions that were added are seen

using Done = std::function<void(base::Result<void>)>;

std::string_view bytes_of(const void* data, std::size_t size) { return {static_cast<const char*>(data), size}; }

// One consumer from its start to its end, on the reader's thread.
class Reading {
public:
    Reading(ClientHandle client, const std::string& topic, const std::function<void(const TopicRecord&)>& on_record)
        : client_(std::move(client)),
          queue_(rd_kafka_queue_new(client_.get())),
          topic_(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr)),
          on_record_(on_record) {}
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    // Every partition from its present end. May be tried again after an error.
    base::Result<void> begin();
    // Waits for records and hands them over.
    void read();
    void wake() { rd_kafka_queue_yield(queue_.get()); }

private:
    static void on_message(rd_kafka_message_t* message, void* self);
    base::Result<std::int32_t> partitions() const;
    void read_partitions_from(std::int32_t first, const std::vector<std::int64_t>& offsets);
    void look_for_partitions();
    void drain_errors() const;

    ClientHandle client_;
    QueueHandle queue_;
    TopicHandle topic_;
    const std::function<void(const TopicRecord&)>& on_record_;
    std::int32_t reading_ = 0;  // partitions 0 up to here
    rd_kafka_resp_err_t last_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    steady_clock::time_point last_look_;
};

Reading::~Reading() {
    for (std::int32_t partition = 0; partition < reading_; ++partition) {
        rd_kafka_consume_stop(topic_.get(), partition);
    }
}

base::Result<std::int32_t> Reading::partitions() const {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 0, topic_.get(), &answer, static_cast<int>(kQuestionWait.count()));
    const MetadataHandle metadata(answer);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return base::fail(rd_kafka_err2str(error), base::Retry::makes_sense);
    }
    if (metadata->topic_cnt != 1 || metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const auto why = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        return base::fail(rd_kafka_err2str(why), base::Retry::makes_sense);
    }
    return metadata->topics[0].partition_cnt;
}

base::Result<void> Reading::begin() {
    const auto count = partitions();
    if (!count) {
        return tl::unexpected(count.error());
    }
    // "The end" as an offset: librdkafka would look for it only when its fetcher starts, and records until then were missed.
    const PartitionListHandle list(rd_kafka_topic_partition_list_new(*count));
    for (std::int32_t partition = 0; partition < *count; ++partition) {
        rd_kafka_topic_partition_list_add(list.get(), rd_kafka_topic_name(topic_.get()), partition)->offset = RD_KAFKA_OFFSET_END;
    }
    const auto error = rd_kafka_offsets_for_times(client_.get(), list.get(), static_cast<int>(kQuestionWait.count()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return base::fail(rd_kafka_err2str(error), base::Retry::makes_sense);
    }
    std::vector<std::int64_t> ends(static_cast<std::size_t>(*count));
    for (int i = 0; i < list->cnt; ++i) {
        const auto& found = list->elems[i];
        if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR || found.offset < 0) {
            return base::fail(fmt::format("partition {}: {}", found.partition, rd_kafka_err2str(found.err)),
                              base::Retry::makes_sense);
        }
        ends.at(static_cast<std::size_t>(found.partition)) = found.offset;
    }
    read_partitions_from(0, ends);
    last_look_ = steady_clock::now();
    return {};
}

void Reading::read_partitions_from(std::int32_t first, const std::vector<std::int64_t>& offsets) {
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        const auto partition = first + static_cast<std::int32_t>(i);
        if (rd_kafka_consume_start_queue(topic_.get(), partition, offsets[i], queue_.get()) != 0) {
            base::log_warn("kafka partition cannot be read", {{"topic", rd_kafka_topic_name(topic_.get())},
                                                              {"partition", partition},
                                                              {"error", rd_kafka_err2str(rd_kafka_last_error())}});
        }
        reading_ = partition + 1;
    }
}

void Reading::on_message(rd_kafka_message_t* message, void* self) {
    auto& reading = *static_cast<Reading*>(self);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        // Told once until it changes: the fetcher repeats it every half second.
        if (std::exchange(reading.last_error_, message->err) != message->err) {
            base::log_warn("kafka topic cannot be read at the moment",
                           {{"topic", rd_kafka_topic_name(reading.topic_.get())}, {"error", rd_kafka_err2str(message->err)}});
        }
        return;
    }
    reading.last_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    reading.on_record_({.key = bytes_of(message->key, message->key_len),
                        .value = bytes_of(message->payload, message->len),
                        .partition = message->partition,
                        .offset = message->offset});
}

void Reading::read() {
    rd_kafka_consume_callback_queue(queue_.get(), static_cast<int>(kReadWait.count()), on_message, this);
    drain_errors();
    if (steady_clock::now() - last_look_ > kPartitionLook) {
        look_for_partitions();
        last_look_ = steady_clock::now();
    }
}

// Records of an added partition are new since this reading began: from its beginning.
void Reading::look_for_partitions() {
    const auto count = partitions();
    if (count && *count > reading_) {
        const std::vector<std::int64_t> beginnings(static_cast<std::size_t>(*count - reading_), RD_KAFKA_OFFSET_BEGINNING);
        read_partitions_from(reading_, beginnings);
    }
}

// The client's general errors are in its log lines already; here they are only taken off its queue.
void Reading::drain_errors() const { rd_kafka_poll(client_.get(), 0); }

}  // namespace

struct TopicReader::Impl {
    Impl(Config config, std::string topic, std::string brokers, std::function<void(const TopicRecord&)> on_record)
        : config_(std::move(config)), topic_(std::move(topic)), brokers_(std::move(brokers)), on_record_(std::move(on_record)) {}
    ~Impl();

    base::Result<ClientHandle> make_client_now() const;
    void run();
    bool wait_until_wanted();
    void read_while_wanted();
    base::Result<void> begin_in_time(Reading& reading) const;
    // Tells everybody who waits. A failure ends the wish to read in the same moment, so that who comes later starts anew.
    void answer(const base::Result<void>& outcome);
    // Nobody listens any more: who still waits is told, unless somebody came meanwhile.
    void answer_stopped();
    [[nodiscard]] bool wanted() const {
        const std::lock_guard lock(mutex_);
        return wanted_ && !ending_;
    }
    void publish(Reading* reading) {
        const std::lock_guard lock(mutex_);
        reading_ = reading;
    }

    const Config config_;
    const std::string topic_;
    const std::string brokers_;
    const std::function<void(const TopicRecord&)> on_record_;

    mutable std::mutex mutex_;
    std::condition_variable bell_;
    bool wanted_ = false;
    bool ending_ = false;
    std::vector<Done> waiting_;
    Reading* reading_ = nullptr;  // to wake it
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

base::Result<ClientHandle> TopicReader::Impl::make_client_now() const {
    auto conf = reader_settings(config_, brokers_);
    return conf ? make_client(RD_KAFKA_CONSUMER, std::move(*conf)) : tl::unexpected(conf.error());
}

bool TopicReader::Impl::wait_until_wanted() {
    std::unique_lock lock(mutex_);
    bell_.wait(lock, [this] { return wanted_ || ending_; });
    return !ending_;
}

void TopicReader::Impl::answer(const base::Result<void>& outcome) {
    std::vector<Done> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting.swap(waiting_);
        wanted_ = wanted_ && outcome.has_value();
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

base::Result<void> TopicReader::Impl::begin_in_time(Reading& reading) const {
    const auto deadline = steady_clock::now() + kStartWait - 2 * kQuestionWait;  // one begin asks two questions
    auto begun = reading.begin();
    while (!begun && wanted() && steady_clock::now() < deadline) {
        std::this_thread::sleep_for(kRetryWait);
        begun = reading.begin();
    }
    return begun;
}

void TopicReader::Impl::read_while_wanted() {
    auto client = make_client_now();
    if (!client) {
        return answer(tl::unexpected(client.error()));
    }
    Reading reading(std::move(*client), topic_, on_record_);
    if (const auto begun = begin_in_time(reading); !begun) {
        return answer(base::fail(fmt::format("topic {} cannot be read: {}", topic_, begun.error().message), begun.error().retry));
    }
    publish(&reading);
    while (wanted()) {
        answer({});
        reading.read();
    }
    publish(nullptr);
}

void TopicReader::Impl::run() {
    while (wait_until_wanted()) {
        read_while_wanted();
        answer_stopped();
    }
    answer_stopped();
}

base::Result<std::unique_ptr<TopicReader>> TopicReader::create(const Config& config, std::string topic, std::string brokers,
                                                               std::function<void(const TopicRecord&)> on_record) {
    auto impl = std::make_unique<Impl>(config, std::move(topic), std::move(brokers), std::move(on_record));
    // A consumer that is thrown away at once: a configuration that cannot work is an error now, not at the first listener.
    if (auto client = impl->make_client_now(); !client) {
        return tl::unexpected(client.error());
    }
    impl->thread_ = std::thread([raw = impl.get()] { raw->run(); });
    return std::unique_ptr<TopicReader>(new TopicReader(std::move(impl)));
}

TopicReader::TopicReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

TopicReader::~TopicReader() = default;

void TopicReader::start(Done done) {
    const std::lock_guard lock(impl_->mutex_);
    impl_->wanted_ = true;
    impl_->waiting_.push_back(std::move(done));
    if (impl_->reading_ != nullptr) {
        impl_->reading_->wake();
    }
    impl_->bell_.notify_all();
}

void TopicReader::stop() {
    const std::lock_guard lock(impl_->mutex_);
    impl_->wanted_ = false;
    if (impl_->reading_ != nullptr) {
        impl_->reading_->wake();
    }
}

}  // namespace bus
