// EmbeddedBroker: librdkafka's own mock cluster in this process, on a free port of 127.0.0.1, so that one command runs the
// whole product. Any librdkafka client, kafkajs and python3-kafka can look into it. It keeps everything in memory (5 MiB per
// partition, oldest dropped), promises nothing when the process ends, and wakes no waiting fetch: consumers of it set
// fetch.wait.max.ms to kEmbeddedFetchWaitMs.
//
// Made and destroyed by one owner; create_topic and address from any thread. Destroy its clients first where possible: later
// ones see a broker that is down.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

// librdkafka's name: tests push faults through it (tests/support/bus/broker_faults.h).
struct rd_kafka_mock_cluster_s;

namespace bus {

inline constexpr int kEmbeddedFetchWaitMs = 10;

class EmbeddedBroker {
public:
    static base::Result<std::unique_ptr<EmbeddedBroker>> create();
    ~EmbeddedBroker();
    EmbeddedBroker(const EmbeddedBroker&) = delete;
    EmbeddedBroker& operator=(const EmbeddedBroker&) = delete;

    [[nodiscard]] const std::string& address() const { return address_; }
    base::Result<void> create_topic(const std::string& name, int partitions);

    [[nodiscard]] rd_kafka_mock_cluster_s* cluster() const;

private:
    struct Cluster;
    explicit EmbeddedBroker(std::unique_ptr<Cluster> cluster);

    std::unique_ptr<Cluster> cluster_;
    std::string address_;
};

}  // namespace bus
