#include "decisions/config.h"

namespace decisions {

Counters Counters::make(base::Metrics& metrics) {
    const auto decided_by = [&](const char* whom) {
        return metrics.counter("gateway_decisions_total",
                               "Questions about id tags and charge points decided, by whom (gateway: nobody was asked).",
                               {{"by", whom}});
    };
    const auto failed = [&](const char* reason) {
        return metrics.counter("gateway_webhook_failures_total", "Questions that the webhook did not decide, by reason.",
                               {{"reason", reason}});
    };
    return {
        .by_gateway = decided_by("gateway"),
        .by_registry = decided_by("registry"),
        .by_webhook = decided_by("webhook"),
        .by_cache = decided_by("cache"),
        .by_fallback = decided_by("fallback"),
        .failures = {failed("circuit_open"), failed("overloaded"), failed("timeout"), failed("unreachable"), failed("status"),
                     failed("bad_answer")},
        .circuit_state = metrics.gauge("gateway_circuit_state", "0 closed, 1 half-open, 2 open.", {{"dependency", "webhook"}}),
        .webhook_duration =
            metrics.histogram("gateway_webhook_duration_seconds", "From a question's way to the webhook to its answer.",
                              {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10})};
}

}  // namespace decisions
