// LiveEvents: what GET /v1/events is fed from. The event topic is read only while somebody listens; every record reaches
// every subscriber on the control loop, through the control loop's mailbox.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/backend.h"
#include "app/config/config.h"
#include "app/messages.h"
#include "bus/event_sink.h"
#include "bus/topic_reader.h"

namespace app {

class LiveEvents {
public:
    // Both functions are called on the reader's thread and pass their value to on_started and on_record on the control loop.
    LiveEvents(const bus::Config& config, const bus::EventSink& sink, std::function<void(LiveStarted)> tell_started,
               std::function<void(LiveRecord)> tell_record)
        : config_(config), sink_(sink), tell_started_(std::move(tell_started)), tell_record_(std::move(tell_record)) {}

    std::uint64_t subscribe(std::function<void(const api::LiveEvent&)> on_event,
                            std::function<void(base::Result<void>)> subscribed);
    void unsubscribe(std::uint64_t subscription);

    void on_record(const LiveRecord& record);
    void on_started(const LiveStarted& started);

private:
    struct Subscriber {
        std::function<void(const api::LiveEvent&)> on_event;
        std::function<void(base::Result<void>)> subscribed;  // empty once told
    };

    [[nodiscard]] base::Result<void> open_reader();

    const bus::Config& config_;
    const bus::EventSink& sink_;
    std::function<void(LiveStarted)> tell_started_;
    std::function<void(LiveRecord)> tell_record_;
    std::map<std::uint64_t, Subscriber> subscribers_;
    std::uint64_t next_subscription_ = 1;
    std::unique_ptr<bus::TopicReader> reader_;  // last: its thread calls the rest
};

}  // namespace app
