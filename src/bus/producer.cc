#include "bus/producer.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "bus/client_settings.h"
#include "bus/topic_check.h"

namespace bus {

namespace {

constexpr std::chrono::milliseconds kProducerIdWait{2000};
constexpr std::chrono::milliseconds kProducerIdLook{20};
constexpr int kCookieBits = 48;
constexpr std::size_t kErrorTextBytes = 512;

// Shard and cookie travel in the message's opaque pointer: nothing is allocated for a message.
void* pack(std::size_t shard, std::uint64_t cookie) {
    static_assert(sizeof(void*) == sizeof(std::uint64_t));
    // NOLINTNEXTLINE(performance-no-int-to-ptr): never followed.
    return reinterpret_cast<void*>((static_cast<std::uint64_t>(shard) << kCookieBits) | cookie);
}

std::size_t shard_of(const void* opaque) { return reinterpret_cast<std::uint64_t>(opaque) >> kCookieBits; }
std::uint64_t cookie_of(const void* opaque) { return reinterpret_cast<std::uint64_t>(opaque) & (kCookieEnd - 1); }

rd_kafka_vu_t argument(const Header& header) {
    rd_kafka_vu_t vu{};
    vu.vtype = RD_KAFKA_VTYPE_HEADER;
    vu.u.header.name = header.name;
    vu.u.header.val = header.value.data();
    vu.u.header.size = static_cast<ssize_t>(header.value.size());
    return vu;
}

Enqueued outcome_of(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return Enqueued::yes;
        case RD_KAFKA_RESP_ERR__QUEUE_FULL: return Enqueued::full;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: return Enqueued::refused;
        // A fatal producer and a topic that went away both end in a new generation (see meaning_of).
        default: return Enqueued::stale_generation;
    }
}

}  // namespace

ReportMeaning meaning_of(rd_kafka_resp_err_t report) {
    switch (report) {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return ReportMeaning::logged;
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
        case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
        case RD_KAFKA_RESP_ERR__DESTROY: return ReportMeaning::told_by_reset;
        // A deleted topic, a right that was taken away, a limit that was lowered, a fatal producer: an operator or a new
        // producer can mend each, and the charge points wait. Nothing is given up, because much of it has been answered.
        default: return ReportMeaning::broken;
    }
}

base::Result<std::unique_ptr<Producer>> Producer::create(const Config& config, const std::string& brokers,
                                                         std::int64_t topic_message_bytes) {
    auto conf = producer_settings(config, brokers, topic_message_bytes);
    if (!conf) {
        return tl::unexpected(conf.error());
    }
    std::unique_ptr<Producer> producer(new Producer);
    rd_kafka_conf_set_opaque(conf->get(), producer.get());
    rd_kafka_conf_set_log_cb(conf->get(), on_log);
    auto client = make_client(RD_KAFKA_PRODUCER, std::move(*conf));
    if (!client) {
        return tl::unexpected(client.error());
    }
    producer->message_bytes_max_ = topic_message_bytes;
    producer->client_ = std::move(*client);
    producer->queue_.reset(rd_kafka_queue_get_main(producer->client_.get()));
    return producer;
}

// The C API does not tell when the idempotent producer has its id; only this debug line does. Should a later librdkafka word
// it differently, kProducerIdWait passes and the first message waits instead.
void Producer::on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    if (std::string_view(facility) == "IDEMPSTATE" && std::string_view(text).ends_with("-> Assigned")) {
        static_cast<Producer*>(rd_kafka_opaque(client))->has_producer_id_.store(true);
    }
    log_line(client, level, facility, text);
}

void Producer::open_topics(const std::vector<std::string>& topics, const std::function<bool()>& stopping) {
    const auto deadline = std::chrono::steady_clock::now() + kProducerIdWait;
    for (const auto& name : topics) {
        topics_.emplace_back(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
        CHECK(topics_.back() != nullptr, "a topic that the broker lists has a valid name");
    }
    for (const auto& topic : topics_) {
        if (stopping() || !answered(topic, kAnswerWait)) {
            return;
        }
    }
    while (!has_producer_id_.load() && !stopping() && std::chrono::steady_clock::now() < deadline) {
        static_cast<void>(poll(kProducerIdLook, 0));
    }
}

Enqueued Producer::enqueue(const ProducerRecord& record) {
    CHECK(record.headers.size() <= kHeadersMax, "the sinks write a few headers of their own");
    std::array<rd_kafka_vu_t, 5 + kHeadersMax> arguments{};
    std::size_t count = 0;
    const auto add = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
        arguments.at(count).vtype = type;
        return arguments.at(count++);
    };
    add(RD_KAFKA_VTYPE_RKT).u.rkt = topics_.at(record.topic).get();
    add(RD_KAFKA_VTYPE_PARTITION).u.i32 = record.partition;
    // No flag to copy or to free: the caller keeps the bytes until the delivery or the reset is told.
    add(RD_KAFKA_VTYPE_VALUE).u.mem = {.ptr = const_cast<char*>(record.value.data()), .size = record.value.size()};
    add(RD_KAFKA_VTYPE_KEY).u.mem = {.ptr = const_cast<char*>(record.key.data()), .size = record.key.size()};
    add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = pack(record.shard, record.cookie);
    for (const auto& header : record.headers) {
        arguments.at(count++) = argument(header);
    }
    const KafkaErrorHandle error(rd_kafka_produceva(client_.get(), arguments.data(), count));
    const auto code = error ? rd_kafka_error_code(error.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
    const auto outcome = outcome_of(code);
    if (outcome == Enqueued::stale_generation) {
        refused_enqueue_.store(code);  // no report will come of it: the next poll must tell
    }
    return outcome;
}

void Producer::take_reports(rd_kafka_event_t* event, Polled& polled) const {
    while (const auto* message = rd_kafka_event_message_next(event)) {
        const auto meaning = meaning_of(message->err);
        if (meaning == ReportMeaning::logged) {
            polled.logged = true;
            polled.deliveries.at(shard_of(message->_private)).push_back({.cookie = cookie_of(message->_private)});
        } else if (meaning == ReportMeaning::broken) {
            polled.broken = rd_kafka_err2str(message->err);
        }
    }
}

void Producer::take_error(rd_kafka_event_t* event, Polled& polled) const {
    const auto error = rd_kafka_event_error(event);
    polled.errors += 1;
    polled.last_error = rd_kafka_event_error_string(event);
    polled.brokers_down |= error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

Polled Producer::poll(std::chrono::milliseconds wait, std::size_t shards) {
    Polled polled;
    polled.deliveries.resize(shards);
    polled.event.reset(rd_kafka_queue_poll(queue_.get(), static_cast<int>(wait.count())));
    const auto type = rd_kafka_event_type(polled.event.get());
    if (type == RD_KAFKA_EVENT_DR) {
        take_reports(polled.event.get(), polled);
    } else if (type == RD_KAFKA_EVENT_ERROR) {
        take_error(polled.event.get(), polled);
    }
    if (const auto refused = refused_enqueue_.load(); refused != RD_KAFKA_RESP_ERR_NO_ERROR) {
        polled.broken = rd_kafka_err2str(refused);
    }
    std::array<char, kErrorTextBytes> why{};
    if (rd_kafka_fatal_error(client_.get(), why.data(), why.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        polled.broken = why.data();
    }
    return polled;
}

bool Producer::answered(const TopicHandle& topic, std::chrono::milliseconds wait) const {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 0, topic.get(), &answer, static_cast<int>(wait.count()));
    const MetadataHandle metadata(answer);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace bus
