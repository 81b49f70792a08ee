#include "bus/topic_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bus/counters.h"
#include "bus/embedded_broker.h"
#include "bus/partition_reading.h"
#include "support/bus/broker_faults.h"
#include "support/bus/command_path.h"
#include "support/bus/mock_kafka_test.h"
#include "support/bus/sink_shards.h"

namespace bus {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kTopic = "ocpp-events-up";
constexpr std::int16_t kFetch = 1;

// A broker with a sink to produce and a reader to look.
class TopicReaderTest : public MockKafkaTest {
protected:
    void SetUp() override {
        make_topic(kTopic);
        sink = std::move(EventSink::create(config, {}, 1, shards).value());
        shards.attach(sink.get());
        ASSERT_TRUE(shards.eventually([this] { return shards.generation(0) > 0; }));
        reader = std::move(TopicReader::create(config, kTopic, broker->address(), [this](const TopicRecord& record) {
                               const std::lock_guard lock(mutex);
                               values.emplace_back(record.value);
                           }).value());
    }

    base::Result<void> start() {
        std::optional<base::Result<void>> outcome;
        std::condition_variable told;
        reader->start([&](base::Result<void> result) {
            const std::lock_guard lock(mutex);
            outcome = std::move(result);
            told.notify_all();
        });
        std::unique_lock lock(mutex);
        EXPECT_TRUE(told.wait_for(lock, seconds(20), [&] { return outcome.has_value(); }));
        return outcome.value_or(base::fail("never told"));
    }
    [[nodiscard]] std::vector<std::string> seen() {
        const std::lock_guard lock(mutex);
        return values;
    }
    void produce(const std::string& key, const std::string& value) {
        shards.send(0, key, value);
        ASSERT_TRUE(shards.everything_delivered());
    }

    std::mutex mutex;
    std::vector<std::string> values;
    SinkShards shards{1};
    std::unique_ptr<EventSink> sink;
    std::unique_ptr<TopicReader> reader;  // dies before what its listener touches
};

TEST_F(TopicReaderTest, SeesWhatIsProducedAfterDoneAndNothingBefore) {
    produce("CP-1", "before");
    ASSERT_TRUE(start());
    produce("CP-1", "first");
    produce("CP-1", "second");
    ASSERT_TRUE(shards.eventually([this] { return seen().size() >= 2; }));
    EXPECT_THAT(seen(), ElementsAre("first", "second"));
}

TEST_F(TopicReaderTest, AnswersAtOnceWhereItReadsAlready) {
    ASSERT_TRUE(start());
    EXPECT_TRUE(start());
    produce("CP-1", "once");
    ASSERT_TRUE(shards.eventually([this] { return !seen().empty(); }));
    EXPECT_THAT(seen(), ElementsAre("once"));
}

TEST_F(TopicReaderTest, SeesNothingAfterTheStopAndStartsAnewAtTheEnd) {
    ASSERT_TRUE(start());
    produce("CP-1", "seen");
    ASSERT_TRUE(shards.eventually([this] { return seen().size() == 1; }));
    reader->stop();
    produce("CP-1", "unseen");
    ASSERT_TRUE(start());
    produce("CP-1", "seen again");
    ASSERT_TRUE(shards.eventually([this] { return testing::Value(seen(), Contains("seen again")); }));
    // "unseen" may have come while the stop was on its way, but nothing comes twice.
    EXPECT_EQ(seen().front(), "seen");
    EXPECT_EQ(seen().back(), "seen again");
    EXPECT_LE(seen().size(), 3U);
}

TEST_F(TopicReaderTest, SaysWithinSecondsThatTheBrokerIsAway) {
    faults::go_down(*broker);
    const auto outcome = start();  // gives up after a while, or the test hangs
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().is_retryable());
    EXPECT_THAT(outcome.error().message, HasSubstr(kTopic));

    faults::come_up(*broker);
    ASSERT_TRUE(start());
    produce("CP-1", "back");
    EXPECT_TRUE(shards.eventually([this] { return seen() == std::vector<std::string>{"back"}; }));
}

TEST_F(TopicReaderTest, ReadsOnAfterAnOutage) {
    ASSERT_TRUE(start());
    produce("CP-1", "before");
    ASSERT_TRUE(shards.eventually([this] { return seen().size() == 1; }));
    faults::go_down(*broker);
    shards.send(0, "CP-1", "during");
    ASSERT_TRUE(shards.eventually([this] { return sink->state().state == "down"; }));
    EXPECT_THAT(seen(), ElementsAre("before"));
    faults::come_up(*broker);
    ASSERT_TRUE(shards.eventually([this] { return seen().size() == 2; }));
    EXPECT_THAT(seen(), ElementsAre("before", "during"));
}

TEST_F(TopicReaderTest, RefusesAConfigurationThatCannotWork) {
    config.properties = {{"group.id", "mine"}};
    const auto made = TopicReader::create(config, kTopic, broker->address(), [](const TopicRecord&) {});
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("kafka.properties.group.id"));
}

TEST_F(TopicReaderTest, EndsWhileItReadsAndWhileItStarts) {
    ASSERT_TRUE(start());
    reader.reset();
    faults::go_down(*broker);
    reader = std::move(TopicReader::create(config, kTopic, broker->address(), [](const TopicRecord&) {}).value());
    std::string told;
    reader->start([&told](base::Result<void> outcome) { told = outcome ? "reads" : outcome.error().message; });
    reader.reset();
    EXPECT_FALSE(told.empty());
    EXPECT_NE(told, "reads");
}

// Remembers what it is told, and takes it at once or not at all.
class TailEars final : public TopicReaderListener {
public:
    void on_records(TopicBatch batch) override {
        const std::lock_guard lock(mutex_);
        for (auto& record : batch.records) {
            records_.push_back(std::move(record));
        }
        untaken_ += batch.bytes;
        if (reader_ != nullptr) {
            reader_->taken(std::exchange(untaken_, 0));
        }
    }
    void on_caught_up() override {
        const std::lock_guard lock(mutex_);
        caught_up_at_.push_back(records_.size());
    }
    void take_for(TopicReader& reader) {
        const std::lock_guard lock(mutex_);
        reader_ = &reader;
        reader.taken(std::exchange(untaken_, 0));
    }
    [[nodiscard]] std::vector<std::string> values(std::int32_t partition) {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> found;
        for (const auto& record : records_) {
            if (record.partition == partition) {
                found.push_back(record.value);
            }
        }
        return found;
    }
    [[nodiscard]] std::size_t count() {
        const std::lock_guard lock(mutex_);
        return records_.size();
    }
    [[nodiscard]] std::size_t untaken() {
        const std::lock_guard lock(mutex_);
        return untaken_;
    }
    // How many records had been told each time.
    [[nodiscard]] std::vector<std::size_t> caught_up_at() {
        const std::lock_guard lock(mutex_);
        return caught_up_at_;
    }

private:
    std::mutex mutex_;
    TopicReader* reader_ = nullptr;
    std::vector<TopicRecord> records_;
    std::vector<std::size_t> caught_up_at_;
    std::size_t untaken_ = 0;
};

// Records are written to the partitions of commands-down, because there the writer names the partition.
class TailReaderTest : public MockKafkaTest {
protected:
    void SetUp() override { sink = std::move(RecordSink::create(config, {}, access(), sink_ears).value()); }
    void write(std::int32_t partition, int from, int until) const {
        for (int i = from; i < until; ++i) {
            ASSERT_EQ(sink->write({.partition = partition, .key = "CP-1", .value = std::to_string(i)}, 0), Taken::yes);
        }
        ASSERT_TRUE(sink->flush(seconds(20)));
    }
    void make_reader() {
        reader = std::move(TopicReader::create_for_tail(config, config.downstream_topic, broker->address(), ears).value());
    }
    void start() {
        make_reader();
        ears.take_for(*reader);
        reader->start([this](const base::Result<void>& outcome) { started = outcome ? "reads" : outcome.error().message; });
    }
    [[nodiscard]] bool hears(std::size_t records) {
        return eventually([&] { return ears.count() >= records; });
    }
    [[nodiscard]] bool eventually(const std::function<bool()>& condition) {
        std::unique_lock lock(waiting);
        return wait_until(bell, lock, condition, seconds(20));
    }

    std::mutex waiting;
    std::condition_variable bell;
    SinkEars sink_ears;
    std::unique_ptr<RecordSink> sink;
    TailEars ears;
    std::string started;                  // read once the reader is gone
    std::unique_ptr<TopicReader> reader;  // dies first: its thread calls the ears
};

TEST_F(TailReaderTest, BeginsWithTheLastRecordsOfEachPartition) {
    config.tail_records = 3;
    make_command_topics();
    write(0, 0, 10);
    write(1, 0, 2);
    start();
    ASSERT_TRUE(eventually([this] { return !ears.caught_up_at().empty(); }));
    EXPECT_THAT(ears.values(0), ElementsAre("7", "8", "9"));
    EXPECT_THAT(ears.values(1), ElementsAre("0", "1"));
    write(0, 10, 11);
    ASSERT_TRUE(hears(6));
    EXPECT_THAT(ears.values(0), ElementsAre("7", "8", "9", "10"));
    EXPECT_THAT(ears.caught_up_at(), ElementsAre(5U)) << "once, behind the records that were there";
    reader.reset();
    EXPECT_EQ(started, "reads");
}

TEST_F(TailReaderTest, SharesTheTotalAmongThePartitions) {
    config.tail_records_total = 11;
    make_command_topics();
    write(0, 0, 10);
    write(1, 0, 10);
    start();
    ASSERT_TRUE(eventually([this] { return !ears.caught_up_at().empty(); }));
    EXPECT_THAT(ears.values(0), ElementsAre("8", "9"));
    EXPECT_THAT(ears.values(1), ElementsAre("8", "9"));
}

TEST_F(TailReaderTest, HasCaughtUpWithAnEmptyTopicAtOnce) {
    make_command_topics();
    start();
    ASSERT_TRUE(eventually([this] { return !ears.caught_up_at().empty(); }));
    EXPECT_EQ(ears.count(), 0U);
}

TEST_F(TailReaderTest, WaitsForATopicThatIsNotThereYet) {
    start();
    const auto other =
        std::move(TopicReader::create(config, config.downstream_topic, broker->address(), [](const auto&) {}).value());
    std::atomic<bool> refused = false;
    other->start([&](const base::Result<void>& outcome) { refused = !outcome; });
    ASSERT_TRUE(eventually([&] { return refused.load(); })) << "a live stream is refused a topic that is not there";
    EXPECT_THAT(ears.caught_up_at(), testing::IsEmpty());

    make_command_topics();
    write(1, 0, 2);
    ASSERT_TRUE(hears(2));
    EXPECT_THAT(ears.values(1), ElementsAre("0", "1"));
}

TEST_F(TailReaderTest, WaitsForABrokerThatIsNotThereYet) {
    make_command_topics();
    write(0, 0, 2);
    faults::go_down(*broker);
    start();
    ASSERT_TRUE(eventually([this] { return sink->state().state == "down"; }));
    faults::come_up(*broker);
    ASSERT_TRUE(hears(2));
    EXPECT_THAT(ears.values(0), ElementsAre("0", "1"));
    reader.reset();
    EXPECT_EQ(started, "reads");
}

TEST_F(TailReaderTest, GoesOnWhereItWasAfterAnOutage) {
    make_command_topics();
    write(0, 0, 5);
    start();
    ASSERT_TRUE(hears(5));
    faults::go_down(*broker);
    ASSERT_EQ(sink->write({.partition = 0, .key = "CP-1", .value = "during"}, 0), Taken::yes);
    ASSERT_TRUE(eventually([this] { return sink->state().state == "down"; }));
    faults::come_up(*broker);
    ASSERT_TRUE(hears(6));
    EXPECT_THAT(ears.values(0), ElementsAre("0", "1", "2", "3", "4", "during"));
}

// Both errors end the consumer: the next one begins where it was.
TEST_F(TailReaderTest, GoesOnWhereItWasAfterAnErrorThatOnlyANewConsumerMends) {
    make_command_topics();
    write(0, 0, 5);
    start();
    ASSERT_TRUE(hears(5));
    int written = 5;
    for (const auto error : {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE}) {
        faults::push_errors(*broker, kFetch, {error});
        write(0, written, written + 1);
        written += 1;
        ASSERT_TRUE(hears(static_cast<std::size_t>(written))) << rd_kafka_err2str(error);
    }
    EXPECT_THAT(ears.values(0), ElementsAre("0", "1", "2", "3", "4", "5", "6"));
    EXPECT_THAT(ears.caught_up_at(), testing::SizeIs(1));
}

TEST_F(TailReaderTest, GoesOnAtTheBeginningWhereTheLogDoesNotHaveItsPlaceAnyMore) {
    EXPECT_EQ(offset_in({.partition = 0, .begin = 5, .end = 10}, 4), 5) << "dropped by retention";
    EXPECT_EQ(offset_in({.partition = 0, .begin = 5, .end = 10}, 5), 5);
    EXPECT_EQ(offset_in({.partition = 0, .begin = 5, .end = 10}, 10), 10);
    EXPECT_EQ(offset_in({.partition = 0, .begin = 5, .end = 10}, 11), 5) << "made anew";
}

TEST_F(TailReaderTest, AsksForNoMoreThanIsTaken) {
    config.handover_bytes_max = 20'000;
    config.handover_batch_bytes_max = 5'000;
    make_command_topics();
    write(0, 0, 500);
    make_reader();
    reader->start([this](const base::Result<void>& outcome) { started = outcome ? "reads" : outcome.error().message; });
    ASSERT_TRUE(eventually([this] { return ears.untaken() >= config.handover_bytes_max; }));
    // It stands still, yet it obeys: a second start is answered.
    const auto standing = ears.count();
    std::atomic<bool> answered = false;
    reader->start([&](const base::Result<void>&) { answered = true; });
    ASSERT_TRUE(eventually([&] { return answered.load(); }));
    EXPECT_EQ(ears.count(), standing);
    EXPECT_LT(standing, 500U);
    EXPECT_LT(ears.untaken(), config.handover_bytes_max + 2 * config.handover_batch_bytes_max);

    ears.take_for(*reader);
    ASSERT_TRUE(hears(500));
    EXPECT_EQ(ears.values(0).back(), "499");
}

TEST_F(TailReaderTest, EndsWhileItWaits) {
    start();
    reader.reset();
    EXPECT_EQ(started, "the reading was stopped");
}

}  // namespace
}  // namespace bus
