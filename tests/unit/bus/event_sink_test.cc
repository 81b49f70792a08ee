// An EventSink against librdkafka's mock cluster in this process: its own embedded one, and one that is made to misbehave.
#include "bus/event_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "bus/counters.h"
#include "bus/embedded_broker.h"
#include "bus/producer.h"
#include "support/bus/broker_faults.h"
#include "support/bus/event_sink_test_access.h"
#include "support/bus/mock_kafka_test.h"
#include "support/bus/sink_shards.h"
#include "support/bus/topic_records.h"

namespace bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kShards = 2;
constexpr std::int16_t kProduce = 0;

// A sink with its shards. `broker` stands for a real Kafka then, and can be made to misbehave.
struct Bench {
    explicit Bench(Config config) : shards(kShards) {
        auto made = EventSink::create(config, counters, kShards, shards);
        if (!made) {
            throw std::runtime_error(made.error().message);
        }
        sink = std::move(*made);
        shards.attach(sink.get());
    }
    [[nodiscard]] bool becomes_ready() {
        return shards.eventually([this] { return sink->state().ready && shards.generation(kShards - 1) > 0; });
    }
    [[nodiscard]] std::vector<StoredRecord> records() const {
        return records_of(sink->state().address, "ocpp-events-up", sink->partitions());
    }

    base::Metrics metrics;
    Counters counters = Counters::make(metrics);
    SinkShards shards;
    std::unique_ptr<EventSink> sink;  // dies first: its thread calls the shards
};

class MisbehavingBroker : public MockKafkaTest {
protected:
    void SetUp() override { make_topic(config.upstream_topic); }
};

// What a consumer that drops known ids is left with, by key. The values are the ids.
std::map<std::string, std::vector<std::string>> first_occurrences(const std::vector<StoredRecord>& records) {
    std::map<std::string, std::vector<std::string>> kept;
    std::set<std::string> known;
    for (const auto& record : records) {
        if (known.insert(record.value).second) {
            kept[record.key].push_back(record.value);
        }
    }
    return kept;
}

std::string value(int number) { return "event " + std::to_string(1'000'000 + number); }

void expect_all_in_order(const std::vector<StoredRecord>& records, const std::vector<std::string>& keys, int count) {
    const auto kept = first_occurrences(records);
    std::size_t found = 0;
    for (const auto& key : keys) {
        const auto of_key = kept.find(key);
        ASSERT_NE(of_key, kept.end()) << key;
        EXPECT_TRUE(std::is_sorted(of_key->second.begin(), of_key->second.end())) << key;
        found += of_key->second.size();
    }
    EXPECT_EQ(found, static_cast<std::size_t>(count));
}

const std::vector<std::string> kKeys{"CP-1", "CP-2", "CP-3", "CP-4", "CP-5"};

void send_some(SinkShards& shards, int from, int until) {
    for (int i = from; i < until; ++i) {
        const auto key = static_cast<std::size_t>(i) % kKeys.size();
        shards.send(key % kShards, kKeys[key], value(i));
    }
}

TEST(EmbeddedSink, IsReadyWithEightPartitionsAndSaysThatItIsNotDurable) {
    Bench bench({});
    ASSERT_TRUE(bench.becomes_ready());
    const auto state = bench.sink->state();
    EXPECT_EQ(state.state, "up");
    EXPECT_THAT(state.address, HasSubstr("127.0.0.1:"));
    EXPECT_THAT(state.problem, IsEmpty());
    EXPECT_FALSE(state.durable);
    EXPECT_EQ(bench.sink->partitions(), kEmbeddedPartitions);
    EXPECT_EQ(bench.counters.durability_weak.value(), 1);
}

TEST(EventSink, TellsEachShardItsOwnDeliveries) {
    Bench bench({});
    ASSERT_TRUE(bench.becomes_ready());
    const auto first = bench.shards.send(0, "CP-1", "a");
    const auto second = bench.shards.send(1, "CP-1", "b");
    const auto third = bench.shards.send(1, "CP-1", "c");
    ASSERT_TRUE(bench.shards.everything_delivered());
    EXPECT_THAT(bench.shards.logged_cookies(0), ElementsAre(first));
    EXPECT_THAT(bench.shards.logged_cookies(1), ElementsAre(second, third));
}

TEST(EventSink, WritesKeyValueAndHeadersIntoTheKeysPartition) {
    Bench bench({});
    ASSERT_TRUE(bench.becomes_ready());
    const std::string traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    bench.shards.send(0, "foobar", R"({"id":"1"})", traceparent);
    ASSERT_TRUE(bench.shards.everything_delivered());
    const auto records = bench.records();
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].key, "foobar");
    EXPECT_EQ(records[0].value, R"({"id":"1"})");
    EXPECT_EQ(records[0].partition, (-790332482 & 0x7fffffff) % kEmbeddedPartitions);
    EXPECT_EQ(records[0].headers.at("content-type"), "application/cloudevents+json; charset=UTF-8");
    EXPECT_EQ(records[0].headers.at("traceparent"), traceparent);
}

TEST(EventSink, KeepsTheOrderOfEachKeyWhenShardsSendAtOnce) {
    Bench bench({});
    ASSERT_TRUE(bench.becomes_ready());
    constexpr int kCount = 2000;
    std::vector<std::thread> threads;
    threads.reserve(kShards);
    for (std::size_t shard = 0; shard < kShards; ++shard) {
        threads.emplace_back([&bench, shard] {
            for (int i = 0; i < kCount; ++i) {
                bench.shards.send(shard, "CP-" + std::to_string(shard), "shard " + std::to_string(shard) + " " + value(i));
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    ASSERT_TRUE(bench.shards.everything_delivered());
    expect_all_in_order(bench.records(), {"CP-0", "CP-1"}, kCount * static_cast<int>(kShards));
}

TEST(EventSink, TakesNothingUnderAnotherGeneration) {
    Bench bench({});
    ASSERT_TRUE(bench.becomes_ready());
    const Message message{.key = "CP-1", .value = "x", .traceparent = "", .partition = 0};
    EXPECT_EQ(bench.sink->enqueue(0, bench.sink->generation() + 1, message, 1), Enqueued::stale_generation);
    EXPECT_EQ(bench.sink->enqueue(0, 0, message, 1), Enqueued::stale_generation);
}

TEST(EventSink, RefusesAMessageThatCouldNeverBeLogged) {
    Bench bench({.message_bytes_max = 2000});
    ASSERT_TRUE(bench.becomes_ready());
    const std::string large(3000, 'x');
    EXPECT_EQ(bench.sink->enqueue(0, 1, {.key = "CP-1", .value = large, .traceparent = "", .partition = 0}, 1),
              Enqueued::refused);
    bench.shards.send(0, "CP-1", "small");
    EXPECT_TRUE(bench.shards.everything_delivered());
}

TEST(EventSink, RefusesAConfigurationThatCannotWork) {
    SinkShards shards(kShards);
    const auto unknown = EventSink::create({.properties = {{"no.such.key", "1"}}}, {}, kShards, shards);
    ASSERT_FALSE(unknown);
    EXPECT_THAT(unknown.error().message, HasSubstr("kafka.properties.no.such.key"));
    const auto forbidden = EventSink::create({.properties = {{"acks", "1"}}}, {}, kShards, shards);
    ASSERT_FALSE(forbidden);
    EXPECT_THAT(forbidden.error().message, HasSubstr("kafka.properties.acks"));
    // Only librdkafka knows that this does not go with an idempotent producer.
    const auto conflict = EventSink::create({.properties = {{"max.in.flight", "100"}}}, {}, kShards, shards);
    ASSERT_FALSE(conflict);
    EXPECT_THAT(conflict.error().message, HasSubstr("max.in.flight"));
}

TEST(EventSink, LosesNothingAndKeepsTheOrderOverAFatalError) {
    Bench bench({});
    ASSERT_TRUE(bench.becomes_ready());
    constexpr int kCount = 3000;
    send_some(bench.shards, 0, kCount / 3);
    EventSinkTestAccess::turn_fatal(*bench.sink);
    send_some(bench.shards, kCount / 3, 2 * kCount / 3);
    ASSERT_TRUE(bench.shards.eventually([&] { return bench.sink->generation() == 2; }));
    send_some(bench.shards, 2 * kCount / 3, kCount);
    ASSERT_TRUE(bench.shards.everything_delivered());
    expect_all_in_order(bench.records(), kKeys, kCount);
    EXPECT_EQ(bench.shards.failed(), 0U);
    EXPECT_EQ(bench.counters.producer_resets.value(), 1);
    EXPECT_TRUE(bench.sink->state().ready);
}

TEST(EventSink, SurvivesFatalErrorsAgainAndAgain) {
    Bench bench({});
    ASSERT_TRUE(bench.becomes_ready());
    for (Generation generation = 1; generation <= 3; ++generation) {
        send_some(bench.shards, static_cast<int>(generation) * 100, static_cast<int>(generation) * 100 + 100);
        EventSinkTestAccess::turn_fatal(*bench.sink);
        ASSERT_TRUE(bench.shards.eventually([&] { return bench.sink->generation() > generation; }));
    }
    ASSERT_TRUE(bench.shards.everything_delivered());
    expect_all_in_order(bench.records(), kKeys, 300);
}

TEST_F(MisbehavingBroker, MakesTheProducerFatalAndNothingIsLost) {
    Bench bench(config);
    ASSERT_TRUE(bench.becomes_ready()) << bench.sink->state().problem;
    faults::push_errors(*broker, kProduce,
                        {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                         RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    constexpr int kCount = 500;
    send_some(bench.shards, 0, kCount);
    ASSERT_TRUE(bench.shards.everything_delivered());
    EXPECT_GE(bench.counters.producer_resets.value(), 1);
    expect_all_in_order(bench.records(), kKeys, kCount);
    EXPECT_EQ(bench.shards.failed(), 0U);
}

TEST_F(MisbehavingBroker, HoldsEventsBackWhileItAnswersWithErrors) {
    Bench bench(config);
    ASSERT_TRUE(bench.becomes_ready());
    faults::push_errors(*broker, kProduce, std::vector(5, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS));
    send_some(bench.shards, 0, 50);
    ASSERT_TRUE(bench.shards.everything_delivered());
    EXPECT_EQ(bench.shards.failed(), 0U);
    EXPECT_EQ(bench.sink->generation(), 1U);
    expect_all_in_order(bench.records(), kKeys, 50);
}

TEST_F(MisbehavingBroker, IsDownAndUpAgainAndTheEventsAreThere) {
    Bench bench(config);
    ASSERT_TRUE(bench.becomes_ready());
    faults::go_down(*broker);
    ASSERT_TRUE(bench.shards.eventually([&] { return bench.sink->state().state == "down"; }));
    EXPECT_FALSE(bench.sink->state().ready);
    EXPECT_THAT(bench.sink->state().problem, HasSubstr("no broker answers"));
    send_some(bench.shards, 0, 50);
    EXPECT_FALSE(bench.sink->flush(milliseconds(50)));
    EXPECT_EQ(bench.shards.logged(), 0U);

    faults::come_up(*broker);
    ASSERT_TRUE(bench.shards.everything_delivered());
    EXPECT_TRUE(bench.shards.eventually([&] { return bench.sink->state().ready; }));
    expect_all_in_order(bench.records(), kKeys, 50);
}

TEST_F(MisbehavingBroker, RefusesAMessageForItsSizeAndItWaitsForANewProducer) {
    Bench bench(config);
    ASSERT_TRUE(bench.becomes_ready());
    faults::push_errors(*broker, kProduce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    bench.shards.send(0, "CP-1", "refused once");
    bench.shards.send(0, "CP-1", "behind it");
    ASSERT_TRUE(bench.shards.everything_delivered());
    EXPECT_EQ(bench.shards.failed(), 0U);
    EXPECT_THAT(bench.records(), SizeIs(2));
}

TEST_F(MisbehavingBroker, TakesTheRightAwayAndTheEventsWait) {
    Bench bench(config);
    ASSERT_TRUE(bench.becomes_ready());
    faults::push_errors(*broker, kProduce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    bench.shards.send(0, "CP-1", "waits");
    ASSERT_TRUE(bench.shards.everything_delivered());
    EXPECT_EQ(bench.shards.failed(), 0U);
    EXPECT_THAT(bench.shards.logged_cookies(0), SizeIs(1));
}

TEST_F(MisbehavingBroker, WhoseTopicCannotBeJudgedIsRefusedUnlessAccepted) {
    auto strict = config;
    strict.accept_weak = false;
    Bench bench(strict);
    ASSERT_TRUE(bench.shards.eventually([&] { return bench.sink->state().state == "weak topic"; }));
    EXPECT_FALSE(bench.sink->state().ready);
    EXPECT_THAT(bench.sink->state().problem, AllOf(HasSubstr("ocpp-events-up"), HasSubstr("durability.accept_weak")));
    EXPECT_EQ(bench.sink->generation(), 0U);
}

TEST_F(MisbehavingBroker, WithoutTheTopicItIsNamedUntilItIsThere) {
    auto other = config;
    other.upstream_topic = "other-events";
    Bench bench(other);
    ASSERT_TRUE(bench.shards.eventually([&] { return bench.sink->state().problem.find("other-events") != std::string::npos; }));
    EXPECT_FALSE(bench.sink->state().ready);
    EXPECT_THAT(bench.sink->state().problem, HasSubstr("kafka.create_topics"));
    EXPECT_EQ(bench.sink->partition_of("foobar"), 0);
    ASSERT_TRUE(broker->create_topic("other-events", 6));
    ASSERT_TRUE(bench.becomes_ready());
    EXPECT_EQ(bench.sink->partitions(), 6);
}

TEST_F(MisbehavingBroker, ThatIsNotThereYetIsFoundWhenItComes) {
    faults::go_down(*broker);
    Bench bench(config);
    ASSERT_TRUE(bench.shards.eventually([&] { return bench.sink->state().problem.find("kafka.brokers") != std::string::npos; }));
    EXPECT_FALSE(bench.sink->state().ready);
    bench.shards.send(0, "CP-1", "early");
    faults::come_up(*broker);
    EXPECT_TRUE(bench.becomes_ready());
    EXPECT_TRUE(bench.shards.everything_delivered());
}

TEST_F(MisbehavingBroker, LetsTheSinkDieWithUndeliveredMessages) {
    Bench bench(config);
    ASSERT_TRUE(bench.becomes_ready());
    faults::go_down(*broker);
    send_some(bench.shards, 0, 200);
    bench.sink.reset();
    EXPECT_EQ(bench.shards.logged(), 0U);
    EXPECT_EQ(bench.shards.failed(), 0U);
}

TEST(EventSink, FlushesWhatWasTaken) {
    Bench bench({.properties = {{"linger.ms", "100"}}});
    ASSERT_TRUE(bench.becomes_ready());
    send_some(bench.shards, 0, 100);
    EXPECT_TRUE(bench.sink->flush(seconds(20)));
    EXPECT_EQ(bench.shards.undelivered(), 0U);
}

TEST(DeliveryReport, GivesUpOnlyWhatTheBrokerWillNeverTake) {
    EXPECT_EQ(meaning_of(RD_KAFKA_RESP_ERR_NO_ERROR), ReportMeaning::logged);
    EXPECT_EQ(meaning_of(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), ReportMeaning::broken);
    EXPECT_EQ(meaning_of(RD_KAFKA_RESP_ERR_INVALID_RECORD), ReportMeaning::broken);
    EXPECT_EQ(meaning_of(RD_KAFKA_RESP_ERR__PURGE_QUEUE), ReportMeaning::told_by_reset);
    EXPECT_EQ(meaning_of(RD_KAFKA_RESP_ERR__FATAL), ReportMeaning::broken);
    EXPECT_EQ(meaning_of(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), ReportMeaning::broken);
    EXPECT_EQ(meaning_of(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC), ReportMeaning::broken);
}

}  // namespace
}  // namespace bus
