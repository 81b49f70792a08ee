// How every librdkafka client of the room is configured: what the gateway promises, what the operator may add
// (kafka.properties) and what is refused because it would break a promise. Private to the room.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "bus/config.h"
#include "bus/kafka_handles.h"

namespace bus {

// Empty when `key` may be set by kafka.properties; otherwise why not and what to do instead.
[[nodiscard]] std::string refusal_of(const std::string& key);

// One settings sheet per kind of client. `brokers`: bootstrap servers, separated by commas. An error names the key.
base::Result<ConfHandle> base_settings(const Config& config, const std::string& brokers);
base::Result<ConfHandle> producer_settings(const Config& config, const std::string& brokers, std::int64_t topic_message_bytes);
base::Result<ConfHandle> reader_settings(const Config& config, const std::string& brokers);

// What librdkafka says becomes lines of our log. Called on librdkafka's threads.
void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text);
void log_through_base(rd_kafka_conf_t* conf);

base::Result<ClientHandle> make_client(rd_kafka_type_t type, ConfHandle conf);

// The bootstrap servers of the configuration as librdkafka wants them.
[[nodiscard]] std::string bootstrap_servers(const Config& config);

}  // namespace bus
