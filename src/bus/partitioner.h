// Which partition a key belongs to: the one that Java's clients choose (murmur2), so that every producer of the platform
// agrees. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace bus {

// `partitions` is at least 1.
[[nodiscard]] std::int32_t partition_for_key(std::string_view key, std::int32_t partitions);

}  // namespace bus
