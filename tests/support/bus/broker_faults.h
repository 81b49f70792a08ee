// Faults of an EmbeddedBroker (librdkafka's mock cluster), for unit tests and for the mock-broker program.
//
// An error is given to the next request of its kind, the next but one, and so on, in the order they were pushed. While the
// broker is down it takes no connections; what it has stored stays.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bus/embedded_broker.h"
#include "bus/kafka_handles.h"

namespace bus::faults {

// Kafka's request kinds by name; a number stands for itself.
inline std::optional<std::int16_t> api_key(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, std::int16_t>, 11> kApis{{
        {"produce", 0},
        {"fetch", 1},
        {"listoffsets", 2},
        {"metadata", 3},
        {"offsetcommit", 8},
        {"offsetfetch", 9},
        {"findcoordinator", 10},
        {"joingroup", 11},
        {"heartbeat", 12},
        {"apiversions", 18},
        {"initproducerid", 22},
    }};
    for (const auto& [known, key] : kApis) {
        if (known == name) {
            return key;
        }
    }
    std::int16_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    return error == std::errc() && end == name.data() + name.size() ? std::optional(number) : std::nullopt;
}

// librdkafka's name of an error (REQUEST_TIMED_OUT, _TRANSPORT …) or its number.
inline std::optional<rd_kafka_resp_err_t> error_code(std::string_view name) {
    const rd_kafka_err_desc* known = nullptr;
    std::size_t count = 0;
    rd_kafka_get_err_descs(&known, &count);
    for (std::size_t i = 0; i < count; ++i) {
        if (known[i].name != nullptr && name == known[i].name) {
            return known[i].code;
        }
    }
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool whole = error == std::errc() && end == name.data() + name.size();
    return whole ? std::optional(static_cast<rd_kafka_resp_err_t>(number)) : std::nullopt;
}

inline void push_errors(const EmbeddedBroker& broker, std::int16_t api, const std::vector<rd_kafka_resp_err_t>& errors) {
    rd_kafka_mock_push_request_errors_array(broker.cluster(), api, errors.size(), errors.data());
}

inline void clear_errors(const EmbeddedBroker& broker, std::int16_t api) {
    rd_kafka_mock_clear_request_errors(broker.cluster(), api);
}

inline void go_down(const EmbeddedBroker& broker) { rd_kafka_mock_broker_set_down(broker.cluster(), -1); }
inline void come_up(const EmbeddedBroker& broker) { rd_kafka_mock_broker_set_up(broker.cluster(), -1); }

// For brokers and clients it is as if it had been deleted, until it comes back.
inline void lose_topic(const EmbeddedBroker& broker, const std::string& topic) {
    rd_kafka_mock_topic_set_error(broker.cluster(), topic.c_str(), RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}
inline void bring_back_topic(const EmbeddedBroker& broker, const std::string& topic) {
    rd_kafka_mock_topic_set_error(broker.cluster(), topic.c_str(), RD_KAFKA_RESP_ERR_NO_ERROR);
}

// Each answer comes this much later.
inline void answer_after(const EmbeddedBroker& broker, int milliseconds) {
    rd_kafka_mock_broker_set_rtt(broker.cluster(), -1, milliseconds);
}

}  // namespace bus::faults
