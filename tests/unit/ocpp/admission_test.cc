// A charge point whose BootNotification was answered Pending or Rejected (OCPP 1.6 4.2, errata 3.8).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using model::AdmissionStatus;
using test::at;
using test::SessionHarness;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::string_view kBoot = R"([2,"b","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}])";
constexpr std::string_view kStatus =
    R"([2,"s","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}])";

void boots(SessionHarness& charge_point, AdmissionStatus status) {
    charge_point.sends(kBoot);
    charge_point.decides(model::Admission{.status = status, .interval = std::chrono::seconds(60)});
    charge_point.log_places();
    charge_point.forget();
}

TEST(AChargePointThatIsNotAccepted, IsToldSecurityErrorForWhatItMayNotSend) {
    for (const AdmissionStatus status : {AdmissionStatus::pending, AdmissionStatus::rejected}) {
        SessionHarness charge_point;
        boots(charge_point, status);
        charge_point.sends(kStatus);
        charge_point.sends(R"([2,"h","Heartbeat",{}])");
        charge_point.sends(R"([2,"a","Authorize",{"idTag":"ABC"}])");
        charge_point.log_places();
        EXPECT_THAT(charge_point.received(),
                    ElementsAre(StartsWith(R"([4,"s","SecurityError",)"), StartsWith(R"([4,"h","SecurityError",)"),
                                StartsWith(R"([4,"a","SecurityError",)")));
        EXPECT_THAT(charge_point.asked(), IsEmpty());
        ASSERT_THAT(charge_point.published(), SizeIs(3));
        EXPECT_EQ(at(charge_point.last(), "/data/error/code"), "SecurityError");
    }
}

TEST(AChargePointThatIsNotAccepted, LosesNothingThatIsBilled) {
    SessionHarness charge_point;
    boots(charge_point, AdmissionStatus::rejected);
    charge_point.accepts_everything();
    charge_point.sends(
        R"([2,"1","StartTransaction",{"connectorId":1,"idTag":"A","meterStart":5,"timestamp":"2026-11-20T10:00:00Z"}])");
    charge_point.sends(R"([2,"2","MeterValues",{"connectorId":1,"meterValue":[]}])");
    charge_point.sends(R"([2,"3","StopTransaction",{"transactionId":7,"meterStop":10,"timestamp":"2026-11-20T10:00:00Z"}])");
    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), ElementsAre(StartsWith("[3,"), StartsWith("[3,"), StartsWith("[3,")));
    EXPECT_THAT(charge_point.published(), SizeIs(3));
}

TEST(AChargePointThatIsNotAccepted, IsServedOnceItIs) {
    SessionHarness charge_point;
    boots(charge_point, AdmissionStatus::pending);
    boots(charge_point, AdmissionStatus::accepted);
    charge_point.sends(kStatus);
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"s",{}])"));
}

TEST(AChargePointThatIsNotAccepted, IsNoneAfterAReconnectEither) {
    SessionHarness charge_point;
    boots(charge_point, AdmissionStatus::pending);
    ASSERT_THAT(charge_point.remembered(), SizeIs(1));
    EXPECT_EQ(charge_point.remembered()[0].admission, AdmissionStatus::pending);

    SessionHarness again(
        "CP-001", ocpp::Opening{.epoch = model::Epoch{6}, .past = {.was_here = true, .admission = AdmissionStatus::pending}});
    again.sends(kStatus);
    again.log_places();
    EXPECT_THAT(again.received(), ElementsAre(StartsWith(R"([4,"s","SecurityError",)")));
    boots(again, AdmissionStatus::accepted);
    EXPECT_EQ(again.remembered().back().admission, AdmissionStatus::accepted);
}

TEST(ACommandForOneThatWasNotAcceptedLastTime, WaitsForWhatItsNextBootNotificationIsAnswered) {
    const ocpp::Opening opening{.epoch = model::Epoch{6}, .past = {.was_here = true, .admission = AdmissionStatus::rejected}};
    SessionHarness charge_point("CP-001", opening);
    charge_point.ordered("configuration.get", "{}");
    charge_point.ordered("ClearCache", "{}",
                         [&](ocpp::Command& command) { command.send_by = charge_point.now().mono + std::chrono::seconds(5); });
    charge_point.time_passes(std::chrono::seconds(6));
    charge_point.wakes();
    EXPECT_THAT(charge_point.reports(), ElementsAre(StartsWith("2 not sent"))) << "it waited as long as it may";
    EXPECT_THAT(charge_point.calls(), IsEmpty());
    EXPECT_FALSE(charge_point.session().next_wake());
    charge_point.sends(kBoot);
    charge_point.decides(model::Admission{.status = AdmissionStatus::accepted});
    charge_point.log_places();
    const auto wake = charge_point.session().next_wake();
    ASSERT_TRUE(wake);
    EXPECT_LE(*wake, charge_point.now().mono);
    EXPECT_GE(wake->time_since_epoch().count(), 0) << "no time that a timer cannot be set to";
    charge_point.wakes();
    EXPECT_THAT(charge_point.calls(), ElementsAre(HasSubstr("GetConfiguration")));
}

TEST(ACommandForOneThatWasPendingLastTime, IsSentWhereItMayBeAndWaitsForTheBootNotificationWhereNot) {
    const ocpp::Opening opening{.epoch = model::Epoch{6}, .past = {.was_here = true, .admission = AdmissionStatus::pending}};
    SessionHarness charge_point("CP-001", opening);
    charge_point.ordered("TriggerMessage", R"({"requestedMessage":"BootNotification"})");
    ASSERT_THAT(charge_point.calls(), ElementsAre(HasSubstr("BootNotification")));
    charge_point.frame_goes_out(1);
    charge_point.sends("[3," + charge_point.last_call_id() + R"(,{"status":"Accepted"}])");
    charge_point.forget();

    const auto start = charge_point.ordered("RemoteStartTransaction", R"({"idTag":"A"})");
    charge_point.ordered("ClearCache", "{}");
    charge_point.ordered("RemoteStopTransaction", R"({"transactionId":7})");
    EXPECT_THAT(charge_point.calls(), IsEmpty());
    EXPECT_FALSE(charge_point.session().next_wake()) << "nothing to do before its BootNotification";
    charge_point.cancelled(start);
    EXPECT_THAT(charge_point.calls(), ElementsAre(HasSubstr("ClearCache"))) << "what waited behind the one that was held";
    charge_point.frame_goes_out(3);
    charge_point.sends("[3," + charge_point.last_call_id() + R"(,{"status":"Accepted"}])");
    charge_point.forget();

    boots(charge_point, AdmissionStatus::accepted);
    charge_point.wakes();
    EXPECT_THAT(charge_point.calls(), ElementsAre(HasSubstr("RemoteStopTransaction")));
    EXPECT_THAT(charge_point.reports(), IsEmpty());
}

// Two frames in one segment: the second one is judged by what the first one was answered.
TEST(AChargePointThatIsNotAccepted, IsJudgedByTheAnswerThatItsMessageComesBehind) {
    SessionHarness charge_point;
    charge_point.sends(kBoot);
    charge_point.sends(kStatus);
    charge_point.decides(model::Admission{.status = AdmissionStatus::pending});
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(HasSubstr("Pending"), StartsWith(R"([4,"s","SecurityError",)")));
}

TEST(AChargePointThatIsPending, MaySendWhatItWasAskedFor) {
    for (const auto& [name, payload] :
         {std::pair("TriggerMessage", R"({"requestedMessage":"StatusNotification","connectorId":1})"),
          std::pair("ExtendedTriggerMessage", R"({"requestedMessage":"StatusNotification"})"),
          std::pair("device.trigger", R"({"message":"StatusNotification"})")}) {
        SessionHarness charge_point;
        boots(charge_point, AdmissionStatus::pending);
        charge_point.ordered(name, payload);
        charge_point.sends(kStatus);
        charge_point.sends(R"([2,"h","Heartbeat",{}])");
        charge_point.log_places();
        EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"s",{}])", StartsWith(R"([4,"h","SecurityError",)"))) << name;
    }
}

TEST(AChargePointThatWasPending, MayNotSendWhatItWasAskedForOnceItIsRejected) {
    SessionHarness charge_point;
    boots(charge_point, AdmissionStatus::pending);
    charge_point.ordered("TriggerMessage", R"({"requestedMessage":"StatusNotification"})");
    boots(charge_point, AdmissionStatus::rejected);
    charge_point.sends(kStatus);
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(StartsWith(R"([4,"s","SecurityError",)")));
}

TEST(AChargePointThatIsPending, IsSentAllButRemoteStartAndStop) {
    SessionHarness charge_point;
    boots(charge_point, AdmissionStatus::pending);
    charge_point.ordered("RemoteStartTransaction", R"({"idTag":"A"})");
    charge_point.ordered("transaction.stop", R"({"transactionId":"7"})");
    charge_point.ordered("configuration.get", "{}");
    EXPECT_THAT(charge_point.reports(),
                ElementsAre(HasSubstr("answered Pending: RemoteStartTransaction is not sent before it is accepted"),
                            HasSubstr("RemoteStopTransaction is not sent")));
    EXPECT_THAT(charge_point.calls(), ElementsAre(HasSubstr("GetConfiguration")));
}

TEST(AChargePointThatIsRejected, IsSentNothing) {
    SessionHarness charge_point;
    boots(charge_point, AdmissionStatus::rejected);
    charge_point.ordered("configuration.get", "{}");
    charge_point.ordered("TriggerMessage", R"({"requestedMessage":"BootNotification"})");
    EXPECT_THAT(charge_point.reports(), SizeIs(2));
    EXPECT_THAT(charge_point.calls(), IsEmpty());
}

TEST(AChargePointThatWasAccepted, IsNotSentWhatWaitsOnceItIsPending) {
    SessionHarness charge_point;
    charge_point.frame_goes_out(charge_point.ordered("ClearCache", "{}"));
    charge_point.ordered("RemoteStartTransaction", R"({"idTag":"A"})");
    const std::string open = charge_point.last_call_id();
    boots(charge_point, AdmissionStatus::pending);
    charge_point.sends("[3," + open + R"(,{"status":"Accepted"}])");
    EXPECT_THAT(charge_point.reports(), ElementsAre(StartsWith("1 answered"), HasSubstr("RemoteStartTransaction is not sent")));
    EXPECT_THAT(charge_point.calls(), IsEmpty());
}

}  // namespace
