#include "simulator/charge_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/simulator/charge_point_harness.h"

namespace simulator {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

// One transaction of two MeterValues, and no Heartbeat between them.
Behaviour one_transaction() {
    Behaviour behaviour;
    behaviour.transactions = 1;
    behaviour.meter_count = 2;
    behaviour.heartbeat_interval = 24h;
    return behaviour;
}

TEST(ChargePointSession, GoesFromBootToStopInOrderAndLeaves) {
    ChargePointHarness harness(one_transaction());
    harness.connects();

    EXPECT_THAT(harness.charge_point().id(), "SIM-00007");
    const SentCall boot = harness.call("BootNotification");
    EXPECT_THAT(boot.payload, HasSubstr(R"("chargePointSerialNumber":"SIM-00007")"));
    harness.accept(boot);
    for (const char* what : {R"({"connectorId":0,"errorCode":"NoError","status":"Available")",
                             R"({"connectorId":1,"errorCode":"NoError","status":"Available")",
                             R"({"connectorId":1,"errorCode":"NoError","status":"Preparing")"}) {
        const SentCall status = harness.call("StatusNotification");
        EXPECT_THAT(status.payload, HasSubstr(what));
        harness.accept(status);
    }
    harness.accept_calls({"Authorize"});
    const SentCall start = harness.call("StartTransaction");
    EXPECT_THAT(start.payload, HasSubstr(R"("meterStart":0,)"));
    harness.accept(start);
    harness.accept_calls({"StatusNotification"});
    const SentCall meter = harness.call("MeterValues");
    EXPECT_THAT(meter.payload, HasSubstr(R"("transactionId":1804289383)"));
    EXPECT_THAT(meter.payload, HasSubstr(R"("value":"19.50")"));
    harness.accept(meter);
    harness.accept_calls({"MeterValues", "StatusNotification"});
    const SentCall stop = harness.call("StopTransaction");
    EXPECT_THAT(stop.payload, HasSubstr(R"("transactionId":1804289383)"));
    harness.accept(stop);
    harness.accept_calls({"StatusNotification"});

    EXPECT_EQ(harness.take_wish(), Wish::close);
    harness.lose_connection();
    EXPECT_TRUE(harness.charge_point().finished());
    EXPECT_TRUE(harness.statistics().succeeded(1));
    EXPECT_EQ(harness.statistics().transactions, 1);
}

TEST(ChargePointSession, SendsTheNextCallOnlyWhenTheLastOneIsAnswered) {
    ChargePointHarness harness(one_transaction());
    harness.connects();
    const SentCall boot = harness.call("BootNotification");

    harness.wait(29s);

    EXPECT_EQ(harness.take_frame(), "");
    harness.accept(boot);
    (void)harness.call("StatusNotification");
}

TEST(ChargePointSession, BeatsAsOftenAsTheCentralSystemAsks) {
    Behaviour behaviour;
    behaviour.think = 24h;
    ChargePointHarness harness(behaviour);
    harness.boot();

    harness.accept_calls({"Heartbeat"});
    const base::MonoTime first = harness.now();
    harness.accept_calls({"Heartbeat"});

    EXPECT_EQ(harness.now() - first, 300s);
}

TEST(ChargePointSession, SpeedShortensThePauses) {
    Behaviour behaviour;
    behaviour.think = 24h;
    behaviour.speed = 100;
    behaviour.heartbeat_interval = 50s;
    ChargePointHarness harness(behaviour);
    harness.boot();

    harness.accept_calls({"Heartbeat"});
    const base::MonoTime first = harness.now();
    harness.accept_calls({"Heartbeat"});

    EXPECT_EQ(harness.now() - first, 500ms);
}

TEST(ChargePointBoot, WaitsTheIntervalOfARejectionAndAsksAgain) {
    ChargePointHarness harness(one_transaction());
    harness.connects();
    harness.answer(harness.call("BootNotification"),
                   R"({"status":"Rejected","currentTime":"2026-11-20T10:00:00Z","interval":120})");
    const base::MonoTime rejected = harness.now();

    const SentCall again = harness.call("BootNotification");

    EXPECT_EQ(harness.now() - rejected, 120s);
    harness.answer(again, R"({"status":"Pending","currentTime":"2026-11-20T10:00:00Z","interval":0})");
    const base::MonoTime pending = harness.now();
    harness.accept_calls({"BootNotification", "StatusNotification"});
    EXPECT_EQ(harness.now() - pending, 30s);
    EXPECT_EQ(harness.statistics().boots_postponed, 2);
}

TEST(ChargePointBoot, IsNotRepeatedAfterAMereReconnect) {
    ChargePointHarness harness(one_transaction());
    harness.boot();

    harness.lose_connection();
    harness.connects();

    EXPECT_THAT(harness.call("StatusNotification").payload, HasSubstr("Preparing"));
    EXPECT_EQ(harness.statistics().reconnections, 1);
}

TEST(ChargePointQueue, RepeatsABillingMessageWithTheSamePayloadAfterTheTimeOut) {
    ChargePointHarness harness(one_transaction());
    harness.boot();
    harness.accept_calls({"StatusNotification", "Authorize"});
    const SentCall first = harness.call("StartTransaction");
    const base::MonoTime sent = harness.now();

    const SentCall second = harness.call("StartTransaction");

    EXPECT_EQ(harness.now() - sent, 30s + 10s);
    EXPECT_EQ(second.payload, first.payload);
    EXPECT_NE(second.id, first.id);
    harness.accept(first);
    EXPECT_EQ(harness.statistics().unknown_answers, 1);
    harness.accept(second);
    harness.accept_calls({"StatusNotification", "MeterValues"});
}

TEST(ChargePointQueue, KeepsOrderAndPayloadsOverALostConnection) {
    ChargePointHarness harness(one_transaction());
    harness.boot();
    harness.start_transaction();
    harness.accept_calls({"StatusNotification"});
    const SentCall first = harness.call("MeterValues");

    harness.lose_connection();
    // Longer than what is left of the transaction: it ends without a connection.
    for (int i = 0; i < 10; ++i) {
        harness.wait();
        ASSERT_EQ(harness.take_wish(), Wish::connect);
        harness.refuse();
    }
    harness.connects();

    const SentCall repeated = harness.call("MeterValues");
    EXPECT_EQ(repeated.payload, first.payload);
    harness.accept(repeated);
    const SentCall second = harness.call("MeterValues");
    EXPECT_NE(second.payload, first.payload);
    harness.accept(second);
    harness.accept_calls({"StopTransaction", "StatusNotification"});
    EXPECT_EQ(harness.statistics().durable_made, 4);
    EXPECT_EQ(harness.statistics().lost(), 0);
    EXPECT_EQ(harness.statistics().durable_open, 0);
}

TEST(ChargePointQueue, GivesAMessageUpAfterThreeCallErrorsAndCountsItLost) {
    ChargePointHarness harness(one_transaction());
    harness.boot();
    harness.accept_calls({"StatusNotification", "Authorize"});
    for (const auto pause : {10s, 20s, 0s}) {
        const SentCall start = harness.call("StartTransaction");
        harness.receive("[4," + start.id + R"(,"InternalError","",{}])");
        const base::MonoTime refused = harness.now();
        harness.wait();
        EXPECT_GE(harness.now() - refused, pause);
    }

    EXPECT_THAT(harness.call("StatusNotification").payload, HasSubstr("Available"));
    EXPECT_EQ(harness.statistics().durable_discarded, 1);
    EXPECT_EQ(harness.statistics().lost(), 1);
    EXPECT_FALSE(harness.statistics().succeeded(0));
}

TEST(ChargePointQueue, SkipsWhatHasNoPlaceAndSaysSo) {
    Behaviour behaviour;
    behaviour.meter_period = 1s;
    behaviour.queue_max = 3;
    ChargePointHarness harness(behaviour);
    harness.boot();
    (void)harness.call("MeterValues");

    harness.wait(20s);

    EXPECT_EQ(harness.statistics().durable_made, 3);
    EXPECT_GE(harness.statistics().durable_skipped, 17);
    EXPECT_FALSE(harness.statistics().succeeded(0));
}

TEST(ChargePointReporting, SendsMeterValuesOutsideATransactionAtAFixedRate) {
    Behaviour behaviour;
    behaviour.meter_period = 250ms;
    behaviour.heartbeat_interval = 24h;
    ChargePointHarness harness(behaviour);
    harness.boot();
    harness.accept_calls({"MeterValues"});
    const base::MonoTime first = harness.now();

    const SentCall second = harness.call("MeterValues");

    EXPECT_THAT(second.payload, Not(HasSubstr("transactionId")));
    EXPECT_EQ(harness.now() - first, 250ms);
}

TEST(ChargePointConnection, BacksOffExponentially) {
    ChargePointHarness harness(one_transaction());
    for (const auto mean : {1'000ms, 2'000ms, 4'000ms, 8'000ms, 16'000ms, 32'000ms, 60'000ms, 60'000ms}) {
        harness.wait();
        ASSERT_EQ(harness.take_wish(), Wish::connect);
        harness.refuse();
        const base::MonoTime refused = harness.now();
        harness.wait();
        EXPECT_GE(harness.now() - refused, mean / 2);
        EXPECT_LE(harness.now() - refused, mean * 3 / 2);
    }
}

TEST(ChargePointConnection, IsNotTriedBeforeRetryAfterIsOver) {
    Behaviour behaviour = one_transaction();
    behaviour.speed = 1000;
    ChargePointHarness harness(behaviour);
    harness.wait();
    ASSERT_EQ(harness.take_wish(), Wish::connect);
    harness.refuse(90s);
    const base::MonoTime refused = harness.now();

    harness.connects();

    EXPECT_GE(harness.now() - refused, 90s);
    EXPECT_LE(harness.now() - refused, 99s);
}

TEST(ChargePointConnection, IsEndedAndMadeAgainWhereReconnectsAreWanted) {
    Behaviour behaviour;
    behaviour.think = 24h;
    behaviour.heartbeat_interval = 24h;
    behaviour.reconnect = 60s;
    ChargePointHarness harness(behaviour);
    harness.boot();

    harness.wait();

    const Wish wish = harness.take_wish();
    EXPECT_TRUE(wish == Wish::close || wish == Wish::drop);
    harness.lose_connection();
    EXPECT_EQ(harness.statistics().closes_unexpected, 0);
}

TEST(ChargePointCommands, ThatItDoesNotKnowAreAnsweredNotSupportedWithTheIdAsItCame) {
    ChargePointHarness harness(one_transaction());
    harness.boot();

    harness.receive(R"([2,"a\"\u0041","ReserveNow",{}])");

    EXPECT_THAT(harness.take_frame(), testing::StartsWith(R"([4,"a\"\u0041","NotSupported",)"));
}

TEST(ChargePointCommands, UnreadableFramesAreCountedAndDisturbNothing) {
    ChargePointHarness harness(one_transaction());
    harness.boot();
    const SentCall status = harness.call("StatusNotification");

    for (const char* frame : {"", "{", "[3]", "{}", R"([3,7,{}])", R"([9,"a",{}])", R"([3,"a",{}]x)"}) {
        harness.receive(frame);
    }

    EXPECT_EQ(harness.statistics().unreadable, 7);
    harness.accept(status);
    harness.accept_calls({"Authorize"});
}

TEST(ChargePointDecisions, ARefusedIdTagStartsNoTransaction) {
    ChargePointHarness harness(one_transaction());
    harness.boot();
    harness.accept_calls({"StatusNotification"});

    harness.answer(harness.call("Authorize"), R"({"idTagInfo":{"status":"Blocked"}})");

    EXPECT_THAT(harness.call("StatusNotification").payload, HasSubstr("Available"));
    EXPECT_EQ(harness.statistics().refused_by_decision, 1);
}

TEST(ChargePointDecisions, ATransactionWhoseIdTagIsRefusedIsStoppedAtOnce) {
    ChargePointHarness harness(one_transaction());
    harness.boot();
    harness.accept_calls({"StatusNotification", "Authorize"});
    harness.answer(harness.call("StartTransaction"), R"({"idTagInfo":{"status":"Invalid"},"transactionId":5})");

    harness.accept_calls({"StatusNotification"});

    EXPECT_THAT(harness.call("StopTransaction").payload, HasSubstr(R"("reason":"DeAuthorized")"));
}

TEST(ChargePointLeaving, EndsTheRunningTransactionWithoutPauses) {
    ChargePointHarness harness(one_transaction());
    harness.boot();
    harness.start_transaction();
    harness.accept_calls({"StatusNotification"});
    const base::MonoTime told = harness.now();

    harness.charge_point().leave(told);
    harness.accept_calls({"StatusNotification", "StopTransaction", "StatusNotification"});

    EXPECT_EQ(harness.now(), told);
    EXPECT_EQ(harness.take_wish(), Wish::close);
    harness.lose_connection();
    EXPECT_TRUE(harness.charge_point().finished());
    EXPECT_TRUE(harness.statistics().succeeded(1));
}

TEST(ChargePointLeaving, DeliversTheQueueFirstWhereTheConnectionIsLost) {
    ChargePointHarness harness(one_transaction());
    harness.boot();
    harness.start_transaction();
    harness.accept_calls({"StatusNotification"});
    (void)harness.call("MeterValues");
    harness.lose_connection();

    harness.charge_point().leave(harness.now());
    harness.connects();
    harness.accept_calls({"MeterValues", "StopTransaction", "StatusNotification"});

    EXPECT_EQ(harness.take_wish(), Wish::close);
    harness.lose_connection();
    EXPECT_TRUE(harness.statistics().succeeded(1));
}

TEST(ChargePointLeaving, WithoutEverHavingBeenAcceptedIsNoSuccess) {
    ChargePointHarness harness(one_transaction());
    harness.wait();
    ASSERT_EQ(harness.take_wish(), Wish::connect);
    harness.refuse();

    harness.charge_point().leave(harness.now());
    harness.wait();

    EXPECT_TRUE(harness.charge_point().finished());
    EXPECT_FALSE(harness.statistics().succeeded(1));
}

TEST(ChargePointMemory, StaysBelowHalfAKilobyte) { EXPECT_LE(sizeof(ChargePoint), 512); }

}  // namespace
}  // namespace simulator
