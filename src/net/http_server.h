// A small HTTP/1.1 server on one loop (Beast's parser and serializer inside): the API, the metrics page. Keep-alive,
// bounded requests, deadlines; responses at once or later; streams (Server-Sent Events) with a bounded outbox.
// Everything happens on the loop's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/listener.h"
#include "net/loop.h"

namespace net {

struct HttpConfig {
    std::size_t connections_max = 1024;
    std::size_t header_bytes_max = 16'384;
    std::size_t body_bytes_max = 1'048'576;
    std::chrono::milliseconds request_timeout{10'000};
    std::chrono::milliseconds idle_timeout{60'000};
    std::chrono::milliseconds write_timeout{10'000};
    std::size_t stream_outbox_bytes_max = 1'048'576;
};

struct HttpRequest {
    std::string method;
    std::string path;  // percent-decoded segment by segment is the router's business: this is the raw path
    std::vector<std::pair<std::string, std::string>> query;  // decoded, in order, names may repeat
    std::map<std::string, std::string> headers;              // names in lower case
    std::string body;
};

struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  // besides content-type and content-length
};

// A response that goes on until one side ends it. write() after the end does nothing.
class HttpStream {
public:
    virtual ~HttpStream() = default;
    // False when the outbox is full or the peer is gone: the stream has ended.
    virtual bool write(std::string_view bytes) = 0;
    virtual void end() = 0;
    virtual void on_end(std::function<void()> ended) = 0;
};

// Answers one request, once: with send(), or with stream() for a body that goes on.
class HttpExchange {
public:
    virtual ~HttpExchange() = default;
    [[nodiscard]] virtual const HttpRequest& request() const = 0;
    // The answer may take this long from now on, where the server's idle time would be too short for it.
    virtual void answer_within(std::chrono::milliseconds time) = 0;
    // `gone` is called, in a later turn of the loop, when the peer leaves before it has its answer. One that only shuts its
    // sending side counts as one that left: the two look alike.
    virtual void on_hang_up(std::function<void()> gone) = 0;
    virtual void send(HttpResponse response) = 0;
    virtual std::shared_ptr<HttpStream> stream(HttpResponse head) = 0;
};

// The exchange is shared because a late answer may outlive the connection: then send() does nothing.
using HttpHandler = std::function<void(std::shared_ptr<HttpExchange>)>;

class HttpServer {
public:
    HttpServer(Loop& loop, Listener listener, const HttpConfig& config, HttpHandler handler);
    ~HttpServer();

    void start();
    // Stops accepting and ends every connection and stream.
    void stop();
    [[nodiscard]] std::uint16_t port() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace net
