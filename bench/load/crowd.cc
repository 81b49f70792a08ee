#include "crowd.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "failure.h"

namespace load {

namespace {

constexpr int kEventsMax = 512;
constexpr std::chrono::seconds kPatience{30};
constexpr transport::MaskKey kMask{0x11, 0x22, 0x33, 0x44};

// Always the same, so that the floor's canned 101 fits.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";

net::SocketAddress resolved(const simulator::Url& url) {
    auto address = net::SocketAddress::resolve(url.address);
    if (!address) {
        fail(address.error().message);
    }
    return *address;
}

// The kernel chooses the port when the peer is known: without that, one port serves one connection, whatever its peer.
void bind_source(int socket, std::uint32_t number) {
    const int on = 1;
    setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number);
    if (bind(socket, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) {
        fail(fmt::format("bind to source address {}: {}", number, std::strerror(errno)));
    }
}

std::string client_frame(transport::Opcode opcode, std::string_view payload) {
    std::string frame;
    transport::append_masked_frame(frame, opcode, payload, kMask);
    return frame;
}

}  // namespace

Crowd::Crowd(Target target, std::uint32_t links, CrowdOwner& owner)
    : target_(std::move(target)), owner_(owner), address_(resolved(target_.url)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    links_.reserve(links);
    for (std::uint32_t i = 0; i < links; ++i) {
        links_.push_back({.socket = {}, .codec = {transport::Role::client, limits_}, .head = {}});
    }
}

void Crowd::connect(std::uint32_t link, std::uint32_t charge_point) {
    Link& opened = links_[link];
    opened.socket = net::Descriptor(socket(address_.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int socket = opened.socket.get();
    if (socket < 0) {
        fail_link(link, fmt::format("socket: {}", std::strerror(errno)));
    }
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (target_.source_addresses > 1) {
        bind_source(socket, charge_point % target_.source_addresses);
    }
    if (::connect(socket, address_.data(), address_.size()) != 0 && errno != EINPROGRESS) {
        fail_link(link, fmt::format("connect: {}", std::strerror(errno)));
    }
    opened.codec = {transport::Role::client, limits_};
    opened.charge_point = charge_point;
    opened.state = State::connecting;
    ++under_way_;
    watch(link, EPOLLOUT, EPOLL_CTL_ADD);
}

void Crowd::connect_all(std::uint32_t under_way_max) {
    std::uint32_t begun = 0;
    while (begun < size() || under_way_ > 0) {
        for (; begun < size() && under_way_ < under_way_max; ++begun) {
            connect(begun, begun);
        }
        if (turn(kPatience) == 0) {
            fail(fmt::format("{} connections wait for the server's answer", under_way_));
        }
    }
}

void Crowd::send(std::uint32_t link, std::string_view frame) {
    const ssize_t sent = ::send(links_[link].socket.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(frame.size())) {
        fail_link(link, sent < 0 ? fmt::format("send: {}", std::strerror(errno)) : "the server does not read");
    }
}

void Crowd::leave(std::uint32_t link) {
    static const std::string the_farewell =
        client_frame(transport::Opcode::close, transport::close_payload(transport::close_code::kNormal, ""));
    links_[link].state = State::leaving;
    ++leaving_;
    send(link, the_farewell);
}

void Crowd::leave_all() {
    for (std::uint32_t link = 0; link < size(); ++link) {
        if (links_[link].state == State::open) {
            leave(link);
        }
    }
    while (leaving_ > 0) {
        if (turn(kPatience) == 0) {
            fail(fmt::format("{} connections wait for the server's close frame", leaving_));
        }
    }
}

int Crowd::turn(std::chrono::nanoseconds patience) {
    std::array<epoll_event, kEventsMax> events;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
    const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (patience - seconds).count()};
    const int count = epoll_pwait2(epoll_.get(), events.data(), kEventsMax, &timeout, nullptr);
    if (count < 0 && errno != EINTR) {
        fail(fmt::format("epoll_pwait2: {}", std::strerror(errno)));
    }
    for (int i = 0; i < count; ++i) {
        on_ready(events[i].data.u32);
    }
    return count;
}

void Crowd::on_ready(std::uint32_t number) {
    if (links_[number].state == State::connecting) {
        request_upgrade(number);
    } else {
        read(number);
    }
}

void Crowd::request_upgrade(std::uint32_t number) {
    Link& link = links_[number];
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(link.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        fail_link(number, fmt::format("connect: {}", std::strerror(error)));
    }
    link.state = State::upgrading;
    watch(number, EPOLLIN, EPOLL_CTL_MOD);
    send(number, simulator::upgrade_request(target_.url, fmt::format("{}{:05}", target_.id_prefix, link.charge_point), kKey));
}

void Crowd::read(std::uint32_t number) {
    const ssize_t count = recv(links_[number].socket.get(), buffer_.data(), buffer_.size() - transport::kPayloadSlack, 0);
    if (count <= 0) {
        if (count == 0 || errno != EAGAIN) {
            on_end(number, count == 0 ? "the server hung up" : std::strerror(errno));
        }
        return;
    }
    std::span<char> bytes(buffer_.data(), static_cast<std::size_t>(count));
    if (links_[number].state == State::upgrading) {
        bytes = read_head(number, bytes);
    }
    read_frames(number, bytes);
}

std::span<char> Crowd::read_head(std::uint32_t number, std::span<char> bytes) {
    Link& link = links_[number];
    const std::size_t known = link.head.size();
    link.head.append(bytes.data(), bytes.size());
    const auto answer = simulator::read_upgrade_answer(link.head, kKey);
    using enum simulator::UpgradeAnswer::Kind;
    if (answer.kind == incomplete) {
        return {};
    }
    if (answer.kind != upgraded) {
        fail_link(number, answer.kind == refused ? fmt::format("the upgrade was answered with {}", answer.status)
                                                 : std::string(answer.problem));
    }
    std::string().swap(link.head);
    link.state = State::open;
    --under_way_;
    owner_.on_open(number);
    return bytes.subspan(answer.consumed - known);
}

void Crowd::read_frames(std::uint32_t number, std::span<char> bytes) {
    Link& link = links_[number];
    using enum transport::Incoming::Kind;
    while (true) {
        const transport::Incoming in = link.codec.next(bytes);
        switch (in.kind) {
            case nothing: return;
            case message: owner_.on_message(number, in.payload); break;
            case ping: send(number, client_frame(transport::Opcode::pong, in.payload)); break;
            case pong: break;
            case violation: fail_link(number, in.payload);
            case close:
                if (link.state != State::leaving) {
                    fail_link(number, fmt::format("the server closed with {} {}", in.code, in.payload));
                }
                link.state = State::left;
        }
    }
}

void Crowd::on_end(std::uint32_t number, const char* how) {
    Link& link = links_[number];
    if (link.state != State::left) {
        fail_link(number, how);
    }
    link.socket.reset();
    link.state = State::closed;
    --leaving_;
    owner_.on_closed(number);
}

void Crowd::watch(std::uint32_t number, std::uint32_t events, int operation) {
    epoll_event wanted{};
    wanted.events = events;
    wanted.data.u32 = number;
    if (epoll_ctl(epoll_.get(), operation, links_[number].socket.get(), &wanted) != 0) {
        fail_link(number, fmt::format("epoll_ctl: {}", std::strerror(errno)));
    }
}

void Crowd::fail_link(std::uint32_t number, std::string_view why) const {
    fail(fmt::format("{}{:05}: {}", target_.id_prefix, links_[number].charge_point, why));
}

}  // namespace load
