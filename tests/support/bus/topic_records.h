// Everything that a topic holds at the moment, read by a consumer of its own: what an independent reader would see.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bus {

struct StoredRecord {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string key;
    std::string value;
    std::map<std::string, std::string> headers;
};

// In the order of partition and offset. Throws std::runtime_error where the broker does not answer in 10 s.
[[nodiscard]] std::vector<StoredRecord> records_of(const std::string& brokers, const std::string& topic, std::int32_t partitions);

}  // namespace bus
