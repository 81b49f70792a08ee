// A TCP server for tests that behaves as badly as it is told: each accepted connection is given to the test's function, on a
// thread of its own, which reads and writes bytes with deadlines. What it is still doing at the end is cut off.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "net/descriptor.h"
#include "support/net/raw_stream.h"

namespace support {

class RawConnection {
public:
    explicit RawConnection(int descriptor) : descriptor_(descriptor), stream_(descriptor) {}

    // One request with its body, or what came before the peer ended.
    std::string read_request() {
        constexpr std::string_view kLength = "content-length: ";
        while (true) {
            const std::string& received = stream_.received();
            const std::size_t head = received.find("\r\n\r\n");
            if (head != std::string::npos) {
                const std::size_t at = received.find(kLength);
                const std::size_t body = at < head ? std::stoul(received.substr(at + kLength.size())) : 0;
                if (received.size() >= head + 4 + body) return stream_.take(head + 4 + body);
            }
            if (!stream_.receive()) return stream_.take_all();
        }
    }

    void send(std::string_view bytes) const { stream_.send(bytes); }
    void answer(std::string_view body, std::string_view more = {}) const {
        send("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" +
             std::string(body));
    }

    // True once the peer has ended the connection, in order or not.
    bool wait_closed() {
        while (stream_.receive()) {
        }
        return stream_.ended();
    }

    // So that the kernel answers what comes with a reset.
    void reset() const {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }

private:
    int descriptor_;
    RawStream stream_;
};

class RawServer {
public:
    using Serve = std::function<void(RawConnection&)>;

    explicit RawServer(Serve serve) : serve_(std::move(serve)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener_.get(), 64), 0);
        socklen_t size = sizeof address;
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept(); });
    }
    ~RawServer() { stop(); }
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::size_t accepted() const { return accepted_; }

    // From then on connections are refused.
    void stop() {
        if (!acceptor_.joinable()) return;
        ::shutdown(listener_.get(), SHUT_RDWR);
        acceptor_.join();
        listener_.reset();
        {
            const std::lock_guard lock(mutex_);
            for (const net::Descriptor& each : sockets_) {
                ::shutdown(each.get(), SHUT_RDWR);
            }
        }
        for (std::thread& each : threads_) {
            each.join();
        }
    }

private:
    void accept() {
        while (true) {
            const int descriptor = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
            if (descriptor < 0) return;
            ++accepted_;
            const std::lock_guard lock(mutex_);
            const std::size_t place = sockets_.size();
            sockets_.emplace_back(descriptor);
            threads_.emplace_back([this, descriptor, place] {
                RawConnection connection(descriptor);
                serve_(connection);
                close(place);
            });
        }
    }
    void close(std::size_t place) {
        const std::lock_guard lock(mutex_);
        sockets_[place].reset();
    }

    Serve serve_;
    net::Descriptor listener_;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> accepted_ = 0;
    std::mutex mutex_;
    std::vector<net::Descriptor> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace support
