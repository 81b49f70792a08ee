// What a reader of a topic hands over: records with everything that the log has of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace bus {

struct RecordHeader {
    std::string name;
    std::string value;
};

struct LogRecord {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    base::WallTime time{};  // when it was written
    std::string key;
    std::string value;
    std::vector<RecordHeader> headers{};
};

struct LogBatch {
    std::vector<LogRecord> records;
    std::size_t bytes = 0;  // for taken()
};

}  // namespace bus
