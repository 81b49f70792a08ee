#include "bus/partitioner.h"

#include "bus/kafka_handles.h"

namespace bus {

std::int32_t partition_for_key(std::string_view key, std::int32_t partitions) {
    // A null key would be sent to a random partition; an empty one is a key like any other.
    const char* bytes = key.data() == nullptr ? "" : key.data();
    return rd_kafka_msg_partitioner_murmur2_random(nullptr, bytes, key.size(), partitions, nullptr, nullptr);
}

}  // namespace bus
