// What every test against librdkafka's mock cluster begins with: a broker that stands for a real Kafka and can be made to
// misbehave (broker_faults.h), and the configuration of its clients. The topics are the test's own affair.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "bus/broker_state.h"
#include "bus/config.h"
#include "bus/embedded_broker.h"

namespace bus {

class MockKafkaTest : public testing::Test {
protected:
    static constexpr int kPartitions = 4;  // of commands-down, and of a topic that says nothing else

    void make_topic(const std::string& name, int partitions = kPartitions) const {
        ASSERT_TRUE(broker->create_topic(name, partitions));
    }
    void make_command_topics(int command_partitions = kPartitions, int other_partitions = kPartitions) const {
        make_topic(config.downstream_topic, command_partitions);
        make_topic(config.results_topic, other_partitions);
        make_topic(config.dead_letter_topic, other_partitions);
    }
    [[nodiscard]] BrokerAccess access() const { return {.address = broker->address()}; }

    // The mock makes no topic that a client wants made, tells no settings, and wakes no waiting fetch.
    std::unique_ptr<EmbeddedBroker> broker = std::move(EmbeddedBroker::create().value());
    Config config{.kind = BrokerKind::kafka,
                  .brokers = {broker->address()},
                  .partitions = kPartitions,
                  .create_topics = false,
                  .accept_weak = true,
                  .properties = {{"fetch.wait.max.ms", "10"}}};
};

}  // namespace bus
