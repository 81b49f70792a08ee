// An Endpoint on a real loopback socket with an owner that does what a test tells it, and peers of raw bytes. One thread:
// the test turns the loop.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "net/connect.h"
#include "net/loop.h"
#include "support/net/run_until.h"
#include "support/transport/frames.h"
#include "transport/counters.h"
#include "transport/endpoint.h"
#include "transport/websocket_codec.h"

namespace transport {

inline std::string upgrade_request(std::string_view id = "CP-1", std::string_view protocols = "ocpp1.6") {
    return "GET /ocpp/" + std::string(id) +
           " HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " +
           std::string(protocols) + "\r\n\r\n";
}

// A server's frame.
inline std::string bare(Opcode opcode, std::string_view payload) {
    std::string frame;
    append_frame(frame, opcode, payload);
    return frame;
}
inline std::string bare_close(std::uint16_t code, std::string_view reason = {}) {
    return bare(Opcode::close, close_payload(code, reason));
}

class RawPeer {
public:
    explicit RawPeer(std::uint16_t port) {
        auto socket = net::start_connect(*net::SocketAddress::resolve({.host = "127.0.0.1", .port = port}));
        socket_ = std::move(*socket);
    }
    void write(std::string_view bytes) {
        const auto written = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        written_all = written == static_cast<ssize_t>(bytes.size());
    }
    // Takes what has arrived.
    const std::string& in() {
        std::array<char, 65'536> buffer{};
        while (!ended_) {
            const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
            if (count > 0) {
                in_.append(buffer.data(), static_cast<std::size_t>(count));
            } else if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
                ended_ = true;
            } else {
                break;
            }
        }
        return in_;
    }
    std::string frames_in() {
        const std::size_t end = in().find("\r\n\r\n");
        return end == std::string::npos ? "" : in_.substr(end + 4);
    }
    bool ended() { return in(), ended_; }
    void end_writing() { ::shutdown(socket_.get(), SHUT_WR); }
    void hang_up() { socket_.reset(); }
    // Ends at once, with RST.
    void break_off() {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        socket_.reset();
    }

    bool written_all = true;

private:
    net::Descriptor socket_;
    std::string in_;
    bool ended_ = false;
};

class ScriptedOwner : public EndpointOwner {
public:
    void on_upgrade(ConnectionKey key, UpgradeRequest request) override {
        upgrades.emplace_back(key, std::move(request));
        upgraded(key);
    }
    void on_message(ConnectionKey key, std::string_view text) override {
        messages.emplace_back(text);
        received(key, text);
    }
    bool on_binary(ConnectionKey key, std::string_view bytes) override { return received_binary(key, bytes); }
    void on_sent(ConnectionKey /*key*/, SendTag tag) override { sent.push_back(tag); }
    void on_closed(ConnectionKey key, const Closed& how) override {
        closed.emplace_back(key, how);
        ended(key);
    }
    [[nodiscard]] bool handles(const PlainRequest& request) const override { return request.target == "/health"; }
    void on_request(ConnectionKey key, PlainRequest request) override { requested(key, request); }

    std::vector<std::pair<ConnectionKey, UpgradeRequest>> upgrades;
    std::vector<std::string> messages;
    std::vector<SendTag> sent;
    std::vector<std::pair<ConnectionKey, Closed>> closed;

    std::function<void(ConnectionKey)> upgraded = [](auto) {};
    std::function<void(ConnectionKey, std::string_view)> received = [](auto, auto) {};
    std::function<bool(ConnectionKey, std::string_view)> received_binary = [](auto, auto) { return false; };
    std::function<void(ConnectionKey)> ended = [](auto) {};
    std::function<void(ConnectionKey, const PlainRequest&)> requested = [](auto, const auto&) {};
};

// `change` may adapt the configuration before the endpoint is made.
struct EndpointHarness {
    explicit EndpointHarness(const std::function<void(Config&)>& change = [](Config&) {}) {
        config.protocols = {"ocpp1.6"};
        change(config);
        auto listeners = net::listen_on({.host = "127.0.0.1", .port = 0}, 1, 128);
        port = listeners->front().port;
        endpoint = std::make_unique<Endpoint>(loop, std::move(listeners->front()), config, counters, owner, pod_connections);
        owner.upgraded = [this](ConnectionKey key) { endpoint->accept(key); };
        owner.received = [this](ConnectionKey key, std::string_view text) { endpoint->send(key, text); };
        endpoint->start();
    }

    bool eventually(const std::function<bool()>& holds) { return net::run_until(loop, holds); }
    // False if it came to hold within a moment.
    bool never(const std::function<bool()>& holds) { return !net::run_until(loop, holds, std::chrono::milliseconds{100}); }

    // A peer that has its 101.
    RawPeer connected(std::string_view id = "CP-1") {
        RawPeer peer(port);
        peer.write(upgrade_request(id));
        eventually([&] { return peer.in().ends_with("\r\n\r\n"); });
        return peer;
    }
    ConnectionKey last_key() { return owner.upgrades.back().first; }
    double errors(ConnectionError reason) { return counters.errors[static_cast<std::size_t>(reason)].value(); }

    Config config;
    base::Metrics metrics;
    Counters counters = Counters::make(metrics);
    ScriptedOwner owner;
    net::Loop loop;
    std::uint16_t port = 0;
    PodConnections pod_connections = 0;
    std::unique_ptr<Endpoint> endpoint;
};

}  // namespace transport
