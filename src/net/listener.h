// A bound and listening TCP socket. Every shard has its own on the same address (SO_REUSEPORT); because that would hide a
// port that another program holds, the address is probed first by a bind without it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/descriptor.h"

namespace net {

struct Address {
    std::string host;  // an IP address, or a name that resolves to one
    std::uint16_t port = 0;
};

struct Listener {
    Descriptor descriptor;   // non-blocking, close-on-exec
    std::uint16_t port = 0;  // the real one, where 0 was asked for
};

// `count` listeners on one address, all on the same port.
[[nodiscard]] base::Result<std::vector<Listener>> listen_on(const Address& address, std::size_t count, int backlog);

}  // namespace net
