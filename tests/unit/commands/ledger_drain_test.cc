// A pod that is asked to stop: what is under way ends, everything else is left to the next run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/commands/ledger_harness.h"

namespace {

using commands::Unsent;
using model::DownKind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::CommandWish;
using test::LedgerHarness;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const CommandWish kGet{.name = "GetConfiguration"};  // may be sent again

class DrainingLedger : public testing::Test {
protected:
    DrainingLedger() { gateway.connects("CP-1"); }

    void closes_socket(const std::string& charge_point) {
        gateway.disconnects(charge_point);
        gateway.reports(charge_point, commands::NotSent{Unsent::connection_gone});
    }
    void next_run() {
        gateway.restarts();
        gateway.connects("CP-1");
        gateway.replays();
    }
    static model::DownRecord sending(const std::string& run, std::uint32_t attempt) {
        return model::write_marker({.kind = DownKind::sending,
                                    .command = model::CommandId("c-1"),
                                    .charge_point = model::ChargePointId("CP-1"),
                                    .incarnation = model::Incarnation(run),
                                    .attempt = attempt},
                                   0);
    }
    LedgerHarness gateway;
};

TEST_F(DrainingLedger, EndsWhatIsUnderWayAndLeavesTheQueueToTheNextRun) {
    gateway.commands("c-1", "CP-1");
    gateway.commands("c-2", "CP-1");
    gateway.reports("CP-1", commands::Sent{});
    gateway.drains();
    EXPECT_FALSE(gateway.ledger().idle());
    gateway.answers("CP-1");
    EXPECT_TRUE(gateway.ledger().idle());
    gateway.disconnects("CP-1");
    gateway.time_passes(hours(1));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
    EXPECT_THAT(gateway.states("c-2"), ElementsAre("queued"));

    gateway.commands("c-3", "CP-1", {.members = R"(,"expiresAt":"2026-11-21T00:00:00Z")"});
    next_run();
    EXPECT_THAT(gateway.states("c-2"), ElementsAre("queued", "expired"));  // an hour is over
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-3"));
}

TEST_F(DrainingLedger, LetsTheNextRunSendWhatWaited) {
    gateway.commands("c-1", "CP-1", kGet);
    gateway.commands("c-2", "CP-1", kGet);
    gateway.drains();
    closes_socket("CP-1");
    gateway.time_passes(seconds(30));  // longer than the grace
    EXPECT_TRUE(gateway.ledger().idle());
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    next_run();
    gateway.answers("CP-1");
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-1", "c-2"));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "queued", "sent", "completed"));
    EXPECT_THAT(gateway.states("c-2"), ElementsAre("queued", "queued", "sent", "completed"));
}

TEST_F(DrainingLedger, JudgesNothingThatItReads) {
    gateway.time_passes(minutes(1));
    gateway.drains();
    const auto committed = gateway.committed();
    gateway.commands("c-1", "CP-404");
    gateway.appends({.key = "CP-1", .value = "{}"});
    gateway.time_passes(minutes(1));
    EXPECT_THAT(gateway.result_log, IsEmpty());
    EXPECT_EQ(gateway.committed(), committed);
    EXPECT_TRUE(gateway.ledger().idle());
    next_run();
    gateway.time_passes(minutes(1));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("expired"));
    EXPECT_THAT(gateway.dead_letters, SizeIs(2));
}

TEST_F(DrainingLedger, RevokesTheMarkerOfAFrameThatDidNotGoOut) {
    gateway.commands("c-1", "CP-1");
    gateway.drains();
    closes_socket("CP-1");
    EXPECT_THAT(gateway.kinds(), ElementsAre("command", "sending", "sending"));
    EXPECT_TRUE(gateway.ledger().idle());
    next_run();
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-1"));
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "queued", "sent", "completed"));
}

TEST_F(DrainingLedger, WaitsForTheMarkerThatIsOnItsWayAndRevokesIt) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1");
    gateway.reads(0);
    gateway.drains();
    EXPECT_FALSE(gateway.ledger().idle());
    gateway.takes_mark();
    gateway.reads(0);
    EXPECT_FALSE(gateway.ledger().idle());
    gateway.log_is_slow = false;
    gateway.settle();
    EXPECT_TRUE(gateway.ledger().idle());
    EXPECT_THAT(gateway.deliveries, IsEmpty());
    next_run();
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(DrainingLedger, RevokesTheMarkerOfACommandThatWentBackToTheQueue) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1");
    gateway.reads(0);
    gateway.disconnects("CP-1");
    gateway.log_is_slow = false;
    gateway.settle();
    EXPECT_THAT(gateway.deliveries, IsEmpty());
    gateway.drains();
    next_run();
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST_F(DrainingLedger, TakesARevocationForThatOfItsOwnRunOnly) {
    gateway.commands("c-1", "CP-1");
    gateway.drains();
    closes_socket("CP-1");
    next_run();
    gateway.reports("CP-1", commands::Sent{});
    gateway.appends(sending("run-1", 0));  // the first run's producer repeats itself
    next_run();
    EXPECT_EQ(gateway.states("c-1").back(), "uncertain");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-1"));
}

TEST_F(DrainingLedger, IsIdleOnlyOnceEveryResultIsInTheLog) {
    gateway.commands("c-1", "CP-1", kGet);
    gateway.drains();
    gateway.log_is_slow = true;
    gateway.reports("CP-1", commands::TimedOut{});
    gateway.takes_mark();
    EXPECT_FALSE(gateway.ledger().idle());
    gateway.reads(0);
    while (!gateway.writes.empty()) {
        EXPECT_FALSE(gateway.ledger().idle());
        gateway.takes_write();
    }
    EXPECT_TRUE(gateway.ledger().idle());
}

}  // namespace
