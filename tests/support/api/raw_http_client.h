// A blocking HTTP client for tests that sends exactly the bytes it is given, over a real loopback socket. Every wait has a
// deadline; what does not come in time fails the test.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "net/descriptor.h"
#include "support/net/raw_stream.h"

namespace support {

struct HttpReply {
    unsigned status = 0;
    std::map<std::string, std::string> headers;  // as the server writes them: in lower case
    std::string body;
};

class RawHttpClient {
public:
    // Connects at once; a small receive buffer makes a slow reader.
    explicit RawHttpClient(std::uint16_t port, int receive_buffer_bytes = 0) : RawHttpClient() {
        if (receive_buffer_bytes > 0) {
            ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
        }
        connect(port);
    }
    // Owns a socket that is not connected yet.
    RawHttpClient() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), stream_(socket_.get()) {
        EXPECT_TRUE(socket_.valid());
    }

    void connect(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }

    void send(std::string_view bytes) const { stream_.send(bytes); }
    void shut_writing() const { ::shutdown(socket_.get(), SHUT_WR); }
    void close() { socket_.reset(); }

    // Everything up to and including the mark.
    std::string read_until(std::string_view mark) {
        while (stream_.received().find(mark) == std::string::npos) {
            if (!stream_.receive()) {
                ADD_FAILURE() << "the mark did not come; received: " << stream_.received();
                return stream_.take_all();
            }
        }
        return stream_.take(stream_.received().find(mark) + mark.size());
    }

    std::string read_bytes(std::size_t count) {
        while (stream_.received().size() < count) {
            if (!stream_.receive()) {
                ADD_FAILURE() << count << " bytes did not come; received: " << stream_.received();
                return stream_.take_all();
            }
        }
        return stream_.take(count);
    }

    // Everything until the server closes. A test fails where it does not.
    std::string read_to_end() {
        while (stream_.receive()) {
        }
        EXPECT_TRUE(stream_.ended()) << "the server did not close the connection";
        return stream_.take_all();
    }

    // True where nothing arrives for that long.
    [[nodiscard]] bool is_silent_for(std::chrono::milliseconds time) const {
        pollfd wanted{.fd = socket_.get(), .events = POLLIN, .revents = 0};
        return stream_.received().empty() && ::poll(&wanted, 1, static_cast<int>(time.count())) == 0;
    }

    // Waits until the server has ended the connection, without reading what it sent.
    [[nodiscard]] bool is_ended_unread() const {
        pollfd wanted{.fd = socket_.get(), .events = POLLRDHUP, .revents = 0};
        return ::poll(&wanted, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) > 0;
    }

    HttpReply read_head() {
        HttpReply reply;
        std::string head = read_until("\r\n\r\n");
        if (head.size() < 12) return reply;
        reply.status = static_cast<unsigned>(std::stoul(head.substr(9, 3)));
        std::size_t at = head.find("\r\n") + 2;
        while (at + 2 < head.size()) {
            const std::size_t end = head.find("\r\n", at);
            const std::size_t colon = head.find(": ", at);
            reply.headers[head.substr(at, colon - at)] = head.substr(colon + 2, end - colon - 2);
            at = end + 2;
        }
        return reply;
    }

    HttpReply read_reply() {
        HttpReply reply = read_head();
        if (const auto length = reply.headers.find("content-length"); length != reply.headers.end()) {
            reply.body = read_bytes(std::stoul(length->second));
        }
        return reply;
    }

    HttpReply get(std::string_view target) {
        send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n");
        return read_reply();
    }

private:
    net::Descriptor socket_;
    RawStream stream_;
};

}  // namespace support
