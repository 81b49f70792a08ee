// Outgoing TCP connections without waiting: what the simulator's charge points start with.
#pragma once

#include <optional>

#include "base/result.h"
#include "net/descriptor.h"
#include "net/socket_address.h"

namespace net {

// Starts to connect. The descriptor (non-blocking, close-on-exec, TCP_NODELAY) is to be watched for writing: once it is
// writable or hung up, finish_connect() tells how it ended. `from` chooses the local address (its port may be 0), which
// is how one machine opens more connections than one address has ports.
[[nodiscard]] base::Result<Descriptor> start_connect(const SocketAddress& to, const std::optional<SocketAddress>& from = {});

[[nodiscard]] base::Result<void> finish_connect(const Descriptor& descriptor);

}  // namespace net
