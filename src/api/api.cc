#include "api/api.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/bodies.h"
#include "api/command_batches.h"
#include "api/command_routes.h"
#include "api/dead_letters.h"
#include "api/event_streams.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/router.h"
#include "base/check.h"
#include "net/http_target.h"

namespace api {
namespace {

// A request without a connection: the answer goes to a function.
class DetachedExchange final : public net::HttpExchange {
public:
    DetachedExchange(net::HttpRequest request, std::function<void(net::HttpResponse)> done)
        : request_(std::move(request)), done_(std::move(done)) {}
    ~DetachedExchange() override { DetachedExchange::send(internal_error("the request was not answered")); }
    DetachedExchange(const DetachedExchange&) = delete;
    DetachedExchange& operator=(const DetachedExchange&) = delete;

    [[nodiscard]] const net::HttpRequest& request() const override { return request_; }
    void answer_within(std::chrono::milliseconds /*time*/) override {}
    void on_hang_up(std::function<void()> /*gone*/) override {}
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

}  // namespace

struct Api::Impl {
    Impl(const Config& given, Backend& program, CommandBackend& command_backend, ProvisioningBackend& provisioning_backend,
         net::Loop& loop)
        : config(given),
          backend(program),
          streams(std::make_shared<EventStreams>(given, program, loop)),
          commands(given, command_backend, loop),
          batches(std::make_shared<CommandBatches>(given, command_backend, loop)),
          dead_letters(given, command_backend, loop),
          provisioning(given, provisioning_backend) {}
    ~Impl() {
        streams->close();
        batches->close();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::vector<Route> routes();
    void health(const RouteCall& call) const { call.exchange->send(json_answer(R"({"status":"ok"})")); }
    void live(const RouteCall& call) const;
    void ready(const RouteCall& call) const;
    void connections(const RouteCall& call);
    void charge_point(const RouteCall& call);
    void events(const RouteCall& call);

    Config config;
    Backend& backend;
    std::shared_ptr<EventStreams> streams;
    CommandRoutes commands;
    std::shared_ptr<CommandBatches> batches;
    DeadLetterRoutes dead_letters;
    ProvisioningRoutes provisioning;
    Router router{routes()};
};

std::vector<Route> Api::Impl::routes() {
    std::vector<Route> all{
        {"GET", "/health", {}, [this](const RouteCall& call) { health(call); }},
        {"GET", "/health/live", {}, [this](const RouteCall& call) { live(call); }},
        {"GET", "/health/ready", {}, [this](const RouteCall& call) { ready(call); }},
        {"GET", "/connections", {"limit", "cursor"}, [this](const RouteCall& call) { connections(call); }},
        {"GET", "/v1/charge-points/{id}", {}, [this](const RouteCall& call) { charge_point(call); }},
        {"GET", "/v1/events", {"chargePointId", "type"}, [this](const RouteCall& call) { events(call); }, Answering::as_stream},
    };
    commands.add_to(all);
    batches->add_to(all);
    dead_letters.add_to(all);
    provisioning.add_to(all);
    return all;
}

void Api::Impl::live(const RouteCall& call) const {
    call.exchange->send(backend.alive() ? json_answer(R"({"status":"ok"})") : unavailable("a loop makes no progress"));
}

void Api::Impl::ready(const RouteCall& call) const {
    const Readiness readiness = backend.readiness();
    auto response = json_answer(readiness_body(readiness));
    if (!readiness.ready || readiness.stopping) response.status = 503;
    call.exchange->send(std::move(response));
}

void Api::Impl::connections(const RouteCall& call) {
    auto query = page_query(call.exchange->request(), config);
    if (!query) return call.exchange->send(std::move(query.error()));
    backend.connections(query->limit, std::move(query->cursor), [exchange = call.exchange](const ConnectionPage& page) {
        exchange->send(json_answer(connections_body(page)));
    });
}

void Api::Impl::charge_point(const RouteCall& call) {
    backend.charge_point(call.segments[0], [exchange = call.exchange](const std::optional<ChargePointView>& found) {
        exchange->send(found ? json_answer(charge_point_body(*found))
                             : not_found("this pod holds no connection of that charge point"));
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

Api::Api(const Config& config, Backend& backend, CommandBackend& commands, ProvisioningBackend& provisioning, net::Loop& loop)
    : impl_(std::make_unique<Impl>(config, backend, commands, provisioning, loop)) {}

Api::~Api() = default;

void Api::handle(const std::shared_ptr<net::HttpExchange>& exchange) { impl_->router.handle(exchange); }

void Api::on_result(std::string_view /*key*/, std::string_view value) { impl_->commands.on_result(value); }

void Api::on_dead_letter(std::string_view key, std::string_view value) { impl_->dead_letters.on_dead_letter(key, value); }

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
