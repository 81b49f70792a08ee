#include "net/listener.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "net/socket_address.h"

namespace net {

namespace {

enum class Sharing { alone, with_our_shards };

base::Error refused(const SocketAddress& address, const char* call) {
    const int reason = errno;
    const char* hint = reason == EADDRINUSE ? " (another program holds this port)" : "";
    return {.message = "cannot listen on " + address.text() + ": " + call + ": " + std::strerror(reason) + hint};
}

base::Result<Descriptor> bound(const SocketAddress& address, Sharing sharing) {
    Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.valid()) {
        return tl::unexpected(refused(address, "socket"));
    }
    const int on = 1;
    const int off = 0;
    // Without SO_REUSEADDR the closed connections of a program that ended a moment ago would count as a taken port.
    setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (sharing == Sharing::with_our_shards) {
        setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    if (address.family() == AF_INET6) {
        setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (bind(socket.get(), address.data(), address.size()) != 0) {
        return tl::unexpected(refused(address, "bind"));
    }
    return socket;
}

// A port that somebody listens on refuses a bind without SO_REUSEPORT, whatever that somebody has set.
base::Result<void> probe(const SocketAddress& address) {
    const auto socket = bound(address, Sharing::alone);
    if (!socket) {
        return tl::unexpected(socket.error());
    }
    return {};
}

}  // namespace

base::Result<std::vector<Listener>> listen_on(const Address& address, std::size_t count, int backlog) {
    auto where = SocketAddress::resolve(address);
    if (!where) {
        return tl::unexpected(where.error());
    }
    if (address.port != 0) {
        if (auto free = probe(*where); !free) {
            return tl::unexpected(free.error());
        }
    }
    std::vector<Listener> listeners;
    listeners.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto socket = bound(*where, Sharing::with_our_shards);
        if (!socket) {
            return tl::unexpected(socket.error());
        }
        if (listen(socket->get(), backlog) != 0) {
            return tl::unexpected(refused(*where, "listen"));
        }
        const std::uint16_t port = SocketAddress::local_of(socket->get()).port();
        where->set_port(port);
        listeners.push_back({.descriptor = std::move(*socket), .port = port});
    }
    return listeners;
}

}  // namespace net
