// A CommandSource against librdkafka's mock cluster in this process, with a RecordSink as the one who writes.
#include "bus/command_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bus/counters.h"
#include "bus/embedded_broker.h"
#include "support/bus/broker_faults.h"
#include "support/bus/command_path.h"
#include "support/bus/mock_kafka_test.h"

namespace bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int16_t kFetch = 1;
constexpr std::int16_t kOffsetCommit = 8;

std::vector<std::string> values_of(const std::vector<CommandRecord>& records, std::int32_t partition) {
    std::vector<std::string> values;
    for (const auto& record : records) {
        if (record.partition == partition) {
            values.push_back(record.value);
        }
    }
    return values;
}

class CommandSourceTest : public MockKafkaTest {
protected:
    void SetUp() override {
        make_command_topics();
        sink = std::move(RecordSink::create(config, {}, access(), sink_ears).value());
    }
    void start(SourceEars& told) { source = std::move(CommandSource::create(config, counters, access(), told).value()); }
    // Takes what comes, and has read everything that there is.
    [[nodiscard]] bool start_and_replay(SourceEars& told) {
        start(told);
        told.take_for(source.get());
        return told.all_replayed();
    }
    void stop(SourceEars& told) {
        told.take_for(nullptr);
        source.reset();
    }
    void write(std::int32_t partition, const std::string& value, std::vector<RecordHeader> headers = {}) const {
        ASSERT_EQ(sink->write({.partition = partition, .key = "CP-1", .value = value, .headers = std::move(headers)}, 0),
                  Taken::yes);
    }
    void write_and_flush(std::int32_t partition, const std::string& value) const {
        write(partition, value);
        ASSERT_TRUE(sink->flush(seconds(20)));
    }
    [[nodiscard]] bool becomes(SourceEars& told, const std::string& state) const {
        return told.eventually([&] { return source->state().state == state; });
    }

    base::Metrics metrics;
    Counters counters = Counters::make(metrics);
    SinkEars sink_ears;
    std::unique_ptr<RecordSink> sink;
    SourceEars ears;
    SourceEars next;                        // of the source after the first
    std::unique_ptr<CommandSource> source;  // dies first: its thread calls the ears
};

TEST_F(CommandSourceTest, TellsThatEmptyPartitionsAreReplayed) {
    ASSERT_TRUE(start_and_replay(ears));
    EXPECT_THAT(ears.assigned(), ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(ears.records(), IsEmpty());
    EXPECT_TRUE(source->state().ready);
    EXPECT_FALSE(ears.told_twice());
}

TEST_F(CommandSourceTest, ReadsARecordWithItsHeadersAndTime) {
    ASSERT_TRUE(start_and_replay(ears));
    const auto before = std::chrono::system_clock::now() - seconds(1);
    write(2, "marker", {{"gateway-kind", "sending"}, {"gateway-hop", "0"}});
    ASSERT_TRUE(ears.hear(1));
    const auto record = ears.records().front();
    EXPECT_EQ(record.partition, 2);
    EXPECT_EQ(record.offset, 0);
    EXPECT_EQ(record.key, "CP-1");
    EXPECT_EQ(record.value, "marker");
    ASSERT_THAT(record.headers, SizeIs(2));
    EXPECT_EQ(record.headers[0].name, "gateway-kind");
    EXPECT_EQ(record.headers[0].value, "sending");
    EXPECT_EQ(record.headers[1].name, "gateway-hop");
    EXPECT_GT(record.time, before);
}

TEST_F(CommandSourceTest, ReplaysWhatIsThereInTheOrderOfEachPartition) {
    std::map<std::int32_t, std::vector<std::string>> written;
    for (int i = 0; i < 900; ++i) {
        const std::int32_t partition = i % 3;  // the last stays empty
        written[partition].push_back("command " + std::to_string(i));
        write(partition, written[partition].back());
    }
    ASSERT_TRUE(sink->flush(seconds(20)));
    ASSERT_TRUE(start_and_replay(ears));
    EXPECT_EQ(ears.records_at_replay(), 900U) << "the end is told behind the records";
    for (const auto& [partition, values] : written) {
        EXPECT_EQ(values_of(ears.records(), partition), values);
    }
    EXPECT_FALSE(ears.told_twice());
}

TEST_F(CommandSourceTest, GoesOnAtTheCommittedOffsets) {
    for (int i = 0; i < 10; ++i) {
        write(1, "command " + std::to_string(i));
    }
    write_and_flush(3, "another");
    ASSERT_TRUE(start_and_replay(ears));
    source->commit(1, 3);
    source->commit(1, 8);
    source->commit(3, 1);
    stop(ears);

    ASSERT_TRUE(start_and_replay(next));
    EXPECT_THAT(values_of(next.records(), 1), ElementsAre("command 8", "command 9"));
    EXPECT_THAT(values_of(next.records(), 3), IsEmpty());
    stop(next);
}

TEST_F(CommandSourceTest, ReadsAPartitionAgainFromWhereItIsToldAndThenGoesOn) {
    ASSERT_TRUE(start_and_replay(ears));
    for (const char* value : {"a", "b", "c"}) {
        write_and_flush(1, value);
    }
    write_and_flush(2, "elsewhere");
    ASSERT_TRUE(ears.hear(4));
    source->read_again(1, 1);
    ASSERT_TRUE(ears.eventually([&] { return ears.assignments() == 2; }));
    EXPECT_THAT(ears.assigned(), ElementsAre(1));
    ASSERT_TRUE(ears.all_replayed());
    write_and_flush(1, "d");
    ASSERT_TRUE(ears.hear(7));
    EXPECT_THAT(values_of(ears.records(), 1), ElementsAre("a", "b", "c", "b", "c", "d"));
    EXPECT_THAT(values_of(ears.records(), 2), ElementsAre("elsewhere"));
}

TEST_F(CommandSourceTest, HasReplayedAtOnceWhatIsReadAgainFromItsEnd) {
    ASSERT_TRUE(start_and_replay(ears));
    source->read_again(3, 0);
    ASSERT_TRUE(ears.eventually([&] { return ears.assignments() == 2; }));
    EXPECT_TRUE(ears.all_replayed());
}

TEST_F(CommandSourceTest, CommitsAgainWhatTheBrokerRefused) {
    for (int i = 0; i < 5; ++i) {
        write(0, "command " + std::to_string(i));
    }
    ASSERT_TRUE(sink->flush(seconds(20)));
    ASSERT_TRUE(start_and_replay(ears));
    faults::push_errors(*broker, kOffsetCommit, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
    source->commit(0, 2);
    ASSERT_TRUE(ears.eventually([this] { return counters.kafka_errors.value() >= 1; }));
    source->commit(1, 0);
    stop(ears);

    ASSERT_TRUE(start_and_replay(next));
    EXPECT_THAT(values_of(next.records(), 0), SizeIs(3));
    stop(next);
}

TEST_F(CommandSourceTest, BeginsAnewWhereWhatWasCommittedIsNotInTheLog) {
    write_and_flush(0, "first");
    ASSERT_TRUE(start_and_replay(ears));
    source->commit(0, 1000);
    stop(ears);

    ASSERT_TRUE(start_and_replay(next));
    EXPECT_THAT(values_of(next.records(), 0), ElementsAre("first"));
    stop(next);
}

TEST_F(CommandSourceTest, AsksForNoMoreThanTheControlLoopTakes) {
    config.handover_bytes_max = 200'000;
    config.handover_batch_bytes_max = 50'000;
    config.reader_bytes_max = 100'000;
    constexpr std::size_t kRecords = 400;
    for (std::size_t i = 0; i < kRecords; ++i) {
        write(static_cast<std::int32_t>(i % kPartitions), std::string(10'000, 'x'));
    }
    ASSERT_TRUE(sink->flush(seconds(20)));
    start(ears);
    ASSERT_TRUE(ears.eventually([this] { return ears.untaken() >= config.handover_bytes_max; }));
    // A commit makes its way while reading stands still; nothing else comes meanwhile.
    source->commit(0, 1);
    const auto standing = ears.records().size();
    faults::push_errors(*broker, kOffsetCommit, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
    ASSERT_TRUE(ears.eventually([this] {
        source->commit(0, 1);
        return counters.kafka_errors.value() >= 1;
    }));
    EXPECT_EQ(ears.records().size(), standing);
    EXPECT_LT(ears.untaken(), config.handover_bytes_max + config.handover_batch_bytes_max + 20'000);
    EXPECT_LT(ears.largest_batch(), config.handover_batch_bytes_max + 20'000);

    ears.take_for(source.get());
    ASSERT_TRUE(ears.hear(kRecords));
    EXPECT_TRUE(ears.all_replayed());
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
        std::int64_t expected = 0;
        for (const auto& record : ears.records()) {
            if (record.partition == partition) {
                EXPECT_EQ(record.offset, expected++);
            }
        }
    }
}

TEST_F(CommandSourceTest, ReadsOnAfterAnOutage) {
    ASSERT_TRUE(start_and_replay(ears));
    write(0, "before");
    ASSERT_TRUE(ears.hear(1));
    faults::go_down(*broker);
    ASSERT_TRUE(becomes(ears, "down"));
    EXPECT_THAT(source->state().problem, HasSubstr("no broker answers"));
    write(0, "during");
    source->commit(0, 1);
    faults::come_up(*broker);
    ASSERT_TRUE(ears.hear(2));
    EXPECT_THAT(values_of(ears.records(), 0), ElementsAre("before", "during"));
    EXPECT_TRUE(becomes(ears, "up"));
    EXPECT_EQ(ears.assignments(), 1U);
    stop(ears);

    ASSERT_TRUE(start_and_replay(next));
    EXPECT_THAT(values_of(next.records(), 0), ElementsAre("during"));
    stop(next);
}

TEST_F(CommandSourceTest, FindsABrokerThatIsNotThereYet) {
    faults::go_down(*broker);
    start(ears);
    ASSERT_TRUE(ears.eventually([this] { return source->state().problem.find("kafka.brokers") != std::string::npos; }));
    EXPECT_THAT(ears.assigned(), IsEmpty());
    faults::come_up(*broker);
    ears.take_for(source.get());
    EXPECT_TRUE(ears.all_replayed());
}

TEST_F(CommandSourceTest, StartsAgainWhenARightComesBack) {
    write_and_flush(0, "first");
    ASSERT_TRUE(start_and_replay(ears));
    faults::push_errors(*broker, kFetch, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    ASSERT_TRUE(ears.eventually([this] { return ears.assignments() == 2; }));
    ASSERT_TRUE(ears.all_replayed());
    EXPECT_THAT(values_of(ears.records(), 0), ElementsAre("first", "first"));
    write(0, "second");
    EXPECT_TRUE(ears.hear(3));
}

TEST_F(CommandSourceTest, IsNotReadyWithAnotherNumberOfPartitions) {
    config.partitions = kPartitions * 2;
    start(ears);
    ASSERT_TRUE(becomes(ears, "wrong topic"));
    EXPECT_FALSE(source->state().ready);
    EXPECT_THAT(source->state().problem,
                AllOf(HasSubstr("commands-down"), HasSubstr("kafka.partitions"), HasSubstr("4"), HasSubstr("8")));
    EXPECT_THAT(ears.assigned(), IsEmpty());
}

TEST_F(CommandSourceTest, IsRefusedATopicThatCannotBeJudgedUnlessItIsAccepted) {
    config.accept_weak = false;
    start(ears);
    ASSERT_TRUE(becomes(ears, "weak topic"));
    EXPECT_THAT(source->state().problem, HasSubstr("durability.accept_weak"));
}

TEST_F(CommandSourceTest, MakesTheTopicInTheEmbeddedBrokerWithEightPartitions) {
    const auto embedded = std::move(EmbeddedBroker::create().value());
    config = {};
    const BrokerAccess access{.address = embedded->address(), .embedded = embedded.get()};
    source = std::move(CommandSource::create(config, counters, access, ears).value());
    ASSERT_TRUE(ears.all_replayed());
    EXPECT_THAT(ears.assigned(), SizeIs(kEmbeddedPartitions));
    EXPECT_FALSE(source->state().durable);
    source.reset();
}

TEST_F(CommandSourceTest, RefusesAConfigurationThatCannotWork) {
    config.properties = {{"session.timeout.ms", "60000"}};
    const auto refused = CommandSource::create(config, counters, access(), ears);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("kafka.properties.session.timeout.ms"));
    config.properties = {{"group.id", "mine"}};
    const auto made = CommandSource::create(config, counters, access(), ears);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("kafka.properties.group.id"));
}

TEST_F(CommandSourceTest, EndsWhileTheBrokerIsAway) {
    config.commit_flush_wait_max = milliseconds(100);
    ASSERT_TRUE(start_and_replay(ears));
    faults::go_down(*broker);
    source->commit(0, 0);
    stop(ears);  // at worst the commit runs into the session time-out
}

// librdkafka cannot end a consumer whose topic was deleted: the pod hung at its stop.
TEST_F(CommandSourceTest, EndsAlthoughItsTopicIsGone) {
    config.properties = {{"topic.metadata.refresh.interval.ms", "100"}};
    ASSERT_TRUE(start_and_replay(ears));
    faults::lose_topic(*broker, config.downstream_topic);
    ASSERT_TRUE(becomes(ears, "connecting"));
    stop(ears);
}

TEST_F(CommandSourceTest, ReadsOnOnceItsTopicIsThereAgain) {
    config.properties = {{"topic.metadata.refresh.interval.ms", "100"}};
    ASSERT_TRUE(start_and_replay(ears));
    faults::lose_topic(*broker, config.downstream_topic);
    ASSERT_TRUE(becomes(ears, "connecting"));
    faults::bring_back_topic(*broker, config.downstream_topic);
    ASSERT_TRUE(becomes(ears, "up"));
    write(1, "after");
    EXPECT_TRUE(ears.hear(1));
}

}  // namespace
}  // namespace bus
