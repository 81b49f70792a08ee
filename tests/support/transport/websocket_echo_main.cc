// websocket-echo PORT [MESSAGE_BYTES]: the gateway's Endpoint, Connection and codec with an owner that sends every message
// back, text as text and binary as binary. For conformance suites, which need an echo server; the gateway itself is none.
//
// Listens on 127.0.0.1 (port 0: a free one), prints `listening PORT`, and ends on SIGTERM or SIGINT. The upgrade is the
// gateway's own: ws://127.0.0.1:PORT/ocpp/ANY-NAME, with sub-protocol ocpp1.6 or none. What is raised are the limits: messages
// of MESSAGE_BYTES (default 16 MiB) in very many fragments. Its log goes to standard error.
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <iostream>
#include <optional>
#include <string_view>
#include <utility>

#include "base/metrics.h"
#include "net/listener.h"
#include "net/loop.h"
#include "transport/counters.h"
#include "transport/endpoint.h"

namespace {

constexpr std::size_t kMessageBytes = 16 * 1024 * 1024;
// Autobahn's 9.3.1 is 4 MiB in pieces of 64 bytes and an empty one at the end.
constexpr std::size_t kFragments = 65'537;
constexpr int kBacklog = 128;

transport::Config config_for(std::size_t message_bytes) {
    return {
        .protocols = {"ocpp1.6"},
        .message_bytes_max = message_bytes,
        .fragments_max = kFragments,
        .incomplete_bytes_max = 4 * message_bytes,
        .outbox_bytes_max = 4 * message_bytes,
        .ping_interval = std::chrono::milliseconds{0},
    };
}

class Echo final : public transport::EndpointOwner {
public:
    Echo(net::Loop& loop, net::Listener listener, std::size_t message_bytes)
        : config_(config_for(message_bytes)), endpoint_(loop, std::move(listener), config_, counters_, *this, connections_) {
        endpoint_.start();
    }

private:
    void on_upgrade(transport::ConnectionKey key, transport::UpgradeRequest /*request*/) override { endpoint_.accept(key); }
    void on_message(transport::ConnectionKey key, std::string_view text) override { endpoint_.send(key, text); }
    bool on_binary(transport::ConnectionKey key, std::string_view bytes) override {
        endpoint_.send_binary(key, bytes);
        return true;
    }
    void on_sent(transport::ConnectionKey /*key*/, transport::SendTag /*tag*/) override {}
    void on_closed(transport::ConnectionKey /*key*/, const transport::Closed& /*closed*/) override {}
    [[nodiscard]] bool handles(const transport::PlainRequest& /*request*/) const override { return false; }
    void on_request(transport::ConnectionKey /*key*/, transport::PlainRequest /*request*/) override {}

    transport::Config config_;
    base::Metrics metrics_;
    transport::Counters counters_ = transport::Counters::make(metrics_);
    transport::PodConnections connections_ = 0;
    transport::Endpoint endpoint_;
};

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

int main(int count, char** arguments) {
    const auto port = count > 1 ? number<std::uint16_t>(arguments[1]) : std::nullopt;
    const auto message_bytes = count > 2 ? number<std::size_t>(arguments[2]) : kMessageBytes;
    if (count > 3 || !port || !message_bytes) {
        std::cerr << "usage: websocket-echo PORT [MESSAGE_BYTES]\n";
        return 2;
    }
    auto listeners = net::listen_on({.host = "127.0.0.1", .port = *port}, 1, kBacklog);
    if (!listeners) {
        std::cerr << listeners.error().message << "\n";
        return 1;
    }
    net::Loop loop;
    boost::asio::signal_set signals(loop.context(), SIGTERM, SIGINT);
    signals.async_wait([&loop](const boost::system::error_code& /*error*/, int /*signal*/) { loop.stop(); });
    const std::uint16_t real_port = listeners->front().port;
    Echo echo(loop, std::move(listeners->front()), *message_bytes);
    std::cout << "listening " << real_port << std::endl;
    loop.run();
    return 0;
}
