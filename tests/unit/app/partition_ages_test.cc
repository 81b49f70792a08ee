#include "app/partition_ages.h"

#include <gtest/gtest.h>

namespace app {
namespace {

using namespace std::chrono_literals;

base::MonoTime at(int seconds) { return base::MonoTime(std::chrono::seconds(seconds)); }

TEST(PartitionAges, TakesTheOldestOfAllShards) {
    PartitionAges ages(2, 4);
    ages.note(0, 1, at(10));
    ages.note(1, 1, at(5));
    EXPECT_EQ(ages.age(1, at(20)), 15s);
    EXPECT_EQ(ages.age(2, at(20)), 0s);
    ages.note(1, 1, std::nullopt);
    EXPECT_EQ(ages.age(1, at(20)), 10s);
}

TEST(PartitionAges, CountsWhatWaitsForAPlaceAgainstEveryPartition) {
    PartitionAges ages(2, 4);
    ages.note_waiting(1, at(12));
    EXPECT_EQ(ages.age(0, at(20)), 8s);
    EXPECT_EQ(ages.age(3, at(20)), 8s);
    ages.note_waiting(1, std::nullopt);
    EXPECT_EQ(ages.age(3, at(20)), 0s);
}

}  // namespace
}  // namespace app
