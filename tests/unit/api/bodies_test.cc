#include "api/bodies.h"

#include <gtest/gtest.h>

#include <chrono>

namespace {

using std::chrono::milliseconds;

api::ConnectionView connection(const std::string& id) {
    return {.id = id,
            .protocol = "ocpp1.6",
            .remote_address = "127.0.0.1:50001",
            .connected_at = base::WallTime(milliseconds(1'795'168'800'123)),
            .last_message_at = base::WallTime(milliseconds(1'795'168'801'000)),
            .epoch = 1'795'168'800'123'456};
}

TEST(ReadinessBody, TellsTheStateOfEveryDependency) {
    const api::Readiness ready{
        .ready = true,
        .stopping = false,
        .dependencies = {
            {.name = "broker",
             .kind = "embedded",
             .address = "127.0.0.1:39271",
             .state = "up",
             .problem = "",
             .ready = true,
             .durable = false},
            {.name = "registry", .kind = "memory", .address = "", .state = "up", .problem = "", .ready = true, .durable = {}}}};
    EXPECT_EQ(api::readiness_body(ready),
              R"({"status":"ready","dependencies":{)"
              R"("broker":{"kind":"embedded","address":"127.0.0.1:39271","state":"up","durable":false},)"
              R"("registry":{"kind":"memory","state":"up"}}})");
}

TEST(ReadinessBody, SaysWhyItIsNotReady) {
    api::Readiness not_ready{.ready = false, .stopping = false, .dependencies = {}};
    not_ready.dependencies.push_back({.name = "broker",
                                      .kind = "kafka",
                                      .address = "k:9092",
                                      .state = "down",
                                      .problem = "away",
                                      .ready = false,
                                      .durable = {}});
    EXPECT_EQ(
        api::readiness_body(not_ready),
        R"({"status":"not ready","dependencies":{"broker":{"kind":"kafka","address":"k:9092","state":"down","problem":"away"}}})");
}

TEST(ReadinessBody, SaysThatItIsStoppingWhateverElseHolds) {
    EXPECT_EQ(api::readiness_body({.ready = true, .stopping = true, .dependencies = {}}),
              R"({"status":"stopping","dependencies":{}})");
}

TEST(ConnectionsBody, ListsAPageAndWhereToGoOn) {
    const api::ConnectionPage page{.connections = {connection("CP-\"1\"")}, .next_cursor = "CP-\"1\"", .total = 2};
    EXPECT_EQ(
        api::connections_body(page),
        R"({"connections":[{"id":"CP-\"1\"","protocol":"ocpp1.6","remoteAddress":"127.0.0.1:50001",)"
        R"("connectedAt":"2026-11-20T10:00:00.123Z","lastMessageAt":"2026-11-20T10:00:01.000Z","epoch":1795168800123456,"queuedCommands":0}],)"
        R"("nextCursor":"CP-\"1\"","total":2})");
}

TEST(ConnectionsBody, LeavesOutWhatIsNotThere) {
    EXPECT_EQ(api::connections_body({.connections = {}, .next_cursor = {}, .total = 0}), R"({"connections":[],"total":0})");
    auto fresh = connection("CP-1");
    fresh.last_message_at = {};
    EXPECT_EQ(api::connections_body({.connections = {fresh}, .next_cursor = {}, .total = 1}).find("lastMessageAt"),
              std::string::npos);
}

TEST(ChargePointBody, KeepsTheBootPayloadAsReceived) {
    const api::ChargePointView charge_point{
        .connection = connection("CP-1"), .pod = "gateway-0", .last_boot = R"({ "chargePointVendor":"V","x":12.50})"};
    EXPECT_EQ(api::charge_point_body(charge_point),
              R"({"id":"CP-1","connected":true,"protocol":"ocpp1.6","pod":"gateway-0","remoteAddress":"127.0.0.1:50001",)"
              R"("connectedAt":"2026-11-20T10:00:00.123Z","lastMessageAt":"2026-11-20T10:00:01.000Z","epoch":1795168800123456,)"
              R"("lastBoot":{ "chargePointVendor":"V","x":12.50}})");
}

}  // namespace
