#include "app/outgoing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace app {
namespace {

using bus::DeliveryOutcome;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr transport::ConnectionKey kConnection{7};

model::EventRecord event(const std::string& id, std::size_t bytes = 100) {
    model::EventRecord record;
    record.charge_point = model::ChargePointId("CP-1");
    record.type = "meter.values";
    record.id = id;
    record.value = std::string(bytes, 'x');
    return record;
}

base::MonoTime at(int seconds) { return base::MonoTime(std::chrono::seconds(seconds)); }

// Drives an Outgoing as the shard does, with a producer that takes everything.
class OutgoingTest : public testing::Test {
protected:
    Outgoing::Offered offer(const std::string& id, std::int32_t partition = 0, ocpp::Ticket ticket = 1, int second = 0) {
        return outgoing.offer(event(id), partition, {kConnection, ticket}, at(second));
    }
    // Hands everything over; the ids in the order in which the producer got them.
    std::vector<std::string> produce() {
        std::vector<std::string> ids;
        while (const auto next = outgoing.next()) {
            ids.push_back(next->event->id);
            cookies.push_back(next->cookie);
            outgoing.handed_over(next->cookie);
        }
        return ids;
    }
    void deliver(std::size_t nth, DeliveryOutcome outcome = DeliveryOutcome::logged) {
        outgoing.on_delivery(cookies.at(nth), outcome, tells);
    }

    // Room for three events of the size that event() makes, and for one that waits.
    OutgoingConfig config{.bytes_max = 3 * event("e1").bytes(), .waiting_bytes_max = event("e1").bytes()};
    Outgoing outgoing{config, 4};
    std::vector<std::uint64_t> cookies;
    Tells tells;
};

TEST_F(OutgoingTest, HandsEventsOverInTheOrderOfTheirOffer) {
    offer("a");
    offer("b", 1);
    offer("c");
    EXPECT_THAT(produce(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(produce(), IsEmpty());
}

TEST_F(OutgoingTest, TellsTheWaiterOnceItsEventIsLogged) {
    offer("a", 0, 42);
    produce();
    deliver(0);
    deliver(0);  // told twice, heard once
    ASSERT_EQ(tells.size(), 1U);
    EXPECT_EQ(tells[0].waiter.connection, kConnection);
    EXPECT_EQ(tells[0].waiter.ticket, 42U);
    EXPECT_EQ(tells[0].outcome, ocpp::Outcome::logged);
    EXPECT_EQ(outgoing.events(), 0U);
    EXPECT_EQ(outgoing.bytes(), 0U);
}

TEST_F(OutgoingTest, TellsTheWaiterThatTheBrokerRefusedItsEvent) {
    offer("a");
    produce();
    deliver(0, DeliveryOutcome::failed);
    ASSERT_EQ(tells.size(), 1U);
    EXPECT_EQ(tells[0].outcome, ocpp::Outcome::failed);
}

TEST_F(OutgoingTest, LetsAnEventWaitWhenTheBufferIsFullAndPlacesItWhenThereIsRoom) {
    EXPECT_EQ(offer("a"), Outgoing::Offered::placed);
    EXPECT_EQ(offer("b"), Outgoing::Offered::placed);
    EXPECT_EQ(offer("c"), Outgoing::Offered::placed);
    EXPECT_EQ(offer("d", 0, 4), Outgoing::Offered::waiting);
    EXPECT_THAT(produce(), ElementsAre("a", "b", "c"));

    deliver(0);
    ASSERT_EQ(tells.size(), 2U);
    EXPECT_EQ(tells[1].waiter.ticket, 4U);
    EXPECT_EQ(tells[1].outcome, ocpp::Outcome::placed);
    EXPECT_THAT(produce(), ElementsAre("d"));
}

TEST_F(OutgoingTest, RefusesAnEventWhenThereIsNoRoomToWaitEither) {
    for (const char* id : {"a", "b", "c", "d"}) {
        offer(id);
    }
    EXPECT_EQ(offer("e"), Outgoing::Offered::refused);
    EXPECT_EQ(outgoing.events(), 4U);
}

TEST_F(OutgoingTest, LetsNobodyOvertakeOneThatWaits) {
    offer("a");
    offer("b");
    offer("c");
    EXPECT_EQ(offer("w"), Outgoing::Offered::waiting);
    produce();
    outgoing.on_delivery(cookies[0], DeliveryOutcome::logged, tells);  // places "w"
    offer("d");
    EXPECT_THAT(produce(), ElementsAre("w"));
}

TEST_F(OutgoingTest, PlacesAnEventLargerThanTheBufferWhenItIsAlone) {
    EXPECT_EQ(outgoing.offer(event("huge", 10'000), 0, {kConnection, 1}, at(0)), Outgoing::Offered::placed);
    EXPECT_EQ(offer("b"), Outgoing::Offered::waiting);
}

TEST_F(OutgoingTest, GivesANewProducerEverythingUndeliveredInOrder) {
    offer("a");
    offer("b", 1);
    offer("c");
    produce();
    deliver(1);
    outgoing.on_reset();
    cookies.clear();
    EXPECT_THAT(produce(), ElementsAre("a", "c"));
    deliver(0);
    deliver(1);
    EXPECT_EQ(outgoing.events(), 0U);
}

TEST_F(OutgoingTest, DoesNotProduceAgainWhatWasDeliveredBehindAnUndeliveredOne) {
    offer("a");
    offer("b");
    offer("c");
    produce();
    deliver(1);  // out of order
    outgoing.on_reset();
    cookies.clear();
    EXPECT_THAT(produce(), ElementsAre("a", "c"));
    deliver(0);
    deliver(1);
    EXPECT_EQ(outgoing.events(), 0U);
    offer("d");
    EXPECT_THAT(produce(), ElementsAre("d"));
}

TEST_F(OutgoingTest, KnowsHowLongEachPartitionHasBeenStuck) {
    offer("a", 0, 1, 10);
    offer("b", 1, 1, 20);
    offer("c", 0, 1, 30);
    produce();
    EXPECT_EQ(outgoing.oldest(0), at(10));
    EXPECT_EQ(outgoing.oldest(1), at(20));
    EXPECT_EQ(outgoing.oldest(2), std::nullopt);
    deliver(0);
    EXPECT_EQ(outgoing.oldest(0), at(30));
    EXPECT_EQ(outgoing.oldest_waiting(), std::nullopt);
    offer("d", 0, 1, 40);
    offer("e", 0, 1, 50);
    EXPECT_EQ(outgoing.oldest_waiting(), at(50));
}

TEST_F(OutgoingTest, IgnoresACookieThatItNeverGave) {
    offer("a");
    outgoing.on_delivery(5, DeliveryOutcome::logged, tells);
    outgoing.on_delivery(UINT64_MAX, DeliveryOutcome::logged, tells);
    EXPECT_THAT(tells, IsEmpty());
    EXPECT_THAT(produce(), ElementsAre("a"));
}

}  // namespace
}  // namespace app
