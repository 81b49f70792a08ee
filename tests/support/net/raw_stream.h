// The bytes of a connected socket for tests, sent and received as they are: blocking, every wait with a deadline.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace support {

inline constexpr std::chrono::seconds kPatience{20};

class RawStream {
public:
    // The socket stays its owner's, and outlives this.
    explicit RawStream(int socket) : socket_(socket) {}

    // What the peer no longer wants is no error here: tests look at the answer.
    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    // False at the end of the stream or when patience is over.
    bool receive() {
        pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
        if (::poll(&wanted, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) <= 0) return false;
        std::array<char, 4096> buffer{};
        const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
        ended_ = count <= 0;
        if (!ended_) received_.append(buffer.data(), static_cast<std::size_t>(count));
        return !ended_;
    }

    // What was received and not taken.
    [[nodiscard]] const std::string& received() const { return received_; }
    std::string take(std::size_t count) {
        std::string taken = received_.substr(0, count);
        received_.erase(0, count);
        return taken;
    }
    std::string take_all() { return take(received_.size()); }
    // The peer has ended the connection, in order or not.
    [[nodiscard]] bool ended() const { return ended_; }

private:
    int socket_;
    std::string received_;
    bool ended_ = false;
};

}  // namespace support
