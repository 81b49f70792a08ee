#include "bus/counters.h"

namespace bus {

Counters Counters::make(base::Metrics& metrics) {
    return {
        .records_failed = metrics.counter("gateway_command_records_failed_total",
                                          "Markers, results and dead letters that were too large for their topic"),
        .kafka_errors = metrics.counter("gateway_kafka_errors_total", "Errors told by the Kafka client, transient ones included"),
        .producer_resets = metrics.counter("gateway_kafka_producer_resets_total",
                                           "Kafka producers that were given up and replaced; every event was handed over again"),
        .durability_weak = metrics.gauge("gateway_durability_weak",
                                         "1: the event topic is weaker than 3 replicas, min.insync.replicas 2, clean election"),
        .command_durability_weak = metrics.gauge("gateway_command_durability_weak",
                                                 "1: a topic of commands or results is weaker than 3 replicas, "
                                                 "min.insync.replicas 2, clean election"),
    };
}

}  // namespace bus
