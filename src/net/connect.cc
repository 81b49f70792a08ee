#include "net/connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace net {

namespace {

tl::unexpected<base::Error> failed(const char* call, int reason) {
    return base::fail(std::string(call) + ": " + std::strerror(reason), base::Retry::makes_sense);
}

}  // namespace

base::Result<Descriptor> start_connect(const SocketAddress& to, const std::optional<SocketAddress>& from) {
    Descriptor socket(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.valid()) {
        return failed("socket", errno);
    }
    const int on = 1;
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (from) {
        // The port is chosen with the peer known, so that several connections may share one.
        setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        if (bind(socket.get(), from->data(), from->size()) != 0) {
            return failed("bind", errno);
        }
    }
    if (connect(socket.get(), to.data(), to.size()) != 0 && errno != EINPROGRESS) {
        return failed("connect", errno);
    }
    return socket;
}

base::Result<void> finish_connect(const Descriptor& descriptor) {
    int reason = 0;
    socklen_t size = sizeof reason;
    if (getsockopt(descriptor.get(), SOL_SOCKET, SO_ERROR, &reason, &size) != 0) {
        reason = errno;
    }
    if (reason != 0) {
        return failed("connect", reason);
    }
    return {};
}

}  // namespace net
