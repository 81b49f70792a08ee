// One accepted socket of an HttpServer, from its first byte to its close; everything on the loop's thread. Requests are
// answered one after the other in the order in which they came, so a pipelining peer needs no bookkeeping here.
#pragma once

#include <array>
#include <memory>
#include <unordered_set>

#include "net/http_server.h"

namespace boost::asio {
class io_context;
}

namespace net {

class HttpConnection {
public:
    virtual ~HttpConnection() = default;
    virtual void close() = 0;
};

// What the connections of one server have in common. Shared, because completions of closed sockets still run after the
// server is gone.
struct HttpService {
    HttpConfig config;
    HttpHandler handler;
    // Sockets are waited for, then read into this one buffer: an idle connection owns none.
    std::array<char, 16'384> read_buffer{};
    std::unordered_set<std::shared_ptr<HttpConnection>> connections;
};

// Takes the socket over (a non-blocking TCP socket of an IPv6 or IPv4 peer) and serves it until either side ends it.
void serve_http(boost::asio::io_context& context, int socket, bool is_ipv6, const std::shared_ptr<HttpService>& service);

}  // namespace net
