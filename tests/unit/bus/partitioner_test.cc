#include "bus/partitioner.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace bus {
namespace {

// The hashes are of Kafka's own UtilsTest.testMurmur2; its producer takes the lower 31 bits modulo the partitions.
TEST(Partitioner, ChoosesThePartitionThatJavaChooses) {
    const std::vector<std::pair<std::string_view, std::int32_t>> known{
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107},
    };
    for (const auto& [key, hash] : known) {
        for (const std::int32_t partitions : {1, 7, 8, 64, 128, 1'000'003}) {
            EXPECT_EQ(partition_for_key(key, partitions), (hash & 0x7fffffff) % partitions) << key << " of " << partitions;
        }
    }
}

TEST(Partitioner, GivesAnEmptyKeyAlwaysTheSamePartition) {
    const auto first = partition_for_key("", 1'000'003);
    EXPECT_EQ(partition_for_key(std::string_view(), 1'000'003), first);
    EXPECT_EQ(partition_for_key(std::string_view(), 1'000'003), first);
}

}  // namespace
}  // namespace bus
