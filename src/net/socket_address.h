// An IP address and port as the kernel wants it, and as people read it.
#pragma once

#include <sys/socket.h>

#include <string>

#include "base/result.h"
#include "net/listener.h"

namespace net {

class SocketAddress {
public:
    SocketAddress();

    // The first address that `address.host` stands for. A name is looked up and may block: at start only, never on a loop
    // that serves.
    static base::Result<SocketAddress> resolve(const Address& address);
    static SocketAddress local_of(int descriptor);
    static SocketAddress remote_of(int descriptor);

    // `127.0.0.1:8080`, `[::1]:8080`; an IPv4 address mapped into IPv6 is written as IPv4. Empty if unknown.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::uint16_t port() const;
    void set_port(std::uint16_t port);
    [[nodiscard]] int family() const { return storage_.ss_family; }
    [[nodiscard]] const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    [[nodiscard]] sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage_); }
    [[nodiscard]] socklen_t size() const { return size_; }

private:
    sockaddr_storage storage_;
    socklen_t size_ = 0;
};

}  // namespace net
