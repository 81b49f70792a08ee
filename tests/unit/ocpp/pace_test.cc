// A charge point that sends more than it may is read later.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using namespace std::chrono_literals;
using test::SessionHarness;
using testing::SizeIs;

constexpr std::string_view kHeartbeat = R"([2,"h","Heartbeat",{}])";
constexpr std::string_view kGarbage = "garbage";

ocpp::Config ten_a_second() {
    ocpp::Config config = test::session_config();
    config.messages_per_second = 10;
    config.refusals_per_second = 2;
    config.message_burst = 2s;
    return config;
}

void sends(SessionHarness& charge_point, std::string_view frame, int times) {
    for (int i = 0; i < times; ++i) {
        charge_point.sends(frame);
        charge_point.log_places();
    }
}

TEST(Pace, IsTheChargePointsOwnUntilTheBurstIsUsedUp) {
    SessionHarness charge_point("CP-1", ten_a_second());
    sends(charge_point, kHeartbeat, 20);
    EXPECT_TRUE(charge_point.session().wants_frames());
    EXPECT_FALSE(charge_point.session().next_wake());
    sends(charge_point, kHeartbeat, 1);
    EXPECT_FALSE(charge_point.session().wants_frames());
    EXPECT_THAT(charge_point.received(), SizeIs(21)) << "what was read is answered";
    EXPECT_EQ(charge_point.session().next_wake(), charge_point.now().mono + 100ms);
}

TEST(Pace, IsTheConfiguredOneAfterTheBurst) {
    SessionHarness charge_point("CP-1", ten_a_second());
    sends(charge_point, kHeartbeat, 21);
    for (int i = 0; i < 5; ++i) {
        charge_point.time_passes(99ms);
        charge_point.wakes();
        EXPECT_FALSE(charge_point.session().wants_frames());
        charge_point.time_passes(1ms);
        charge_point.wakes();
        EXPECT_TRUE(charge_point.session().wants_frames());
        sends(charge_point, kHeartbeat, 1);
        EXPECT_FALSE(charge_point.session().wants_frames());
    }
    charge_point.time_passes(1h);
    charge_point.wakes();
    sends(charge_point, kHeartbeat, 20);
    EXPECT_TRUE(charge_point.session().wants_frames()) << "the burst is there again";
}

TEST(Pace, IsSlowerForWhatIsRefused) {
    SessionHarness charge_point("CP-1", ten_a_second());
    sends(charge_point, kGarbage, 3);  // 0.6 seconds' worth each
    EXPECT_TRUE(charge_point.session().wants_frames());
    sends(charge_point, kGarbage, 1);
    EXPECT_FALSE(charge_point.session().wants_frames());
}

TEST(Pace, CountsNoAnswersToOurCalls) {
    SessionHarness charge_point("CP-1", ten_a_second());
    for (int i = 1; i <= 100; ++i) {
        charge_point.frame_goes_out(charge_point.ordered("ClearCache", "{}"));
        charge_point.sends("[3," + charge_point.last_call_id() + R"(,{"status":"Accepted"}])");
    }
    EXPECT_THAT(charge_point.calls(), SizeIs(100));
    EXPECT_TRUE(charge_point.session().wants_frames());
}

TEST(Pace, HoldsUpNoChargePointThatSendsHundredsOfMessagesItHasKept) {
    SessionHarness charge_point("CP-1", ocpp::Config{});
    sends(charge_point, R"([2,"s","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}])", 1'000);
    EXPECT_TRUE(charge_point.session().wants_frames());
}

}  // namespace
