// The words in which a sink and its callers speak about messages on their way to the log.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bus {

// Counts the producers of a sink: each fatal one is followed by the next generation. The first is 1.
using Generation = std::uint32_t;

inline constexpr std::uint64_t kCookieEnd = std::uint64_t{1} << 48;
inline constexpr std::size_t kShardsMax = std::size_t{1} << 16;

enum class Enqueued {
    yes,
    full,              // librdkafka's queue is full: try again after a delivery
    stale_generation,  // a reset is on its way, or the first on_reset has not come yet
    refused,           // never possible (larger than the topic or message_bytes_max takes)
};

enum class DeliveryOutcome {
    logged,  // acks=all
    failed,  // too large: never told of an event, which is kept until it is logged; its caller tells so of what enqueue() refused
};

struct Delivery {
    std::uint64_t cookie = 0;
    DeliveryOutcome outcome = DeliveryOutcome::logged;
};

}  // namespace bus
