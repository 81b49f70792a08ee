// TopicReader: reads a whole topic for as long as somebody wants it: from its end for the API's live streams, or from its last
// records for what the API keeps in mind. The partitions are assigned by hand, nothing is committed.
//
// Once it has begun it goes on by itself where it was, whatever happens to the brokers or the topic; what the log dropped
// meanwhile is left out, and partitions that are added are read from their beginning. Records of one partition come in the
// order of the log.
//
// Its listener is called on the reader's own thread and must only pass values on. start, stop and taken: any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "bus/config.h"
#include "bus/log_record.h"

namespace bus {

using TopicRecord = LogRecord;
using TopicBatch = LogBatch;

class TopicReaderListener {
public:
    virtual ~TopicReaderListener() = default;
    // At most Config::handover_bytes_max are handed over and not taken (one batch more at the edge): then nothing more is asked
    // of the log until taken().
    virtual void on_records(TopicBatch batch) = 0;
    // Everything that the topic held when the reading began was told; once for each start.
    virtual void on_caught_up() = 0;
};

class TopicReader {
public:
    // From the end. What the listener was called with counts as taken. `brokers`: bootstrap servers (the embedded broker's
    // address when embedded). Never blocks on the broker.
    static base::Result<std::unique_ptr<TopicReader>> create(const Config& config, std::string topic, std::string brokers,
                                                             std::function<void(const TopicRecord&)> on_record);
    // From the last Config::tail_records of each partition (as many offsets, where the log has gaps).
    static base::Result<std::unique_ptr<TopicReader>> create_for_tail(const Config& config, std::string topic,
                                                                      std::string brokers, TopicReaderListener& listener);
    ~TopicReader();
    TopicReader(const TopicReader&) = delete;
    TopicReader& operator=(const TopicReader&) = delete;

    // Begins to read. `done` is called on the reader's thread once every record produced from then on will be seen. May be
    // called again while reading: then `done` comes at once.
    // From the end: within seconds `done` is called with an error where no broker answers or there is no such topic, and if
    // nothing was read yet, the reader has stopped. For a tail the reader waits for them until stop().
    void start(std::function<void(base::Result<void>)> done);
    // Nobody listens any more: stop reading and close the consumer.
    void stop();

    // The listener of a tail is done with that many bytes of what on_records told.
    void taken(std::size_t bytes);

private:
    struct Impl;
    explicit TopicReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace bus
