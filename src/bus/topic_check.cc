#include "bus/topic_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace bus {

namespace {

constexpr int kReplicas = 3;
constexpr int kMinInsyncReplicas = 2;
constexpr int kBrokersDefaultReplication = -1;
constexpr std::chrono::milliseconds kAdminWait{5000};
constexpr std::chrono::milliseconds kStopCheck{100};
constexpr std::size_t kErrorTextBytes = 512;

template <class T>
using Checked = base::Result<T, TopicProblem>;

tl::unexpected<TopicProblem> not_yet(std::string problem) {
    return tl::unexpected(TopicProblem{.state = "connecting", .problem = std::move(problem)});
}

tl::unexpected<TopicProblem> weak(std::string problem) {
    return tl::unexpected(TopicProblem{.state = "weak topic", .problem = std::move(problem)});
}

tl::unexpected<TopicProblem> wrong(std::string problem) {
    return tl::unexpected(TopicProblem{.state = "wrong topic", .problem = std::move(problem)});
}

struct TopicShape {
    std::int32_t partitions = 0;
    int replicas = 0;
    bool has_controller = false;
};

// Every admin request waits for the controller. A mock cluster names one that is none of its brokers.
bool has_controller(rd_kafka_t* client, const rd_kafka_metadata_t& metadata) {
    const auto controller = rd_kafka_controllerid(client, 0);
    return std::any_of(metadata.brokers, metadata.brokers + metadata.broker_cnt,
                       [&](const rd_kafka_metadata_broker_t& broker) { return broker.id == controller; });
}

// Asks for all topics: asking for one by name would make brokers with auto.create.topics.enable create it.
Checked<std::optional<TopicShape>> find_topic(rd_kafka_t* client, const std::string& name, std::chrono::milliseconds wait) {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto error = rd_kafka_metadata(client, 1, nullptr, &answer, static_cast<int>(wait.count()));
    const MetadataHandle metadata(answer);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return not_yet(
            fmt::format("no answer from Kafka: {}; see that kafka.brokers is right and reachable", rd_kafka_err2str(error)));
    }
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const auto& topic = metadata->topics[i];
        if (name != topic.topic || topic.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
            continue;
        }
        if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partition_cnt == 0) {
            return not_yet(fmt::format("topic {} cannot be used yet: {}", topic.topic, rd_kafka_err2str(topic.err)));
        }
        TopicShape shape{.partitions = topic.partition_cnt,
                         .replicas = std::numeric_limits<int>::max(),
                         .has_controller = has_controller(client, *metadata)};
        for (int p = 0; p < topic.partition_cnt; ++p) {
            shape.replicas = std::min(shape.replicas, topic.partitions[p].replica_cnt);
        }
        return shape;
    }
    return std::optional<TopicShape>();
}

// Waits for the answer of an admin request, in slices, so that a stopping pod does not wait with it.
EventHandle await_admin(rd_kafka_queue_t* queue, const std::function<bool()>& stopping) {
    const auto deadline = std::chrono::steady_clock::now() + kAdminWait + kStopCheck;
    while (!stopping() && std::chrono::steady_clock::now() < deadline) {
        if (auto* event = rd_kafka_queue_poll(queue, static_cast<int>(kStopCheck.count()))) {
            return EventHandle(event);
        }
    }
    return nullptr;
}

AdminOptionsHandle admin_options(rd_kafka_t* client, rd_kafka_admin_op_t operation) {
    AdminOptionsHandle options(rd_kafka_AdminOptions_new(client, operation));
    std::array<char, kErrorTextBytes> why{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(kAdminWait.count()), why.data(), why.size());
    return options;
}

// Empty when the topic is there now.
std::string create_topic(rd_kafka_t* client, const TopicWish& wish, const std::function<bool()>& stopping) {
    std::array<char, kErrorTextBytes> why{};
    const NewTopicHandle topic(
        rd_kafka_NewTopic_new(wish.name.c_str(), wish.partitions, kBrokersDefaultReplication, why.data(), why.size()));
    if (!topic) {
        return why.data();
    }
    const QueueHandle queue(rd_kafka_queue_new(client));
    const auto options = admin_options(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    auto* topics = topic.get();
    rd_kafka_CreateTopics(client, &topics, 1, options.get(), queue.get());
    const auto event = await_admin(queue.get(), stopping);
    if (!event) {
        return "no answer";
    }
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return rd_kafka_event_error_string(event.get());
    }
    std::size_t count = 0;
    const auto* const* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    const auto error = count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__BAD_MSG;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        return {};
    }
    const char* text = count == 1 ? rd_kafka_topic_result_error_string(results[0]) : nullptr;
    return text == nullptr ? rd_kafka_err2str(error) : text;
}

struct TopicSettings {
    int min_insync_replicas = 0;
    bool unclean_leader_election = true;
    std::int64_t message_bytes_max = 0;
};

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

TopicSettings read_settings(const rd_kafka_ConfigResource_t* resource) {
    TopicSettings settings;
    std::size_t count = 0;
    const auto* const* entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view name = rd_kafka_ConfigEntry_name(entries[i]);
        const char* text = rd_kafka_ConfigEntry_value(entries[i]);
        const std::string_view value = text == nullptr ? std::string_view() : text;
        if (name == "min.insync.replicas") {
            settings.min_insync_replicas = static_cast<int>(number(value));
        } else if (name == "unclean.leader.election.enable") {
            settings.unclean_leader_election = value != "false";
        } else if (name == "max.message.bytes") {
            settings.message_bytes_max = number(value);
        }
    }
    return settings;
}

base::Result<TopicSettings> describe_topic(rd_kafka_t* client, const std::string& name, const std::function<bool()>& stopping) {
    const ConfigResourceHandle resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
    const QueueHandle queue(rd_kafka_queue_new(client));
    const auto options = admin_options(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    auto* resources = resource.get();
    rd_kafka_DescribeConfigs(client, &resources, 1, options.get(), queue.get());
    const auto event = await_admin(queue.get(), stopping);
    if (!event) {
        return base::fail("no answer", base::Retry::makes_sense);
    }
    if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const bool lasting = error == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
        return base::fail(rd_kafka_event_error_string(event.get()), lasting ? base::Retry::useless : base::Retry::makes_sense);
    }
    std::size_t count = 0;
    const auto* const* described =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    const auto error = count == 1 ? rd_kafka_ConfigResource_error(described[0]) : RD_KAFKA_RESP_ERR__BAD_MSG;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return base::fail(rd_kafka_err2str(error));
    }
    return read_settings(described[0]);
}

Checked<TopicShape> find_or_create(rd_kafka_t* client, const Config& config, const TopicWish& wish, EmbeddedBroker* embedded,
                                   const std::function<bool()>& stopping) {
    const auto found = find_topic(client, wish.name, kAnswerWait);
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (*found) {
        return **found;
    }
    if (embedded == nullptr && !config.create_topics) {
        return not_yet(fmt::format("topic {} does not exist; create it, or set kafka.create_topics: true", wish.name));
    }
    std::string why;
    if (embedded != nullptr) {
        const auto created = embedded->create_topic(wish.name, kEmbeddedPartitions);
        why = created ? std::string() : created.error().message;
    } else {
        why = create_topic(client, wish, stopping);
    }
    if (!why.empty()) {
        return not_yet(fmt::format("topic {} could not be created: {}; create it, or allow it", wish.name, why));
    }
    base::log_info("topic created", {{"topic", wish.name}});
    return not_yet(fmt::format("topic {} was created and is not known to the brokers yet", wish.name));
}

Checked<PreparedTopic> judge(rd_kafka_t* client, const Config& config, const TopicWish& wish, const TopicShape& shape,
                             const std::function<bool()>& stopping) {
    PreparedTopic prepared{.partitions = shape.partitions, .message_bytes_max = config.message_bytes_max, .durable = false};
    const auto settings = shape.has_controller ? describe_topic(client, wish.name, stopping)
                                               : base::Result<TopicSettings>(base::fail("the brokers name no controller"));
    std::string weakness;
    if (settings) {
        weakness = weakness_of({.replicas = shape.replicas,
                                .min_insync_replicas = settings->min_insync_replicas,
                                .unclean_leader_election = settings->unclean_leader_election});
        if (settings->message_bytes_max > 0) {
            prepared.message_bytes_max = settings->message_bytes_max;
        }
        // An event that the topic does not take would be lost after its message was answered, or never be answered; without
        // its marker or result a command would never end.
        if (prepared.message_bytes_max < config.message_bytes_max) {
            return weak(fmt::format("topic {} takes records of {} bytes only: set its max.message.bytes to {} or more", wish.name,
                                    prepared.message_bytes_max, config.message_bytes_max));
        }
    } else if (settings.error().is_retryable()) {
        return not_yet(fmt::format("the settings of topic {} could not be read yet: {}", wish.name, settings.error().message));
    } else {
        weakness = fmt::format("its settings cannot be read ({}; allow DescribeConfigs)", settings.error().message);
    }
    if (!weakness.empty() && !config.accept_weak) {
        return weak(
            fmt::format("topic {} is too weak, a record could be lost: {}; strengthen it, or set durability.accept_weak: true",
                        wish.name, weakness));
    }
    prepared.durable = weakness.empty();
    return prepared;
}

}  // namespace

std::string weakness_of(const TopicDurability& topic) {
    std::string why;
    const auto add = [&why](const std::string& reason) { why += (why.empty() ? "" : ", ") + reason; };
    if (topic.replicas < kReplicas) {
        add(fmt::format("{} of {} replicas", topic.replicas, kReplicas));
    }
    if (topic.min_insync_replicas < kMinInsyncReplicas) {
        add(fmt::format("min.insync.replicas is {}, must be {}", topic.min_insync_replicas, kMinInsyncReplicas));
    }
    if (topic.unclean_leader_election) {
        add("unclean.leader.election.enable is on");
    }
    return why;
}

TopicWish upstream_topic(const Config& config) { return {.name = config.upstream_topic, .partitions = config.event_partitions}; }
TopicWish downstream_topic(const Config& config) {
    return {.name = config.downstream_topic, .partitions = config.partitions, .exactly = true};
}
TopicWish results_topic(const Config& config) { return {.name = config.results_topic, .partitions = config.event_partitions}; }
TopicWish dead_letter_topic(const Config& config) {
    return {.name = config.dead_letter_topic, .partitions = config.event_partitions};
}

base::Result<std::int32_t> partitions_of(rd_kafka_t* client, const std::string& topic, std::chrono::milliseconds wait) {
    const auto found = find_topic(client, topic, wait);
    if (!found) {
        return base::fail(found.error().problem, base::Retry::makes_sense);
    }
    if (!*found) {
        return base::fail("it does not exist", base::Retry::makes_sense);
    }
    return (*found)->partitions;
}

base::Result<PreparedTopic, TopicProblem> prepare_topic(rd_kafka_t* client, const Config& config, const TopicWish& wish,
                                                        EmbeddedBroker* embedded, const std::function<bool()>& stopping) {
    const auto shape = find_or_create(client, config, wish, embedded, stopping);
    if (!shape) {
        return tl::unexpected(shape.error());
    }
    const auto wanted = embedded != nullptr ? kEmbeddedPartitions : wish.partitions;
    if (wish.exactly && shape->partitions != wanted) {
        return wrong(fmt::format(
            "topic {} has {} partitions and kafka.partitions says {}; they must be the same on every pod: change the setting, or "
            "delete the topic and let it be created",
            wish.name, shape->partitions, wanted));
    }
    if (embedded != nullptr) {
        return PreparedTopic{.partitions = shape->partitions, .message_bytes_max = config.message_bytes_max, .durable = false};
    }
    return judge(client, config, wish, *shape, stopping);
}

}  // namespace bus
