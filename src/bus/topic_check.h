// What a topic is: there or not, how many partitions, and how safe a logged record is on it. Private to the room.
//
// prepare_topic is called by a sink's or source's thread until it succeeds; it blocks for kAnswerWait at most for each question
// to the broker and creates the topic where that is allowed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "bus/config.h"
#include "bus/embedded_broker.h"
#include "bus/kafka_handles.h"

namespace bus {

inline constexpr std::chrono::milliseconds kAnswerWait{2000};

struct TopicDurability {
    int replicas = 0;  // of the partition with the fewest
    int min_insync_replicas = 0;
    bool unclean_leader_election = false;
};

// Why a logged record could be lost with one broker; empty: 3 replicas, min.insync.replicas 2, clean election or better.
[[nodiscard]] std::string weakness_of(const TopicDurability& topic);

// What the gateway wants of a topic.
struct TopicWish {
    std::string name;
    int partitions = 0;    // of one that is created; embedded: kEmbeddedPartitions
    bool exactly = false;  // one with another number is of no use
};

// The topics by their purpose.
[[nodiscard]] TopicWish upstream_topic(const Config& config);
[[nodiscard]] TopicWish downstream_topic(const Config& config);
[[nodiscard]] TopicWish results_topic(const Config& config);
[[nodiscard]] TopicWish dead_letter_topic(const Config& config);

struct PreparedTopic {
    std::int32_t partitions = 0;
    std::int64_t message_bytes_max = 0;
    bool durable = false;
};

struct TopicProblem {
    std::string state;    // connecting · weak topic · wrong topic, as BrokerState.state
    std::string problem;  // with the remedy
};

// `embedded`: the broker to create the topic in, if it is the embedded one. `stopping` ends a wait early.
base::Result<PreparedTopic, TopicProblem> prepare_topic(rd_kafka_t* client, const Config& config, const TopicWish& wish,
                                                        EmbeddedBroker* embedded, const std::function<bool()>& stopping);

// How many partitions a topic has that others make. Fails where it is not there, and does not make it by asking.
base::Result<std::int32_t> partitions_of(rd_kafka_t* client, const std::string& topic, std::chrono::milliseconds wait);

}  // namespace bus
