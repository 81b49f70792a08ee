// A message that comes again: its answer was lost, or came too late for the charge point.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using namespace std::chrono_literals;
using test::at;
using test::SessionHarness;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kStatus =
    R"([2,"s","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}])";
constexpr std::string_view kAuthorize = R"([2,"a","Authorize",{"idTag":"ABC"}])";
constexpr std::string_view kStart =
    R"([2,"t","StartTransaction",{"connectorId":1,"idTag":"ABC","meterStart":5,"timestamp":"2026-11-20T10:00:00Z"}])";

// A charge point whose message was answered, and nothing else is to be looked at.
struct Answered {
    SessionHarness charge_point;
    std::string answer;

    explicit Answered(std::string_view frame) {
        charge_point.accepts_everything();
        charge_point.sends(frame);
        charge_point.log_confirms();
        answer = charge_point.received().at(0);
        charge_point.forget();
    }
};

TEST(AResend, GetsTheAnswerOfTheFirstTimeAndIsNotToldAgain) {
    for (const std::string_view frame : {kStatus, kAuthorize, kStart}) {
        Answered before(frame);
        before.charge_point.sends(frame);
        EXPECT_THAT(before.charge_point.received(), ElementsAre(before.answer)) << frame;
        EXPECT_THAT(before.charge_point.published(), IsEmpty()) << frame;
        EXPECT_THAT(before.charge_point.asked(), IsEmpty()) << frame;
    }
}

TEST(AResend, IsKnownBehindAHeartbeat) {
    Answered before(kStatus);
    before.charge_point.sends(R"([2,"h","Heartbeat",{}])");
    before.charge_point.forget();
    before.charge_point.sends(kStatus);
    EXPECT_THAT(before.charge_point.received(), ElementsAre(before.answer));
}

TEST(AResend, WaitsItsTurnBehindWhatIsNotAnswered) {
    Answered before(kStatus);
    before.charge_point.sends(R"([2,"m","MeterValues",{"connectorId":1,"meterValue":[]}])");
    before.charge_point.sends(kStatus);
    EXPECT_THAT(before.charge_point.received(), IsEmpty());
    before.charge_point.log_confirms();
    EXPECT_THAT(before.charge_point.received(), ElementsAre(R"([3,"m",{}])", before.answer));
}

// A rival answers by the message id alone: a StatusNotification with a Heartbeat's answer.
TEST(AMessageWithTheIdOfTheLastOne, IsAMessageOfItsOwn) {
    Answered before(kStatus);
    before.charge_point.sends(R"([2,"s","Heartbeat",{}])");
    EXPECT_THAT(before.charge_point.received(), ElementsAre(testing::HasSubstr("currentTime")));
    before.charge_point.sends(R"([2,"s","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Charging"}])");
    before.charge_point.sends(R"([2,"s","DataTransfer",{"vendorId":"v"}])");
    before.charge_point.log_places();
    EXPECT_THAT(before.charge_point.published(), SizeIs(2));
    EXPECT_THAT(before.charge_point.received(),
                ElementsAre(testing::_, R"([3,"s",{}])", R"([3,"s",{"status":"UnknownVendorId"}])"));
}

TEST(AMessageWithTheContentOfTheLastOne, IsAMessageOfItsOwn) {
    Answered before(kStatus);
    before.charge_point.sends(R"([2,"s2","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}])");
    before.charge_point.log_places();
    EXPECT_THAT(before.charge_point.published(), SizeIs(1));
    EXPECT_THAT(before.charge_point.received(), ElementsAre(R"([3,"s2",{}])"));
}

TEST(AResend, OfWhatSetsTheClockIsAnsweredAnew) {
    constexpr std::string_view kBoot = R"([2,"b","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}])";
    for (const std::string_view frame : {kBoot, std::string_view(R"([2,"h","Heartbeat",{}])")}) {
        Answered before(frame);
        before.charge_point.time_passes(60s);
        before.charge_point.sends(frame);
        before.charge_point.log_places();
        EXPECT_THAT(before.charge_point.received(), ElementsAre(testing::HasSubstr("2026-11-20T10:01:00Z"))) << frame;
    }
}

TEST(AResend, IsNoResendMinutesLater) {
    Answered before(kAuthorize);
    before.charge_point.time_passes(301s);
    before.charge_point.sends(kAuthorize);
    EXPECT_THAT(before.charge_point.published(), SizeIs(1)) << "the idTag may have been blocked meanwhile";
}

TEST(AResend, OfWhatWasRefusedIsRefusedAgain) {
    Answered before(R"([2,"x","NoSuchAction",{}])");
    before.charge_point.sends(R"([2,"x","NoSuchAction",{}])");
    before.charge_point.log_places();
    EXPECT_THAT(before.charge_point.received(), ElementsAre(before.answer));
    EXPECT_THAT(before.charge_point.published(), SizeIs(1));
}

TEST(AStartTransactionWithANewMessageId, HasTheSameTransactionAndTheSameEvent) {
    SessionHarness charge_point;
    charge_point.accepts_everything();
    charge_point.sends(kStart);
    charge_point.log_confirms();
    std::string again(kStart);
    again.replace(again.find("\"t\""), 3, "\"t2\"");
    charge_point.sends(again);
    charge_point.log_confirms();
    ASSERT_THAT(charge_point.published(), SizeIs(2));
    EXPECT_EQ(charge_point.published()[0].id, charge_point.published()[1].id);
    EXPECT_EQ(at(charge_point.published()[0], "/data/transaction/id"), at(charge_point.published()[1], "/data/transaction/id"));
}

}  // namespace
