#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace base {
namespace {

TEST(RandomBytes, GivesAsManyAsAsked) {
    EXPECT_EQ(random_bytes(0).size(), 0U);
    EXPECT_EQ(random_bytes(32).size(), 32U);
    EXPECT_EQ(random_bytes(100'000).size(), 100'000U);  // more than the kernel gives uninterrupted at once
}

TEST(RandomBytes, DoesNotRepeatItself) {
    EXPECT_NE(random_bytes(32), random_bytes(32));
    EXPECT_NE(random_seed(), random_seed());
}

TEST(SplitMix, GivesTheKnownStreamOfASeed) {
    // From the reference implementation by Sebastiano Vigna.
    SplitMix random(1234567);
    EXPECT_EQ(random.next(), 6457827717110365317U);
    EXPECT_EQ(random.next(), 3203168211198807973U);
    EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(SplitMix, UnitStaysBelowOneAndSpreads) {
    SplitMix random(7);
    double lowest = 1;
    double highest = 0;
    for (int i = 0; i < 10'000; ++i) {
        const double value = random.unit();
        ASSERT_GE(value, 0);
        ASSERT_LT(value, 1);
        lowest = std::min(lowest, value);
        highest = std::max(highest, value);
    }
    EXPECT_LT(lowest, 0.01);
    EXPECT_GT(highest, 0.99);
}

}  // namespace
}  // namespace base
