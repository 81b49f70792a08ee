// Commands on their way to the charge point and back: who waits for whom, and how each ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using namespace std::chrono_literals;
using test::json_at;
using test::SessionHarness;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kStop =
    R"([2,"42","StopTransaction",{"transactionId":7,"meterStop":10,"timestamp":"2026-11-20T10:00:00Z"}])";
constexpr std::string_view kAuthorize = R"([2,"a","Authorize",{"idTag":"ABC"}])";
constexpr std::string_view kHeartbeat = R"([2,"h","Heartbeat",{}])";

std::string accepted(const std::string& id) { return "[3," + id + R"(,{"status":"Accepted"}])"; }

// A command on its way: its frame went out, and nothing else is to be looked at.
SessionHarness& with_command(SessionHarness& charge_point) {
    charge_point.frame_goes_out(charge_point.ordered("ClearCache", "{}"));
    return charge_point;
}

TEST(Calls, ReportACommandFromItsFrameToItsAnswer) {
    SessionHarness charge_point;
    charge_point.ordered("Reset", R"({ "type": "Soft" })");
    EXPECT_THAT(charge_point.calls(), ElementsAre(EndsWith(R"(,"Reset",{ "type": "Soft" }])")));
    EXPECT_THAT(charge_point.reports(), IsEmpty());
    charge_point.frame_goes_out(1);
    charge_point.frame_goes_out(1);
    charge_point.sends("[3," + charge_point.last_call_id() + R"(, {"status" : "Rejected", "x":1.50}])");
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent", R"(1 answered Rejected {"status" : "Rejected", "x":1.50})"));
    EXPECT_THAT(charge_point.published(), IsEmpty());
    EXPECT_FALSE(charge_point.session().next_wake());
}

TEST(Calls, HaveIdsThatNoOtherConnectionHasAndThatFit) {
    ocpp::Config config = test::session_config();
    SessionHarness charge_point("CP-001", config);
    with_command(charge_point);
    const std::string first = charge_point.last_call_id();
    charge_point.sends(accepted(first));
    with_command(charge_point);
    EXPECT_NE(charge_point.last_call_id(), first);
    EXPECT_EQ(charge_point.last_call_id().substr(0, 13), first.substr(0, 13));
    EXPECT_LE(first.size(), 36U);

    ocpp::Session other(config, model::PodId("p"), SessionHarness::no_counters(), model::ChargePointId("CP-002"), "ocpp1.6", 8);
    ocpp::Effects effects;
    other.on_command({.ticket = 1, .name = "ClearCache", .payload = "{}", .timeout = 1s, .send_by = base::MonoTime::max()},
                     charge_point.now(), effects);
    EXPECT_NE(json_at(std::get<ocpp::SendFrame>(effects.at(0)).text, "/1").substr(0, 12), first.substr(1, 12));
}

TEST(Calls, AreOpenOneAtATime) {
    SessionHarness charge_point;
    with_command(charge_point);
    charge_point.ordered("Reset", R"({"type":"Hard"})");
    charge_point.ordered("UnlockConnector", R"({"connectorId":1})");
    EXPECT_THAT(charge_point.calls(), SizeIs(1));
    charge_point.sends(accepted(charge_point.last_call_id()));
    EXPECT_THAT(charge_point.calls(), SizeIs(2));
    charge_point.sends("[4," + charge_point.last_call_id() + R"(,"InternalError","",{}])");
    EXPECT_THAT(charge_point.calls(), SizeIs(3));
}

TEST(Calls, CrossWithoutWaitingForEachOther) {
    SessionHarness charge_point;
    with_command(charge_point);
    charge_point.sends(kHeartbeat);
    EXPECT_THAT(charge_point.received(), SizeIs(1));

    charge_point.sends(kStop);       // withheld
    charge_point.sends(kAuthorize);  // waits for a decision
    charge_point.sends(accepted(charge_point.last_call_id()));
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent", R"(1 answered Accepted {"status":"Accepted"})"));
    charge_point.ordered("ClearCache", "{}");
    EXPECT_THAT(charge_point.calls(), SizeIs(2));
}

TEST(Calls, ReportACallErrorWithAllItSays) {
    SessionHarness charge_point;
    with_command(charge_point);
    charge_point.sends("[4," + charge_point.last_call_id() + R"(,"NotSupported","no \"cache\"",{"a":[1]}])");
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent", R"(1 refused NotSupported 'no "cache"' {"a":[1]})"));
}

TEST(Calls, TakeAnAnswerThatLacksWhatItMustHave) {
    for (const auto& [rest, told] : std::vector<std::pair<std::string, std::string>>{
             {"", "answered - {}"},
             {",null", "answered - null"},
             {R"(,{"status":7})", R"(answered - {"status":7})"},
             {R"(,{"data":12345678901234567890123})", R"(answered - {"data":12345678901234567890123})"},
             {R"(,{"status":"\ud800"})", "answered \xEF\xBF\xBD \"{\\\"status\\\":\\\"\\\\ud800\\\"}\""}}) {
        SessionHarness charge_point;
        with_command(charge_point);
        charge_point.sends("[3," + charge_point.last_call_id() + rest + "]");
        EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent", "1 " + told));
    }
    SessionHarness charge_point;
    with_command(charge_point);
    charge_point.sends("[4," + charge_point.last_call_id() + "]");
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent", "1 refused  '' {}"));
}

// The charge point has acted, and the next command is not to wait for a time-out.
TEST(Calls, TakeABrokenAnswerAsFarAsItCanBeRead) {
    const auto report_of = [](const std::string& begin, const std::string& rest) {
        SessionHarness charge_point;
        with_command(charge_point);
        charge_point.sends(begin + charge_point.last_call_id() + rest);
        EXPECT_THAT(charge_point.published(), IsEmpty()) << rest;
        EXPECT_THAT(charge_point.reports(), SizeIs(2)) << rest;
        return charge_point.reports().empty() ? std::string() : charge_point.reports().back();
    };
    EXPECT_EQ(report_of("[3,", R"(,{"status":"Accepted"})"), R"(1 answered Accepted {"status":"Accepted"})");
    EXPECT_EQ(report_of("[3,", R"(,{"status":"Accepted",}])"), R"(1 answered Accepted "{\"status\":\"Accepted\",}")");
    EXPECT_EQ(report_of("[3,", R"(,{"status":"Acce)"), R"(1 answered - "{\"status\":\"Acce")");
    EXPECT_EQ(report_of("[3,", ","), "1 answered - {}");
    EXPECT_EQ(report_of("[4,", R"(,"GenericError","no",{)"), R"(1 refused GenericError 'no' "{")");
    EXPECT_EQ(report_of("[4,", R"(,"Generic)"), "1 refused  '' {}");
}

TEST(Calls, LeaveAnswersToNothingToProtocolErrors) {
    SessionHarness charge_point;
    with_command(charge_point);
    charge_point.sends(accepted("\"nobody's\""));
    charge_point.sends(accepted("7"));
    ASSERT_THAT(charge_point.published(), SizeIs(2));
    EXPECT_EQ(charge_point.last().type, "protocol.error");
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent"));

    charge_point.sends(accepted(charge_point.last_call_id()));
    charge_point.sends(accepted(charge_point.last_call_id()));  // a second time
    EXPECT_THAT(charge_point.published(), SizeIs(3));
}

TEST(Calls, TimeOutFromTheFramesFirstByteOn) {
    SessionHarness charge_point;
    charge_point.ordered("ClearCache", "{}");
    charge_point.time_passes(60s);
    EXPECT_FALSE(charge_point.session().next_wake());
    charge_point.frame_goes_out(1);
    EXPECT_EQ(charge_point.session().next_wake(), charge_point.now().mono + 30s);
    charge_point.ordered("Reset", R"({"type":"Hard"})");
    charge_point.time_passes(30s);
    charge_point.wakes();
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent", "1 timed out"));
    EXPECT_THAT(charge_point.calls(), SizeIs(2)) << "the next command has its turn";
    EXPECT_FALSE(charge_point.closed());
}

TEST(Calls, ReportALateAnswerOnce) {
    SessionHarness charge_point;
    with_command(charge_point);
    const std::string id = charge_point.last_call_id();
    charge_point.time_passes(31s);
    charge_point.wakes();
    with_command(charge_point);
    charge_point.sends(accepted(id));
    EXPECT_THAT(charge_point.reports(),
                ElementsAre("1 sent", "1 timed out", "2 sent", R"(1 answered Accepted {"status":"Accepted"})"));
    EXPECT_THAT(charge_point.published(), IsEmpty());
    charge_point.sends(accepted(id));
    EXPECT_THAT(charge_point.published(), SizeIs(1));
}

TEST(Calls, ForgetTheOldestLateAnswersBeyondTheirLimit) {
    ocpp::Config config = test::session_config();
    config.late_answers_max = 2;
    config.unresponsive_calls = 0;
    SessionHarness charge_point("CP-001", config);
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        with_command(charge_point);
        ids.push_back(charge_point.last_call_id());
        charge_point.time_passes(30s);
        charge_point.wakes();
    }
    charge_point.sends(accepted(ids[0]));
    EXPECT_THAT(charge_point.published(), SizeIs(1));
    charge_point.sends(accepted(ids[1]));
    charge_point.sends(accepted(ids[2]));
    EXPECT_THAT(charge_point.published(), SizeIs(1));
}

TEST(Calls, DoNotTimeOutWhileNothingIsRead) {
    ocpp::Config config = test::session_config();
    config.durable_window = 1;
    config.answer_timeout = 120s;
    SessionHarness charge_point("CP-001", config);
    with_command(charge_point);
    charge_point.time_passes(20s);
    charge_point.sends(kStop);
    ASSERT_FALSE(charge_point.session().wants_frames());
    charge_point.time_passes(60s);
    EXPECT_EQ(charge_point.session().next_wake(), charge_point.now().mono + 60s) << "only the withheld answer's";
    charge_point.wakes();
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent"));

    charge_point.log_confirms();
    EXPECT_EQ(charge_point.session().next_wake(), charge_point.now().mono + 10s);
}

TEST(Calls, ThatAreSentWhileNothingIsReadHaveTheirWholeTimeAfterwards) {
    ocpp::Config config = test::session_config();
    config.durable_window = 1;
    SessionHarness charge_point("CP-001", config);
    charge_point.sends(kStop);
    charge_point.time_passes(5s);
    with_command(charge_point);
    charge_point.time_passes(5s);
    charge_point.log_confirms();
    EXPECT_EQ(charge_point.session().next_wake(), charge_point.now().mono + 30s);
}

TEST(Calls, DeadlinesStandStillWhileTheConnectionIsHeldUpFromOutside) {
    SessionHarness charge_point;
    with_command(charge_point);
    charge_point.time_passes(10s);
    charge_point.session().on_held_up(true, charge_point.now());
    EXPECT_EQ(charge_point.session().next_wake(), std::nullopt);
    charge_point.time_passes(100s);
    charge_point.wakes();
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent"));
    charge_point.session().on_held_up(false, charge_point.now());
    EXPECT_EQ(charge_point.session().next_wake(), charge_point.now().mono + 20s);
}

TEST(Calls, AreTakenWhileTheWindowIsFull) {
    ocpp::Config config = test::session_config();
    config.durable_window = 1;
    SessionHarness charge_point("CP-001", config);
    with_command(charge_point);
    charge_point.sends(kStop);
    charge_point.sends(accepted(charge_point.last_call_id()));  // was read together with the former
    EXPECT_THAT(charge_point.reports(), SizeIs(2));
}

TEST(Calls, ThatWereNotSentInTimeAreNotSent) {
    SessionHarness charge_point;
    with_command(charge_point);
    const auto in_5s = [&](ocpp::Command& command) { command.send_by = charge_point.now().mono + 5s; };
    charge_point.ordered("Reset", R"({"type":"Hard"})", in_5s);
    EXPECT_LE(charge_point.session().next_wake(), charge_point.now().mono + 6s);
    charge_point.time_passes(5'001ms);
    charge_point.wakes();
    charge_point.ordered("Reset", R"({"type":"Hard"})",
                         [&](ocpp::Command& command) { command.send_by = charge_point.now().mono - 1ms; });
    charge_point.sends(accepted(charge_point.last_call_id()));
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent", "2 not sent: withdrawn",
                                                    R"(1 answered Accepted {"status":"Accepted"})", "3 not sent: withdrawn"));
    EXPECT_THAT(charge_point.calls(), SizeIs(1));
}

TEST(Calls, ArePacedWhereTheConfigurationSaysSo) {
    ocpp::Config config = test::session_config();
    config.call_pacing = 2s;
    SessionHarness charge_point("CP-001", config);
    with_command(charge_point);
    charge_point.ordered("Reset", R"({"type":"Hard"})");
    charge_point.sends(accepted(charge_point.last_call_id()));
    EXPECT_THAT(charge_point.calls(), SizeIs(1));
    EXPECT_EQ(charge_point.session().next_wake(), charge_point.now().mono + 2s);
    charge_point.time_passes(1'999ms);
    charge_point.wakes();
    EXPECT_THAT(charge_point.calls(), SizeIs(1));
    charge_point.time_passes(1ms);
    charge_point.wakes();
    EXPECT_THAT(charge_point.calls(), SizeIs(2));
}

TEST(Calls, ThatArePacedPastTheirLastMomentAreNotSent) {
    ocpp::Config config = test::session_config();
    config.call_pacing = 10s;
    SessionHarness charge_point("CP-001", config);
    with_command(charge_point);
    charge_point.ordered("Reset", R"({"type":"Hard"})",
                         [&](ocpp::Command& command) { command.send_by = charge_point.now().mono + 5s; });
    charge_point.sends(accepted(charge_point.last_call_id()));
    charge_point.time_passes(5'001ms);
    charge_point.wakes();
    EXPECT_THAT(charge_point.reports(),
                ElementsAre("1 sent", R"(1 answered Accepted {"status":"Accepted"})", "2 not sent: withdrawn"));
}

TEST(Calls, AreCancelledOnlyBeforeTheirFrameIsHandedOver) {
    SessionHarness charge_point;
    charge_point.ordered("ClearCache", "{}");
    charge_point.ordered("Reset", R"({"type":"Hard"})");
    charge_point.cancelled(1);
    charge_point.cancelled(2);
    charge_point.cancelled(77);
    charge_point.frame_goes_out(1);
    charge_point.cancelled(1);
    charge_point.sends(accepted(charge_point.last_call_id()));
    EXPECT_THAT(charge_point.reports(),
                ElementsAre("2 not sent: withdrawn", "1 sent", R"(1 answered Accepted {"status":"Accepted"})"));
    EXPECT_THAT(charge_point.calls(), SizeIs(1));
}

TEST(Calls, AreGivenUpWhenCancelledWhileTheirDeadlineStandsStill) {
    ocpp::Config config = test::session_config();
    config.durable_window = 1;
    config.answer_timeout = 120s;
    SessionHarness charge_point("CP-001", config);
    with_command(charge_point);
    charge_point.sends(kStop);
    charge_point.time_passes(90s);
    charge_point.cancelled(1);
    with_command(charge_point);
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent", "2 sent"));
}

TEST(Calls, ThatWereSentAreLostWithTheConnectionAndTheOthersAreNot) {
    SessionHarness charge_point;
    with_command(charge_point);
    charge_point.ordered("Reset", R"({"type":"Hard"})");
    charge_point.closes({});
    charge_point.ordered("Reset", R"({"type":"Hard"})");
    EXPECT_THAT(charge_point.reports(),
                ElementsAre("1 sent", "1 lost", "2 not sent: connection gone", "3 not sent: connection gone"));
}

TEST(Calls, WhoseFrameWasNotBegunAreNotSentWhenTheConnectionEnds) {
    SessionHarness charge_point;
    charge_point.ordered("ClearCache", "{}");
    charge_point.closes({});
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 not sent: connection gone"));
}

TEST(Calls, OfADisplacedConnectionCountAsLostOnceTheyWereHandedOver) {
    SessionHarness charge_point;
    charge_point.ordered("ClearCache", "{}");
    charge_point.closes({.by = ocpp::ClosedBy::displaced});
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 lost"));
}

TEST(Calls, ThatGoOutWhileTheConnectionIsClosingAreLost) {
    SessionHarness charge_point;
    charge_point.sends(kStop);
    charge_point.ordered("ClearCache", "{}");
    charge_point.time_passes(15s);
    charge_point.wakes();
    ASSERT_TRUE(charge_point.closed());
    charge_point.frame_goes_out(1);
    charge_point.ordered("ClearCache", "{}");
    charge_point.closes({.by = ocpp::ClosedBy::gateway});
    EXPECT_THAT(charge_point.reports(), ElementsAre("1 sent", "2 not sent: connection gone", "1 lost"));
}

TEST(Calls, ThatCannotBeDeliveredDoNotHoldUpTheNext) {
    SessionHarness charge_point;
    with_command(charge_point);
    charge_point.ordered("NoSuchCommand", "{}");
    charge_point.ordered("Reset", "{}");
    charge_point.ordered("Reset", R"({"type":"Soft"})");
    charge_point.sends(accepted(charge_point.last_call_id()));
    EXPECT_THAT(charge_point.calls(), SizeIs(2));
    EXPECT_THAT(charge_point.reports(), SizeIs(4));
}

}  // namespace
