#include "support/bus/topic_records.h"

#include <memory>
#include <stdexcept>

#include "bus/kafka_handles.h"

namespace bus {

namespace {

constexpr int kWaitMs = 10'000;

std::string text(const void* data, std::size_t size) { return {static_cast<const char*>(data), size}; }

std::map<std::string, std::string> headers_of(const rd_kafka_message_t* message) {
    std::map<std::string, std::string> found;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return found;
    }
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
        found[name] = text(value, size);
    }
    return found;
}

void read_partition(rd_kafka_t* client, rd_kafka_topic_t* topic, std::int32_t partition, std::vector<StoredRecord>& records) {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    if (rd_kafka_query_watermark_offsets(client, rd_kafka_topic_name(topic), partition, &begin, &end, kWaitMs) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw std::runtime_error("no watermarks");
    }
    if (begin == end) {
        return;
    }
    rd_kafka_consume_start(topic, partition, begin);
    for (auto next = begin; next < end;) {
        using Message = Handle<rd_kafka_message_t, rd_kafka_message_destroy>;
        const Message message(rd_kafka_consume(topic, partition, kWaitMs));
        if (!message) {
            throw std::runtime_error("no record in time");
        }
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            records.push_back({.partition = partition,
                               .offset = message->offset,
                               .key = text(message->key, message->key_len),
                               .value = text(message->payload, message->len),
                               .headers = headers_of(message.get())});
            next = message->offset + 1;
        }
    }
    rd_kafka_consume_stop(topic, partition);
}

}  // namespace

std::vector<StoredRecord> records_of(const std::string& brokers, const std::string& topic, std::int32_t partitions) {
    char why[512];
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), why, sizeof why);
    rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", why, sizeof why);
    const ClientHandle client(rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why));
    const TopicHandle handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
    std::vector<StoredRecord> records;
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        read_partition(client.get(), handle.get(), partition, records);
    }
    return records;
}

}  // namespace bus
