#include "app/live_events.h"

#include <utility>

namespace app {

std::uint64_t LiveEvents::subscribe(std::function<void(const api::LiveEvent&)> on_event,
                                    std::function<void(base::Result<void>)> subscribed) {
    const std::uint64_t subscription = next_subscription_++;
    if (auto opened = open_reader(); !opened) {
        subscribed(std::move(opened));
        return subscription;
    }
    subscribers_.emplace(subscription, Subscriber{std::move(on_event), std::move(subscribed)});
    reader_->start([tell = tell_started_, subscription](const base::Result<void>& started) {
        tell(LiveStarted{subscription, started ? std::nullopt : std::optional(started.error().message)});
    });
    return subscription;
}

void LiveEvents::unsubscribe(std::uint64_t subscription) {
    subscribers_.erase(subscription);
    if (subscribers_.empty() && reader_) {
        reader_->stop();
    }
}

void LiveEvents::on_record(const LiveRecord& record) {
    const api::LiveEvent event{record.charge_point, record.value};
    // A subscriber that is called may unsubscribe, itself or another.
    for (auto next = subscribers_.begin(); next != subscribers_.end();) {
        const std::uint64_t subscription = next->first;
        if (!next->second.subscribed) {
            const auto on_event = next->second.on_event;
            on_event(event);
        }
        next = subscribers_.upper_bound(subscription);
    }
}

void LiveEvents::on_started(const LiveStarted& started) {
    const auto found = subscribers_.find(started.subscription);
    if (found == subscribers_.end()) {
        return;
    }
    const auto subscribed = std::exchange(found->second.subscribed, nullptr);
    if (started.problem) {
        unsubscribe(started.subscription);
        subscribed(base::fail(*started.problem, base::Retry::makes_sense));
    } else {
        subscribed({});
    }
}

base::Result<void> LiveEvents::open_reader() {
    if (reader_) {
        return {};
    }
    auto reader = bus::TopicReader::create(config_, config_.upstream_topic, sink_.state().address,
                                           [tell = tell_record_](const bus::TopicRecord& record) {
                                               tell(LiveRecord{std::string(record.key), std::string(record.value)});
                                           });
    if (!reader) {
        return tl::unexpected(reader.error());
    }
    reader_ = std::move(*reader);
    return {};
}

}  // namespace app
