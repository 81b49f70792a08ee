// What the charge points' side counts. Made once per process and shared by all shards; touched from every shard's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/metrics.h"
#include "model/quirk.h"

namespace transport {

// Why a connection was refused or ended by an error: the label `reason`, a small fixed set.
enum class ConnectionError : std::uint8_t {
    bad_request,         // no request, or one that is refused by its form or path
    handshake_timeout,   // the request's head, or our answer to it, took too long
    refused,             // by the owner
    no_common_protocol,  // 101 without the header, then close 1002
    half_open,           // had its place for an upgrade given to a newer socket: pending_upgrades_max
    too_many,            // connections_max, or the memory for incomplete messages
    descriptors,         // none left to accept with
    protocol_violation,  // of RFC 6455
    too_big,             // a message above the limits
    invalid_utf8,
    binary,       // OCPP is text
    slow_reader,  // the outbox is full, or the peer took nothing for too long
    slow_writer,  // a message began and did not end in time
    silence,      // nothing was received for too long
    network,      // reset, time-out or end of the connection without a close frame
};
inline constexpr std::size_t kConnectionErrors = 15;

[[nodiscard]] std::string_view name(ConnectionError error);

struct Counters {
    base::Gauge active_connections;
    base::Counter connections_total;
    std::array<base::Counter, kConnectionErrors> errors;
    model::QuirkCounters quirks;

    [[nodiscard]] static Counters make(base::Metrics& metrics);

    void count(ConnectionError error) const { errors[static_cast<std::size_t>(error)].add(); }
};

}  // namespace transport
