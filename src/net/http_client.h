// A small HTTP/1.1 client for one origin on one loop (Beast's parser inside): for who asks a back end and waits for the
// answer. Connections are kept and used again; every request has a deadline, from the moment it is given; answers are bounded;
// names are looked up off the loop. Redirects are answers like others: nobody is followed to where nobody was sent.
//
// A request is sent twice in one case: a kept connection turns out to be closed before the first byte of the answer, which is
// how any server that closes idle connections looks. So a request with an effect carries an id by which its receiver knows it.
//
// Everything happens on the loop's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/loop.h"

namespace net {

struct HttpUrl {
    std::string host;  // an IP address without brackets, or a name
    std::uint16_t port = 80;
    std::string target = "/";  // path and query

    // host:port as people read it.
    [[nodiscard]] std::string authority() const;
};

// `http://host[:port][/path][?query]`. The error continues "got …, which ".
[[nodiscard]] base::Result<HttpUrl, std::string> parse_http_url(std::string_view url);

struct HttpClientConfig {
    std::size_t connections_max = 32;  // and requests at one time: one more fails
    std::size_t header_bytes_max = 16'384;
    std::size_t body_bytes_max = 65'536;
    std::chrono::milliseconds idle_timeout{30'000};  // of a connection that is kept
};

struct HttpCall {
    std::string method = "POST";
    std::vector<std::pair<std::string, std::string>> headers{};  // besides host and content-length
    std::string body{};
};

struct HttpAnswer {
    unsigned status = 0;
    std::string body{};
};

struct HttpFailure {
    enum class Kind : std::uint8_t {
        unreachable,  // no address, no connection, or it broke
        timed_out,    // no answer by the deadline
        unreadable,   // what came is no HTTP, or larger than allowed
    };
    Kind kind = Kind::unreachable;
    std::string text{};  // for people
};

class HttpClientPool;

class HttpClient {
public:
    using Done = std::function<void(base::Result<HttpAnswer, HttpFailure>)>;

    HttpClient(Loop& loop, HttpUrl url, const HttpClientConfig& config);
    // What was asked is never answered.
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // `done` is told once, never from within. The deadline is kept as the timer wheel keeps it (100 ms).
    void send(const HttpCall& call, std::chrono::milliseconds deadline, Done done);

private:
    std::shared_ptr<HttpClientPool> pool_;  // shared with its connections, whose last handlers may come after us
};

}  // namespace net
