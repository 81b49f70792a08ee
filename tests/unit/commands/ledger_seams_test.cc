// What the other rooms may do to a Ledger: readers that start anew, connections that are taken over, reports and markers that
// come late or twice, and more commands than it has room for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "support/commands/ledger_harness.h"

namespace {

using commands::Config;
using commands::Unsent;
using model::DownKind;
using std::chrono::minutes;
using std::chrono::seconds;
using test::CommandWish;
using test::LedgerHarness;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const CommandWish kGet{.name = "GetConfiguration"};  // may be sent again
const CommandWish kWaits{.members = R"(,"ifOffline":"wait")"};

class LedgerSeams : public testing::Test {
protected:
    LedgerSeams() { gateway.connects("CP-1"); }
    LedgerHarness gateway;
};

// --- A reader that starts anew.

TEST_F(LedgerSeams, IsNotMovedByRecordsThatComeTwice) {
    gateway.commands("c-1", "CP-1");
    gateway.commands("c-2", "CP-1");
    gateway.appends({.key = "CP-1", .value = "{}"});
    gateway.reports("CP-1", commands::Sent{});
    gateway.reader_starts_anew();
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    EXPECT_TRUE(gateway.ledger().ready());
    gateway.answers("CP-1");
    gateway.reader_starts_anew();
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
    EXPECT_THAT(gateway.states("c-2"), ElementsAre("queued", "sent", "completed"));
    EXPECT_THAT(gateway.dead_letters, SizeIs(1));
    gateway.time_passes(minutes(5));
    EXPECT_EQ(gateway.committed(), gateway.end_of());
}

// The API writes it to its own partition, which may be read before the command's.
TEST(Ledger, ObeysACancelThatTheReplayMeetsBeforeItsCommand) {
    LedgerHarness gateway({}, 2);
    gateway.commands("c-1", "CP-1", kWaits, 1);
    gateway.log_is_slow = true;
    gateway.cancels("c-1");
    gateway.restarts();
    gateway.log_is_slow = false;
    gateway.replays();
    EXPECT_EQ(gateway.states("c-1").back(), "cancelled");
}

TEST_F(LedgerSeams, GoesOnWithAReplayThatStartsAnew) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1");
    gateway.commands("c-2", "CP-1");
    gateway.restarts();
    gateway.connects("CP-1");
    gateway.reads(0);
    gateway.log_is_slow = false;
    gateway.reader_starts_anew();
    EXPECT_TRUE(gateway.ledger().ready());
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued"));
}

// --- Connections.

TEST_F(LedgerSeams, DeliversAtTheNewPlaceWhatTheOldOneDidNotSend) {
    gateway.commands("c-1", "CP-1", kGet);
    const commands::Deliver first = gateway.last_delivery("CP-1");
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.deliveries, SizeIs(1));
    gateway.reports(first.ticket, commands::NotSent{Unsent::connection_gone});
    ASSERT_THAT(gateway.deliveries, SizeIs(2));
    EXPECT_EQ(gateway.last_delivery("CP-1").place, gateway.place_of("CP-1"));

    commands::Effects effects;
    gateway.ledger().on_disconnected(model::ChargePointId("CP-1"), first.place, gateway.now(), effects);
    EXPECT_THAT(effects, IsEmpty());
    gateway.commands("c-2", "CP-1", kGet);
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1", "c-1", "c-2"));
}

TEST_F(LedgerSeams, EndsUncertainWhatTheOldPlaceHadSentAndGoesOnAtTheNewOne) {
    gateway.commands("c-1", "CP-1");
    gateway.commands("c-2", "CP-1");
    gateway.reports("CP-1", commands::Sent{});
    const commands::Ticket first = gateway.last_delivery("CP-1").ticket;
    gateway.connects("CP-1");
    EXPECT_THAT(gateway.deliveries, SizeIs(1));
    gateway.reports(first, commands::Lost{});
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "uncertain"));
    EXPECT_EQ(gateway.last_delivery("CP-1").command.id.text(), "c-2");
    EXPECT_EQ(gateway.last_delivery("CP-1").place, gateway.place_of("CP-1"));
}

TEST_F(LedgerSeams, HearsOfADeliveryWhosePlaceIsGone) {
    gateway.commands("c-1", "CP-1");
    gateway.reports("CP-1", commands::Sent{});
    gateway.disconnects("CP-1");
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
    gateway.reports("CP-1", commands::Lost{});
    EXPECT_THAT(gateway.states("c-1"), SizeIs(3));
}

TEST_F(LedgerSeams, GoesOnWithAFrameThatCrossedItsCancelling) {
    gateway.commands("c-1", "CP-1");
    gateway.cancels("c-1");
    EXPECT_THAT(gateway.withdrawn, SizeIs(1));
    gateway.reports("CP-1", commands::Sent{});
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent"));
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
}

TEST_F(LedgerSeams, GoesOnWithAFrameThatCrossedItsExpiry) {
    gateway.commands("c-1", "CP-1");
    gateway.time_passes(seconds(61));
    EXPECT_THAT(gateway.withdrawn, SizeIs(1));
    gateway.reports("CP-1", commands::Sent{});
    gateway.answers("CP-1");
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "completed"));
}

// --- Markers that the producer wrote twice.

TEST_F(LedgerSeams, ActsOnceOnAMarkerThatIsInTheLogTwice) {
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1");
    gateway.reads(0);
    gateway.marks.push_back(gateway.marks.front());
    gateway.settle();
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
    gateway.reports("CP-1", commands::Refused{{.code = "NotSupported"}});
    gateway.marks.push_back(gateway.marks.front());
    gateway.settle();
    EXPECT_THAT(gateway.kinds(), ElementsAre("command", "sending", "sending", "ended", "ended"));
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "failed"));
    EXPECT_THAT(gateway.dead_letters, SizeIs(1));
    gateway.log_is_slow = false;
    gateway.restarts();
    gateway.replays();
    EXPECT_THAT(gateway.states("c-1"), ElementsAre("queued", "sent", "failed", "failed"));
}

// --- More than there is room for.

class FullLedger : public testing::Test {
protected:
    static std::size_t one() {
        LedgerHarness sample;
        sample.commands("c-10", "CP-10", kWaits);
        return sample.ledger().bytes();
    }
    void commands(int count) {
        for (int i = 0; i < count; ++i) {
            const std::string number = std::to_string(10 + i);
            gateway.commands("c-" + number, "CP-" + number, kWaits);
        }
    }
    std::map<std::string, int> ends(int count) const {
        std::map<std::string, int> found;
        for (int i = 0; i < count; ++i) {
            const auto states = gateway.states("c-" + std::to_string(10 + i));
            EXPECT_THAT(states, SizeIs(testing::AllOf(testing::Ge(1U), testing::Le(2U))));
            ++found[states.empty() ? "none" : states.back()];
        }
        return found;
    }
    // Five have room, and four more are looked at.
    const std::size_t bytes_of_one = one();
    LedgerHarness gateway{Config{
        .bytes_max = 5 * bytes_of_one, .bytes_for_urgent = 0, .bytes_not_for_low = 0, .undecided_bytes_max = 4 * bytes_of_one}};
};

TEST_F(FullLedger, JudgesALongReplayInPartsAndEachCommandOnce) {
    gateway.log_is_slow = true;
    commands(30);
    gateway.log_is_slow = false;
    gateway.restarts();
    gateway.replays();
    EXPECT_GT(gateway.read_again, 2U);
    EXPECT_EQ(ends(30), (std::map<std::string, int>{{"queued", 5}, {"rejected", 25}}));
    EXPECT_LE(gateway.ledger().bytes(), 5 * bytes_of_one);
    gateway.time_passes(minutes(10));
    EXPECT_EQ(gateway.committed(), 0);
    gateway.connects("CP-10");
    gateway.answers("CP-10");
    gateway.time_passes(minutes(10));
    EXPECT_EQ(gateway.committed(), 1);
}

TEST_F(FullLedger, RefusesNothingThatAMarkerFurtherOnTellsOtherwise) {
    gateway.log_is_slow = true;
    commands(30);
    gateway.appends(LedgerHarness::foreign_marker(DownKind::sending, "c-38"));
    gateway.appends(LedgerHarness::foreign_marker(DownKind::ended, "c-39", R"({"commandId":"c-39","state":"completed"})"));
    gateway.cancels("c-37");
    gateway.log_is_slow = false;
    gateway.restarts();
    gateway.replays();
    EXPECT_THAT(gateway.states("c-37"), ElementsAre("cancelled"));
    EXPECT_THAT(gateway.states("c-38"), ElementsAre("uncertain"));
    EXPECT_THAT(gateway.states("c-39"), ElementsAre("completed"));
    EXPECT_EQ(ends(30)["rejected"], 22);
}

TEST_F(FullLedger, SkipsWhatComesFasterThanRefusalsGetIntoTheLog) {
    gateway.log_is_slow = true;
    commands(30);
    while (gateway.reads(0)) {
    }
    EXPECT_LE(gateway.marks.size(), 5U);
    EXPECT_EQ(gateway.read_again, 0U);
    gateway.log_is_slow = false;
    gateway.settle();
    EXPECT_GT(gateway.read_again, 0U);
    EXPECT_EQ(ends(30), (std::map<std::string, int>{{"queued", 5}, {"rejected", 25}}));
}

TEST_F(FullLedger, HeedsTheMarkersOfItsOwnCommandsWhileItSkips) {
    gateway.connects("CP-1");
    gateway.log_is_slow = true;
    gateway.commands("c-1", "CP-1");
    commands(30);
    while (gateway.reads(0)) {
    }
    gateway.takes_mark();
    EXPECT_THAT(gateway.deliveries, IsEmpty());
    gateway.reads(0);
    EXPECT_THAT(gateway.delivered("CP-1"), ElementsAre("c-1"));
}

TEST(Ledger, Holds100000WaitingCommandsAndStillDeliversAnEmergencyNext) {
    static const commands::Counters kCounters;
    commands::Ledger ledger(Config{.commands_per_charge_point = 2'000}, model::PodId("gateway-0"), model::Incarnation("run"),
                            kCounters);
    const base::Now now{base::MonoTime(std::chrono::hours(1)), base::WallTime(std::chrono::hours(500'000))};
    commands::Effects effects;
    ledger.on_partitions(std::vector{0}, now, effects);
    ledger.on_replayed(0, now, effects);
    std::int64_t offset = 0;
    const auto command = [&](const std::string& charge_point, const std::string& manner) {
        std::string value = R"({"commandId":"c-)" + std::to_string(offset) + R"(","chargePointId":")" + charge_point +
                            R"(","commandName":"GetConfiguration",)" + manner;
        value.resize(249, ' ');
        effects.clear();
        ledger.on_record({.partition = 0, .offset = offset++, .time = now.wall, .value = value + "}"}, now, effects);
    };
    for (int i = 0; i < 99'000; ++i) {
        command("CP-" + std::to_string(i), R"("ifOffline":"wait")");
    }
    for (int i = 0; i < 1'000; ++i) {
        command("CP-0", R"("ifOffline":"wait","priority":"low")");
    }
    EXPECT_EQ(ledger.commands(), 100'000U);
    EXPECT_LE(ledger.bytes(), 65'000'000U);

    effects.clear();
    ledger.on_connected(model::ChargePointId("CP-0"), {.shard = 0, .connection = 1}, now, effects);
    ASSERT_THAT(effects, SizeIs(1));
    const commands::Ticket first = std::get<commands::Deliver>(effects.front()).ticket;
    command("CP-0", R"("priority":"emergency")");
    effects.clear();
    ledger.on_report({.ticket = first, .what = commands::TimedOut{}}, now, effects);
    const auto delivered = std::find_if(effects.begin(), effects.end(), [](const commands::Effect& effect) {
        return std::holds_alternative<commands::Deliver>(effect);
    });
    ASSERT_NE(delivered, effects.end());
    EXPECT_EQ(std::get<commands::Deliver>(*delivered).command.priority, model::Priority::emergency);
}

}  // namespace
