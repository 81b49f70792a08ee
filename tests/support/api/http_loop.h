// A loop on its own thread with an HTTP server on a free port of the loopback address, for tests that speak over real sockets.
// Members of the test that live on the loop are made before start() and touched through on_loop().
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "net/http_server.h"
#include "net/listener.h"
#include "net/loop.h"

namespace support {

class HttpLoop {
public:
    HttpLoop() = default;
    ~HttpLoop() { finish(); }
    HttpLoop(const HttpLoop&) = delete;
    HttpLoop& operator=(const HttpLoop&) = delete;

    net::Loop& loop() { return loop_; }

    void start(const net::HttpConfig& config, net::HttpHandler handler) {
        auto listeners = net::listen_on({.host = "127.0.0.1", .port = 0}, 1, 64);
        ASSERT_TRUE(listeners.has_value()) << listeners.error().message;
        server_.emplace(loop_, std::move(listeners->front()), config, std::move(handler));
        server_->start();
        port_ = server_->port();
        thread_ = std::thread([this] { loop_.run(); });
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

    // Runs the work on the loop and waits for it.
    void on_loop(const std::function<void()>& work) {
        std::promise<void> done;
        loop_.post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }

    void stop_server() {
        on_loop([this] { server_->stop(); });
    }

    // Ends the server, then `on_the_loop` runs (the owner's own parts end there), then the loop ends.
    void finish(const std::function<void()>& on_the_loop = [] {}) {
        if (!thread_.joinable()) return;
        on_loop([&] {
            server_.reset();
            on_the_loop();
        });
        loop_.stop();
        thread_.join();
    }

private:
    net::Loop loop_;
    std::optional<net::HttpServer> server_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace support
