// One command to many charge points, as a client of the API gives it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <vector>

#include "support/api/api_fixture.h"

namespace {

using model::CommandState;
using support::HttpReply;
using support::RawHttpClient;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kBatch = "/v1/commands:batch";

std::string batch(const std::string& ids, const std::string& name = "Reset", const std::string& batch_id = "b-1") {
    return R"({"batchId":")" + batch_id + R"(","commandName":")" + name + R"(","chargePointIds":)" + ids + "}";
}

std::string numbered_ids(std::size_t count) {
    std::string ids = "[";
    for (std::size_t i = 0; i < count; ++i) {
        ids.append(i == 0 ? "\"" : ",\"").append("CP-0000000000000000000000000000").append(std::to_string(i)).append("\"");
    }
    return ids + "]";
}

class BatchesTest : public support::ApiFixture {
protected:
    static std::vector<std::size_t> statuses(const HttpReply& reply) {
        simdjson::dom::parser parser;
        std::vector<std::size_t> found;
        for (const auto item : parser.parse(reply.body)["items"].get_array()) {
            found.push_back(item["status"].get_uint64());
        }
        return found;
    }
    void expect_bad(const std::string& body, const std::string& told) {
        const auto reply = post(kBatch, body);
        EXPECT_EQ(reply.status, 400) << body;
        EXPECT_THAT(reply.body, HasSubstr(told));
        EXPECT_THAT(commands_.written, IsEmpty());
    }
};

TEST_F(BatchesTest, AnswerForEachChargePointInOrder) {
    start();
    const auto reply = post(kBatch, batch(R"(["CP-2","CP 1"])"));
    EXPECT_EQ(reply.status, 202);
    EXPECT_THAT(reply.body,
                StartsWith(R"({"batchId":"b-1","accepted":2,"refused":0,"items":[)"
                           R"({"chargePointId":"CP-2","commandId":"b-1:CP-2","status":202,"result":{"commandId":"b-1:CP-2",)"));
    EXPECT_THAT(reply.body, HasSubstr(R"(},{"chargePointId":"CP 1","commandId":"b-1:CP 1","status":202,"result":{)"));
    EXPECT_THAT(commands_.written, SizeIs(2));
}

TEST_F(BatchesTest, TakeTenThousandChargePointsInOneCall) {
    start();
    const auto reply = post(kBatch, batch(numbered_ids(10'000)));
    EXPECT_EQ(reply.status, 202);
    EXPECT_THAT(reply.body, StartsWith(R"({"batchId":"b-1","accepted":10000,"refused":0,)"));
    EXPECT_THAT(statuses(reply), testing::AllOf(SizeIs(10'000), Each(202U)));
    EXPECT_THAT(commands_.written, SizeIs(10'000));
    EXPECT_THAT(commands_.written[9'999], HasSubstr("0009999\""));
}

TEST_F(BatchesTest, RepeatNothingWhenTheyAreRepeated) {
    start();
    post(kBatch, batch(R"(["CP-1","CP-2"])"));
    server_.on_loop([&] { commands_.becomes("b-1:CP-2", CommandState::completed); });
    const auto reply = post(kBatch, batch(R"(["CP-1","CP-2","CP-3"])"));
    EXPECT_THAT(reply.body, StartsWith(R"({"batchId":"b-1","accepted":3,)"));
    EXPECT_THAT(reply.body, HasSubstr(R"("state":"completed")"));
    EXPECT_THAT(commands_.written, SizeIs(3));
}

TEST_F(BatchesTest, TellWhichItemsWereRefused) {
    start();
    post("/v1/charge-points/CP-2/commands", R"({"commandId":"b-1:CP-2","commandName":"ClearCache"})");
    const auto reply = post(kBatch, batch(R"(["CP-1","CP-2"])"));
    EXPECT_EQ(reply.status, 202);
    EXPECT_THAT(reply.body, HasSubstr(R"("accepted":1,"refused":1,)"));
    EXPECT_THAT(reply.body,
                HasSubstr(R"("commandId":"b-1:CP-2","status":409,"problem":{"type":"about:blank","title":"Conflict",)"));
    EXPECT_THAT(statuses(reply), testing::ElementsAre(202U, 409U));
}

TEST_F(BatchesTest, AnswerWithProblemsWhereTheCommandFitsNobody) {
    start({.batch_in_flight_max = 16});
    const auto reply = post(kBatch, batch(numbered_ids(100), "NoSuchAction"));
    EXPECT_EQ(reply.status, 202);
    EXPECT_THAT(statuses(reply), testing::AllOf(SizeIs(100), Each(422U)));
    EXPECT_THAT(reply.body, HasSubstr(R"("path":"/commandName")"));
}

TEST_F(BatchesTest, NeverHaveMoreOnTheirWayThanAllowed) {
    commands_.holds_answers = true;
    start({.batch_in_flight_max = 16});
    RawHttpClient client(server_.port());
    client.send(request("POST", kBatch, batch(numbered_ids(100))));
    for (std::size_t answered = 0; answered < 100; ++answered) {
        ASSERT_TRUE(eventually([&] { return !commands_.held.empty(); })) << answered;
        server_.on_loop([&] {
            EXPECT_LE(commands_.held.size(), 16U);
            const auto one = commands_.held.front();
            commands_.held.erase(commands_.held.begin());
            one();
        });
    }
    EXPECT_THAT(client.read_reply().body, HasSubstr(R"("accepted":100,)"));
}

// 10,000 commands of 256 KB are 2.5 GB: the loop must have its turns, and what is on its way its bounds.
TEST_F(BatchesTest, HaveFewerLargeCommandsOnTheirWay) {
    commands_.holds_answers = true;
    start({.batch_in_flight_max = 16, .batch_in_flight_bytes_max = 5'000});
    RawHttpClient client(server_.port());
    const std::string payload = R"("payload":{"vendorId":"v","data":")" + std::string(1'900, 'x') + R"("},)";
    client.send(request("POST", kBatch, "{" + payload + batch(numbered_ids(100), "DataTransfer").substr(1)));
    ASSERT_TRUE(eventually([&] { return !commands_.held.empty(); }));
    server_.on_loop([&] { EXPECT_THAT(commands_.held, SizeIs(2)); });
    server_.on_loop([&] { commands_.answer_held(); });
    EXPECT_THAT(client.read_reply().body, HasSubstr(R"("accepted":100,)"));
}

TEST_F(BatchesTest, LookAtNoneOfTheRestOnceTheLogIsAway) {
    commands_.log_away = true;
    start({.batch_in_flight_max = 4});
    EXPECT_EQ(post(kBatch, batch(numbered_ids(100))).status, 503);
    EXPECT_LE(commands_.checks, 5U);
}

TEST_F(BatchesTest, TryNoMoreOnceTheLogIsAway) {
    commands_.log_away = true;
    start({.batch_in_flight_max = 16});
    const auto reply = post(kBatch, batch(numbered_ids(100)));
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.headers.at("retry-after"), "5");
    EXPECT_THAT(reply.body, HasSubstr(R"("batchId":"b-1")"));
    EXPECT_LE(commands_.submits, 17U);
    server_.on_loop([&] { commands_.log_away = false; });
    EXPECT_THAT(post(kBatch, batch(numbered_ids(100))).body, HasSubstr(R"("accepted":100,)"));
}

TEST_F(BatchesTest, AreCompletedByARepetitionWhereTheLogWentAwayInBetween) {
    start();
    post(kBatch, batch(R"(["CP-1"])"));
    server_.on_loop([&] { commands_.log_away = true; });
    const auto reply = post(kBatch, batch(R"(["CP-1","CP-2"])"));
    EXPECT_EQ(reply.status, 202);
    EXPECT_THAT(statuses(reply), testing::ElementsAre(202U, 503U));
    server_.on_loop([&] { commands_.log_away = false; });
    EXPECT_THAT(statuses(post(kBatch, batch(R"(["CP-1","CP-2"])"))), Each(202U));
}

TEST_F(BatchesTest, NameTheMemberThatIsWrong) {
    start({.batch_charge_points_max = 3});
    expect_bad(R"({"commandName":"Reset","chargePointIds":["a"]})", R"("field":"batchId")");
    expect_bad(R"({"commandName":"Reset","batchId":"b"})", R"("field":"chargePointIds","batchId":"b"})");
    expect_bad(R"({"batchId":"b","chargePointIds":["a"]})", R"("field":"commandName")");
    expect_bad(R"({"batchId":7,"commandName":"Reset","chargePointIds":["a"]})", R"("field":"batchId")");
    expect_bad(batch(R"(["a"])", "Reset", std::string(257, 'b')), "must have at most 256 bytes");
    expect_bad(R"({"batchId":"b","commandId":"c","commandName":"Reset","chargePointIds":["a"]})", R"("field":"commandId")");
    expect_bad(batch("[]"), "must not be empty");
    expect_bad(batch("\"a\""), "must be an array of strings");
    expect_bad(batch(R"(["a","b","a"])"),
               R"("detail":"a charge point is there twice","field":"chargePointIds","path":"/chargePointIds/2")");
    expect_bad(batch(R"(["a","b","c","d"])"), "must have at most 3 elements");
    expect_bad(batch(R"(["a",7])"), R"("path":"/chargePointIds/1")");
    expect_bad(batch(R"(["a","b/c"])"), R"("path":"/chargePointIds/1")");
    expect_bad(batch("[\"" + std::string(256, 'x') + "\"]"), "must have at most 255 bytes");
}

TEST_F(BatchesTest, TakeTheLongestIds) {
    start();
    const std::string id(255, '"');
    std::string escaped;
    for (std::size_t i = 0; i < id.size(); ++i) {
        escaped += "\\\"";
    }
    const auto reply = post(kBatch, batch("[\"" + escaped + "\"]", "Reset", std::string(256, 'b')));
    EXPECT_EQ(reply.status, 202);
    ASSERT_THAT(commands_.written, SizeIs(1));
    EXPECT_TRUE(model::read_command(commands_.written[0]));
}

TEST_F(BatchesTest, HaveALimit) {
    commands_.holds_answers = true;
    start({.batches_max = 1});
    RawHttpClient first(server_.port());
    first.send(request("POST", kBatch, batch(R"(["CP-1"])")));
    ASSERT_TRUE(eventually([&] { return !commands_.held.empty(); }));
    const auto refused = post(kBatch, batch(R"(["CP-1"])", "Reset", "b-2"));
    EXPECT_EQ(refused.status, 429);
    EXPECT_THAT(refused.body, HasSubstr(R"("batchId":"b-2")"));
    server_.on_loop([&] { commands_.answer_held(); });
    EXPECT_EQ(first.read_reply().status, 202);
    EXPECT_EQ(post(kBatch, batch(R"(["CP-1"])", "Reset", "b-2")).status, 202);
}

TEST_F(BatchesTest, AreAnsweredWhenTheApiEnds) {
    commands_.holds_answers = true;
    start();
    RawHttpClient client(server_.port());
    client.send(request("POST", kBatch, batch(R"(["CP-1"])")));
    ASSERT_TRUE(eventually([&] { return !commands_.held.empty(); }));
    server_.on_loop([&] { api_.reset(); });
    EXPECT_EQ(client.read_reply().status, 503);
    server_.on_loop([&] { commands_.answer_held(); });
}

}  // namespace
