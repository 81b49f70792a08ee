// A fleet against a central system of a few lines, both on one loop, over loopback.

#include "simulator/fleet.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <map>

#include "simulator/received.h"
#include "transport/upgrade.h"

namespace simulator {
namespace {

using namespace std::chrono_literals;

// Answers every upgrade, CALL and close frame at once.
class CentralSystem final : private net::ReadinessHandler {
public:
    CentralSystem(net::Loop& loop, std::string upgrade_answer) : loop_(loop), upgrade_answer_(std::move(upgrade_answer)) {
        auto listeners = net::listen_on({.host = "127.0.0.1", .port = 0}, 1, 16);
        EXPECT_TRUE(listeners);
        listener_ = std::move(listeners->front());
        listener_watch_ = loop_.watch(listener_.descriptor.get(), net::Interest::read, *this, 0);
    }
    ~CentralSystem() {
        loop_.forget(listener_watch_);
        for (auto& [descriptor, connection] : connections_) {
            loop_.forget(connection.watch);
        }
    }

    [[nodiscard]] std::uint16_t port() const { return listener_.port; }
    std::map<std::string, int, std::less<>> calls;
    int pongs = 0;

private:
    struct Connection {
        net::Descriptor socket;
        net::WatchKey watch = net::WatchKey::none;
        bool upgraded = false;
        transport::CodecLimits limits;
        transport::WebSocketCodec codec{transport::Role::server, limits};
    };

    void on_ready(std::uint64_t tag, net::Readiness) override {
        if (tag == 0) {
            net::Descriptor socket(accept4(listener_.descriptor.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
            const int number = socket.get();
            connections_[number].socket = std::move(socket);
            connections_[number].watch = loop_.watch(number, net::Interest::read, *this, static_cast<std::uint64_t>(number));
            return;
        }
        const int number = static_cast<int>(tag);
        Connection& connection = connections_[number];
        const ssize_t count = recv(number, buffer_.data(), buffer_.size() - transport::kPayloadSlack, 0);
        if (count <= 0 || !on_bytes(connection, {buffer_.data(), static_cast<std::size_t>(count)})) {
            loop_.forget(connection.watch);
            connections_.erase(number);
        }
    }

    // False when the connection is to end.
    bool on_bytes(Connection& connection, std::span<char> bytes) {
        if (!connection.upgraded) {
            const std::string_view request(bytes.data(), bytes.size());
            const std::size_t at = request.find("Sec-WebSocket-Key: ") + 19;
            connection.upgraded = true;
            std::string answer = upgrade_answer_;
            if (const std::size_t place = answer.find("ACCEPT"); place != std::string::npos) {
                answer.replace(place, 6, transport::websocket_accept(request.substr(at, 24)));
            }
            send(connection, answer);
            return answer.starts_with("HTTP/1.1 101");
        }
        while (true) {
            const transport::Incoming incoming = connection.codec.next(bytes);
            switch (incoming.kind) {
                case transport::Incoming::Kind::nothing: return true;
                case transport::Incoming::Kind::pong: ++pongs; break;
                case transport::Incoming::Kind::message: answer(connection, read_frame(incoming.payload)); break;
                case transport::Incoming::Kind::close:
                    send_frame(connection, transport::Opcode::close, incoming.payload);
                    return false;
                default: ADD_FAILURE() << incoming.payload; return false;
            }
        }
    }

    void answer(Connection& connection, const Received& call) {
        ++calls[std::string(call.action)];
        std::string payload = R"({"idTagInfo":{"status":"Accepted"},"transactionId":0})";
        if (call.action == "BootNotification") {
            payload = R"({"status":"Accepted","currentTime":"2026-11-20T10:00:00Z","interval":300})";
        }
        send_frame(connection, transport::Opcode::ping, "are you there");
        send_frame(connection, transport::Opcode::text, "[3," + std::string(call.id) + "," + payload + "]");
    }

    void send_frame(Connection& connection, transport::Opcode opcode, std::string_view payload) {
        std::string frame;
        transport::append_frame(frame, opcode, payload);
        send(connection, frame);
    }
    void send(Connection& connection, std::string_view bytes) {
        EXPECT_EQ(::send(connection.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }

    net::Loop& loop_;
    const std::string upgrade_answer_;
    net::Listener listener_;
    net::WatchKey listener_watch_{};
    std::map<int, Connection> connections_;
    std::array<char, 65'536> buffer_{};
};

constexpr const char* kUpgraded =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n";

Behaviour in_a_hurry() {
    Behaviour behaviour;
    behaviour.transactions = 1;
    behaviour.meter_count = 2;
    behaviour.speed = 1000;
    behaviour.heartbeat_interval = 24h;
    return behaviour;
}

FleetConfig fleet_at(std::uint16_t port) {
    FleetConfig config;
    config.count = 3;
    config.url = *parse_url("ws://127.0.0.1:" + std::to_string(port) + "/ocpp");
    config.server = *net::SocketAddress::resolve(config.url.address);
    return config;
}

// Ends the loop in any case, so that a fault fails the test and does not hang it.
class Deadline final : private net::TimerHandler {
public:
    Deadline(net::Loop& loop, std::chrono::seconds time) : loop_(loop) {
        timer_.set(loop.timers(), loop.now().mono + time, *this, 0);
    }

private:
    void on_timer(std::uint64_t) override { loop_.stop(); }
    net::Loop& loop_;
    net::Timer timer_;
};

TEST(Fleet, ChargesAndLeavesOverRealSockets) {
    net::Loop loop;
    CentralSystem central_system(loop, kUpgraded);
    const Behaviour behaviour = in_a_hurry();
    Statistics statistics;
    Fleet fleet(loop, fleet_at(central_system.port()), behaviour, statistics, {}, [&] { loop.stop(); });
    const Deadline deadline(loop, 30s);

    fleet.start();
    loop.run();

    EXPECT_TRUE(statistics.succeeded(3));
    EXPECT_EQ(statistics.transactions, 3);
    EXPECT_EQ(central_system.calls["BootNotification"], 3);
    EXPECT_EQ(central_system.calls["MeterValues"], 6);
    EXPECT_GE(central_system.pongs, 3);
    EXPECT_EQ(statistics.connected, 0);
    EXPECT_EQ(statistics.connecting, 0);
}

TEST(Fleet, ComesBackAfterARefusedUpgrade) {
    net::Loop loop;
    CentralSystem central_system(loop, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n");
    const Behaviour behaviour = in_a_hurry();
    Statistics statistics;
    Fleet fleet(loop, fleet_at(central_system.port()), behaviour, statistics, {}, [&] { loop.stop(); });
    const Deadline deadline(loop, 1s);

    fleet.start();
    loop.run();

    EXPECT_GE(statistics.upgrades_postponed, 6);
    EXPECT_EQ(statistics.connections, 0);
    EXPECT_EQ(statistics.finished, 0);
}

}  // namespace
}  // namespace simulator
