#include "app/application.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/control_loop.h"
#include "app/counters.h"
#include "app/shard.h"
#include "base/log.h"
#include "base/metrics.h"
#include "bus/counters.h"
#include "bus/event_sink.h"
#include "commands/counters.h"
#include "decisions/config.h"
#include "net/http_server.h"
#include "net/listener.h"
#include "ocpp/counters.h"
#include "ops/metrics_page.h"
#include "transport/counters.h"

namespace app {
namespace {

constexpr int kChargePointBacklog = 4096;
constexpr int kHttpBacklog = 128;

// Carries what the event sink's thread tells to the shard that it is for. Before there are shards nothing is undelivered,
// and a reset need not be told: a shard reads the generation when it opens.
class DeliveryRouter final : public bus::EventSinkListener {
public:
    void set_shards(std::vector<Shard*> shards) {
        const std::lock_guard lock(mutex_);
        shards_ = std::move(shards);
    }
    void on_deliveries(std::size_t shard, std::vector<bus::Delivery> deliveries) override {
        tell(shard, Delivered{std::move(deliveries)});
    }
    void on_reset(std::size_t shard, bus::Generation generation) override { tell(shard, ProducerReset{generation}); }

private:
    void tell(std::size_t shard, ShardMessage message) {
        const std::lock_guard lock(mutex_);
        if (shard < shards_.size()) {
            shards_[shard]->tell(std::move(message));
        }
    }

    std::mutex mutex_;
    std::vector<Shard*> shards_;
};

std::string url(const char* scheme, const net::Address& address, std::uint16_t port) {
    const bool is_ipv6 = address.host.find(':') != std::string::npos;
    return std::string(scheme) + "://" + (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(port);
}

}  // namespace

struct Application::Parts {
    explicit Parts(Config c)
        : config(std::move(c)),
          counters(Counters::make(metrics)),
          transport_counters(transport::Counters::make(metrics)),
          ocpp_counters(ocpp::Counters::make(metrics)),
          command_counters(commands::Counters::make(metrics)),
          decision_counters(decisions::Counters::make(metrics)),
          bus_counters(bus::Counters::make(metrics)) {}

    Config config;
    net::HttpConfig http;
    base::Metrics metrics;
    Counters counters;
    transport::Counters transport_counters;
    ocpp::Counters ocpp_counters;
    commands::Counters command_counters;
    decisions::Counters decision_counters;
    bus::Counters bus_counters;

    DeliveryRouter deliveries;
    std::unique_ptr<bus::EventSink> sink;
    std::unique_ptr<ControlLoop> control;
    transport::PodConnections pod_connections = 0;
    std::optional<ShardContext> shard_context;
    std::vector<std::unique_ptr<Shard>> shards;
    std::vector<std::thread> shard_threads;
    std::unique_ptr<net::HttpServer> api_server;
    std::unique_ptr<net::HttpServer> metrics_server;
};

base::Result<std::unique_ptr<Application>> Application::create(Config config) {
    if (config.shards == 0) {
        config.shards = std::max(1U, std::thread::hardware_concurrency());
    }
    config.transport.endpoints = config.shards;
    auto parts = std::make_unique<Parts>(std::move(config));
    const Config& settings = parts->config;

    // 1. Every port, before anything runs: a port that is taken is the most common reason why a pod cannot start.
    auto charge_points = net::listen_on(settings.server, settings.shards, kChargePointBacklog);
    if (!charge_points) {
        return tl::unexpected(charge_points.error());
    }
    auto api = net::listen_on(settings.api, 1, kHttpBacklog);
    if (!api) {
        return tl::unexpected(api.error());
    }
    auto metrics = net::listen_on(settings.metrics, 1, kHttpBacklog);
    if (!metrics) {
        return tl::unexpected(metrics.error());
    }
    const std::uint16_t charge_points_port = charge_points->front().port;

    // 2. The event log: one producer for the pod (and its broker, when embedded).
    auto sink = bus::EventSink::create(settings.bus, parts->bus_counters, settings.shards, parts->deliveries);
    if (!sink) {
        return tl::unexpected(sink.error());
    }
    parts->sink = std::move(*sink);

    // 3. The control loop: directory, registry, decisions, the way down with its clients, what the API asks.
    parts->control =
        std::make_unique<ControlLoop>(settings, parts->counters, parts->command_counters, parts->decision_counters, *parts->sink);
    ControlLoop& control = *parts->control;
    if (auto opened = control.open(parts->bus_counters); !opened) {
        return tl::unexpected(opened.error());
    }

    // 4. The shards, each with its listener; they and the control loop are told of each other.
    parts->shard_context.emplace(ShardContext{settings, parts->counters, parts->transport_counters, parts->ocpp_counters,
                                              parts->decision_counters, *parts->sink, parts->pod_connections,
                                              [&control](ControlMessage message) { control.tell(std::move(message)); },
                                              [&control](ControlMessage message) { return control.ask(std::move(message)); }});
    std::vector<Shard*> shards;
    for (std::size_t i = 0; i < settings.shards; ++i) {
        parts->shards.push_back(
            std::make_unique<Shard>(static_cast<std::uint32_t>(i), *parts->shard_context, std::move((*charge_points)[i])));
        shards.push_back(parts->shards.back().get());
    }
    control.set_shards(shards);
    parts->deliveries.set_shards(shards);

    // 5. HTTP: the API and the metrics page, both on the control loop.
    parts->api_server = std::make_unique<net::HttpServer>(
        control.loop(), std::move(api->front()), parts->http,
        [&control](const std::shared_ptr<net::HttpExchange>& exchange) { control.api().handle(exchange); });
    parts->metrics_server = std::make_unique<net::HttpServer>(control.loop(), std::move(metrics->front()), parts->http,
                                                              ops::metrics_page(parts->metrics));

    base::log_info("listening", {{"charge_points", url("ws", settings.server, charge_points_port)},
                                 {"api", url("http", settings.api, parts->api_server->port())},
                                 {"metrics", url("http", settings.metrics, parts->metrics_server->port())},
                                 {"kafka", parts->sink->state().address},
                                 {"pod", settings.pod.text()},
                                 {"shards", settings.shards},
                                 {"version", CPG_VERSION}});
    return std::unique_ptr<Application>(new Application(std::move(parts)));
}

Application::Application(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

void Application::run() {
    ControlLoop& control = *parts_->control;
    boost::asio::signal_set signals(control.loop().context(), SIGTERM, SIGINT);
    // A second signal changes nothing: the flush is not shortened.
    signals.async_wait([&control](const boost::system::error_code& error, int /*signal*/) {
        if (!error) {
            control.drain();
        }
    });
    for (const auto& shard : parts_->shards) {
        parts_->shard_threads.emplace_back([&shard = *shard] { shard.run(); });
    }
    parts_->api_server->start();
    parts_->metrics_server->start();
    control.run();
    // The pod is drained: a late signal must not turn a clean stop into a death.
    std::signal(SIGTERM, SIG_IGN);
    std::signal(SIGINT, SIG_IGN);
}

Application::~Application() {
    // Who may still call others goes first: servers, shard threads, the control loop with its clients, then the sink, whose
    // thread tells the shards and whose queue points into their events.
    parts_->api_server.reset();
    parts_->metrics_server.reset();
    for (const auto& shard : parts_->shards) {
        shard->stop();
    }
    for (std::thread& thread : parts_->shard_threads) {
        thread.join();
    }
    parts_->control.reset();
    parts_->sink.reset();
    parts_->shards.clear();
}

}  // namespace app
