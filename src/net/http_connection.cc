// A connection is a small state machine:
//
//     reading ──request complete──▶ handling ──answer──▶ answering ──written──▶ reading (keep-alive)
//        │                             └────stream────▶ streaming ─┐      └───▶ lingering ──▶ closed
//        └──bad or late request──▶ answering with a problem        └─────────────▲
//
// Lingering: after the last byte of ours the peer may still be sending (a body that was refused). Closing at once would make
// the kernel send a reset, which can destroy the answer before the peer has read it. So our side is shut, and what still
// comes is thrown away for a while.
#include "net/http_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/http_problem.h"
#include "net/http_response.h"
#include "net/http_target.h"

namespace net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

Problem problem_of(const error_code& error) {
    if (error == http::error::header_limit) return {.status = 431, .detail = "the request's header is too large", .members = {}};
    if (error == http::error::body_limit) return {.status = 413, .detail = "the request's body is too large", .members = {}};
    if (error == http::error::bad_version) return {.status = 505, .detail = "HTTP/1.1 is spoken here", .members = {}};
    return {.status = 400, .detail = "malformed request: " + error.message(), .members = {}};
}

// What Beast's parser lets through although two readers could understand it differently (RFC 9112 3.2, 6.1).
std::optional<Problem> ambiguity_of(const http::request_header<>& head) {
    const auto bad = [](std::string_view detail) { return Problem{.status = 400, .detail = std::string(detail), .members = {}}; };
    const auto hosts = head.count(http::field::host);
    if (hosts > 1) return bad("more than one Host");
    if (hosts == 0 && head.version() == 11) return bad("no Host");
    if (const auto encodings = head.count(http::field::transfer_encoding); encodings > 0) {
        if (head.version() < 11) return bad("Transfer-Encoding needs HTTP/1.1");
        if (head.count(http::field::content_length) > 0) return bad("both Content-Length and Transfer-Encoding");
        if (encodings > 1 || lower_case(head[http::field::transfer_encoding]) != "chunked") {
            return bad("the only Transfer-Encoding understood here is chunked");
        }
    }
    return std::nullopt;
}

base::Result<HttpRequest> request_of(const http::request_header<>& head) {
    auto target = parse_target(head.target());
    if (!target) return tl::unexpected(target.error());
    HttpRequest request{.method = std::string(head.method_string()),
                        .path = std::move(target->path),
                        .query = std::move(target->query),
                        .headers = {},
                        .body = {}};
    for (const auto& field : head) {
        auto [at, is_new] = request.headers.try_emplace(lower_case(field.name_string()), field.value());
        if (!is_new) at->second.append(", ").append(field.value());
    }
    return request;
}

class Stream;

class Connection final : public HttpConnection, public std::enable_shared_from_this<Connection> {
public:
    Connection(asio::io_context& context, tcp::socket socket, std::shared_ptr<HttpService> service)
        : context_(context), socket_(std::move(socket)), deadline_(context), service_(std::move(service)) {}

    void next_request();
    void close() override;

    void answer_within(std::chrono::milliseconds time);
    void on_hang_up(std::function<void()> gone);
    void answer(HttpResponse response);
    std::shared_ptr<HttpStream> begin_stream(HttpResponse head);
    bool write_to_stream(std::string_view bytes);
    void end_stream();

private:
    enum class State : std::uint8_t { reading, handling, answering, streaming, lingering, closed };

    void wait_readable();
    void on_readable();
    void on_bytes(std::string_view bytes);
    void parse();
    bool take_head();
    void dispatch();
    void refuse(const Problem& problem);

    void write_some();
    void on_written(error_code error, std::size_t count);
    void on_all_written();
    void linger();

    void set_deadline(std::chrono::milliseconds delay);
    // Cancelling alone would not stop a call that is queued already: see set_deadline().
    void clear_deadline() { deadline_.expires_at(std::chrono::steady_clock::time_point::max()); }
    void on_deadline();

    [[nodiscard]] const HttpConfig& config() const { return service_->config; }
    [[nodiscard]] std::size_t unsent() const { return writing_.size() - written_ + pending_.size(); }

    asio::io_context& context_;
    tcp::socket socket_;
    asio::steady_timer deadline_;
    std::shared_ptr<HttpService> service_;
    State state_ = State::reading;
    bool waiting_readable_ = false;
    bool write_under_way_ = false;

    // The request that is being read or answered.
    std::optional<Parser> parser_;
    HttpRequest request_;
    std::string input_;              // bytes not parsed yet
    std::size_t header_bytes_ = 0;   // parsed so far; Beast's own limit forgets lines that came in pieces of their own
    std::size_t ignored_bytes_ = 0;  // came while streaming or lingering
    bool begun_ = false;             // its first byte is here
    bool head_taken_ = false;
    bool without_body_ = false;  // HEAD
    bool keep_alive_ = false;
    bool served_before_ = false;
    std::function<void()> gone_;  // whoever wants to know that the peer left while its request is handled

    std::string pending_;  // to be written behind writing_
    std::string writing_;
    std::size_t written_ = 0;

    std::weak_ptr<Stream> stream_;
    HttpFraming stream_framing_ = HttpFraming::chunked;
    bool stream_finished_ = false;
};

// Answers a request at most once; a handler that lets go of it without an answer has failed, and the peer is told.
class Exchange final : public HttpExchange {
public:
    Exchange(asio::io_context& context, std::weak_ptr<Connection> connection, HttpRequest request)
        : context_(context), connection_(std::move(connection)), request_(std::move(request)) {}
    ~Exchange() override {
        if (!answered_)
            Exchange::send(problem_response({.status = 500, .detail = "the request was not answered", .members = {}}));
    }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    [[nodiscard]] const HttpRequest& request() const override { return request_; }

    void answer_within(std::chrono::milliseconds time) override {
        const auto connection = answered_ ? nullptr : connection_.lock();
        if (connection) connection->answer_within(time);
    }

    void on_hang_up(std::function<void()> gone) override {
        if (answered_) return;
        if (const auto connection = connection_.lock()) return connection->on_hang_up(std::move(gone));
        asio::post(context_, std::move(gone));
    }

    void send(HttpResponse response) override {
        if (std::exchange(answered_, true)) return;
        if (const auto connection = connection_.lock()) connection->answer(std::move(response));
    }

    std::shared_ptr<HttpStream> stream(HttpResponse head) override;

private:
    asio::io_context& context_;
    std::weak_ptr<Connection> connection_;
    HttpRequest request_;
    bool answered_ = false;
};

// The handler's end of a stream. `ended` is always told in a later turn of the loop, never inside write() or end(), so that
// a handler that walks over its streams can write to them.
class Stream final : public HttpStream {
public:
    Stream(asio::io_context& context, std::weak_ptr<Connection> connection)
        : context_(context), connection_(std::move(connection)) {}
    ~Stream() override { Stream::end(); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    bool write(std::string_view bytes) override {
        const auto connection = connection_.lock();
        return connection != nullptr && connection->write_to_stream(bytes);
    }
    void end() override {
        if (const auto connection = connection_.lock()) connection->end_stream();
    }
    void on_end(std::function<void()> ended) override {
        ended_ = std::move(ended);
        if (is_over_) tell();
    }

    // The connection needs this stream no more.
    void over() {
        connection_.reset();
        is_over_ = true;
        tell();
    }

private:
    void tell() {
        if (ended_) asio::post(context_, std::exchange(ended_, nullptr));
    }

    asio::io_context& context_;
    std::weak_ptr<Connection> connection_;
    std::function<void()> ended_;
    bool is_over_ = false;
};

std::shared_ptr<HttpStream> Exchange::stream(HttpResponse head) {
    const auto connection = answered_ ? nullptr : connection_.lock();
    answered_ = true;
    if (connection) return connection->begin_stream(std::move(head));
    auto ended = std::make_shared<Stream>(context_, std::weak_ptr<Connection>());
    ended->over();
    return ended;
}

// ---- reading

void Connection::next_request() {
    state_ = State::reading;
    parser_.emplace();
    parser_->eager(false);
    parser_->header_limit(static_cast<std::uint32_t>(config().header_bytes_max));
    parser_->body_limit(config().body_bytes_max);
    request_ = {};
    header_bytes_ = 0;
    ignored_bytes_ = 0;
    head_taken_ = false;
    without_body_ = false;
    begun_ = !input_.empty();
    // A new connection is expected to ask soon; one that was served already may rest.
    set_deadline(begun_ || !served_before_ ? config().request_timeout : config().idle_timeout);
    parse();
}

void Connection::wait_readable() {
    if (waiting_readable_ || state_ == State::closed) return;
    waiting_readable_ = true;
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
        self->waiting_readable_ = false;
        if (self->state_ == State::closed) return;
        if (error) return self->close();
        self->on_readable();
    });
}

void Connection::on_readable() {
    error_code error;
    auto& buffer = service_->read_buffer;
    const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
    if (error == asio::error::would_block) return wait_readable();
    // A peer that asks for nothing more may still want the answer that is being written.
    if (error == asio::error::eof && state_ == State::answering) return void(keep_alive_ = false);
    if (error) return close();
    on_bytes({buffer.data(), count});
}

void Connection::on_bytes(std::string_view bytes) {
    if (state_ == State::reading) {
        if (!std::exchange(begun_, true)) set_deadline(config().request_timeout);
        input_.append(bytes);
        return parse();
    }
    if (keep_alive_ && (state_ == State::handling || state_ == State::answering)) {
        input_.append(bytes);  // of the next request; its peer's end may go unseen behind a long one
        return input_.size() < config().header_bytes_max ? wait_readable() : void();
    }
    ignored_bytes_ += bytes.size();
    if (ignored_bytes_ > config().body_bytes_max) return close();
    wait_readable();
}

void Connection::parse() {
    while (!(head_taken_ && parser_->is_done())) {
        if (input_.empty()) return wait_readable();
        error_code error;
        const std::size_t used = parser_->put(asio::buffer(input_), error);
        input_.erase(0, used);
        if (!head_taken_) header_bytes_ += used;
        const bool needs_more = error == http::error::need_more;
        // Not only headers: the lines between chunks may carry extensions of any length.
        if (header_bytes_ > config().header_bytes_max || (needs_more && input_.size() > config().header_bytes_max)) {
            return refuse(problem_of(http::error::header_limit));
        }
        if (error && !needs_more) return refuse(problem_of(error));
        if (!head_taken_ && parser_->is_header_done() && !take_head()) return;
        if (needs_more) return wait_readable();
    }
    dispatch();
}

// Trailers come later and never become headers. False: the request was refused.
bool Connection::take_head() {
    head_taken_ = true;
    const auto& head = parser_->get().base();
    without_body_ = head.method() == http::verb::head;
    if (const auto ambiguity = ambiguity_of(head)) {
        refuse(*ambiguity);
        return false;
    }
    auto request = request_of(head);
    if (!request) {
        refuse({.status = 400, .detail = request.error().message, .members = {}});
        return false;
    }
    request_ = std::move(*request);
    parser_->eager(true);
    return true;
}

void Connection::dispatch() {
    state_ = State::handling;
    keep_alive_ = parser_->get().version() == 11 && parser_->keep_alive();
    stream_framing_ = parser_->get().version() == 11 ? HttpFraming::chunked : HttpFraming::until_close;
    request_.body = std::move(parser_->get().body());
    set_deadline(config().idle_timeout);
    service_->handler(std::make_shared<Exchange>(context_, weak_from_this(), std::move(request_)));
}

void Connection::refuse(const Problem& problem) {
    state_ = State::handling;
    keep_alive_ = false;
    input_.clear();
    answer(problem_response(problem));
}

// ---- answering

void Connection::answer_within(std::chrono::milliseconds time) {
    if (state_ == State::handling) set_deadline(time);
}

void Connection::on_hang_up(std::function<void()> gone) {
    if (state_ == State::closed) return asio::post(context_, std::move(gone));
    if (state_ != State::handling) return;
    gone_ = std::move(gone);
    wait_readable();
}

void Connection::answer(HttpResponse response) {
    if (state_ != State::handling) return;
    state_ = State::answering;
    gone_ = nullptr;
    pending_ = http_head(response, HttpFraming::content_length, keep_alive_ ? HttpAfterwards::keep_alive : HttpAfterwards::close,
                         base::read_clock().wall);
    if (!without_body_) pending_.append(response.body);
    set_deadline(config().write_timeout);
    write_some();
}

std::shared_ptr<HttpStream> Connection::begin_stream(HttpResponse head) {
    auto stream = std::make_shared<Stream>(context_, weak_from_this());
    if (state_ != State::handling) {
        stream->over();
        return stream;
    }
    state_ = State::streaming;
    gone_ = nullptr;
    keep_alive_ = false;
    stream_ = stream;
    pending_ = http_head(head, stream_framing_, HttpAfterwards::close, base::read_clock().wall);
    set_deadline(config().write_timeout);
    if (without_body_) end_stream();
    write_some();
    wait_readable();  // its end is how a peer that leaves is noticed
    return stream;
}

bool Connection::write_to_stream(std::string_view bytes) {
    if (state_ != State::streaming || stream_finished_) return false;
    if (bytes.empty()) return true;
    if (unsent() + bytes.size() > config().stream_outbox_bytes_max) {
        close();
        return false;
    }
    const bool was_idle = unsent() == 0;
    if (stream_framing_ == HttpFraming::chunked) {
        std::array<char, 16> size{};
        const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
        pending_.append(size.data(), end).append("\r\n").append(bytes).append("\r\n");
    } else {
        pending_.append(bytes);
    }
    if (was_idle) set_deadline(config().write_timeout);
    write_some();
    return true;
}

void Connection::end_stream() {
    if (state_ != State::streaming || std::exchange(stream_finished_, true)) return;
    if (!without_body_ && stream_framing_ == HttpFraming::chunked) pending_.append(kLastChunk);
    if (const auto stream = stream_.lock()) stream->over();
    set_deadline(config().write_timeout);
    if (unsent() == 0) return linger();
    write_some();
}

void Connection::write_some() {
    if (write_under_way_ || state_ == State::closed) return;
    if (written_ == writing_.size()) {
        writing_.clear();
        written_ = 0;
        std::swap(writing_, pending_);
    }
    write_under_way_ = true;
    socket_.async_write_some(asio::buffer(writing_) + written_, [self = shared_from_this()](error_code error, std::size_t count) {
        self->on_written(error, count);
    });
}

void Connection::on_written(error_code error, std::size_t count) {
    write_under_way_ = false;
    if (state_ == State::closed) return;
    if (error) return close();
    written_ += count;
    if (unsent() == 0) return on_all_written();
    set_deadline(config().write_timeout);
    write_some();
}

void Connection::on_all_written() {
    writing_ = {};  // a large answer's memory is not kept by an idle connection
    written_ = 0;
    served_before_ = true;
    if (state_ == State::streaming && !stream_finished_) {
        clear_deadline();  // a stream may be silent as long as its handler likes
        return;
    }
    if (state_ == State::answering && keep_alive_) return next_request();
    linger();
}

void Connection::linger() {
    state_ = State::lingering;
    ignored_bytes_ = 0;
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    set_deadline(config().write_timeout);
    wait_readable();
}

void Connection::close() {
    if (std::exchange(state_, State::closed) == State::closed) return;
    clear_deadline();
    error_code ignored;
    // A peer that does not read gets a reset; otherwise the kernel would keep what it has for it.
    if (unsent() > 0) socket_.set_option(tcp::socket::linger(true, 0), ignored);
    socket_.close(ignored);
    if (const auto stream = stream_.lock()) stream->over();
    if (gone_) asio::post(context_, std::exchange(gone_, nullptr));
    service_->connections.erase(shared_from_this());
}

// ---- deadlines

void Connection::set_deadline(std::chrono::milliseconds delay) {
    deadline_.expires_after(delay);
    deadline_.async_wait([self = shared_from_this()](error_code cancelled) {
        // A deadline that was moved while this call was already queued has not passed.
        if (cancelled || self->deadline_.expiry() > std::chrono::steady_clock::now()) return;
        self->on_deadline();
    });
}

void Connection::on_deadline() {
    if (state_ == State::reading && begun_) {
        return refuse({.status = 408, .detail = "the request did not arrive in time", .members = {}});
    }
    if (state_ == State::handling) {
        return refuse({.status = 503, .detail = "no answer in time", .members = {}});
    }
    close();
}

}  // namespace

void serve_http(asio::io_context& context, int socket, bool is_ipv6, const std::shared_ptr<HttpService>& service) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // A peer whose network is gone acknowledges nothing: the kernel then ends the connection as the write deadline would.
    const auto unacknowledged_max = static_cast<unsigned>(service->config.write_timeout.count());
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_max, sizeof unacknowledged_max);

    tcp::socket stream(context);
    error_code error;
    stream.assign(is_ipv6 ? tcp::v6() : tcp::v4(), socket, error);
    if (error) {
        ::close(socket);
        return;
    }
    stream.non_blocking(true, error);
    const auto connection = std::make_shared<Connection>(context, std::move(stream), service);
    service->connections.insert(connection);
    connection->next_request();
}

}  // namespace net
