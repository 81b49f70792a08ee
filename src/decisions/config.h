// What can be set for the decisions, and what is counted.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/circuit_breaker.h"
#include "base/metrics.h"
#include "net/http_client.h"

namespace decisions {

enum class Mode : std::uint8_t {
    accept,    // everybody may, everyone is welcome
    registry,  // who is known, is known through the API
    webhook,   // a back end is asked
};

// Where nobody can be asked.
enum class Fallback : std::uint8_t {
    accept,
    reject,  // the id tag is invalid; the charge point waits (Pending) and asks again
};

struct WebhookConfig {
    net::HttpUrl url{};
    std::string secret{};                                 // signs every question; bytes
    std::chrono::milliseconds timeout{3'000};             // from the question to its decision
    std::size_t concurrency = 32;                         // questions under way at one time, each on a connection of its own
    std::size_t queue = 10'000;                           // questions that wait for one of these
    std::size_t answer_bytes_max = 16'384;                // of an answer's body
    std::size_t cached_max = 100'000;                     // decisions that are kept
    std::chrono::milliseconds cache_time{60'000};         // where the answer does not say itself how long it holds,
    std::chrono::milliseconds cache_time_max{3'600'000};  // and however long it says
    base::CircuitConfig circuit{};
};

struct Config {
    Mode mode = Mode::accept;
    Fallback fallback = Fallback::reject;
    std::chrono::seconds boot_retry_interval{60};  // told with Pending and Rejected
    WebhookConfig webhook{};
};

// Why the webhook did not decide.
enum class Failure : std::uint8_t {
    circuit_open,
    overloaded,   // as many questions wait as allowed
    timeout,      // no answer by the deadline
    unreachable,  // no connection, or it broke
    status,       // an HTTP status that is not 2xx
    bad_answer,   // not HTTP, not the JSON that is asked for, or too large
};
inline constexpr std::size_t kFailures = 6;

struct Counters {
    base::Counter by_gateway;  // nobody was asked
    base::Counter by_registry;
    base::Counter by_webhook;
    base::Counter by_cache;
    base::Counter by_fallback;
    std::array<base::Counter, kFailures> failures;  // by Failure
    base::Gauge circuit_state;
    base::Histogram webhook_duration;  // seconds; of requests that were answered

    static Counters make(base::Metrics& metrics);
};

}  // namespace decisions
