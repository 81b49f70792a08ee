// A RecordSink against librdkafka's mock cluster in this process, one that can be made to misbehave.
#include "bus/record_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bus/counters.h"
#include "bus/embedded_broker.h"
#include "bus/partitioner.h"
#include "support/bus/broker_faults.h"
#include "support/bus/command_path.h"
#include "support/bus/mock_kafka_test.h"
#include "support/bus/record_sink_test_access.h"
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

constexpr std::int16_t kProduce = 0;
constexpr int kResultPartitions = 3;

class RecordSinkTest : public MockKafkaTest {
protected:
    void SetUp() override { make_command_topics(kPartitions, kResultPartitions); }
    void start() { sink = std::move(RecordSink::create(config, counters, access(), ears).value()); }
    [[nodiscard]] bool becomes(const std::string& state) const {
        const auto end = std::chrono::steady_clock::now() + seconds(20);
        while (sink->state().state != state && std::chrono::steady_clock::now() < end) {
            static_cast<void>(sink->flush(milliseconds(10)));
        }
        return sink->state().state == state;
    }
    // Commands to each partition in turn, values that sort in the order of writing, tickets from 1.
    void write_commands(int from, int until) const {
        for (int i = from; i < until; ++i) {
            ASSERT_EQ(sink->write({.topic = RecordTopic::commands,
                                   .partition = i % kPartitions,
                                   .key = "CP-1",
                                   .value = "command " + std::to_string(100'000 + i)},
                                  static_cast<WriteTicket>(i + 1)),
                      Taken::yes);
        }
    }
    // Every command is in its partition, and the first occurrences are in order there.
    void expect_commands(int count) const {
        std::map<std::int32_t, std::vector<std::string>> kept;
        std::set<std::string> known;
        for (const auto& record : records_of(broker->address(), "commands-down", kPartitions)) {
            if (known.insert(record.value).second) {
                kept[record.partition].push_back(record.value);
            }
        }
        EXPECT_THAT(known, SizeIs(count));
        for (const auto& [partition, values] : kept) {
            EXPECT_TRUE(std::is_sorted(values.begin(), values.end())) << partition;
        }
    }

    base::Metrics metrics;
    Counters counters = Counters::make(metrics);
    SinkEars ears;
    std::unique_ptr<RecordSink> sink;  // dies first: its thread calls the ears
};

TEST_F(RecordSinkTest, WritesAMarkerWithItsHeadersToItsPartition) {
    start();
    ASSERT_EQ(sink->write({.topic = RecordTopic::commands,
                           .partition = 2,
                           .key = "CP-1",
                           .value = "sending",
                           .headers = {{"gateway-kind", "sending"}, {"gateway-hop", "1"}}},
                          7),
              Taken::yes);
    ASSERT_TRUE(ears.hear(1));
    EXPECT_THAT(ears.logged(), ElementsAre(7));
    const auto records = records_of(broker->address(), "commands-down", kPartitions);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].partition, 2);
    EXPECT_EQ(records[0].key, "CP-1");
    EXPECT_EQ(records[0].value, "sending");
    EXPECT_EQ(records[0].headers, (std::map<std::string, std::string>{{"gateway-kind", "sending"}, {"gateway-hop", "1"}}));
}

TEST_F(RecordSinkTest, WritesResultsAndDeadLettersWhereTheirKeyBelongs) {
    start();
    ASSERT_EQ(sink->write({.topic = RecordTopic::results, .key = "CP-1", .value = "queued"}, 1), Taken::yes);
    ASSERT_EQ(sink->write({.topic = RecordTopic::results, .key = "CP-1", .value = "failed"}, 0), Taken::yes);
    ASSERT_EQ(sink->write({.topic = RecordTopic::dead_letters, .key = "CP-1", .value = "letter"}, 2), Taken::yes);
    ASSERT_TRUE(sink->flush(seconds(20)));
    EXPECT_THAT(ears.logged(), testing::UnorderedElementsAre(1, 2));
    const auto partition = partition_for_key("CP-1", kResultPartitions);
    const auto results = records_of(broker->address(), "command-results", kResultPartitions);
    ASSERT_THAT(results, SizeIs(2));
    EXPECT_EQ(results[0].value, "queued");
    EXPECT_EQ(results[1].value, "failed");
    EXPECT_EQ(results[0].partition, partition);
    const auto letters = records_of(broker->address(), "commands-dead-letter", kResultPartitions);
    ASSERT_THAT(letters, SizeIs(1));
    EXPECT_EQ(letters[0].partition, partition);
}

TEST_F(RecordSinkTest, TakesRecordsBeforeTheBrokerIsFound) {
    faults::go_down(*broker);
    start();
    write_commands(0, 20);
    EXPECT_FALSE(sink->flush(milliseconds(20)));
    faults::come_up(*broker);
    ASSERT_TRUE(ears.hear(20));
    expect_commands(20);
}

TEST_F(RecordSinkTest, RefusesWhatDoesNotFitUntilSomethingIsDelivered) {
    config.records_bytes_max = 10'000;
    faults::go_down(*broker);
    start();
    const std::string large(4000, 'x');
    ASSERT_EQ(sink->write({.key = "CP-1", .value = large}, 1), Taken::yes);
    ASSERT_EQ(sink->write({.key = "CP-1", .value = large}, 2), Taken::yes);
    Record third{.key = "CP-1", .value = large};
    EXPECT_EQ(sink->write(std::move(third), 3), Taken::full);
    // NOLINTNEXTLINE(bugprone-use-after-move): that nothing was moved is what is asked here.
    EXPECT_EQ(third.value, large) << "a record that is refused stays the caller's";
    faults::come_up(*broker);
    ASSERT_TRUE(ears.hear(2));
    EXPECT_EQ(sink->undelivered_bytes(), 0U);
    EXPECT_EQ(sink->write(std::move(third), 3), Taken::yes);
    EXPECT_TRUE(ears.hear(3));
}

TEST_F(RecordSinkTest, TellsARecordThatCouldNeverBeLogged) {
    config.message_bytes_max = 2000;
    start();
    ASSERT_EQ(sink->write({.key = "CP-1", .value = std::string(3000, 'x')}, 1), Taken::yes);
    ASSERT_EQ(sink->write({.key = "CP-1", .value = "small"}, 2), Taken::yes);
    ASSERT_TRUE(ears.hear(2));
    EXPECT_THAT(ears.failed(), ElementsAre(1));
    EXPECT_THAT(ears.logged(), ElementsAre(2));
    EXPECT_EQ(counters.records_failed.value(), 1);
    EXPECT_EQ(sink->undelivered_bytes(), 0U);
}

TEST_F(RecordSinkTest, KeepsARecordThatTheBrokerRefusedForItsSizeForTheNextProducer) {
    start();
    ASSERT_TRUE(becomes("up"));
    faults::push_errors(*broker, kProduce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    ASSERT_EQ(sink->write({.key = "CP-1", .value = "refused once"}, 1), Taken::yes);
    ASSERT_TRUE(ears.hear(1));
    EXPECT_THAT(ears.failed(), IsEmpty());
    EXPECT_THAT(ears.logged(), ElementsAre(1));
}

TEST_F(RecordSinkTest, LosesNothingAndKeepsTheOrderOverFatalErrors) {
    start();
    ASSERT_TRUE(becomes("up"));
    constexpr int kRounds = 3;
    constexpr int kCount = 400;
    for (int round = 0; round < kRounds; ++round) {
        write_commands(round * kCount, round * kCount + kCount / 2);
        RecordSinkTestAccess::turn_fatal(*sink);
        write_commands(round * kCount + kCount / 2, (round + 1) * kCount);
        ASSERT_TRUE(ears.hear(static_cast<std::size_t>((round + 1) * kCount)));
    }
    EXPECT_EQ(counters.producer_resets.value(), kRounds);
    EXPECT_THAT(ears.failed(), IsEmpty());
    auto tickets = ears.logged();
    std::sort(tickets.begin(), tickets.end());
    EXPECT_EQ(std::adjacent_find(tickets.begin(), tickets.end()), tickets.end()) << "a ticket is told once";
    expect_commands(kRounds * kCount);
}

TEST_F(RecordSinkTest, SurvivesABrokerThatMakesItsProducerFatal) {
    start();
    ASSERT_TRUE(becomes("up"));
    faults::push_errors(*broker, kProduce,
                        {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                         RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    write_commands(0, 300);
    ASSERT_TRUE(ears.hear(300));
    EXPECT_GE(counters.producer_resets.value(), 1);
    expect_commands(300);
}

TEST_F(RecordSinkTest, HoldsRecordsBackWhileTheBrokerIsAway) {
    start();
    ASSERT_TRUE(becomes("up"));
    faults::go_down(*broker);
    ASSERT_TRUE(becomes("down"));
    write_commands(0, 50);
    EXPECT_THAT(ears.logged(), IsEmpty());
    faults::come_up(*broker);
    ASSERT_TRUE(ears.hear(50));
    EXPECT_TRUE(becomes("up"));
    expect_commands(50);
}

TEST_F(RecordSinkTest, IsNotReadyWithAnotherNumberOfPartitions) {
    config.partitions = kPartitions + 1;
    start();
    ASSERT_TRUE(becomes("wrong topic"));
    EXPECT_FALSE(sink->state().ready);
    EXPECT_THAT(sink->state().problem, AllOf(HasSubstr("commands-down"), HasSubstr("kafka.partitions")));
}

TEST_F(RecordSinkTest, WaitsForEachOfItsTopics) {
    config.dead_letter_topic = "other-letters";
    start();
    ASSERT_TRUE(becomes("connecting"));
    write_commands(0, 1);
    const auto end = std::chrono::steady_clock::now() + seconds(20);
    while (sink->state().problem.find("other-letters") == std::string::npos && std::chrono::steady_clock::now() < end) {
        static_cast<void>(sink->flush(milliseconds(10)));
    }
    EXPECT_THAT(sink->state().problem, HasSubstr("other-letters"));
    ASSERT_TRUE(broker->create_topic("other-letters", 2));
    EXPECT_TRUE(ears.hear(1));
}

TEST_F(RecordSinkTest, MakesTheTopicsOfTheEmbeddedBroker) {
    const auto embedded = std::move(EmbeddedBroker::create().value());
    config = {};
    const BrokerAccess access{.address = embedded->address(), .embedded = embedded.get()};
    sink = std::move(RecordSink::create(config, counters, access, ears).value());
    EXPECT_EQ(command_partitions(config), kEmbeddedPartitions);
    ASSERT_EQ(sink->write({.partition = kEmbeddedPartitions - 1, .key = "CP-1", .value = "last"}, 1), Taken::yes);
    ASSERT_TRUE(ears.hear(1));
    EXPECT_FALSE(sink->state().durable);
    EXPECT_THAT(records_of(embedded->address(), "commands-down", kEmbeddedPartitions), SizeIs(1));
    sink.reset();
}

TEST_F(RecordSinkTest, DiesWithUndeliveredRecords) {
    start();
    ASSERT_TRUE(becomes("up"));
    faults::go_down(*broker);
    write_commands(0, 200);
    sink.reset();
    EXPECT_THAT(ears.logged(), IsEmpty());
}

}  // namespace
}  // namespace bus
