#include "app/counters.h"

#include <string>

#include "model/event.h"

namespace app {

Counters Counters::make(base::Metrics& metrics) {
    Counters counters;
    counters.process_duration =
        metrics.histogram("gateway_message_process_duration_seconds", "Time from a received frame to its effects performed",
                          {0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1, 1});
    for (const std::string_view type : model::event_types()) {
        counters.events_published.emplace(
            type, metrics.counter("gateway_events_published_total", "Events that the log has acknowledged",
                                  {{"event_type", std::string(type)}}));
    }
    counters.events_failed =
        metrics.counter("gateway_events_failed_total",
                        "Events that could not be kept: the buffer was full, or one was too large. None was answered for");
    counters.upgrades_held_off = metrics.counter("gateway_upgrades_held_off_total",
                                                 "Upgrades answered 503 because their partition's oldest event is undelivered");
    counters.displaced =
        metrics.counter("gateway_connections_displaced_total", "Connections closed because a newer one took over");
    counters.live_events_dropped =
        metrics.counter("gateway_live_events_dropped_total", "Events that GET /v1/events left out because its queue was full");
    return counters;
}

}  // namespace app
