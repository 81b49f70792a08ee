#include "commands/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "commands/command_body.h"
#include "model/json_members.h"
#include "support/commands/ledger_harness.h"

namespace {

using commands::Config;
using model::DownKind;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::CommandWish;
using test::error_of;
using test::LedgerHarness;
using test::member_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const CommandWish kGet{.name = "GetConfiguration"};  // may be sent again
const CommandWish kWaits{.members = R"(,"ifOffline":"wait")"};

CommandWish with_priority(const std::string& priority) { return {.members = R"(,"priority":")" + priority + "\""}; }

class LedgerTest : public testing::Test {
protected:
    // A command whose frame is out.
    void send(const std::string& id, const CommandWish& wish = {}) {
        gateway.commands(id, "CP-1", wish);
        gateway.reports("CP-1", commands::Sent{});
    }
    LedgerHarness gateway;
};

class ConnectedLedger : public LedgerTest {
protected:
    ConnectedLedger() { gateway.connects("CP-1"); }
};

// --- The life of a command.

TEST_F(ConnectedLedger, TellsEachStateOfACommandThatIsAnswered) {
    gateway.commands("c-1", "CP-1", {.name = "Reset", .payload = R"({"type":"Soft"})"});
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued"));
    EXPECT_EQ(gateway.last_delivery("CP-1").command.payload, R"({"type":"Soft"})");
    gateway.reports("CP-1", commands::Sent{});
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent"));
    EXPECT_EQ(gateway.state_in_status("c-1"), "sent");
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
    EXPECT_EQ(gateway.state_in_status("c-1"), "completed");
    EXPECT_EQ(
        gateway.last_result("c-1"),
        R"({"commandId":"c-1","chargePointId":"CP-1","pod":"gateway-0","state":"completed","final":true,"outcome":"Accepted",)"
        R"("response":{"status":"Accepted"},"error":null,"attempt":1,"at":"2026-11-20T10:00:00.000Z"})");
    EXPECT_THAT(gateway.dead_letters, IsEmpty());
}

TEST_F(ConnectedLedger, EndsACommandWhoseAnswerHoldsNumbersOfAnySize) {
    gateway.commands("c-1", "CP-1");
    gateway.reports("CP-1", commands::Answered{.outcome = "Accepted", .response = R"({"n":18446744073709551616,"e":1e400})"});
    EXPECT_EQ(gateway.state_in_status("c-1"), "completed");
    gateway.commands("c-2", "CP-1");
    gateway.reports("CP-1", commands::Refused{{.code = "GenericError", .message = "", .details = R"({"n":1e400})"}});
    EXPECT_EQ(gateway.state_in_status("c-2"), "failed");
}

TEST_F(ConnectedLedger, TellsTheStatusOfEachStepWithTheResultThatSaysSo) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1", kGet);
    EXPECT_THAT(gateway.statuses, IsEmpty());
    gateway.reads(0);
    ASSERT_THAT(gateway.statuses, SizeIs(1));
    EXPECT_EQ(gateway.writes.size(), 1U);  // its `queued` is told beside the result record
    gateway.reports("CP-1", commands::Sent{});
    ASSERT_THAT(gateway.statuses, SizeIs(2));
    gateway.answers("CP-1");
    ASSERT_THAT(gateway.statuses, SizeIs(2));
    gateway.settle();
    ASSERT_THAT(gateway.statuses, SizeIs(3));

    const auto body = commands::body_of(gateway.last_delivery("CP-1").command);
    const auto state = [&](std::size_t i) { return gateway.statuses.at(i).state; };
    EXPECT_EQ(state(0), model::CommandState::queued);
    EXPECT_EQ(state(1), model::CommandState::sent);
    EXPECT_EQ(state(2), model::CommandState::completed);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(gateway.statuses.at(i).body, body);
        EXPECT_EQ(gateway.statuses.at(i).attempt, i == 0 ? 0U : 1U);
        EXPECT_EQ(gateway.statuses.at(i).result, gateway.results("c-1").at(i));
    }
}

TEST_F(ConnectedLedger, CompletesACommandThatTheChargePointRejects) {
    send("c-1");
    gateway.answers("CP-1", "Rejected");
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "state"), "completed");
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "outcome"), "Rejected");
}

TEST_F(ConnectedLedger, FailsACommandThatIsAnsweredByACallError) {
    send("c-1");
    gateway.reports("CP-1", commands::Refused{{.code = "NotSupported", .message = "no", .details = R"({"a":1})"}});
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "failed"));
    EXPECT_EQ(error_of(gateway.last_result("c-1"), "code"), "NotSupported");
    ASSERT_THAT(gateway.dead_letters, SizeIs(1));
    EXPECT_EQ(gateway.dead_letters[0].key, "CP-1");
    EXPECT_EQ(member_of(gateway.dead_letters[0].value, "result"), gateway.last_result("c-1"));
    EXPECT_EQ(member_of(gateway.dead_letters[0].value, "command"),
              R"({"commandId":"c-1","chargePointId":"CP-1","commandName":"Reset","payload":{}})");
}

TEST_F(ConnectedLedger, RejectsWhatTheSessionCannotSend) {
    gateway.commands("c-1", "CP-1", {.name = "Nonsense"});
    gateway.reports("CP-1", commands::NotDeliverable{{.code = "UnknownName", .message = "Nonsense is no action of OCPP 1.6"}});
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "rejected"));
    EXPECT_EQ(error_of(gateway.last_result("c-1"), "code"), "UnknownName");
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "attempt"), "0");
    EXPECT_THAT(gateway.dead_letters, SizeIs(1));
}

TEST_F(ConnectedLedger, TellsTheTraceContextInEveryResult) {
    send("c-1", {.members = R"(,"traceparent":"00-1-2-00")"});
    gateway.answers("CP-1");
    for (const std::string& result : gateway.results("c-1")) {
        EXPECT_EQ(member_of(result, "traceparent"), "00-1-2-00");
    }
}

TEST_F(ConnectedLedger, GivesTheSessionTheCommandsOwnTimeoutOrTheDefault) {
    gateway.commands("c-1", "CP-1", {.name = "GetConfiguration", .members = R"(,"timeoutSeconds":7)"});
    EXPECT_EQ(gateway.last_delivery("CP-1").timeout, seconds(7));
    gateway.reports("CP-1", commands::Sent{});
    gateway.answers("CP-1");
    gateway.commands("c-2", "CP-1", kGet);
    EXPECT_EQ(gateway.last_delivery("CP-1").timeout, seconds(30));
}

// --- One at a time, the most urgent first.

TEST_F(ConnectedLedger, DeliversOneCommandAtATime) {
    gateway.commands("c-1", "CP-1");
    gateway.commands("c-2", "CP-1");
    gateway.reports("CP-1", commands::Sent{});
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-2"));
}

TEST_F(LedgerTest, DeliversTheMostUrgentFirstAndEqualsInTheirOrder) {
    gateway.commands("low", "CP-1", with_priority("low"));
    gateway.commands("normal-1", "CP-1");
    gateway.commands("normal-2", "CP-1");
    gateway.commands("high", "CP-1", with_priority("high"));
    gateway.commands("emergency", "CP-1", with_priority("emergency"));
    gateway.connects("CP-1");
    for (int i = 0; i < 5; ++i) {
        gateway.answers("CP-1");
    }
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("emergency", "high", "normal-1", "normal-2", "low"));
}

TEST(Ledger, DeliversAnEmergencyBehindAThousandLowOnesNext) {
    LedgerHarness gateway(Config{.commands_per_charge_point = 2000});
    gateway.connects("CP-1");
    for (int i = 0; i < 1000; ++i) {
        gateway.commands("low-" + std::to_string(i), "CP-1", with_priority("low"));
    }
    gateway.commands("stop", "CP-1", with_priority("emergency"));
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("low-0", "stop"));
}

TEST_F(ConnectedLedger, DoesNotLetOneChargePointWaitForAnother) {
    gateway.connects("CP-2");
    send("c-1");
    gateway.commands("c-2", "CP-2");
    EXPECT_THAT(gateway.delivered("CP-2"), ElementsAre("c-2"));
}

// --- Offline, waiting, grace.

TEST_F(LedgerTest, EndsUnreachableForAChargePointThatWasNeverSeen) {
    gateway.time_passes(seconds(10));  // since ready
    gateway.commands("c-1", "CP-404");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("unreachable"));
    EXPECT_EQ(error_of(gateway.last_result("c-1"), "code"), "Unreachable");
    EXPECT_EQ(error_of(gateway.last_result("c-1"), "message"), "CP-404 is not connected to any pod");
    EXPECT_THAT(gateway.dead_letters, SizeIs(1));
}

TEST_F(LedgerTest, WaitsForTheGraceAfterItsStartBecauseChargePointsComeBack) {
    gateway.commands("c-1", "CP-1");
    gateway.time_passes(milliseconds(9'999));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued"));
    gateway.time_passes(milliseconds(1));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "unreachable"));
}

TEST_F(ConnectedLedger, WaitsForTheGraceAfterADisconnect) {
    gateway.time_passes(minutes(1));
    gateway.disconnects("CP-1");
    gateway.time_passes(seconds(6));
    gateway.commands("c-1", "CP-1");
    gateway.time_passes(seconds(3));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued"));
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(ConnectedLedger, EndsUnreachableWhenTheGraceIsOver) {
    gateway.time_passes(minutes(1));
    gateway.disconnects("CP-1");
    gateway.commands("c-1", "CP-1");
    gateway.time_passes(seconds(10));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "unreachable"));
    gateway.commands("c-2", "CP-1");
    EXPECT_THAT(gateway.states("c-2"), ElementsAre("unreachable"));
}

TEST_F(ConnectedLedger, IgnoresTheEndOfAConnectionThatWasReplaced) {
    gateway.connects("CP-1");
    commands::Effects effects;
    gateway.ledger().on_disconnected(model::ChargePointId("CP-1"), {.shard = 0, .connection = 1}, gateway.now(), effects);
    gateway.commands("c-1", "CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(LedgerTest, ParksWhatMayWaitUntilTheChargePointComes) {
    gateway.commands("c-1", "CP-1", kWaits);
    gateway.time_passes(hours(23));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued"));
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(LedgerTest, ExpiresWhatWaitedTooLong) {
    gateway.commands("c-1", "CP-1", kWaits);
    gateway.time_passes(hours(24));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "expired"));
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), IsEmpty());
}

// --- Expiry.

TEST_F(ConnectedLedger, ExpiresOnArrivalWhatIsTooOld) {
    gateway.commands("c-1", "CP-1", {.members = R"(,"expiresAt":"2026-11-20T09:59:59Z")"});
    gateway.commands("c-2", "CP-1", {.members = R"(,"createdAt":"2026-11-20T09:58:59Z")"});  // and 60 s by default
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("expired"));
    EXPECT_THAT(gateway.states("c-2"), ElementsAre("expired"));
    EXPECT_THAT(gateway.deliveries, IsEmpty());
}

TEST_F(ConnectedLedger, ExpiresBehindAnotherCommand) {
    send("c-1");
    gateway.commands("c-2", "CP-1");
    gateway.time_passes(seconds(60));
    EXPECT_THAT(gateway.states("c-2"), ElementsAre("queued", "expired"));
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(ConnectedLedger, TakesBackFromTheSessionWhatExpiresUnsent) {
    gateway.commands("c-1", "CP-1");
    gateway.time_passes(seconds(60));
    ASSERT_THAT(gateway.withdrawn, SizeIs(1));
    EXPECT_EQ(gateway.withdrawn[0].ticket, gateway.last_delivery("CP-1").ticket);
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued"));
    gateway.reports("CP-1", commands::NotSent{commands::Unsent::withdrawn});
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "expired"));
}

TEST_F(ConnectedLedger, IsNotMistakenAboutExpiryByAWallClockThatJumps) {
    send("c-1");
    gateway.commands("c-2", "CP-1");
    commands::Effects effects;
    gateway.ledger().on_time({gateway.now().mono + seconds(1), gateway.now().wall + hours(1000)}, effects);
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-2"));
}

// --- Silence, lost connections, late answers.

TEST_F(ConnectedLedger, EndsTimedOutOnALiveConnection) {
    send("c-1");
    gateway.commands("c-2", "CP-1");
    gateway.reports("CP-1", commands::TimedOut{});
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "timed_out"));
    EXPECT_EQ(error_of(gateway.last_result("c-1"), "code"), "TimedOut");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-2"));
}

TEST_F(ConnectedLedger, TellsALateAnswerBesideTheEnd) {
    send("c-1");
    gateway.reports("CP-1", commands::TimedOut{});
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "timed_out", "completed late"));
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "final"), "false");
    EXPECT_EQ(gateway.state_in_status("c-1"), "timed_out");
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), SizeIs(4));
}

TEST_F(ConnectedLedger, TellsALateAnswerAfterTheEndEvenWhileTheMarkerIsOnItsWay) {
    send("c-1");
    gateway.log_is_slow = true;
    gateway.reports("CP-1", commands::TimedOut{});
    gateway.reports("CP-1", commands::Refused{{.code = "InternalError"}});
    gateway.settle();
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "timed_out", "failed late"));
}

TEST_F(ConnectedLedger, GivesUpASessionThatTellsNothing) {
    send("c-1");
    gateway.time_passes(seconds(89));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent"));
    gateway.time_passes(seconds(1));  // 30 s for the answer, 60 s for the session's word of it
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "timed_out"));
    EXPECT_THAT(gateway.withdrawn, SizeIs(1));
}

TEST_F(ConnectedLedger, EndsUncertainWhenTheConnectionIsLostAfterTheFrame) {
    send("c-1");
    gateway.disconnects("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent"));
    gateway.reports("CP-1", commands::Lost{});
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "uncertain"));
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(ConnectedLedger, SendsAgainWhereTheTableAllowsIt) {
    send("c-1", kGet);
    gateway.reports("CP-1", commands::Lost{});
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-1"));
    gateway.answers("CP-1");
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "state"), "completed");
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "attempt"), "2");
}

TEST_F(ConnectedLedger, SendsAgainSoManyTimesOnly) {
    gateway.commands("c-1", "CP-1", kGet);
    for (int i = 0; i < 3; ++i) {
        gateway.reports("CP-1", commands::Lost{});
        gateway.connects("CP-1");
    }
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-1", "c-1"));
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "state"), "uncertain");
}

TEST_F(ConnectedLedger, EndsUncertainWhatWasSentOnceAndNeverAgain) {
    send("c-1", kGet);
    gateway.reports("CP-1", commands::Lost{});
    gateway.time_passes(seconds(20));
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "state"), "uncertain");
}

TEST_F(ConnectedLedger, WaitsForTheGraceWhenTheConnectionIsLostBeforeTheFrame) {
    gateway.time_passes(minutes(1));
    gateway.commands("c-1", "CP-1");
    gateway.reports("CP-1", commands::NotSent{commands::Unsent::connection_gone});
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-1"));
    EXPECT_THAT(gateway.kinds(), ElementsAre("command", "sending"));  // one marker holds for both
    gateway.reports("CP-1", commands::NotSent{commands::Unsent::connection_gone});
    gateway.time_passes(seconds(10));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "unreachable"));
}

// --- Cancel.

TEST_F(LedgerTest, CancelsWhatWaits) {
    gateway.commands("c-1", "CP-1", kWaits);
    gateway.cancels("c-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "cancelled"));
    EXPECT_EQ(error_of(gateway.last_result("c-1"), "code"), "Cancelled");
    EXPECT_THAT(gateway.dead_letters, IsEmpty());
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.deliveries, IsEmpty());
}

TEST_F(ConnectedLedger, CancelsWhatTheSessionHasNotSent) {
    gateway.commands("c-1", "CP-1");
    gateway.cancels("c-1");
    EXPECT_THAT(gateway.withdrawn, SizeIs(1));
    gateway.reports("CP-1", commands::NotSent{commands::Unsent::withdrawn});
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "cancelled"));
}

TEST_F(ConnectedLedger, CannotCancelWhatIsSent) {
    send("c-1");
    gateway.cancels("c-1");
    gateway.cancels("unknown");
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
}

// --- Records that are no command, and repeated ids.

TEST_F(LedgerTest, RejectsAMalformedRecordAndGoesOn) {
    gateway.appends({.key = "CP-1", .value = R"({"commandId":"c-1","chargePointId":"CP-1"})"});
    ASSERT_THAT(gateway.result_log, SizeIs(1));
    EXPECT_EQ(gateway.result_log[0].key, "CP-1");
    EXPECT_EQ(member_of(gateway.result_log[0].value, "commandId"), "");
    EXPECT_EQ(member_of(gateway.result_log[0].value, "state"), "rejected");
    EXPECT_EQ(error_of(gateway.result_log[0].value, "code"), "Malformed");
    EXPECT_EQ(error_of(gateway.result_log[0].value, "message"), "commandName is missing");
    ASSERT_THAT(gateway.dead_letters, SizeIs(1));
    EXPECT_EQ(member_of(gateway.dead_letters[0].value, "command"), R"({"commandId":"c-1","chargePointId":"CP-1"})");
    gateway.time_passes(seconds(1));
    EXPECT_EQ(gateway.committed(), 1);
}

TEST_F(LedgerTest, RejectsABrokenRecordWithItsText) {
    gateway.appends({.value = "\xFF{"});
    EXPECT_EQ(gateway.result_log[0].key, "");
    EXPECT_EQ(error_of(gateway.result_log[0].value, "message"), "the record is not a JSON object");
    EXPECT_EQ(member_of(gateway.dead_letters[0].value, "command"), "\uFFFD{");
}

TEST_F(LedgerTest, IgnoresRecordsOfLaterVersionsAndBrokenMarkers) {
    gateway.appends({.value = "x", .kind = "locate"});
    gateway.appends({.value = "x", .kind = "ended"});
    gateway.appends({.value = "x", .kind = "cancel"});
    gateway.time_passes(seconds(1));
    EXPECT_THAT(gateway.result_log, IsEmpty());
    EXPECT_EQ(gateway.committed(), 3);
}

TEST_F(ConnectedLedger, ExecutesARepeatedIdOnceAndAnswersItFromTheRecordedResult) {
    send("c-1");
    gateway.commands("c-1", "CP-1", {.members = R"(,"createdAt":"2026-11-20T10:00:01Z")"});
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
    gateway.commands("c-1", "CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed", "completed"));
    EXPECT_EQ(gateway.results("c-1")[2], gateway.results("c-1")[3]);
}

TEST_F(ConnectedLedger, RefusesAKnownIdWithAnotherBody) {
    send("c-1");
    gateway.commands("c-1", "CP-1", {.payload = R"({"type":"Hard"})"});
    EXPECT_EQ(member_of(gateway.result_log.back().value, "commandId"), "");
    EXPECT_EQ(member_of(gateway.result_log.back().value, "state"), "rejected");
    EXPECT_EQ(error_of(gateway.result_log.back().value, "code"), "DuplicateId");
    EXPECT_THAT(gateway.dead_letters, SizeIs(1));
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
}

TEST_F(ConnectedLedger, ForgetsAnIdAfterTwoMinutes) {
    send("c-1", kGet);
    gateway.answers("CP-1");
    gateway.time_passes(seconds(121));
    gateway.commands("c-1", "CP-1", kGet);
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-1"));
}

TEST(Ledger, RecognisesARepeatedIdInAnotherPartition) {
    LedgerHarness gateway({}, 2);
    gateway.connects("CP-1");
    gateway.commands("c-1", "CP-1", {}, 0);
    gateway.commands("c-1", "CP-1", {}, 1);
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    gateway.time_passes(seconds(1));
    EXPECT_EQ(gateway.committed(1), 0);
    gateway.time_passes(seconds(122));
    EXPECT_EQ(gateway.committed(1), 1);
}

TEST_F(ConnectedLedger, DoesNotTakeADuplicateForFreshWhenTheLogIsReadFromBetween) {
    send("c-1");
    gateway.answers("CP-1");
    gateway.commands("parked", "CP-2", kWaits);
    gateway.time_passes(minutes(1));
    gateway.commands("c-1", "CP-1", {.members = R"(,"expiresAt":"2026-11-21T00:00:00Z")"});
    gateway.commands("c-1", "CP-1", {.payload = R"({"type":"Hard"})", .members = R"(,"expiresAt":"2026-11-21T00:00:00Z")"});
    gateway.time_passes(minutes(10));  // longer than an id is remembered that nobody repeats
    gateway.restarts();
    gateway.connects("CP-1");
    gateway.replays();
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    for (const std::string& state : gateway.states("c-1")) {
        EXPECT_THAT(state, testing::AnyOf("queued", "sent", "completed"));
    }
}

// --- Overload.

TEST(Ledger, RejectsTooManyCommandsForOneChargePointButHasRoomForUrgentOnes) {
    LedgerHarness gateway(Config{.commands_per_charge_point = 2, .urgent_per_charge_point = 1});
    gateway.commands("c-1", "CP-1");
    gateway.commands("c-2", "CP-1");
    gateway.commands("c-3", "CP-1");
    EXPECT_THAT(gateway.states("c-3"), ElementsAre("rejected"));
    EXPECT_EQ(error_of(gateway.last_result("c-3"), "code"), "Overloaded");
    gateway.commands("c-4", "CP-1", with_priority("high"));
    EXPECT_THAT(gateway.states("c-4"), ElementsAre("queued"));
    gateway.commands("c-5", "CP-1", with_priority("emergency"));
    EXPECT_THAT(gateway.states("c-5"), ElementsAre("rejected"));
    EXPECT_EQ(gateway.ledger().commands_of(model::ChargePointId("CP-1")), 3U);
}

TEST(Ledger, RejectsLowThenNormalCommandsWhenItsBytesAreFull) {
    LedgerHarness sample;
    sample.commands("low-1", "CP-1");
    const std::size_t one = sample.ledger().bytes() + 64;  // a little more than any of these needs
    LedgerHarness gateway(Config{.bytes_max = 3 * one, .bytes_for_urgent = one, .bytes_not_for_low = one});
    const auto state_of = [&](const std::string& id, const std::string& priority) {
        gateway.commands(id, "CP-" + id, with_priority(priority));
        return gateway.states(id).back();
    };
    EXPECT_EQ(state_of("low-1", "low"), "queued");
    EXPECT_EQ(state_of("low-2", "low"), "rejected");
    EXPECT_EQ(state_of("nor-1", "normal"), "queued");
    EXPECT_EQ(state_of("nor-2", "normal"), "rejected");
    EXPECT_EQ(state_of("emg-1", "emergency"), "queued");
    EXPECT_EQ(state_of("emg-2", "emergency"), "rejected");
}

TEST(Ledger, HasRoomAgainWhenCommandsEnd) {
    LedgerHarness gateway(Config{.commands_per_charge_point = 1});
    gateway.connects("CP-1");
    gateway.commands("c-1", "CP-1");
    gateway.answers("CP-1");
    gateway.commands("c-2", "CP-1");
    EXPECT_THAT(gateway.states("c-2"), ElementsAre("queued"));
    gateway.answers("CP-1");
    EXPECT_EQ(gateway.ledger().commands(), 0U);
    EXPECT_EQ(gateway.ledger().bytes(), 0U);
}

// --- The journal.

TEST_F(ConnectedLedger, DeliversWhatMayNotRunTwiceOnlyOnceItsMarkerWasReadBack) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1");
    gateway.reads(0);
    ASSERT_THAT(gateway.marks, SizeIs(1));
    EXPECT_THAT(gateway.deliveries, IsEmpty());
    gateway.takes_mark();
    EXPECT_THAT(gateway.deliveries, IsEmpty());
    gateway.reads(0);
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    EXPECT_THAT(gateway.kinds(), ElementsAre("command", "sending"));
}

TEST_F(ConnectedLedger, DeliversWhatMayRunTwiceWithoutAMarker) {
    gateway.commands("c-1", "CP-1", kGet);
    EXPECT_THAT(gateway.kinds(), ElementsAre("command"));
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(ConnectedLedger, KeepsAMarkedCommandForTheNextConnection) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1");
    gateway.reads(0);
    gateway.disconnects("CP-1");
    gateway.settle();
    EXPECT_THAT(gateway.deliveries, IsEmpty());
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(ConnectedLedger, WritesAResultOnlyOnceItsMarkerWasReadBack) {
    send("c-1");
    gateway.log_is_slow = true;
    gateway.answers("CP-1");
    gateway.takes_mark();
    EXPECT_THAT(gateway.writes, IsEmpty());
    gateway.reads(0);
    EXPECT_THAT(gateway.writes, SizeIs(1));
    EXPECT_THAT(gateway.kinds(), ElementsAre("command", "sending", "ended"));
    EXPECT_EQ(gateway.state_in_status("c-1"), "sent");
    gateway.takes_write();
    EXPECT_EQ(gateway.state_in_status("c-1"), "completed");
}

TEST_F(ConnectedLedger, DoesNotSendWhatAnotherRunMarkedFirst) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1");
    gateway.reads(0);
    gateway.appends(LedgerHarness::foreign_marker(DownKind::sending, "c-1"));
    gateway.settle();
    EXPECT_THAT(gateway.deliveries, IsEmpty());
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "uncertain"));
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "attempt"), "1");
}

TEST_F(ConnectedLedger, IgnoresAMarkerOfAnotherRunBehindItsOwn) {
    send("c-1");
    gateway.appends(LedgerHarness::foreign_marker(DownKind::sending, "c-1"));
    gateway.answers("CP-1");
    gateway.appends(LedgerHarness::foreign_marker(DownKind::ended, "c-1", R"({"commandId":"c-1","state":"uncertain"})"));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
}

TEST_F(ConnectedLedger, TakesTheFirstEndInTheLogForTheResultWhoeverWroteIt) {
    send("c-1");
    gateway.log_is_slow = true;
    gateway.answers("CP-1");
    const std::string theirs = R"({"commandId":"c-1","state":"uncertain"})";
    gateway.appends(LedgerHarness::foreign_marker(DownKind::ended, "c-1", theirs));
    gateway.settle();
    EXPECT_EQ(gateway.last_result("c-1"), theirs);
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "uncertain"));
    EXPECT_THAT(gateway.dead_letters, SizeIs(1));
}

TEST_F(ConnectedLedger, LetsNoFormerRunSayUnsentBehindItsOwnMarker) {
    send("c-1");
    gateway.appends(LedgerHarness::foreign_marker(DownKind::ended, "c-1", R"({"commandId":"c-1","state":"unreachable"})"));
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
}

TEST_F(ConnectedLedger, TakesBackThatItWasNotSentWhereAnotherRunMarkedFirst) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-2");
    gateway.reads(0);
    gateway.time_passes(std::chrono::minutes(2));
    gateway.appends(LedgerHarness::foreign_marker(DownKind::sending, "c-1"));
    gateway.settle();
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "state"), "uncertain");
    gateway.restarts();
    gateway.replays();
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "state"), "uncertain");
    EXPECT_THAT(gateway.kinds(), ElementsAre("command", "sending", "ended", "ended"));
}

TEST_F(ConnectedLedger, LetsGoOfADeliveryThatHasEndedInTheLog) {
    gateway.commands("c-1", "CP-1", kGet);
    gateway.appends(LedgerHarness::foreign_marker(DownKind::ended, "c-1", R"({"commandId":"c-1","state":"completed"})"));
    EXPECT_THAT(gateway.withdrawn, SizeIs(1));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "completed"));
    gateway.commands("c-2", "CP-1", kGet);
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-2"));
}

// --- Replay.

TEST_F(LedgerTest, DecidesNothingBeforeTheReplayIsOver) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1");
    gateway.restarts();
    gateway.connects("CP-1");
    gateway.settle();
    EXPECT_FALSE(gateway.ledger().ready());
    EXPECT_THAT(gateway.deliveries, IsEmpty());
    EXPECT_THAT(gateway.result_log, IsEmpty());
    gateway.log_is_slow = false;
    gateway.replays();
    EXPECT_TRUE(gateway.ledger().ready());
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(LedgerTest, DeliversTheMostUrgentOfAReplayFirst) {
    gateway.log_is_slow = true;
    gateway.commands("low", "CP-1", with_priority("low"));
    gateway.commands("stop", "CP-1", with_priority("emergency"));
    gateway.log_is_slow = false;
    gateway.restarts();
    gateway.connects("CP-1");
    gateway.replays();
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("stop"));
}

TEST_F(LedgerTest, RunsAfterACrashWhatHasNoMarker) {
    gateway.commands("c-1", "CP-1");
    gateway.restarts();
    gateway.replays();
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(ConnectedLedger, EndsUncertainAfterACrashWhatWasUnderWay) {
    send("c-1");
    gateway.restarts();
    gateway.replays();
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "uncertain"));
    EXPECT_EQ(member_of(gateway.last_result("c-1"), "attempt"), "1");
}

TEST_F(ConnectedLedger, SendsAgainAfterACrashWhereTheTableAllowsIt) {
    send("c-1", kGet);
    gateway.restarts();
    gateway.replays();
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-1"));
}

TEST_F(ConnectedLedger, WritesTheSameResultAgainAfterACrash) {
    send("c-1");
    gateway.reports("CP-1", commands::Refused{{.code = "NotSupported"}});
    gateway.time_passes(seconds(30));
    gateway.restarts();
    gateway.replays();
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "failed", "failed"));
    EXPECT_EQ(gateway.results("c-1")[2], gateway.results("c-1")[3]);
    ASSERT_THAT(gateway.dead_letters, SizeIs(2));
    EXPECT_EQ(gateway.dead_letters[0].value, gateway.dead_letters[1].value);
}

TEST_F(ConnectedLedger, WritesARefusalOfARecordTheSameAgainAfterACrash) {
    gateway.appends({.key = "CP-1", .value = "{}"});
    gateway.time_passes(milliseconds(500));
    gateway.restarts();
    gateway.replays();
    ASSERT_THAT(gateway.result_log, SizeIs(2));
    EXPECT_EQ(gateway.result_log[0].value, gateway.result_log[1].value);
}

TEST_F(LedgerTest, CancelsAfterACrashWhatWasCancelledBeforeIt) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1");
    gateway.cancels("c-1");
    gateway.log_is_slow = false;
    gateway.restarts();
    gateway.replays();
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("cancelled"));
}

TEST_F(LedgerTest, ExpiresAfterACrashWhatExpiredDuringIt) {
    gateway.commands("c-1", "CP-1");
    gateway.restarts();
    gateway.time_passes(minutes(2));
    gateway.replays();
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "expired"));
}

TEST_F(ConnectedLedger, IgnoresRecordsThatItHasRead) {
    send("c-1");
    commands::Effects effects;
    gateway.ledger().on_record({.partition = 0, .offset = 0, .value = "{}"}, gateway.now(), effects);
    gateway.ledger().on_record({.partition = 9, .offset = 0, .value = "{}"}, gateway.now(), effects);
    EXPECT_THAT(effects, IsEmpty());
}

// --- Commits.

TEST_F(ConnectedLedger, CommitsUpToTheFirstCommandThatHasNotEnded) {
    gateway.connects("CP-2");
    gateway.commands("c-1", "CP-1", kGet);
    gateway.commands("c-2", "CP-2", kGet);
    gateway.reports("CP-2", commands::Sent{});
    gateway.answers("CP-1");
    gateway.time_passes(seconds(80));
    EXPECT_EQ(gateway.committed(), 0);  // c-1 ended less than two minutes ago
    gateway.time_passes(seconds(42));
    EXPECT_EQ(gateway.committed(), 1);  // c-2 ended after 90 s
    gateway.time_passes(seconds(122));
    EXPECT_EQ(gateway.committed(), 4);  // with the markers
}

TEST_F(ConnectedLedger, HoldsTheOffsetUntilTheResultIsInTheLog) {
    gateway.commands("c-1", "CP-1", kGet);
    gateway.log_is_slow = true;
    gateway.answers("CP-1");
    gateway.takes_mark();
    gateway.reads(0);
    gateway.time_passes(minutes(10));
    EXPECT_EQ(gateway.committed(), 0);
    gateway.settle();
    gateway.time_passes(minutes(3));
    EXPECT_EQ(gateway.committed(), 2);
}

TEST(Ledger, ForgetsEndedCommandsEarlierWhenTheyAreTooMany) {
    LedgerHarness gateway(Config{.remembered_bytes_max = 1});
    gateway.time_passes(seconds(10));
    gateway.commands("c-1", "CP-1");
    gateway.time_passes(seconds(1));
    EXPECT_EQ(gateway.committed(), 2);
}

TEST_F(ConnectedLedger, WantsToBeWokenForNothingOnceEverythingIsForgotten) {
    send("c-1");
    gateway.answers("CP-1");
    gateway.disconnects("CP-1");
    gateway.time_passes(minutes(5));
    EXPECT_EQ(gateway.ledger().next_wake(), std::nullopt);
}

}  // namespace
