#include "net/timer_wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class WheelTest : public testing::Test, public TimerHandler {
public:
    void on_timer(std::uint64_t tag) override {
        fired.push_back(tag);
        if (const auto react = reaction) {  // copied: it may end itself
            react(tag);
        }
    }

    void set(Timer& timer, std::chrono::nanoseconds after, std::uint64_t tag) { timer.set(wheel, now + after, *this, tag); }
    // As the loop does: every tick on its own.
    void pass(std::chrono::milliseconds time) {
        for (const auto end = now + time; now < end;) {
            now = std::min(end, now + 10ms);
            wheel.advance(now);
        }
    }

    base::MonoTime now{1'000h};
    int woken = 0;
    TimerWheel wheel{now, [this] { ++woken; }};
    std::vector<std::uint64_t> fired;
    std::function<void(std::uint64_t)> reaction;
};

TEST_F(WheelTest, FiresOnceNeverEarlyAndAtMostTwoTicksLate) {
    std::mt19937 random(7);
    std::map<std::uint64_t, base::MonoTime> due;
    std::vector<std::unique_ptr<Timer>> timers;
    for (std::uint64_t tag = 0; tag < 500; ++tag) {
        timers.push_back(std::make_unique<Timer>());
        const auto after = std::chrono::microseconds(random() % 300'000'000);
        due[tag] = now + after;
        set(*timers.back(), after, tag);
    }
    reaction = [&](std::uint64_t tag) {
        EXPECT_GE(now, due.at(tag));
        EXPECT_LE(now, due.at(tag) + 2 * TimerWheel::kTick);
        EXPECT_FALSE(timers[tag]->is_set());
    };
    pass(301s);
    EXPECT_EQ(fired.size(), 500U);
}

TEST_F(WheelTest, DoesNotFireWhatWasCancelledReplacedOrDestroyed) {
    Timer cancelled;
    Timer replaced;
    {
        Timer destroyed;
        set(destroyed, 100ms, 1);
        set(cancelled, 100ms, 2);
        set(replaced, 100ms, 3);
        set(replaced, 500ms, 4);
        cancelled.cancel();
    }
    pass(300ms);
    EXPECT_THAT(fired, IsEmpty());
    pass(300ms);
    EXPECT_THAT(fired, ElementsAre(4));
}

TEST_F(WheelTest, LetsHandlersSetCancelAndDestroyTimersOfTheSameTick) {
    auto victim = std::make_unique<Timer>();
    Timer cancelled;
    Timer again;
    reaction = [&](std::uint64_t tag) {
        if (tag == 1) {
            victim.reset();
            cancelled.cancel();
            set(again, 0ms, 1);
            reaction = nullptr;
        }
    };
    set(again, 100ms, 1);
    set(*victim, 100ms, 2);
    set(cancelled, 100ms, 3);
    pass(120ms);
    EXPECT_THAT(fired, ElementsAre(1));
    pass(100ms);
    EXPECT_THAT(fired, ElementsAre(1, 1));
}

TEST_F(WheelTest, FiresATimeThatHasPassedWithTheNextTick) {
    Timer timer;
    set(timer, -1h, 9);
    EXPECT_THAT(fired, IsEmpty());
    pass(60ms);
    EXPECT_THAT(fired, ElementsAre(9));
    timer.set(wheel, base::MonoTime::min(), *this, 7);
    pass(60ms);
    EXPECT_THAT(fired, ElementsAre(9, 7));
}

TEST_F(WheelTest, CatchesUpAfterAGapLongerThanATurn) {
    Timer soon;
    Timer later;
    Timer beyond;
    set(soon, 1s, 1);
    set(later, 150s, 2);
    set(beyond, 1000s, 3);
    now += 600s;
    wheel.advance(now);
    EXPECT_THAT(fired, testing::UnorderedElementsAre(1, 2));
    pass(401s);
    EXPECT_THAT(fired, testing::UnorderedElementsAre(1, 2, 3));
}

TEST_F(WheelTest, FiresSomeAtATimeWhereThatIsAskedForAndInOrder) {
    std::vector<std::unique_ptr<Timer>> timers;
    for (std::uint64_t tag = 0; tag < 5; ++tag) {
        timers.push_back(std::make_unique<Timer>());
        set(*timers.back(), tag < 3 ? 10ms : 90ms, tag);
    }
    Timer later;
    set(later, TimerWheel::kTick * TimerWheel::kSlots + 10ms, 9);  // of the same slot
    now += 200ms;
    EXPECT_TRUE(wheel.advance(now, 2));
    EXPECT_THAT(fired, ElementsAre(0, 1));
    timers[2]->cancel();
    EXPECT_TRUE(wheel.advance(now, 1));
    EXPECT_THAT(fired, ElementsAre(0, 1, 3));
    EXPECT_FALSE(wheel.advance(now, 2));
    EXPECT_THAT(fired, ElementsAre(0, 1, 3, 4));
    now += TimerWheel::kTick * TimerWheel::kSlots;
    EXPECT_FALSE(wheel.advance(now, 2));
    EXPECT_THAT(fired, ElementsAre(0, 1, 3, 4, 9));
}

TEST_F(WheelTest, KeepsALaterTurnOfTheWheelApartAlsoAfterAGapAndSomeAtATime) {
    Timer first;
    Timer second;
    Timer later;
    set(first, 10ms, 1);
    set(second, 10ms, 2);
    set(later, 3 * TimerWheel::kTick * TimerWheel::kSlots + 10ms, 9);  // of the same slot
    now += 60ms;
    EXPECT_TRUE(wheel.advance(now, 1));
    now += TimerWheel::kTick * TimerWheel::kSlots * 2;
    while (wheel.advance(now, 1)) {
    }
    EXPECT_THAT(fired, ElementsAre(1, 2));
    pass(TimerWheel::kTick * TimerWheel::kSlots + 100ms);
    EXPECT_THAT(fired, ElementsAre(1, 2, 9));
}

TEST_F(WheelTest, AsksForItsDriverOnlyWhileThereIsWork) {
    EXPECT_FALSE(wheel.has_work());
    Timer timer;
    set(timer, 1s, 1);
    set(timer, 2s, 1);
    EXPECT_EQ(woken, 1);
    pass(3s);
    pass(TimerWheel::kTick * TimerWheel::kSlots);
    EXPECT_FALSE(wheel.has_work());
    // Idle: nobody has called advance() for a long time.
    now += 1h;
    set(timer, 1s, 2);
    EXPECT_EQ(woken, 2);
    pass(900ms);
    EXPECT_THAT(fired, ElementsAre(1));
    pass(200ms);
    EXPECT_THAT(fired, ElementsAre(1, 2));
}

TEST(TimerWheel, MayDieBeforeItsTimers) {
    struct Nobody final : TimerHandler {
        void on_timer(std::uint64_t /*tag*/) override { ADD_FAILURE(); }
    } nobody;
    Timer timer;
    {
        TimerWheel wheel(base::MonoTime{}, [] {});
        timer.set(wheel, base::MonoTime{} + 1s, nobody, 1);
    }
    EXPECT_FALSE(timer.is_set());
}

}  // namespace
}  // namespace net
