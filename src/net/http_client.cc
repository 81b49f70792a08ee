// A connection is a small state machine:
//
//     connecting ──▶ asking ──whole answer──▶ idle ──next request──▶ asking
//          └───────────┴─────deadline, error, an answer that ends it──┴──▶ closed
#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <optional>
#include <set>

#include "net/http_header.h"
#include "net/timer_wheel.h"

namespace net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Kind = HttpFailure::Kind;
using Parser = http::response_parser<http::string_body>;

constexpr std::string_view kScheme = "http://";
constexpr std::uint16_t kDefaultPort = 80;

bool is_visible_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

std::string request_text(const HttpUrl& url, const HttpCall& call) {
    std::string text = call.method + " " + url.target + " HTTP/1.1\r\n";
    append_header(text, "host", url.port == kDefaultPort ? bracketed(url.host) : url.authority());
    append_header(text, "content-length", std::to_string(call.body.size()));
    for (const auto& [name, value] : call.headers) {
        append_header(text, name, value);
    }
    return text.append("\r\n").append(call.body);
}

struct Asked {
    std::string text;
    base::MonoTime deadline;
    HttpClient::Done done;
};

class Connection;  // NOLINT(cppcoreguidelines-virtual-class-destructor): it is final, which only its definition can say

}  // namespace

class HttpClientPool : public std::enable_shared_from_this<HttpClientPool> {
public:
    HttpClientPool(Loop& on, HttpUrl to, const HttpClientConfig& given) : loop(on), url(std::move(to)), config(given) {}

    void ask_anew(Asked asked);
    void fail_later(Asked asked, HttpFailure failure);

    Loop& loop;
    const HttpUrl url;
    const HttpClientConfig config;
    bool closed = false;
    std::set<std::shared_ptr<Connection>> connections;
    std::vector<std::shared_ptr<Connection>> idle;  // the one that served last is the last
    std::array<char, 16'384> read_buffer{};
};

namespace {

class Connection final : public std::enable_shared_from_this<Connection>, private TimerHandler {
public:
    explicit Connection(std::shared_ptr<HttpClientPool> client)
        : client_(std::move(client)), socket_(client_->loop.context()), resolver_(client_->loop.context()) {}

    void connect(Asked asked);
    void ask(Asked asked);
    void close();

private:
    enum class State : std::uint8_t { connecting, asking, idle, closed };

    void take(Asked asked);
    void on_resolved(error_code error, const std::vector<tcp::endpoint>& endpoints);
    void on_connected(error_code error);
    void write();
    void wait_readable();
    void on_readable();
    void on_end(error_code error);
    void parse();
    void on_answer();
    void finish(base::Result<HttpAnswer, HttpFailure> result);
    void fail(Kind kind, std::string text) { finish(tl::unexpected(HttpFailure{kind, std::move(text)})); }
    void on_timer(std::uint64_t tag) override;
    void new_parser();

    [[nodiscard]] const HttpClientConfig& config() const { return client_->config; }

    std::shared_ptr<HttpClientPool> client_;
    tcp::socket socket_;
    tcp::resolver resolver_;
    State state_ = State::connecting;
    bool waiting_readable_ = false;
    bool served_before_ = false;
    Timer timer_;  // the deadline while connecting and asking, then the idle time

    // The request that is under way.
    Asked asked_;
    std::size_t written_ = 0;
    std::optional<Parser> parser_;
    std::string input_;               // bytes not parsed yet
    std::size_t received_bytes_ = 0;  // Beast's own limits know nothing of lines in pieces, nor of what stands between chunks
};

void Connection::take(Asked asked) {
    asked_ = std::move(asked);
    written_ = 0;
    received_bytes_ = 0;
    new_parser();
    timer_.set(client_->loop.timers(), asked_.deadline, *this, 0);
}

void Connection::new_parser() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(config().header_bytes_max));
    parser_->body_limit(config().body_bytes_max);
}

// ---- a new connection

void Connection::connect(Asked asked) {
    take(std::move(asked));
    const HttpUrl& url = client_->url;
    error_code not_an_address;
    const auto address = asio::ip::make_address(url.host, not_an_address);
    if (!not_an_address) {
        return on_resolved({}, {tcp::endpoint(address, url.port)});
    }
    resolver_.async_resolve(url.host, std::to_string(url.port), tcp::resolver::numeric_service,
                            [self = shared_from_this()](error_code error, const tcp::resolver::results_type& found) {
                                self->on_resolved(error, {found.begin(), found.end()});
                            });
}

void Connection::on_resolved(error_code error, const std::vector<tcp::endpoint>& endpoints) {
    if (state_ == State::closed) return;
    if (error) return fail(Kind::unreachable, "host '" + client_->url.host + "': " + error.message());
    const auto targets = std::make_shared<std::vector<tcp::endpoint>>(endpoints);  // async_connect keeps iterators only
    asio::async_connect(
        socket_, *targets,
        [self = shared_from_this(), targets](error_code failed, const tcp::endpoint& /*which*/) { self->on_connected(failed); });
}

void Connection::on_connected(error_code error) {
    if (state_ == State::closed) return;
    if (!error) socket_.non_blocking(true, error);
    if (error) return fail(Kind::unreachable, client_->url.authority() + ": " + error.message());
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    state_ = State::asking;
    write();
    wait_readable();
}

// ---- a request

void Connection::ask(Asked asked) {
    take(std::move(asked));
    state_ = State::asking;
    write();
    wait_readable();
}

void Connection::write() {
    socket_.async_write_some(asio::buffer(asked_.text) + written_,
                             [self = shared_from_this()](error_code error, std::size_t count) {
                                 if (self->state_ != State::asking) return;
                                 if (error) return self->on_end(error);
                                 self->written_ += count;
                                 if (self->written_ < self->asked_.text.size()) self->write();
                             });
}

void Connection::wait_readable() {
    if (waiting_readable_ || state_ == State::closed) return;
    waiting_readable_ = true;
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
        self->waiting_readable_ = false;
        if (self->state_ == State::closed) return;
        if (error) return self->on_end(error);
        self->on_readable();
    });
}

void Connection::on_readable() {
    // A server has nothing to say to who asks nothing: it leaves, or is out of step.
    if (state_ == State::idle) return close();
    error_code error;
    auto& buffer = client_->read_buffer;
    const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
    if (error == asio::error::would_block) return wait_readable();
    if (error) return on_end(error);
    received_bytes_ += count;
    if (received_bytes_ > config().header_bytes_max + 2 * config().body_bytes_max) {
        return fail(Kind::unreadable, "the answer is larger than allowed");
    }
    input_.append(buffer.data(), count);
    parse();
}

void Connection::on_end(error_code error) {
    if (state_ == State::idle) return close();
    if (received_bytes_ == 0 && served_before_) {
        const auto self = shared_from_this();
        Asked asked = std::move(asked_);
        close();
        if (!client_->closed) client_->ask_anew(std::move(asked));
        return;
    }
    if (error == asio::error::eof && parser_->got_some()) {
        error_code unfinished;
        parser_->put_eof(unfinished);
        if (!unfinished && parser_->is_done()) return on_answer();
    }
    fail(Kind::unreachable, client_->url.authority() + ": " +
                                (error == asio::error::eof ? "the connection ended before the answer" : error.message()));
}

void Connection::parse() {
    while (!parser_->is_done()) {
        if (input_.empty()) return wait_readable();
        error_code error;
        input_.erase(0, parser_->put(asio::buffer(input_), error));
        if (error && error != http::error::need_more) {
            return fail(Kind::unreadable, "the answer cannot be read: " + error.message());
        }
        if (error) return wait_readable();
    }
    const unsigned status = parser_->get().result_int();
    if (status >= 100 && status < 200 && status != 101) {  // the answer itself is still to come (RFC 9110 15.2)
        new_parser();
        return parse();
    }
    on_answer();
}

void Connection::on_answer() { finish(HttpAnswer{parser_->get().result_int(), std::move(parser_->get().body())}); }

// The one end of every request: the connection is kept where both sides agree on where it stands.
void Connection::finish(base::Result<HttpAnswer, HttpFailure> result) {
    const auto self = shared_from_this();
    const auto done = std::exchange(asked_.done, nullptr);
    const bool keeps = result && parser_->keep_alive() && input_.empty() && written_ == asked_.text.size();
    if (keeps) {
        state_ = State::idle;
        served_before_ = true;
        asked_ = {};
        parser_.reset();
        client_->idle.push_back(self);
        timer_.set(client_->loop.timers(), client_->loop.now().mono + config().idle_timeout, *this, 0);
        wait_readable();
    } else {
        close();
    }
    done(std::move(result));
}

void Connection::on_timer(std::uint64_t /*tag*/) {
    const auto self = shared_from_this();
    if (state_ == State::idle) return close();
    fail(Kind::timed_out, client_->url.authority() + ": no answer in time");
}

void Connection::close() {
    if (std::exchange(state_, State::closed) == State::closed) return;
    const auto self = shared_from_this();
    timer_.cancel();
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
    std::erase(client_->idle, self);
    client_->connections.erase(self);
}

}  // namespace

void HttpClientPool::ask_anew(Asked asked) {
    const auto connection = std::make_shared<Connection>(shared_from_this());
    connections.insert(connection);
    connection->connect(std::move(asked));
}

void HttpClientPool::fail_later(Asked asked, HttpFailure failure) {
    loop.post([self = shared_from_this(), asked = std::move(asked), failure = std::move(failure)] {
        if (!self->closed) asked.done(tl::unexpected(failure));
    });
}

HttpClient::HttpClient(Loop& loop, HttpUrl url, const HttpClientConfig& config)
    : pool_(std::make_shared<HttpClientPool>(loop, std::move(url), config)) {}

HttpClient::~HttpClient() {
    pool_->closed = true;
    const auto connections = pool_->connections;
    for (const auto& connection : connections) {
        connection->close();
    }
}

void HttpClient::send(const HttpCall& call, std::chrono::milliseconds deadline, Done done) {
    Asked asked{request_text(pool_->url, call), pool_->loop.now().mono + deadline, std::move(done)};
    if (!pool_->idle.empty()) {
        const auto connection = std::move(pool_->idle.back());
        pool_->idle.pop_back();
        connection->ask(std::move(asked));
    } else if (pool_->connections.size() < pool_->config.connections_max) {
        pool_->ask_anew(std::move(asked));
    } else {
        pool_->fail_later(std::move(asked), {Kind::unreachable, "as many requests are under way as allowed"});
    }
}

std::string HttpUrl::authority() const { return bracketed(host) + ":" + std::to_string(port); }

base::Result<HttpUrl, std::string> parse_http_url(std::string_view url) {
    const auto wrong = [](std::string why) { return tl::unexpected<std::string>(std::move(why)); };
    if (!url.starts_with(kScheme)) return wrong("does not begin with http://");
    if (!is_visible_ascii(url)) return wrong("has blanks or characters that a URL does not have");
    url.remove_prefix(kScheme.size());
    if (url.find('#') != std::string_view::npos) return wrong("has a fragment, which no server sees");
    const std::size_t end = std::min(url.find_first_of("/?"), url.size());
    std::string_view authority = url.substr(0, end);
    HttpUrl parsed;
    if (end < url.size()) parsed.target = (url[end] == '?' ? "/" : "") + std::string(url.substr(end));
    if (authority.find('@') != std::string_view::npos) return wrong("has a user name, which belongs into no URL");

    const bool has_brackets = authority.starts_with('[');
    const std::size_t closing = has_brackets ? authority.find(']') : std::string_view::npos;
    if (has_brackets && closing == std::string_view::npos) return wrong("has a bracket that is not closed");
    const std::size_t colon = authority.find(':', has_brackets ? closing : 0);
    parsed.host = has_brackets ? authority.substr(1, closing - 1) : authority.substr(0, colon);
    if (parsed.host.empty()) return wrong("names no host");
    if (has_brackets && colon == std::string_view::npos && closing + 1 != authority.size()) return wrong("names no host");
    if (colon != std::string_view::npos) {
        const std::string_view port = authority.substr(colon + 1);
        const auto read = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
        if (read.ec != std::errc{} || read.ptr != port.data() + port.size() || parsed.port == 0) {
            return wrong("has a port that is not from 1 to 65535");
        }
    }
    return parsed;
}

}  // namespace net
