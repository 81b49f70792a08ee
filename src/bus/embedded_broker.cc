#include "bus/embedded_broker.h"

#include <utility>

#include "bus/client_settings.h"
#include "bus/kafka_handles.h"

namespace bus {

namespace {

constexpr int kBrokers = 1;

}  // namespace

struct EmbeddedBroker::Cluster {
    ClientHandle client;
    MockClusterHandle mock;
};

base::Result<std::unique_ptr<EmbeddedBroker>> EmbeddedBroker::create() {
    // The mock cluster lives in the threads of a client that itself connects to nothing.
    ConfHandle conf(rd_kafka_conf_new());
    rd_kafka_conf_set_log_cb(conf.get(), log_line);
    auto client = make_client(RD_KAFKA_PRODUCER, std::move(conf));
    if (!client) {
        return tl::unexpected(client.error());
    }
    auto cluster = std::make_unique<Cluster>();
    cluster->client = std::move(*client);
    cluster->mock.reset(rd_kafka_mock_cluster_new(cluster->client.get(), kBrokers));
    if (!cluster->mock) {
        return base::fail("the embedded broker found no free port on 127.0.0.1 or no descriptor");
    }
    return std::unique_ptr<EmbeddedBroker>(new EmbeddedBroker(std::move(cluster)));
}

EmbeddedBroker::EmbeddedBroker(std::unique_ptr<Cluster> cluster)
    : cluster_(std::move(cluster)), address_(rd_kafka_mock_cluster_bootstraps(cluster_->mock.get())) {}

EmbeddedBroker::~EmbeddedBroker() = default;

base::Result<void> EmbeddedBroker::create_topic(const std::string& name, int partitions) {
    const auto error = rd_kafka_mock_topic_create(cluster_->mock.get(), name.c_str(), partitions, kBrokers);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        return base::fail("the embedded broker refused the topic " + name + ": " + rd_kafka_err2str(error));
    }
    return {};
}

rd_kafka_mock_cluster_s* EmbeddedBroker::cluster() const { return cluster_->mock.get(); }

}  // namespace bus
