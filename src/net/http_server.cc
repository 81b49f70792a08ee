#include "net/http_server.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "net/http_connection.h"
#include "net/http_problem.h"
#include "net/http_response.h"

namespace net {
namespace {

namespace asio = boost::asio;

// While descriptors or memory are short, accepting again at once would only spin.
constexpr std::chrono::milliseconds kAcceptBackOff{100};
constexpr int kAcceptsPerTurn = 64;

bool is_shortage(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

// Accepts for one server. Shared, because a wait that was cancelled is told after the server is gone.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
public:
    Acceptor(asio::io_context& context, Listener listener, std::shared_ptr<HttpService> service)
        : context_(context),
          listener_(std::move(listener)),
          service_(std::move(service)),
          readiness_(context, listener_.descriptor.get()),
          back_off_(context) {}

    void wait() {
        readiness_.async_wait(asio::posix::stream_descriptor::wait_read,
                              [self = shared_from_this()](boost::system::error_code error) {
                                  if (!error && !self->stopped_) self->accept_some();
                              });
    }

    void stop() {
        if (std::exchange(stopped_, true)) return;
        back_off_.cancel();
        readiness_.release();  // the descriptor is the listener's, which closes it
        listener_.descriptor.reset();
    }

    [[nodiscard]] std::uint16_t port() const { return listener_.port; }

private:
    void accept_some() {
        for (int turn = 0; turn < kAcceptsPerTurn; ++turn) {
            sockaddr_storage peer{};
            socklen_t length = sizeof peer;
            const int socket =
                ::accept4(listener_.descriptor.get(), reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket < 0 && is_shortage(errno)) return back_off(errno);
            if (socket < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
            if (socket < 0) continue;  // this peer is gone already
            told_shortage_ = false;
            admit(socket, peer.ss_family == AF_INET6);
        }
        wait();
    }

    void admit(int socket, bool is_ipv6) {
        if (service_->connections.size() < service_->config.connections_max) {
            serve_http(context_, socket, is_ipv6, service_);
            return;
        }
        const Descriptor refused(socket);
        auto response = problem_response({.status = 503, .detail = "too many connections", .members = {}});
        response.headers.emplace_back("retry-after", "1");
        const std::string text =
            http_head(response, HttpFraming::content_length, HttpAfterwards::close, base::read_clock().wall) + response.body;
        // The kernel's buffer of a new socket holds it; if not, the close says enough.
        (void)::send(refused.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        ::shutdown(refused.get(), SHUT_WR);
    }

    void back_off(int error) {
        if (!std::exchange(told_shortage_, true)) {
            base::log_warn("http connections wait: descriptors or memory are short",
                           {{"port", listener_.port}, {"errno", error}});
        }
        back_off_.expires_after(kAcceptBackOff);
        back_off_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
            if (!cancelled && !self->stopped_) self->accept_some();
        });
    }

    asio::io_context& context_;
    Listener listener_;
    std::shared_ptr<HttpService> service_;
    asio::posix::stream_descriptor readiness_;
    asio::steady_timer back_off_;
    bool told_shortage_ = false;
    bool stopped_ = false;
};

}  // namespace

struct HttpServer::Impl {
    std::shared_ptr<HttpService> service;
    std::shared_ptr<Acceptor> acceptor;
};

HttpServer::HttpServer(Loop& loop, Listener listener, const HttpConfig& config, HttpHandler handler)
    : impl_(std::make_unique<Impl>()) {
    impl_->service = std::make_shared<HttpService>();
    impl_->service->config = config;
    impl_->service->handler = std::move(handler);
    impl_->acceptor = std::make_shared<Acceptor>(loop.context(), std::move(listener), impl_->service);
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::start() { impl_->acceptor->wait(); }

void HttpServer::stop() {
    impl_->acceptor->stop();
    const auto connections = std::exchange(impl_->service->connections, {});
    for (const auto& connection : connections) {
        connection->close();
    }
}

std::uint16_t HttpServer::port() const { return impl_->acceptor->port(); }

}  // namespace net
