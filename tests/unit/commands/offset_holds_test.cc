#include "commands/offset_holds.h"

#include <gtest/gtest.h>

namespace commands {
namespace {

OffsetHolds holding(std::int64_t first, std::int64_t last) {
    OffsetHolds holds;
    for (std::int64_t offset = first; offset <= last; ++offset) {
        holds.seen(offset);
        holds.hold(offset);
    }
    return holds;
}

TEST(OffsetHolds, LetPassWhatIsNotHeld) {
    OffsetHolds holds;
    EXPECT_EQ(holds.low_water(), 0);
    holds.seen(17);
    EXPECT_EQ(holds.low_water(), 18);
}

TEST(OffsetHolds, StandAtTheFirstThatIsHeld) {
    OffsetHolds holds = holding(5, 8);
    holds.release(6);
    holds.release(8);
    EXPECT_EQ(holds.low_water(), 5);
    holds.release(5);
    EXPECT_EQ(holds.low_water(), 7);
    holds.release(7);
    EXPECT_EQ(holds.low_water(), 9);
}

TEST(OffsetHolds, KeepTheirOrderWhenWhatLiesBetweenIsDroppedInBulk) {
    OffsetHolds holds = holding(0, 999);
    for (std::int64_t offset = 1; offset < 999; ++offset) holds.release(offset);
    EXPECT_EQ(holds.low_water(), 0);
    holds.release(0);
    EXPECT_EQ(holds.low_water(), 999);
    holds.release(999);
    EXPECT_EQ(holds.low_water(), 1000);
}

TEST(OffsetHolds, AreReleasedAsOftenAsTheyWereHeld) {
    OffsetHolds holds = holding(0, 1);
    holds.hold(1);
    holds.release(1);
    holds.release(0);
    EXPECT_EQ(holds.low_water(), 1);
    holds.release(1);
    EXPECT_EQ(holds.low_water(), 2);
}

TEST(OffsetHolds, MayBeHeldAgainWhileTheyAreTheLast) {
    OffsetHolds holds = holding(0, 3);
    holds.release(3);
    holds.hold(3);
    for (const std::int64_t offset : {0, 1, 2}) holds.release(offset);
    EXPECT_EQ(holds.low_water(), 3);
}

TEST(OffsetHolds, TellWhatIsHeldInBetween) {
    OffsetHolds holds = holding(0, 4);
    holds.release(2);
    holds.release(3);
    EXPECT_TRUE(holds.any_held(0, 1));
    EXPECT_FALSE(holds.any_held(1, 3));
    EXPECT_TRUE(holds.any_held(1, 4));
    EXPECT_FALSE(holds.any_held(4, 9));
}

}  // namespace
}  // namespace commands
