// Endpoint: the charge points' side of one shard. It owns the shard's listener and its connections from accept to close:
// upgrade request, WebSocket codec, bounded outbox, pings and every deadline. What a message means is its owner's business.
//
// One thread: every method and every call of EndpointOwner happens on the shard's loop. A call of the owner may call back
// into the endpoint (send, close, pause, …) for any connection, its own included; nothing is freed under its feet, and the
// endpoint never calls the owner from within one of its own methods: what a method causes (a send that finds the connection
// broken, say) is told afterwards, from the loop.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/ids.h"
#include "net/listener.h"
#include "net/loop.h"

namespace transport {

struct Counters;

// How we end a connection.
enum class CloseStyle : std::uint8_t {
    frame,       // with a close frame and the code that says why
    going_away,  // likewise, with 1001 for 1012 and 1013: younger than RFC 6455, and an error to some charge points
    abrupt       // the end of TCP alone, behind what is in the outbox: to those that make nothing of a close frame
};

// What differs from one connection to another, by number; 0 is Config's own.
struct Manners {
    std::chrono::milliseconds ping_interval{50'000};  // jittered by 10 %; 0: never
    CloseStyle close = CloseStyle::frame;
};
using MannersNumber = std::uint8_t;

// For charge points with ids of this form (base/glob.h).
struct DefaultProtocol {
    std::string charge_point;
    std::string protocol;
};

struct Config {
    std::vector<std::string> paths = {"/ocpp", "/ws"};
    std::vector<std::string> protocols;                // sub-protocols that are served, in letters of either case
    std::string default_protocol = "ocpp1.6";          // for a request without Sec-WebSocket-Protocol; empty: none
    std::vector<DefaultProtocol> default_protocols{};  // instead of it, the first that matches
    std::vector<Manners> manners{};                    // from number 1 on
    std::size_t connections_max = 100'000;             // of the pod: of all endpoints that share one PodConnections
    // Sockets beside them, of the pod: those that have not sent their request yet, and those that are refused.
    std::size_t pending_upgrades_max = 10'000;
    std::size_t endpoints = 1;  // of the pod; each has an equal share of pending_upgrades_max
    std::size_t handshake_bytes_max = 8192;
    std::size_t handshake_headers_max = 64;
    std::chrono::milliseconds handshake_timeout{5'000};  // at least, and up to half as long again: thousands do not end at once
    std::size_t charge_point_id_bytes_max = 255;
    std::size_t message_bytes_max = 262'144;             // of one message, all fragments together
    std::size_t fragments_max = 64;                      // of one message
    std::chrono::milliseconds message_timeout{120'000};  // from its first byte to its last; not counted while reading is paused
    std::size_t incomplete_bytes_max = 67'108'864;       // read and not told yet, of all connections of this shard
    std::size_t frames_per_turn = 4;                     // of one connection; what it sent beyond them lets all others go first
    std::size_t outbox_bytes_max = 1'048'576;            // of one connection
    std::size_t outbox_pause_bytes = 16'384;             // with so much in it, nothing is read from its connection
    std::chrono::milliseconds write_timeout{10'000};     // without a byte taken by the peer
    std::chrono::milliseconds close_timeout{5'000};      // between our close frame and the peer's
    std::chrono::milliseconds ping_interval{50'000};     // jittered by 10 %; 0: never
    std::chrono::milliseconds silence_timeout{660'000};  // nothing at all received; not counted while reading is paused
    std::chrono::milliseconds tcp_user_timeout{30'000};  // sent and not acknowledged by the peer's kernel; 0: the kernel's own
};

// A connection of one endpoint: slot in the low 32 bits (small, reused: owners may index by it), generation above (so that
// a key is never reused). 0 is nobody.
enum class ConnectionKey : std::uint64_t {};
[[nodiscard]] constexpr std::uint32_t slot(ConnectionKey key) { return static_cast<std::uint32_t>(key); }

// A frame whose sender wants to know whether it went out; 0: it does not.
using SendTag = std::uint64_t;

struct UpgradeRequest {
    model::ChargePointId
        charge_point;            // decoded, 1 to charge_point_id_bytes_max bytes of UTF-8 without control characters or '/'
    std::string protocol;        // as Config spells the chosen one; empty: none in common (the endpoint closes 1002 by itself)
    std::string remote_address;  // ip:port
};

// A plain HTTP request on the charge points' port; a query string stays in `target`.
struct PlainRequest {
    std::string method;
    std::string target;
};
struct PlainResponse {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::optional<std::chrono::seconds> retry_after{};
};

enum class ClosedBy { peer, us, network };
struct Closed {
    ClosedBy by = ClosedBy::network;
    std::uint16_t code = 1006;
    std::string reason{};
};

// How many connections all endpoints of a pod hold, each from its well-formed upgrade request to its end: connections_max is
// one limit for them together, whatever share of the connections the kernel gives to each.
using PodConnections = std::atomic<std::size_t>;

class EndpointOwner {
public:
    virtual ~EndpointOwner() = default;
    // A well-formed upgrade of a known path. Answer once, now or later, with accept() or refuse().
    virtual void on_upgrade(ConnectionKey key, UpgradeRequest request) = 0;
    // A complete text message; 64 bytes behind it are readable; valid during the call only.
    virtual void on_message(ConnectionKey key, std::string_view text) = 0;
    // A complete binary message, valid during the call only. OCPP has none: where it is not taken (false), the connection is
    // closed with 1003.
    [[nodiscard]] virtual bool on_binary(ConnectionKey /*key*/, std::string_view /*bytes*/) { return false; }
    // The first byte of the frame that was sent with this tag went to the kernel: the peer may have it from here on. At most
    // once, and before the connection's on_closed. What was not told before that was not sent, not a byte of it.
    virtual void on_sent(ConnectionKey key, SendTag tag) = 0;
    // Exactly once for every on_upgrade, also after refuse() and close(): the key is dead from here on.
    virtual void on_closed(ConnectionKey key, const Closed& closed) = 0;
    // A GET that is no upgrade and no charge point's path. Answer once with respond(); what `handles` denies is answered 404 by
    // the endpoint.
    [[nodiscard]] virtual bool handles(const PlainRequest& request) const = 0;
    virtual void on_request(ConnectionKey key, PlainRequest request) = 0;
};

class Endpoint {
public:
    // `listener` comes bound and listening (net/listener.h); `config`, `counters`, `owner`, `pod_connections` and `loop` outlive
    // the endpoint.
    Endpoint(net::Loop& loop, net::Listener listener, const Config& config, const Counters& counters, EndpointOwner& owner,
             PodConnections& pod_connections);
    ~Endpoint();

    void start();
    // No further connections are accepted; those that exist stay.
    void stop_accepting();

    // All of these ignore a key that is dead already.
    void accept(ConnectionKey key);
    void refuse(ConnectionKey key, const PlainResponse& response);
    void respond(ConnectionKey key, const PlainResponse& response);
    void send(ConnectionKey key, std::string_view text, SendTag tag = 0);
    void send_binary(ConnectionKey key, std::string_view bytes);
    // Sends what is in the outbox but tagged frames that were not begun, then a close frame; the rest is silence (nothing more
    // is read as a message).
    void close(ConnectionKey key, std::uint16_t code, std::string_view reason);
    // From now on: the next ping comes within the new interval.
    void set_manners(ConnectionKey key, MannersNumber manners);
    // While paused nothing is read, and what was read already waits (one read buffer at most); silence and the message's
    // deadline do not count, a hang-up still does.
    void pause_reading(ConnectionKey key);
    void resume_reading(ConnectionKey key);

    // Those whose on_upgrade was told and whose on_closed was not.
    [[nodiscard]] std::size_t connections() const;
    // Of a living key; the beginning of time otherwise.
    [[nodiscard]] base::MonoTime last_received_at(ConnectionKey key) const;
    // ip:port. Of a living key; empty otherwise, and once the peer's kernel has given the connection up.
    [[nodiscard]] std::string remote_address(ConnectionKey key) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace transport
