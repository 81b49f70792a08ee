// bench-floor PORT [--answer TEXT]: the least that a WebSocket server can do for a message on this machine. The gateway's
// cost is told as a multiple of it.
//
// One thread, level-triggered epoll, one recv and one send for each time that a connection is readable. It checks nothing,
// unmasks nothing, knows nothing of its connections and has no buffer of theirs: bytes that begin with "GET " are a
// request and get a canned 101 (the load generator always sends the same Sec-WebSocket-Key), everything else is frames, of
// which each text frame gets the canned answer. A frame that does not come whole cannot be served so: that ends the program
// with an error instead of falsifying a figure.
//
// Prints `listening PORT` (PORT 0: a free one) and serves until it is killed.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "transport/websocket_codec.h"

namespace {

constexpr std::string_view kUpgraded =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"  // of the key dGhlIHNhbXBsZSBub25jZQ== (RFC 6455 section 1.3)
    "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n";
constexpr int kEventsMax = 256;
constexpr std::size_t kReadBytes = 65'536;
constexpr std::size_t kAnswersMax = 64;  // frames that are answered with one send
constexpr int kBacklog = 4096;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

class Floor {
public:
    Floor(std::uint16_t port, std::string_view answer) : listener_(listen_on(port)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        transport::append_frame(answers_, transport::Opcode::text, answer);
        answer_bytes_ = answers_.size();
        for (std::size_t i = 1; i < kAnswersMax; ++i) {
            answers_.append(answers_, 0, answer_bytes_);
        }
        transport::append_frame(farewell_, transport::Opcode::close,
                                transport::close_payload(transport::close_code::kNormal, ""));
        watch(listener_);
    }

    [[nodiscard]] int port() const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    }

    [[noreturn]] void serve() {
        std::array<epoll_event, kEventsMax> events{};
        while (true) {
            const int count = epoll_wait(epoll_, events.data(), kEventsMax, -1);
            for (int i = 0; i < count; ++i) {
                const int socket = events[i].data.fd;
                socket == listener_ ? accept_all() : answer(socket);
            }
        }
    }

private:
    static int listen_on(std::uint16_t port) {
        const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const int on = 1;
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // the accepted sockets inherit it
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, kBacklog) != 0) {
            fail("bench-floor cannot listen");
        }
        return listener;
    }

    void watch(int socket) const {
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.fd = socket;
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &wanted) != 0) {
            fail("epoll_ctl");
        }
    }

    void accept_all() const {
        int socket = -1;
        while ((socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
            watch(socket);
        }
        if (errno != EAGAIN && errno != ECONNABORTED) {
            fail("accept4");
        }
    }

    void answer(int socket) {
        const ssize_t count = recv(socket, read_.data(), read_.size(), 0);
        if (count <= 0) {
            close(socket);
        } else if (std::memcmp(read_.data(), "GET ", 4) == 0) {
            say(socket, kUpgraded);
        } else {
            answer_frames(socket, static_cast<std::size_t>(count));
        }
    }

    void answer_frames(int socket, std::size_t count) {
        std::size_t texts = 0;
        bool leaves = false;
        for (std::size_t at = 0; at < count; at = end_of_frame(at, count)) {
            const auto opcode = static_cast<transport::Opcode>(read_[at] & 0xF);
            texts += opcode == transport::Opcode::text ? 1 : 0;
            leaves = leaves || opcode == transport::Opcode::close;
        }
        for (; texts > 0; texts -= std::min(texts, kAnswersMax)) {
            say(socket, std::string_view(answers_).substr(0, std::min(texts, kAnswersMax) * answer_bytes_));
        }
        if (leaves) {
            say(socket, farewell_);
            close(socket);
        }
    }

    // Of a client's frame: two bytes, up to eight more of its length, four of its mask.
    [[nodiscard]] std::size_t end_of_frame(std::size_t at, std::size_t count) const {
        const auto byte = [this](std::size_t where) { return std::size_t{static_cast<std::uint8_t>(read_[where])}; };
        const std::size_t length = byte(at + 1) & 0x7F;
        const std::size_t end = length < 126 ? at + 6 + length : at + 8 + (byte(at + 2) << 8 | byte(at + 3));
        if (length == 127 || end > count) {
            std::fprintf(stderr, "bench-floor: a frame did not come whole, or is larger than this program knows\n");
            std::exit(1);
        }
        return end;
    }

    static void say(int socket, std::string_view bytes) {
        const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        const bool gone = sent < 0 && (errno == EPIPE || errno == ECONNRESET);
        if (!gone && sent != static_cast<ssize_t>(bytes.size())) {
            fail("bench-floor: a client does not read");
        }
    }

    int listener_;
    int epoll_;
    std::array<char, kReadBytes> read_{};
    std::string answers_;  // kAnswersMax of them, one after the other
    std::size_t answer_bytes_ = 0;
    std::string farewell_;
};

[[noreturn]] void usage() {
    std::fprintf(stderr, "usage: bench-floor PORT [--answer TEXT]\n");
    std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = 0;
    std::string_view answer = R"([3,"1",{}])";
    if (argc == 4 && std::string_view(argv[2]) == "--answer") {
        answer = argv[3];
    } else if (argc != 2) {
        usage();
    }
    const std::string_view text = argv[1];
    if (std::from_chars(text.data(), text.data() + text.size(), port).ptr != text.data() + text.size()) {
        usage();
    }
    static Floor floor(port, answer);
    std::printf("listening %d\n", floor.port());
    std::fflush(stdout);
    floor.serve();
}
