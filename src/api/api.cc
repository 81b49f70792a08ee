#include "api/api.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "api/bodies.h"
#include "api/event_streams.h"
#include "api/problem.h"
#include "api/router.h"
#include "base/check.h"
#include "net/http_target.h"

namespace api {
namespace {

net::HttpResponse ok(std::string body) {
    return {.status = 200, .content_type = "application/json", .body = std::move(body), .headers = {}};
}

// A request without a connection: the answer goes to a function.
class DetachedExchange final : public net::HttpExchange {
public:
    DetachedExchange(net::HttpRequest request, std::function<void(net::HttpResponse)> done)
        : request_(std::move(request)), done_(std::move(done)) {}
    ~DetachedExchange() override { DetachedExchange::send(internal_error("the request was not answered")); }
    DetachedExchange(const DetachedExchange&) = delete;
    DetachedExchange& operator=(const DetachedExchange&) = delete;

    [[nodiscard]] const net::HttpRequest& request() const override { return request_; }
    void send(net::HttpResponse response) override {
        if (done_) std::exchange(done_, nullptr)(std::move(response));
    }
    std::shared_ptr<net::HttpStream> stream(net::HttpResponse /*head*/) override {
        CHECK(false, "the router keeps routes that stream from exchanges that cannot");
        return nullptr;
    }

private:
    net::HttpRequest request_;
    std::function<void(net::HttpResponse)> done_;
};

// The value of a parameter that may be given once.
base::Result<std::optional<std::string>, net::HttpResponse> single(const net::HttpRequest& request, std::string_view name) {
    std::optional<std::string> found;
    for (const auto& [key, value] : request.query) {
        if (key != name) continue;
        if (found) return tl::unexpected(bad_field(name, "may be given once"));
        found = value;
    }
    return found;
}

std::optional<std::size_t> whole_number(std::string_view text, std::size_t min, std::size_t max) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < min || number > max) return std::nullopt;
    return number;
}

}  // namespace

struct Api::Impl {
    Impl(const Config& given, Backend& program, net::Loop& loop)
        : config(given), backend(program), streams(std::make_shared<EventStreams>(given, program, loop)) {}

    void health(const RouteCall& call) const { call.exchange->send(ok(R"({"status":"ok"})")); }
    void live(const RouteCall& call) const;
    void ready(const RouteCall& call) const;
    void connections(const RouteCall& call);
    void charge_point(const RouteCall& call);
    void events(const RouteCall& call);

    Config config;
    Backend& backend;
    std::shared_ptr<EventStreams> streams;
    Router router{{
        {"GET", "/health", {}, [this](const RouteCall& call) { health(call); }},
        {"GET", "/health/live", {}, [this](const RouteCall& call) { live(call); }},
        {"GET", "/health/ready", {}, [this](const RouteCall& call) { ready(call); }},
        {"GET", "/connections", {"limit", "cursor"}, [this](const RouteCall& call) { connections(call); }},
        {"GET", "/v1/charge-points/{id}", {}, [this](const RouteCall& call) { charge_point(call); }},
        {"GET", "/v1/events", {"chargePointId", "type"}, [this](const RouteCall& call) { events(call); }, Answering::as_stream},
    }};
};

void Api::Impl::live(const RouteCall& call) const {
    call.exchange->send(backend.alive() ? ok(R"({"status":"ok"})") : unavailable("a loop makes no progress"));
}

void Api::Impl::ready(const RouteCall& call) const {
    const Readiness readiness = backend.readiness();
    auto response = ok(readiness_body(readiness));
    if (!readiness.ready || readiness.stopping) response.status = 503;
    call.exchange->send(std::move(response));
}

void Api::Impl::connections(const RouteCall& call) {
    auto limit = single(call.exchange->request(), "limit");
    if (!limit) return call.exchange->send(std::move(limit.error()));
    auto cursor = single(call.exchange->request(), "cursor");
    if (!cursor) return call.exchange->send(std::move(cursor.error()));

    const auto count = *limit ? whole_number(**limit, 1, config.page_max) : config.page_default;
    if (!count) return call.exchange->send(bad_field("limit", "a whole number from 1 to " + std::to_string(config.page_max)));
    backend.connections(*count, cursor->value_or(""),
                        [exchange = call.exchange](const ConnectionPage& page) { exchange->send(ok(connections_body(page))); });
}

void Api::Impl::charge_point(const RouteCall& call) {
    backend.charge_point(call.segments[0], [exchange = call.exchange](const std::optional<ChargePointView>& found) {
        exchange->send(found ? ok(charge_point_body(*found)) : not_found("this pod holds no connection of that charge point"));
    });
}

void Api::Impl::events(const RouteCall& call) {
    EventFilter filter;
    for (const auto& [name, value] : call.exchange->request().query) {
        if (value.empty()) return call.exchange->send(bad_field(name, "a value that is not empty; leave it out for all"));
        (name == "type" ? filter.types : filter.charge_points).insert(value);
    }
    streams->open(call.exchange, std::move(filter));
}

Api::Api(const Config& config, Backend& backend, net::Loop& loop) : impl_(std::make_unique<Impl>(config, backend, loop)) {}

Api::~Api() { impl_->streams->close(); }

void Api::handle(const std::shared_ptr<net::HttpExchange>& exchange) { impl_->router.handle(exchange); }

void Api::answer(std::string_view method, std::string_view target, std::function<void(net::HttpResponse)> done) {
    auto parsed = net::parse_target(target);
    if (!parsed) return done(malformed(parsed.error().message));
    impl_->router.handle(std::make_shared<DetachedExchange>(net::HttpRequest{.method = std::string(method),
                                                                             .path = std::move(parsed->path),
                                                                             .query = std::move(parsed->query),
                                                                             .headers = {},
                                                                             .body = {}},
                                                            std::move(done)),
                         Streams::impossible);
}

}  // namespace api
