// A deaf charge point: its socket lives, its heartbeats come, and our CALLs stay unanswered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using namespace std::chrono_literals;
using test::at;
using test::SessionHarness;
using testing::IsEmpty;
using testing::SizeIs;

// One CALL of 30 s that goes out and is not answered.
void leaves_unanswered(SessionHarness& charge_point) {
    charge_point.frame_goes_out(charge_point.ordered("ClearCache", "{}"));
    charge_point.time_passes(30s);
    charge_point.sends(R"([2,"h","Heartbeat",{}])");
    charge_point.wakes();
}

void answers(SessionHarness& charge_point) {
    charge_point.frame_goes_out(charge_point.ordered("ClearCache", "{}"));
    charge_point.sends("[3," + charge_point.last_call_id() + R"(,{"status":"Accepted"}])");
}

TEST(ADeafChargePoint, IsToldOnceOfAfterThreeCalls) {
    base::Metrics metrics;
    const ocpp::Counters counters = ocpp::Counters::make(metrics);
    SessionHarness charge_point("CP-001", test::session_config(), counters);
    leaves_unanswered(charge_point);
    leaves_unanswered(charge_point);
    EXPECT_THAT(charge_point.published(), IsEmpty());
    leaves_unanswered(charge_point);
    leaves_unanswered(charge_point);
    ASSERT_THAT(charge_point.published(), SizeIs(1));
    EXPECT_EQ(charge_point.last().type, "device.unresponsive");
    EXPECT_EQ(at(charge_point.last(), "/data/unanswered"), R"({"calls":3,"since":"2026-11-20T10:00:00.123Z"})");
    EXPECT_EQ(counters.unresponsive.value(), 1);
    EXPECT_FALSE(charge_point.closed());
}

TEST(ADeafChargePoint, IsNoneAnyMoreOnceItAnswered) {
    SessionHarness charge_point;
    for (int i = 0; i < 3; ++i) {
        leaves_unanswered(charge_point);
        leaves_unanswered(charge_point);
        answers(charge_point);
    }
    EXPECT_THAT(charge_point.published(), IsEmpty());
    for (int i = 0; i < 3; ++i) {
        leaves_unanswered(charge_point);
    }
    answers(charge_point);
    for (int i = 0; i < 3; ++i) {
        leaves_unanswered(charge_point);
    }
    EXPECT_THAT(charge_point.published(), SizeIs(2));
}

TEST(ADeafChargePoint, IsNoneWhereItAnswersLate) {
    SessionHarness charge_point;
    for (int i = 0; i < 4; ++i) {
        leaves_unanswered(charge_point);
        charge_point.sends("[3," + charge_point.last_call_id() + R"(,{"status":"Accepted"}])");
    }
    EXPECT_THAT(charge_point.published(), IsEmpty());
}

TEST(ADeafChargePoint, IsMadeToConnectAgainWhereThatIsConfigured) {
    ocpp::Config config = test::session_config();
    config.unresponsive_calls = 1;
    config.close_unresponsive = true;
    SessionHarness charge_point("CP-001", config);
    leaves_unanswered(charge_point);
    EXPECT_EQ(charge_point.last().type, "device.unresponsive");
    ASSERT_TRUE(charge_point.closed());
    EXPECT_EQ(charge_point.closed()->code, 1012);
}

TEST(ADeafChargePoint, IsClosedAlsoWhereItsProfileSaysSoOnlyThen) {
    ocpp::Config config = test::session_config();
    config.profiles.push_back({.name = base::SharedText("stubborn"), .unresponsive_calls = 2, .close_unresponsive = true});
    SessionHarness charge_point("CP-001", config);
    for (int i = 0; i < 4; ++i) {
        leaves_unanswered(charge_point);
    }
    EXPECT_THAT(charge_point.published(), SizeIs(1));
    EXPECT_FALSE(charge_point.closed());
    charge_point.is_assigned(ocpp::ProfileNumber{1});
    leaves_unanswered(charge_point);
    EXPECT_THAT(charge_point.published(), SizeIs(1)) << "it was told already";
    EXPECT_TRUE(charge_point.closed());
}

TEST(ADeafChargePoint, IsNotLookedForWhereThatIsConfigured) {
    ocpp::Config config = test::session_config();
    config.unresponsive_calls = 0;
    SessionHarness charge_point("CP-001", config);
    for (int i = 0; i < 5; ++i) {
        leaves_unanswered(charge_point);
    }
    EXPECT_THAT(charge_point.published(), IsEmpty());
}

}  // namespace
