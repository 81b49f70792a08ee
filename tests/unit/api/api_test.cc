// The API as a client sees it, over a real loopback socket, with a backend that behaves.
#include "api/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/api/api_fixture.h"

namespace {

using namespace std::chrono_literals;
using support::FakeBackend;
using support::RawHttpClient;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

std::string event(const std::string& id, const std::string& type) {
    return R"({"specversion":"1.0","id":")" + id + R"(","source":"/charge-points/x","type":")" + type + R"(","data":{}})";
}

class ApiTest : public support::ApiFixture {
protected:
    void publish(std::string_view charge_point, const std::string& value) {
        server_.on_loop([&] { backend_.publish(charge_point, value); });
    }

    std::size_t subscriptions() {
        std::size_t count = 0;
        server_.on_loop([&] { count = backend_.subscriptions.size(); });
        return count;
    }
    bool eventually_subscriptions(std::size_t wanted) {
        const auto deadline = std::chrono::steady_clock::now() + support::kPatience;
        while (subscriptions() != wanted) {
            if (std::chrono::steady_clock::now() > deadline) return false;
        }
        return true;
    }
};

TEST_F(ApiTest, SaysThatItIsThere) {
    start();
    const auto reply = get("/health");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.at("content-type"), "application/json");
    EXPECT_EQ(reply.body, R"({"status":"ok"})");
}

TEST_F(ApiTest, IsAliveWhileEveryLoopMakesProgress) {
    start();
    EXPECT_EQ(get("/health/live").body, R"({"status":"ok"})");
    server_.on_loop([&] { backend_.makes_progress = false; });
    const auto stalled = get("/health/live");
    EXPECT_EQ(stalled.status, 503);
    EXPECT_EQ(stalled.headers.at("content-type"), "application/problem+json");
}

TEST_F(ApiTest, IsReadyOnlyWhereTheBackendIsAndNotStopping) {
    start();
    EXPECT_EQ(get("/health/ready").status, 200);
    server_.on_loop([&] { backend_.ready.stopping = true; });
    const auto stopping = get("/health/ready");
    EXPECT_EQ(stopping.status, 503);
    EXPECT_EQ(stopping.headers.at("content-type"), "application/json");
    EXPECT_EQ(stopping.body, R"({"status":"stopping","dependencies":{}})");
    server_.on_loop([&] { backend_.ready = {}; });
    EXPECT_EQ(get("/health/ready").status, 503);
}

TEST_F(ApiTest, PagesThroughTheConnections) {
    for (const char* id : {"CP-1", "CP-2", "CP-3"}) {
        backend_.holds(id);
    }
    start();
    const auto first = get("/connections?limit=2");
    EXPECT_EQ(first.status, 200);
    EXPECT_THAT(first.body, HasSubstr(R"("nextCursor":"CP-2","total":3)"));
    const auto second = get("/connections?limit=2&cursor=CP-2");
    EXPECT_THAT(second.body, StartsWith(R"({"connections":[{"id":"CP-3",)"));
    EXPECT_THAT(second.body, HasSubstr(R"(],"total":3})"));
    EXPECT_THAT(get("/connections").body, HasSubstr(R"(],"total":3})"));
}

TEST_F(ApiTest, NamesAWrongLimitAndWhatIsAllowed) {
    start();
    for (const char* limit : {"0", "1001", "-1", "1.5", "ten", "", "99999999999999999999"}) {
        const auto reply = get(std::string("/connections?limit=") + limit);
        EXPECT_EQ(reply.status, 400) << limit;
        EXPECT_THAT(reply.body, HasSubstr(R"("detail":"a whole number from 1 to 1000","field":"limit"})"));
    }
    EXPECT_EQ(get("/connections?limit=1000").status, 200);
    EXPECT_THAT(get("/connections?limit=1&limit=2").body, HasSubstr(R"("detail":"may be given once","field":"limit"})"));
    EXPECT_THAT(get("/connections?after=x").body, HasSubstr(R"("field":"after"})"));
}

TEST_F(ApiTest, ShowsAChargePointThatThisPodHolds) {
    backend_.holds("CP/1 ü");
    start();
    const auto reply = get("/v1/charge-points/CP%2F1%20%C3%BC");
    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(reply.body, StartsWith(R"({"id":"CP/1 ü","connected":true,"protocol":"ocpp1.6","pod":"gateway-0",)"));
    EXPECT_EQ(get("/v1/charge-points/CP-2").status, 404);
}

TEST_F(ApiTest, TellsRoutesThatItHasNotAndMethodsThatTheyHaveNot) {
    start();
    EXPECT_EQ(get("/").status, 404);
    EXPECT_EQ(get("/v1/charge-points").status, 404);
    RawHttpClient client(server_.port());
    client.send("DELETE /v1/events HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.status, 405);
    EXPECT_EQ(reply.headers.at("allow"), "GET, HEAD");
}

TEST_F(ApiTest, AnswersARequestThatAnotherServerRead) {
    backend_.holds("CP-1");
    start();
    std::vector<std::pair<unsigned, std::string>> answers;
    const auto keep = [&](const net::HttpResponse& response) {
        answers.emplace_back(response.status, response.body.substr(0, 15));
    };
    server_.on_loop([&] {
        api_->answer("GET", "/health", keep);
        api_->answer("GET", "/connections?limit=1", keep);
        api_->answer("GET", "/connections?limit=0", keep);
        api_->answer("POST", "/health", keep);
        api_->answer("GET", "/v1/events", keep);
        api_->answer("GET", "/v1/event%73", keep);
        api_->answer("GET", "/%", keep);
        api_->answer("GET", "nonsense", keep);
    });
    EXPECT_THAT(answers, ElementsAre(Pair(200, R"({"status":"ok"})"), Pair(200, R"({"connections":)"), Pair(400, testing::_),
                                     Pair(405, testing::_), Pair(404, testing::_), Pair(404, testing::_), Pair(404, testing::_),
                                     Pair(400, testing::_)));
    EXPECT_EQ(backend_.last_subscription, 0U);
}

// ---- events

class EventsTest : public ApiTest {
protected:
    RawHttpClient subscriber(const std::string& query = "") {
        RawHttpClient client(server_.port());
        client.send("GET /v1/events" + query + " HTTP/1.1\r\nHost: t\r\n\r\n");
        const auto head = client.read_head();
        EXPECT_EQ(head.status, 200);
        EXPECT_EQ(head.headers.at("content-type"), "text/event-stream");
        EXPECT_EQ(head.headers.at("cache-control"), "no-cache");
        return client;
    }

    // The next event's bytes without the chunk around them.
    static std::string next_event(RawHttpClient& client) {
        const std::size_t size = std::stoul(client.read_until("\r\n"), nullptr, 16);
        const std::string chunk = client.read_bytes(size + 2);
        return chunk.substr(0, size);
    }
};

TEST_F(EventsTest, AreSentAsTheyHappen) {
    start();
    auto client = subscriber();
    publish("CP-1", event("e1", "device.online"));
    EXPECT_EQ(next_event(client), "id: e1\nevent: device.online\ndata: " + event("e1", "device.online") + "\n\n");
}

TEST_F(EventsTest, AreFilteredByChargePointAndType) {
    start();
    auto one = subscriber("?chargePointId=CP-1&chargePointId=CP-2");
    auto typed = subscriber("?type=b&type=c");
    auto both = subscriber("?chargePointId=CP-3&type=b");
    publish("CP-1", event("1", "a"));
    publish("CP-2", event("2", "b"));
    publish("CP-3", event("3", "b"));
    publish("CP-3", event("4", "c"));
    publish("CP-2", event("5", "c"));
    EXPECT_THAT(next_event(one), StartsWith("id: 1\n"));
    EXPECT_THAT(next_event(one), StartsWith("id: 2\n"));
    EXPECT_THAT(next_event(one), StartsWith("id: 5\n"));
    EXPECT_THAT(next_event(typed), StartsWith("id: 2\n"));
    EXPECT_THAT(next_event(typed), StartsWith("id: 3\n"));
    EXPECT_THAT(next_event(typed), StartsWith("id: 4\n"));
    EXPECT_THAT(next_event(both), StartsWith("id: 3\n"));
}

TEST_F(EventsTest, SkipRecordsThatAreNoEvents) {
    start();
    auto client = subscriber();
    publish("CP-1", "not JSON");
    publish("CP-1", event("e2", "t"));
    EXPECT_THAT(next_event(client), StartsWith("id: e2\n"));
}

TEST_F(EventsTest, ShareOneSubscriptionThatEndsWithTheLastSubscriber) {
    start();
    {
        auto first = subscriber();
        {
            auto second = subscriber();
            EXPECT_EQ(subscriptions(), 1U);
        }
        publish("CP-1", event("e1", "t"));
        EXPECT_THAT(next_event(first), StartsWith("id: e1\n"));
    }
    EXPECT_TRUE(eventually_subscriptions(0));
    auto again = subscriber();
    publish("CP-1", event("e2", "t"));
    EXPECT_THAT(next_event(again), StartsWith("id: e2\n"));
}

TEST_F(EventsTest, SendNoHeadersBeforeTheBackendListens) {
    backend_.subscribing = FakeBackend::Subscribing::held;
    start();
    RawHttpClient client(server_.port());
    client.send("GET /v1/events HTTP/1.1\r\nHost: t\r\n\r\n");
    ASSERT_TRUE(eventually_subscriptions(1));
    EXPECT_TRUE(client.is_silent_for(50ms));
    server_.on_loop([&] {
        backend_.confirm({});
        backend_.publish("CP-1", event("e1", "t"));
    });
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_THAT(next_event(client), StartsWith("id: e1\n"));
}

TEST_F(EventsTest, AreAProblemWhileTheLogIsAway) {
    backend_.subscribing = FakeBackend::Subscribing::refused;
    start();
    const auto refused = get("/v1/events");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.headers.at("retry-after"), "5");
    EXPECT_THAT(refused.body, HasSubstr("events cannot be read: the broker is away"));
    EXPECT_EQ(subscriptions(), 0U);

    server_.on_loop([&] { backend_.subscribing = FakeBackend::Subscribing::confirmed; });
    auto client = subscriber();
    publish("CP-1", event("e1", "t"));
    EXPECT_THAT(next_event(client), StartsWith("id: e1\n"));
}

TEST_F(EventsTest, AreAProblemWhereTheLogIsLateInSayingThatItIsAway) {
    backend_.subscribing = FakeBackend::Subscribing::held;
    start();
    RawHttpClient client(server_.port());
    client.send("GET /v1/events HTTP/1.1\r\nHost: t\r\n\r\n");
    ASSERT_TRUE(eventually_subscriptions(1));
    server_.on_loop([&] { backend_.confirm(base::fail("no broker")); });
    EXPECT_EQ(client.read_reply().status, 503);
    EXPECT_EQ(subscriptions(), 0U);
}

TEST_F(EventsTest, ForgetASubscriberThatLeftBeforeTheBackendListened) {
    backend_.subscribing = FakeBackend::Subscribing::held;
    start({}, {.idle_timeout = 50ms});
    EXPECT_EQ(get("/v1/events").status, 503);  // the server answers for us
    server_.on_loop([&] { backend_.confirm({}); });
    EXPECT_TRUE(eventually_subscriptions(0));
}

TEST_F(EventsTest, HaveALimitOfSubscribers) {
    start({.events_subscribers_max = 2});
    std::optional<RawHttpClient> first(subscriber());
    auto second = subscriber();
    const auto refused = get("/v1/events");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.headers.at("retry-after"), "5");
    first.reset();
    const auto deadline = std::chrono::steady_clock::now() + support::kPatience;
    unsigned status = 503;
    while (status == 503 && std::chrono::steady_clock::now() < deadline) {
        RawHttpClient client(server_.port());
        client.send("GET /v1/events HTTP/1.1\r\nHost: t\r\n\r\n");
        status = client.read_head().status;
    }
    EXPECT_EQ(status, 200);
}

TEST_F(EventsTest, EndASubscriberThatDoesNotRead) {
    start({}, {.stream_outbox_bytes_max = 64 * 1024});
    RawHttpClient slow(server_.port(), 4096);
    slow.send("GET /v1/events HTTP/1.1\r\nHost: t\r\n\r\n");
    slow.read_head();
    ASSERT_EQ(subscriptions(), 1U);
    const std::string large = event(std::string(10'000, 'i'), "t");
    const auto deadline = std::chrono::steady_clock::now() + support::kPatience;
    while (subscriptions() == 1 && std::chrono::steady_clock::now() < deadline) {
        publish("CP-1", large);
    }
    EXPECT_EQ(subscriptions(), 0U);
    auto client = subscriber();
    publish("CP-1", event("e1", "t"));
    EXPECT_THAT(next_event(client), StartsWith("id: e1\n"));
}

TEST_F(EventsTest, KeepAQuietStreamAlive) {
    start({.events_keep_alive = 100ms});
    auto client = subscriber();
    EXPECT_EQ(next_event(client), ": keep-alive\n\n");
    EXPECT_EQ(next_event(client), ": keep-alive\n\n");
}

TEST_F(EventsTest, RefuseUnknownAndEmptyFilters) {
    start();
    EXPECT_THAT(get("/v1/events?chargepointid=x").body,
                HasSubstr(R"("detail":"known parameters: chargePointId, type","field":"chargepointid")"));
    EXPECT_THAT(get("/v1/events?type=").body, HasSubstr(R"("status":400,)"));
    EXPECT_EQ(subscriptions(), 0U);
}

TEST_F(EventsTest, EndWithTheApi) {
    start();
    auto client = subscriber();
    server_.on_loop([&] { api_.reset(); });
    EXPECT_EQ(client.read_to_end(), "0\r\n\r\n");
}

}  // namespace
