#include "base/check.h"

#include <gtest/gtest.h>

namespace {

TEST(CheckDeathTest, SaysWhatMustHoldAndWhere) {
    EXPECT_DEATH(CHECK(1 + 1 == 3, "numbers add up"), "CHECK failed: numbers add up .1 . 1 == 3. at .*check_test.cc");
}

TEST(Check, LetsPassWhatHolds) { CHECK(1 + 1 == 2, "numbers add up"); }

}  // namespace
