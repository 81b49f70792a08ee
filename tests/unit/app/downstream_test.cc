#include "app/downstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "bus/embedded_broker.h"
#include "commands/counters.h"
#include "support/bus/broker_faults.h"
#include "support/net/run_until.h"

namespace app {
namespace {

using namespace std::chrono_literals;
using model::CommandState;
using testing::ElementsAre;

class Pod final : public DownstreamOwner {
public:
    void deliver(Place place, commands::Deliver deliver) override { delivered.emplace_back(place, std::move(deliver)); }
    void cancel_delivery(Place /*place*/, commands::Ticket /*ticket*/) override {}
    void record_status(const commands::RecordStatus& status) override { states[status.command.text()].push_back(status.state); }
    void disconnect(const model::ChargePointId& charge_point) override { disconnected.emplace_back(charge_point.text()); }

    std::vector<std::pair<Place, commands::Deliver>> delivered;
    std::map<std::string, std::vector<CommandState>> states;
    std::vector<std::string> disconnected;
};

// A Downstream on the embedded broker, its loop turned by the test.
class DownstreamTest : public testing::Test {
protected:
    void start() {
        begin_to_start();
        ASSERT_TRUE(net::run_until(loop, [&] { return downstream->state().ready; }, 20s));
    }
    void begin_to_start() {
        config.pod = model::PodId("gateway-0");
        config.commands.reconnect_grace = 0ms;
        downstream.emplace(config, counters, loop, pod);
        ASSERT_TRUE(downstream->open(bus_counters, {.address = broker->address(), .embedded = broker.get()}));
    }
    // As often as the sink is full.
    void append(const model::DownRecord& record) {
        std::optional<bool> in_log;
        ASSERT_TRUE(net::run_until(loop, [&] {
            if (!in_log.value_or(false)) {
                in_log.reset();
                downstream->append(record, [&](bool logged) { in_log = logged; });
                EXPECT_TRUE(net::run_until(loop, [&] { return in_log.has_value(); }));
            }
            return in_log.value_or(false);
        }));
    }
    void append_command(const std::string& id, const std::string& charge_point) { append(command_record(id, charge_point)); }
    [[nodiscard]] model::DownRecord command_record(const std::string& id, const std::string& charge_point) const {
        return {.partition = downstream->home_partition(),
                .key = charge_point,
                .value = R"({"commandId":")" + id + R"(","chargePointId":")" + charge_point + R"(","commandName":"ClearCache"})"};
    }
    [[nodiscard]] bool ended(const std::string& id) const {
        const auto found = pod.states.find(id);
        return found != pod.states.end() && model::is_terminal(found->second.back());
    }

    Config config;
    base::Metrics metrics;
    commands::Counters counters = commands::Counters::make(metrics);
    bus::Counters bus_counters;
    net::Loop loop;
    Pod pod;
    std::unique_ptr<bus::EmbeddedBroker> broker = std::move(bus::EmbeddedBroker::create().value());
    std::optional<Downstream> downstream;
};

TEST_F(DownstreamTest, BringsACommandToTheConnectionOfItsChargePointAndItsReportBack) {
    start();
    const Place place{.shard = 1, .key = transport::ConnectionKey{77}};
    downstream->on_connected(model::ChargePointId("CP-1"), place);
    append_command("c-1", "CP-1");
    ASSERT_TRUE(net::run_until(loop, [&] { return !pod.delivered.empty(); }));
    EXPECT_EQ(pod.delivered[0].first, place);
    EXPECT_EQ(pod.delivered[0].second.command.name, "ClearCache");
    downstream->on_report({pod.delivered[0].second.ticket, commands::Sent{}});
    downstream->on_report({pod.delivered[0].second.ticket, commands::Answered{.outcome = "Accepted", .response = "{}"}});
    EXPECT_FALSE(downstream->idle());
    ASSERT_TRUE(net::run_until(loop, [&] { return ended("c-1") && downstream->idle(); }));
    EXPECT_THAT(pod.states["c-1"], ElementsAre(CommandState::queued, CommandState::sent, CommandState::completed));
}

// A marker, a result and a dead letter for each: far more than the sink may hold at once.
TEST_F(DownstreamTest, HoldsBackWhatTheSinkHasNoRoomForAndLosesNoneOfIt) {
    config.bus.records_bytes_max = 3'000;
    start();
    constexpr int kCommands = 40;
    for (int i = 0; i < kCommands; ++i) {
        append_command("c-" + std::to_string(i), "CP-1");
    }
    ASSERT_TRUE(net::run_until(
        loop,
        [&] {
            int count = 0;
            for (int i = 0; i < kCommands; ++i) {
                count += ended("c-" + std::to_string(i)) ? 1 : 0;
            }
            return count == kCommands && downstream->idle();
        },
        20s));
    for (const auto& [id, states] : pod.states) {
        EXPECT_THAT(states, testing::AnyOf(ElementsAre(CommandState::unreachable),
                                           ElementsAre(CommandState::queued, CommandState::unreachable)))
            << id;
    }
}

// A record of some bytes may ask for a result of many: what was read may be bounded while what follows from it is not.
TEST_F(DownstreamTest, ReadsNoFurtherWhileTheSinkHasNoRoomForWhatFollowsFromIt) {
    config.bus.records_bytes_max = 50'000;
    start();
    downstream->on_connected(model::ChargePointId("CP-1"), {.shard = 0, .key = transport::ConnectionKey{7}});
    append_command("c-1", "CP-1");
    ASSERT_TRUE(net::run_until(loop, [&] { return !pod.delivered.empty(); }));
    const std::string response = R"({"long":")" + std::string(20'000, 'x') + R"("})";
    downstream->on_report({pod.delivered[0].second.ticket, commands::Answered{.outcome = {}, .response = response}});
    ASSERT_TRUE(net::run_until(loop, [&] { return ended("c-1"); }));
    constexpr int kRepetitions = 60;
    int in_log = 0;
    for (int i = 0; i < kRepetitions; ++i) {
        downstream->append(command_record("c-1", "CP-1"), [&](bool logged) { in_log += logged ? 1 : 0; });
    }
    ASSERT_TRUE(net::run_until(loop, [&] { return in_log == kRepetitions; }));
    downstream.reset();

    bus::faults::push_errors(*broker, *bus::faults::api_key("produce"), std::vector(10'000, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT));
    const double before = counters.consumed.value();
    begin_to_start();
    ASSERT_TRUE(net::run_until(loop, [&] { return counters.consumed.value() >= before + 3; }, 20s));
    EXPECT_LT(counters.consumed.value(), before + 10);

    bus::faults::clear_errors(*broker, *bus::faults::api_key("produce"));
    ASSERT_TRUE(net::run_until(loop, [&] { return downstream->state().ready && downstream->idle(); }, 20s));
    EXPECT_EQ(counters.consumed.value(), before + 1 + kRepetitions);
}

TEST_F(DownstreamTest, RefusesARecordThatTheSinkHasNoRoomFor) {
    config.bus.records_bytes_max = 300;
    start();
    std::optional<bool> in_log;
    downstream->append({.partition = 0, .key = "CP-1", .value = std::string(400, ' ')}, [&](bool logged) { in_log = logged; });
    ASSERT_TRUE(net::run_until(loop, [&] { return in_log.has_value(); }));
    EXPECT_FALSE(*in_log);
}

TEST_F(DownstreamTest, ObeysAWishToDisconnectOnceAndNotAgainAfterARestart) {
    start();
    append(model::write_disconnect(model::ChargePointId("CP-1"), downstream->home_partition()));
    ASSERT_TRUE(net::run_until(loop, [&] { return !pod.disconnected.empty(); }));
    downstream.reset();
    start();
    append_command("c-1", "CP-1");  // behind it in the log
    ASSERT_TRUE(net::run_until(loop, [&] { return ended("c-1"); }));
    EXPECT_THAT(pod.disconnected, ElementsAre("CP-1"));
}

}  // namespace
}  // namespace app
