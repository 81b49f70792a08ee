#include "commands/schedule.h"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <set>
#include <utility>

#include "base/random.h"
#include "commands/entry.h"

namespace commands {
namespace {

base::MonoTime at(std::uint64_t second) { return base::MonoTime(std::chrono::seconds(second)); }

TEST(Schedule, WakesNobodyWhereNobodyWaits) {
    Schedule schedule;
    EXPECT_EQ(schedule.first(), nullptr);
    ChargePoint charge_point;
    Entry entry(KeptText("c-1", "c-1"), charge_point);
    schedule.set(entry, at(5));
    EXPECT_EQ(schedule.first(), &entry);
    schedule.set(entry, kNever);
    EXPECT_EQ(schedule.first(), nullptr);
}

TEST(Schedule, KnowsTheSoonestWhateverIsSetAndUnset) {
    base::SplitMix random(1);
    Schedule schedule;
    ChargePoint charge_point;
    std::deque<Entry> entries;
    for (Ticket ticket = 0; ticket < 100; ++ticket) {
        entries.emplace_back(KeptText("c", "c"), charge_point).ticket = ticket;
    }
    std::set<std::pair<base::MonoTime, Ticket>> waiting;
    for (int i = 0; i < 10'000; ++i) {
        Entry& entry = entries.at(random.next() % entries.size());
        const base::MonoTime wake = random.next() % 3 == 0 ? kNever : at(random.next() % 50);
        waiting.erase({entry.wake, entry.ticket});
        if (wake != kNever) waiting.emplace(wake, entry.ticket);
        schedule.set(entry, wake);
        ASSERT_EQ(schedule.first() == nullptr, waiting.empty());
        if (!waiting.empty()) {
            ASSERT_EQ(schedule.first()->ticket, waiting.begin()->second);
        }
    }
}

}  // namespace
}  // namespace commands
