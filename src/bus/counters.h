// What the room counts, made once by app and kept by reference to the pod's Metrics. A default-made Counters counts nowhere.
#pragma once

#include "base/metrics.h"

namespace bus {

struct Counters {
    base::Counter records_failed;   // gateway_command_records_failed_total: markers, results and dead letters that are too large
    base::Counter kafka_errors;     // gateway_kafka_errors_total: errors that librdkafka told, transient ones included
    base::Counter producer_resets;  // gateway_kafka_producer_resets_total: a producer was replaced by a new one
    base::Gauge durability_weak;    // gateway_durability_weak: 1 where a logged event may be lost with one disk

    base::Gauge command_durability_weak;  // gateway_command_durability_weak: the same of commands, results and dead letters

    static Counters make(base::Metrics& metrics);
};

}  // namespace bus
