#include "commands/counters.h"

namespace commands {

Counters Counters::make(base::Metrics& metrics) {
    return {.consumed = metrics.counter("gateway_commands_consumed_total", "Commands read from the log."),
            .sent = metrics.counter("gateway_commands_sent_total", "Frames of commands that went out."),
            .acknowledged = metrics.counter("gateway_commands_acknowledged_total", "Commands that were answered."),
            .failed = metrics.counter("gateway_commands_failed_total", "Commands that ended in a dead letter."),
            .retried = metrics.counter("gateway_commands_retried_total", "Frames of commands that had been sent before."),
            .expired = metrics.counter("gateway_commands_expired_total", "Commands that expired before they could be sent."),
            .latency = metrics.histogram("gateway_command_latency_seconds", "From reading a command to its end.",
                                         {0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300})};
}

}  // namespace commands
