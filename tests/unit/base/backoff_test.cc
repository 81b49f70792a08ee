#include "base/backoff.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using namespace std::chrono_literals;

std::chrono::milliseconds longest_wait(int attempt, std::chrono::milliseconds first, std::chrono::milliseconds cap) {
    std::chrono::milliseconds longest{0};
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        Backoff backoff(first, cap, seed);
        for (int i = 0; i < attempt; ++i) {
            (void)backoff.next();
        }
        longest = std::max(longest, backoff.next());
    }
    return longest;
}

TEST(Backoff, DoublesItsCeilingUpToTheCap) {
    EXPECT_GT(longest_wait(0, 100ms, 1000ms), 90ms);
    EXPECT_LE(longest_wait(0, 100ms, 1000ms), 100ms);
    EXPECT_GT(longest_wait(2, 100ms, 1000ms), 360ms);
    EXPECT_LE(longest_wait(2, 100ms, 1000ms), 400ms);
    EXPECT_GT(longest_wait(10, 100ms, 1000ms), 900ms);
    EXPECT_LE(longest_wait(10, 100ms, 1000ms), 1000ms);
}

TEST(Backoff, BeginsAgainAfterAReset) {
    Backoff backoff(10ms, 60'000ms, 1);
    for (int i = 0; i < 20; ++i) {
        (void)backoff.next();
    }
    backoff.reset();
    EXPECT_LE(backoff.next(), 10ms);
}

TEST(Backoff, NeverExceedsACapBelowItsFirstWait) { EXPECT_LE(longest_wait(3, 1000ms, 10ms), 10ms); }

TEST(Backoff, ManyAttemptsOverflowNothing) {
    Backoff backoff(1ms, std::chrono::milliseconds::max() / 4, 1);
    for (int i = 0; i < 200; ++i) {
        ASSERT_GE(backoff.next(), 0ms);
    }
}

}  // namespace
}  // namespace base
