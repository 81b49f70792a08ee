// TopicReader: reads a whole topic from its end, for the API's live streams. Subscribing costs nothing until the first
// subscriber; the partitions are assigned by hand (no consumer group).
//
// Its listener is called on the reader's own thread and must only pass values on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bus/config.h"

namespace bus {

struct TopicRecord {
    std::string_view key;
    std::string_view value;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
};

class TopicReader {
public:
    // `brokers`: bootstrap servers (the embedded broker's address when embedded).
    static base::Result<std::unique_ptr<TopicReader>> create(const Config& config, std::string topic, std::string brokers,
                                                             std::function<void(const TopicRecord&)> on_record);
    ~TopicReader();

    // Begins to read. `done` is called on the reader's thread once every record produced from then on will be seen, or with
    // an error (broker away). May be called again while reading: then `done` comes at once.
    void start(std::function<void(base::Result<void>)> done);
    // Nobody listens any more: stop reading and close the consumer.
    void stop();

private:
    struct Impl;
    explicit TopicReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace bus
