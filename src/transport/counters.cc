#include "transport/counters.h"

#include <string>

namespace transport {

std::string_view name(ConnectionError error) {
    switch (error) {
        case ConnectionError::bad_request: return "bad_request";
        case ConnectionError::handshake_timeout: return "handshake_timeout";
        case ConnectionError::refused: return "refused";
        case ConnectionError::no_common_protocol: return "no_common_protocol";
        case ConnectionError::half_open: return "half_open";
        case ConnectionError::too_many: return "too_many";
        case ConnectionError::descriptors: return "descriptors";
        case ConnectionError::protocol_violation: return "protocol_violation";
        case ConnectionError::too_big: return "too_big";
        case ConnectionError::invalid_utf8: return "invalid_utf8";
        case ConnectionError::binary: return "binary";
        case ConnectionError::slow_reader: return "slow_reader";
        case ConnectionError::slow_writer: return "slow_writer";
        case ConnectionError::silence: return "silence";
        case ConnectionError::network: return "network";
    }
    return "";
}

Counters Counters::make(base::Metrics& metrics) {
    Counters counters;
    counters.active_connections = metrics.gauge("gateway_active_connections", "Charge points connected now.");
    counters.connections_total = metrics.counter("gateway_connections_total", "WebSocket connections accepted.");
    for (std::size_t i = 0; i < kConnectionErrors; ++i) {
        counters.errors[i] =
            metrics.counter("gateway_connection_errors_total", "Connections refused, or ended by an error, by reason.",
                            {{"reason", std::string(name(static_cast<ConnectionError>(i)))}});
    }
    counters.quirks = model::QuirkCounters::make(metrics);
    return counters;
}

}  // namespace transport
