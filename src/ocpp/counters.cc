#include "ocpp/counters.h"

#include <string>

#include "ocpp/version.h"

namespace ocpp {

Counters Counters::make(base::Metrics& metrics) {
    const std::string name = "gateway_messages_received_total";
    const std::string help = "Messages received from charge points, by OCPP version and action.";
    Counters counters;
    for (const Version* version : versions()) {
        const std::string label(version->label);
        for (std::size_t i = 0; i < version->actions.size(); ++i) {
            const std::string action(version->actions[i].name);
            counters.received[version->place][i] =
                metrics.counter(name, help, {{"ocpp_version", label}, {"message_type", action}});
        }
        counters.received_other[version->place] =
            metrics.counter(name, help, {{"ocpp_version", label}, {"message_type", "other"}});
    }
    counters.sent = metrics.counter("gateway_messages_sent_total", "Messages sent to charge points.");
    counters.unresponsive =
        metrics.counter("gateway_unresponsive_charge_points_total",
                        "Charge points that left our CALLs unanswered, one after the other, on a live connection.");
    counters.quirks = model::QuirkCounters::make(metrics);
    return counters;
}

}  // namespace ocpp
