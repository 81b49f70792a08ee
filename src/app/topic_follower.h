// TopicFollower: a topic that the API keeps in mind, from its last records on, told record by record on the control loop and
// no faster than that takes them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "bus/config.h"
#include "bus/topic_reader.h"
#include "net/loop.h"

namespace app {

class TopicFollower final : private bus::TopicReaderListener {
public:
    TopicFollower(net::Loop& loop, std::function<void(const bus::TopicRecord&)> on_record)
        : loop_(loop), on_record_(std::move(on_record)) {}

    // Begins to read; a topic that is not there yet, or a broker that is away, is waited for.
    base::Result<void> open(const bus::Config& config, const std::string& topic, const std::string& brokers);

private:
    void on_records(bus::TopicBatch batch) override;
    void on_caught_up() override {}

    net::Loop& loop_;
    std::function<void(const bus::TopicRecord&)> on_record_;
    std::unique_ptr<bus::TopicReader> reader_;  // last: its thread calls the rest
};

}  // namespace app
