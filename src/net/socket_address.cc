#include "net/socket_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <memory>

namespace net {

namespace {

std::string number(const char* text, std::uint16_t port, bool brackets) {
    return (brackets ? "[" : "") + std::string(text) + (brackets ? "]:" : ":") + std::to_string(port);
}

// The address structures are copied out rather than pointed at: the storage is of another type.
template <class T>
T as(const sockaddr* address) {
    T copy{};
    std::memcpy(&copy, address, sizeof copy);
    return copy;
}

}  // namespace

SocketAddress::SocketAddress() { std::memset(&storage_, 0, sizeof storage_); }

base::Result<SocketAddress> SocketAddress::resolve(const Address& address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int error = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
    if (error != 0) {
        return base::fail("host '" + address.host + "': " + gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
    SocketAddress result;
    std::memcpy(&result.storage_, found->ai_addr, found->ai_addrlen);
    result.size_ = found->ai_addrlen;
    return result;
}

SocketAddress SocketAddress::local_of(int descriptor) {
    SocketAddress result;
    socklen_t size = sizeof result.storage_;
    if (getsockname(descriptor, result.data(), &size) == 0) {
        result.size_ = size;
    }
    return result;
}

SocketAddress SocketAddress::remote_of(int descriptor) {
    SocketAddress result;
    socklen_t size = sizeof result.storage_;
    if (getpeername(descriptor, result.data(), &size) == 0) {
        result.size_ = size;
    }
    return result;
}

std::string SocketAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (family() == AF_INET) {
        const auto v4 = as<sockaddr_in>(data());
        inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        return number(text.data(), port(), false);
    }
    if (family() == AF_INET6) {
        const auto v6 = as<sockaddr_in6>(data());
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
            return number(text.data(), port(), false);
        }
        inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        return number(text.data(), port(), true);
    }
    return {};
}

std::uint16_t SocketAddress::port() const {
    if (family() == AF_INET) {
        return ntohs(as<sockaddr_in>(data()).sin_port);
    }
    return family() == AF_INET6 ? ntohs(as<sockaddr_in6>(data()).sin6_port) : 0;
}

void SocketAddress::set_port(std::uint16_t port) {
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    const std::uint16_t wire = htons(port);
    std::memcpy(reinterpret_cast<char*>(&storage_) + offsetof(sockaddr_in, sin_port), &wire, sizeof wire);
}

}  // namespace net
