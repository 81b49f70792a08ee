// The room's configuration: which broker, which topics, and every limit of the clients. Filled by app, the same for all parts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bus {

enum class BrokerKind { embedded, kafka };

struct Config {
    BrokerKind kind = BrokerKind::embedded;
    std::vector<std::string> brokers = {"localhost:9092"};
    std::string upstream_topic = "ocpp-events-up";
    std::string downstream_topic = "commands-down";
    std::string results_topic = "command-results";
    std::string dead_letter_topic = "commands-dead-letter";
    int partitions = 128;       // of downstream_topic, exactly; embedded: kEmbeddedPartitions for all topics
    int event_partitions = 64;  // of another topic that is created here
    bool create_topics = true;
    bool accept_weak = false;                            // durability.accept_weak
    std::map<std::string, std::string> properties = {};  // librdkafka's own, for example security.protocol
    std::chrono::milliseconds linger{1};                 // of the commands' records: a command waits for several of them
    std::chrono::milliseconds event_linger{5};           // of events, in the place of linger: see EventSink
    std::int64_t message_bytes_max = 1'000'000;          // of one message and of one batch; a topic that takes less lowers it
    std::int64_t queue_bytes_max = 2'097'151 * 1024LL;   // librdkafka's own limit: far above what the callers hold
    std::int64_t reader_bytes_max = 8 * 1024 * 1024;     // read ahead of the listener of a TopicReader or CommandSource
    std::int64_t tail_records = 1000;                    // of each partition that a TopicReader begins with,
    std::int64_t tail_records_total = 20'000;            // and of all of them together

    std::size_t records_bytes_max = 16 * 1024 * 1024;   // that a RecordSink holds until they are delivered
    std::size_t handover_bytes_max = 4 * 1024 * 1024;   // of the records of a CommandSource or TopicReader that are not taken yet
    std::size_t handover_batch_bytes_max = 256 * 1024;  // of them in one call
    std::chrono::milliseconds commit_flush_wait_max{3'000};  // a CommandSource's last commits, when it ends
};

inline constexpr int kEmbeddedPartitions = 8;

// Of downstream_topic: known without asking, because the topic must have that number.
[[nodiscard]] inline std::int32_t command_partitions(const Config& config) {
    return config.kind == BrokerKind::embedded ? kEmbeddedPartitions : config.partitions;
}

// Offsets of downstream_topic are committed under this consumer group: whoever reads it next goes on from there.
inline constexpr const char* kCommandGroup = "charge-point-gateway";

}  // namespace bus
