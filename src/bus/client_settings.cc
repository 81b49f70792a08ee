#include "bus/client_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "bus/embedded_broker.h"
#include "bus/properties.h"

namespace bus {

namespace {

constexpr std::size_t kErrorTextBytes = 512;
constexpr std::int64_t kMessageBytesMin = 1000;  // librdkafka takes no less
constexpr int kQueueMessagesMax = 10'000'000;
// After an outage the first attempt to connect comes within a second: charge points are waiting for their answers.
constexpr std::string_view kReconnectBackoffMs = "100";
constexpr std::string_view kReconnectBackoffMaxMs = "1000";

// The least that brokers allow by default. It also bounds how long a commit to a broker that went away holds up the end.
constexpr std::string_view kSessionMs = "6000";

struct Refusal {
    std::string_view key;
    std::string_view remedy;
};

constexpr std::string_view kDurable =
    "the gateway answers a charge point only after acks=all of an idempotent producer: remove it";
constexpr std::string_view kForEver = "an event is tried until it is logged, never given up after a time: remove it";
constexpr std::string_view kBrokerList = "set kafka.brokers instead";
constexpr std::string_view kDelivery = "the gateway relies on every delivery report and event of the client: remove it";
constexpr std::string_view kGroup = "the gateway chooses groups, members and offsets itself: remove it";

constexpr std::array kRefusals = std::to_array<Refusal>({
    {"acks", kDurable},
    {"request.required.acks", kDurable},
    {"enable.idempotence", kDurable},
    {"enable.gapless.guarantee", kDurable},
    {"transactional.id", kDurable},
    {"message.timeout.ms", kForEver},
    {"delivery.timeout.ms", kForEver},
    {"retries", kForEver},
    {"message.send.max.retries", kForEver},
    {"queuing.strategy", "events of a charge point are sent in order: remove it"},
    {"partitioner", "keys are partitioned as Java's clients do (murmur2): remove it"},
    {"bootstrap.servers", kBrokerList},
    {"metadata.broker.list", kBrokerList},
    {"test.mock.num.brokers", "set broker.kind: embedded instead"},
    {"delivery.report.only.error", kDelivery},
    {"enabled_events", kDelivery},
    {"log.queue", kDelivery},
    {"group.id", kGroup},
    {"group.instance.id", kGroup},
    {"partition.assignment.strategy", kGroup},
    {"enable.auto.commit", kGroup},
    {"auto.commit.enable", kGroup},
    {"enable.auto.offset.store", kGroup},
    {"auto.offset.reset", kGroup},
    {"session.timeout.ms", kGroup},
    {"enable.partition.eof", kGroup},
});

base::Result<void> set(rd_kafka_conf_t* conf, const std::string& key, std::string_view value) {
    // librdkafka would take what stands before it.
    if (value.find('\0') != std::string_view::npos) {
        return base::fail("a text with a NUL");
    }
    std::array<char, kErrorTextBytes> why{};
    if (rd_kafka_conf_set(conf, key.c_str(), std::string(value).c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
        return base::fail(why.data());
    }
    return {};
}

struct Setting {
    std::string key;
    std::string value;
};

// What holds a promise is set after the operator's properties and must be known to librdkafka.
template <std::size_t N>
base::Result<void> set_all(rd_kafka_conf_t* conf, const std::array<Setting, N>& settings) {
    for (const auto& [key, value] : settings) {
        if (auto done = set(conf, key, value); !done) {
            return done;
        }
    }
    return {};
}

base::Result<void> set_properties(rd_kafka_conf_t* conf, const Config& config) {
    for (const auto& [key, value] : config.properties) {
        if (const auto refusal = refusal_of(key); !refusal.empty()) {
            return base::fail(fmt::format("kafka.properties.{} cannot be set: {}", key, refusal));
        }
        if (const auto done = set(conf, key, value); !done) {
            return base::fail(fmt::format("kafka.properties.{}: {}", key, done.error().message));
        }
    }
    return {};
}

std::int64_t number_of(rd_kafka_conf_t* conf, const char* key, std::int64_t otherwise) {
    std::array<char, 32> text{};
    std::size_t size = text.size();
    if (rd_kafka_conf_get(conf, key, text.data(), &size) != RD_KAFKA_CONF_OK) {
        return otherwise;
    }
    std::int64_t value = otherwise;
    std::from_chars(text.data(), text.data() + std::string_view(text.data()).size(), value);
    return value;
}

// librdkafka tells only in its debug lines of the idempotent producer that the producer id has come (see producer.cc).
std::string debug_with_producer_id(const Config& config) {
    const auto wanted = config.properties.find("debug");
    return wanted == config.properties.end() ? "eos" : wanted->second + ",eos";
}

}  // namespace

void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    // CONFWARN: one sheet of properties serves producers and consumers, and librdkafka tells what does not concern a client.
    // AUTOCREATE: the mock broker could not be kept from making a topic, every few seconds; no consumer of ours asks for one.
    const std::string_view what(facility);
    const bool harmless = what == "CONFWARN" || what == "AUTOCREATE";
    const auto our_level = harmless || level >= 7 ? base::LogLevel::debug
                           : level >= 5           ? base::LogLevel::info
                                                  : base::LogLevel::warn;
    base::log(our_level, "kafka client", {{"client", rd_kafka_name(client)}, {"facility", facility}, {"text", text}});
}

std::string refusal_of(const std::string& key) {
    const auto* found =
        std::find_if(kRefusals.begin(), kRefusals.end(), [&](const Refusal& refusal) { return refusal.key == key; });
    return found == kRefusals.end() ? std::string() : std::string(found->remedy);
}

std::string property_problem(const std::string& key, const std::string& value) {
    if (auto refusal = refusal_of(key); !refusal.empty()) {
        return refusal;
    }
    const ConfHandle trial(rd_kafka_conf_new());
    const auto done = set(trial.get(), key, value);
    return done ? std::string() : done.error().message;
}

base::Result<ConfHandle> base_settings(const Config& config, const std::string& brokers) {
    ConfHandle conf(rd_kafka_conf_new());
    rd_kafka_conf_set_log_cb(conf.get(), log_line);
    // What properties may override comes first, what they may not comes after them.
    const auto defaults = std::to_array<Setting>({
        {"client.id", "charge-point-gateway"},
        {"socket.nagle.disable", "true"},
        {"reconnect.backoff.ms", std::string(kReconnectBackoffMs)},
        {"reconnect.backoff.max.ms", std::string(kReconnectBackoffMaxMs)},
        {"linger.ms", std::to_string(config.linger.count())},
        {"message.max.bytes", std::to_string(config.message_bytes_max)},
        {"queue.buffering.max.messages", std::to_string(kQueueMessagesMax)},
        {"queue.buffering.max.kbytes", std::to_string(config.queue_bytes_max / 1024)},
    });
    if (auto done = set_all(conf.get(), defaults); !done) {
        return tl::unexpected(done.error());
    }
    if (config.kind == BrokerKind::embedded) {
        if (auto done = set(conf.get(), "fetch.wait.max.ms", std::to_string(kEmbeddedFetchWaitMs)); !done) {
            return tl::unexpected(done.error());
        }
    }
    if (auto done = set_properties(conf.get(), config); !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = set(conf.get(), "bootstrap.servers", brokers); !done) {
        return tl::unexpected(done.error());
    }
    return conf;
}

base::Result<ConfHandle> producer_settings(const Config& config, const std::string& brokers, std::int64_t topic_message_bytes) {
    auto conf = base_settings(config, brokers);
    if (!conf) {
        return conf;
    }
    // librdkafka fails a whole batch when the broker finds it too large, and with it messages that alone would fit: so a
    // batch is never larger than the topic takes.
    const auto wanted = number_of(conf->get(), "message.max.bytes", config.message_bytes_max);
    if (wanted < config.message_bytes_max) {
        return base::fail(
            fmt::format("kafka.properties.message.max.bytes is {}: the largest records have {} bytes; raise or remove it", wanted,
                        config.message_bytes_max));
    }
    const auto promises = std::to_array<Setting>({
        {"acks", "all"},
        {"enable.idempotence", "true"},
        {"message.timeout.ms", "0"},
        {"message.max.bytes", std::to_string(std::max(kMessageBytesMin, std::min(wanted, topic_message_bytes)))},
    });
    if (auto done = set_all(conf->get(), promises); !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = set(conf->get(), "debug", debug_with_producer_id(config)); !done) {
        return tl::unexpected(done.error());
    }
    rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    return conf;
}

base::Result<ConfHandle> reader_settings(const Config& config, const std::string& brokers) {
    auto conf = base_settings(config, brokers);
    if (!conf) {
        return conf;
    }
    // A position that the log does not have is an error: readers know where to go on. Partitions are only assigned by hand in a
    // group, even where nothing is committed. No topic is made by asking for it.
    const auto promises = std::to_array<Setting>({
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "error"},
        {"queued.max.messages.kbytes", std::to_string(config.reader_bytes_max / 1024)},
        {"group.id", kCommandGroup},
        {"session.timeout.ms", std::string(kSessionMs)},
        {"enable.partition.eof", "true"},
        {"allow.auto.create.topics", "false"},
    });
    if (auto done = set_all(conf->get(), promises); !done) {
        return tl::unexpected(done.error());
    }
    rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_ERROR);
    return conf;
}

base::Result<ClientHandle> make_client(rd_kafka_type_t type, ConfHandle conf) {
    std::array<char, kErrorTextBytes> why{};
    ClientHandle client(rd_kafka_new(type, conf.get(), why.data(), why.size()));
    if (!client) {
        return base::fail(fmt::format("the Kafka client refuses its configuration: {}", why.data()));
    }
    [[maybe_unused]] auto* owned_by_client = conf.release();
    return client;
}

std::string bootstrap_servers(const Config& config) { return fmt::format("{}", fmt::join(config.brokers, ",")); }

}  // namespace bus
