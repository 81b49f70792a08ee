// Crowd: the client ends of many WebSocket connections, on one thread and one epoll. It connects and upgrades them with a
// bounded number under way, tells what arrives, answers pings, and leaves with a close frame. Whatever a charge point of ours
// must not meet in a measurement (a refused upgrade, a violation of the protocol, a full socket) fails the run.
//
// Sockets are level-triggered and read into one buffer; idle, a link is a descriptor and 24 bytes of codec.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/descriptor.h"
#include "net/socket_address.h"
#include "simulator/upgrade_client.h"
#include "transport/websocket_codec.h"

namespace load {

struct Target {
    simulator::Url url;
    std::string id_prefix = "BENCH-";
    std::uint32_t source_addresses = 1;  // 127.0.0.1 and following: one address has only 28,000 ports
};

class CrowdOwner {
public:
    virtual ~CrowdOwner() = default;
    virtual void on_message(std::uint32_t link, std::string_view message) = 0;
    virtual void on_open(std::uint32_t) {}
    virtual void on_closed(std::uint32_t) {}  // after leave(); an end that we did not ask for fails the run
};

class Crowd {
public:
    Crowd(Target target, std::uint32_t links, CrowdOwner& owner);

    // As the charge point with this number. The link is closed, or was never open.
    void connect(std::uint32_t link, std::uint32_t charge_point);
    // All of them, as the charge points of the same numbers, with so many under way at any time; returns when all are open.
    void connect_all(std::uint32_t under_way_max);
    void send(std::uint32_t link, std::string_view frame);
    void leave(std::uint32_t link);
    // All that are open; returns when the server has said farewell to each.
    void leave_all();

    // Waits for readiness, but not longer than that, works off what is ready, and returns how many links were.
    int turn(std::chrono::nanoseconds patience);

    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(links_.size()); }
    [[nodiscard]] std::uint32_t under_way() const { return under_way_; }

private:
    enum class State : std::uint8_t { closed, connecting, upgrading, open, leaving, left };
    struct Link {
        net::Descriptor socket;
        transport::WebSocketCodec codec;
        std::string head;  // of the answer to the upgrade, as long as it is incomplete
        std::uint32_t charge_point = 0;
        State state = State::closed;
    };

    void on_ready(std::uint32_t number);
    void request_upgrade(std::uint32_t number);
    void read(std::uint32_t number);
    // The bytes that follow the answer.
    std::span<char> read_head(std::uint32_t number, std::span<char> bytes);
    void read_frames(std::uint32_t number, std::span<char> bytes);
    void on_end(std::uint32_t number, const char* how);
    void watch(std::uint32_t number, std::uint32_t events, int operation);
    [[noreturn]] void fail_link(std::uint32_t number, std::string_view why) const;

    Target target_;
    CrowdOwner& owner_;
    net::SocketAddress address_;
    transport::CodecLimits limits_;
    net::Descriptor epoll_;
    std::vector<Link> links_;
    std::uint32_t under_way_ = 0;
    std::uint32_t leaving_ = 0;
    std::array<char, 65'536 + transport::kPayloadSlack> buffer_{};
};

}  // namespace load
