// The arithmetic of the load generator: a figure of a measurement is worth what these hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load/calls.h"
#include "load/latencies.h"
#include "load/messages.h"
#include "load/schedule.h"
#include "support/transport/codec_peer.h"

namespace load {
namespace {

using namespace std::chrono_literals;
using testing::ExitedWithCode;
using testing::HasSubstr;
using testing::SizeIs;

constexpr Clock::time_point kBegin{1h};

std::string payload_of(Messages& messages, Kind kind, Serial serial) {
    const auto told = transport::told_of(messages.frame(kind, serial));
    return told.size() == 1 ? told[0].payload : "";
}

Latencies milliseconds_up_to(int last) {
    Latencies latencies;
    for (int i = last; i > 0; --i) {
        latencies.add(std::chrono::milliseconds(i));
    }
    return latencies;
}

TEST(Latencies, APercentileIsTheSmallestValueThatSoManyDoNotExceed) {
    Latencies latencies = milliseconds_up_to(1000);
    EXPECT_EQ(latencies.percentile(0.5), 500ms);
    EXPECT_EQ(latencies.percentile(0.99), 990ms);
    EXPECT_EQ(latencies.percentile(0.999), 999ms);
    EXPECT_EQ(latencies.percentile(1), 1000ms);
}

TEST(Latencies, ThePercentileOfAFewIsOneOfThem) {
    Latencies latencies;
    latencies.add(7ms);
    EXPECT_EQ(latencies.percentile(0.001), 7ms);
    EXPECT_EQ(latencies.percentile(0.99), 7ms);
    latencies.add(9ms);
    EXPECT_EQ(latencies.percentile(0.5), 7ms);
    EXPECT_EQ(latencies.percentile(0.51), 9ms);
}

TEST(Latencies, OneThatComesAfterAQuestionCounts) {
    Latencies latencies = milliseconds_up_to(10);
    EXPECT_EQ(latencies.percentile(1), 10ms);
    latencies.add(20ms);
    EXPECT_EQ(latencies.percentile(1), 20ms);
    latencies.add(milliseconds_up_to(30));
    EXPECT_EQ(latencies.percentile(1), 30ms);
}

TEST(Latencies, WithoutAnyThereIsNothingToTell) { EXPECT_EQ(Latencies().percentile(0.99), 0ms); }

TEST(Latencies, AreWrittenInMilliseconds) {
    std::string text;
    base::JsonWriter out(text);
    milliseconds_up_to(1000).write(out);
    EXPECT_EQ(text, R"({"count":1000,"p50_ms":500,"p90_ms":900,"p99_ms":990,"p99_9_ms":999,"max_ms":1000})");
}

TEST(Schedule, MessagesAreDueAtTheRate) {
    const Schedule schedule(kBegin, 10'000);
    EXPECT_EQ(schedule.due(0), kBegin);
    EXPECT_EQ(schedule.due(1), kBegin + 100us);
    EXPECT_EQ(schedule.due(25'000), kBegin + 2500ms);
    EXPECT_EQ(schedule.after(2.5), kBegin + 2500ms);
}

TEST(Schedule, ARateThatDoesNotDivideTheSecondDriftsByNothing) {
    const Schedule schedule(kBegin, 3);
    EXPECT_EQ(schedule.due(3 * 86'400), kBegin + 24h);
}

TEST(Calls, AnAnswerEndsTheOldestCallOfItsChargePointAndTellsWhenThatWasDue) {
    Calls calls(2, false);
    calls.begin(0, Kind::heartbeat, kBegin);
    calls.begin(1, Kind::meter, kBegin + 1ms);
    calls.begin(0, Kind::status, kBegin + 2ms);

    EXPECT_EQ(calls.end(0, R"([3,"00000000",{}])").due, kBegin);
    EXPECT_EQ(calls.end(0, R"([3,"00000002",{}])").due, kBegin + 2ms);
    EXPECT_EQ(calls.end(1, R"([3,"00000001",{}])").kind, Kind::meter);
    EXPECT_EQ(calls.unanswered(), 0);
}

TEST(CallsDeathTest, AnAnswerToAnotherMessageFailsTheRun) {
    Calls calls(1, false);
    calls.begin(0, Kind::heartbeat, {});
    EXPECT_EXIT(calls.end(0, R"([3,"00000001",{}])"), ExitedWithCode(1), "00000000 .heartbeat. was answered with");
}

TEST(CallsDeathTest, AnAnswerToNothingFailsTheRun) {
    Calls calls(1, true);
    EXPECT_EXIT(calls.end(0, R"([3,"00000000",{}])"), ExitedWithCode(1), "an answer to nothing");
}

TEST(CallsDeathTest, AMessageWithoutAnswerHasNoFigure) {
    Calls calls(1, false);
    calls.begin(0, Kind::meter, {});
    std::string text;
    base::JsonWriter out(text);
    EXPECT_EXIT(calls.settle(out), ExitedWithCode(1), "1 of 1 messages were not answered");
}

TEST(CallsDeathTest, ARefusalIsNoAnswer) {
    Calls calls(1, true);
    calls.begin(0, Kind::meter, {});
    calls.end(0, R"([4,"00000000","InternalError","",{}])");
    std::string text;
    base::JsonWriter out(text);
    EXPECT_EXIT(calls.settle(out), ExitedWithCode(1), "1 of 1 messages were refused");
}

TEST(Calls, TheFloorsCannedAnswerCountsButDoesNotMatch) {
    Calls calls(1, true);
    calls.begin(0, Kind::meter, {});
    calls.end(0, R"([3,"1",{}])");
    std::string text;
    base::JsonWriter out(text);
    out.begin_object();
    calls.settle(out);
    out.end_object();
    EXPECT_EQ(text, R"({"sent":1,"answered":1,"matched":0})");
}

TEST(Messages, EachCarriesItsNumberAsIdAndReading) {
    Messages messages;
    EXPECT_EQ(payload_of(messages, Kind::heartbeat, 0xDEADBEEF), R"([2,"deadbeef","Heartbeat",{}])");
    EXPECT_THAT(payload_of(messages, Kind::status, 26), HasSubstr(R"([2,"0000001a","StatusNotification",)"));
    EXPECT_THAT(payload_of(messages, Kind::status, 26), HasSubstr(R"("info":"00000026")"));
    EXPECT_THAT(payload_of(messages, Kind::meter, 26), HasSubstr(R"("value":"100000026")"));
    EXPECT_THAT(payload_of(messages, Kind::boot, 26), HasSubstr(R"("chargePointSerialNumber":"00000026")"));
}

TEST(Messages, AMeterReadingIsOfTheSizeThatTheBarsAreFor) {
    Messages messages;
    EXPECT_THAT(payload_of(messages, Kind::meter, 1), SizeIs(700));
}

TEST(Messages, AnAnswerIsJudgedByItsId) {
    EXPECT_EQ(judge(R"([3,"0000001a",{}])", 0x1A), Verdict::matched);
    EXPECT_EQ(judge(R"([3,"0000001b",{}])", 0x1A), Verdict::other);
    EXPECT_EQ(judge(R"([3,"0000001a0",{}])", 0x1A), Verdict::other);
    EXPECT_EQ(judge(R"([4,"0000001a","FormationViolation","",{}])", 0x1A), Verdict::refused);
    EXPECT_EQ(judge("", 0), Verdict::other);
}

}  // namespace
}  // namespace load
