#include "commands/turn_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "commands/entry.h"

namespace commands {
namespace {

using model::Priority;

class TurnQueueTest : public testing::Test {
protected:
    Entry& waits(Ticket ticket, Priority priority) {
        Entry& entry = entries.emplace_back(KeptText("c", "c"), charge_point);
        entry.ticket = ticket;
        entry.priority = priority;
        queue.insert(entry);
        return entry;
    }
    std::vector<Ticket> order() const {
        std::vector<Ticket> found;
        for (const Entry* each = queue.first(); each != nullptr; each = each->behind) found.push_back(each->ticket);
        return found;
    }
    ChargePoint charge_point;
    std::deque<Entry> entries;
    TurnQueue queue;
};

TEST_F(TurnQueueTest, HasTheMostUrgentFirstAndEqualsInTheOrderOfArrival) {
    waits(2, Priority::normal);
    waits(3, Priority::low);
    waits(4, Priority::normal);
    waits(5, Priority::emergency);
    waits(6, Priority::high);
    waits(1, Priority::normal);  // back in the queue
    EXPECT_THAT(order(), testing::ElementsAre(5, 6, 1, 2, 4, 3));
}

TEST_F(TurnQueueTest, LetsGoOfAnyOfThem) {
    Entry& first = waits(1, Priority::normal);
    Entry& second = waits(2, Priority::normal);
    Entry& third = waits(3, Priority::normal);
    queue.erase(second);
    EXPECT_THAT(order(), testing::ElementsAre(1, 3));
    queue.erase(third);
    EXPECT_THAT(order(), testing::ElementsAre(1));
    queue.insert(third);
    queue.erase(first);
    EXPECT_THAT(order(), testing::ElementsAre(3));
    queue.erase(third);
    EXPECT_EQ(queue.first(), nullptr);
}

}  // namespace
}  // namespace commands
