#include "bus/topic_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bus/counters.h"
#include "bus/embedded_broker.h"
#include "support/bus/broker_faults.h"
#include "support/bus/sink_shards.h"

namespace bus {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kTopic = "ocpp-events-up";

// A broker with a sink to produce and a reader to look.
class TopicReaderTest : public testing::Test {
protected:
    void SetUp() override {
        broker = std::move(EmbeddedBroker::create().value());
        ASSERT_TRUE(broker->create_topic(kTopic, 4));
        config = {.kind = BrokerKind::kafka, .brokers = {broker->address()}, .accept_weak = true};
        config.properties = {{"fetch.wait.max.ms", "10"}};  // the mock wakes no waiting fetch
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
    Config config;
    std::unique_ptr<EmbeddedBroker> broker;
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
    const auto before = std::chrono::steady_clock::now();
    const auto outcome = start();
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error().is_retryable());
    EXPECT_THAT(outcome.error().message, HasSubstr(kTopic));
    EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(8));

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

}  // namespace
}  // namespace bus
