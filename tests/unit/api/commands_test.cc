// Single commands as a client of the API gives, follows and cancels them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/api/api_fixture.h"

namespace {

using namespace std::chrono_literals;
using model::CommandState;
using support::HttpReply;
using support::RawHttpClient;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kCommands = "/v1/charge-points/CP-1/commands";
constexpr const char* kReset = R"({"commandId":"c-1","commandName":"Reset","payload":{"type":"Soft"}})";

class CommandsTest : public support::ApiFixture {
protected:
    // The answers that the test asked for by itself come to this connection.
    RawHttpClient asking(std::string_view method, std::string_view target, std::string_view body = "") {
        RawHttpClient client(server_.port());
        client.send(request(method, target, body));
        return client;
    }
    RawHttpClient waiting(const std::string& body = kReset, const std::string& seconds = "300") {
        const std::size_t submits = commands_.submits;
        auto client = asking("POST", kCommands + ("?wait=" + seconds), body);
        EXPECT_TRUE(eventually([&] { return commands_.submits > submits; }));
        return client;
    }
    void expect_bad(const HttpReply& reply, const std::string& field) {
        EXPECT_EQ(reply.status, 400) << reply.body;
        EXPECT_EQ(reply.headers.at("content-type"), "application/problem+json");
        EXPECT_THAT(reply.body, HasSubstr(R"("field":")" + field + '"'));
    }
};

TEST_F(CommandsTest, AreWrittenToTheLogAndAnsweredWithTheResultSoFar) {
    start();
    const auto reply = post("/v1/charge-points/CP%201/commands",
                            R"({"commandId":"b 1","commandName":"Reset","payload":{"type" : "Soft"},"priority":"high",)"
                            R"("timeoutSeconds":7,"ifOffline":"wait"})");
    EXPECT_EQ(reply.status, 202);
    EXPECT_EQ(reply.headers.at("content-type"), "application/json");
    EXPECT_EQ(reply.headers.at("location"), "/v1/commands/b%201");
    EXPECT_THAT(reply.body, StartsWith(R"({"commandId":"b 1","chargePointId":"CP 1","pod":"gateway-0","state":"queued",)"));
    ASSERT_THAT(commands_.written, SizeIs(1));
    EXPECT_THAT(commands_.written[0], StartsWith(R"({"commandId":"b 1","chargePointId":"CP 1","commandName":"Reset",)"
                                                 R"("payload":{"type" : "Soft"},"priority":"high","createdAt":")"));
    EXPECT_THAT(commands_.written[0], EndsWith(R"("timeoutSeconds":7,"ifOffline":"wait"})"));
}

TEST_F(CommandsTest, HaveAnIdOfTheirOwnWhereTheClientGivesNone) {
    start();
    EXPECT_EQ(post(kCommands, R"({"commandName":"Reset"})").status, 202);
    EXPECT_EQ(post(kCommands, R"({"commandName":"Reset"})").status, 202);
    ASSERT_THAT(commands_.known, SizeIs(2));
    for (const auto& [id, known] : commands_.known) {
        EXPECT_THAT(id, testing::MatchesRegex("[0-9a-f]+-[0-9a-f]+-4[0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+"));
        EXPECT_EQ(id.size(), 36U);
    }
}

TEST_F(CommandsTest, ExpireAsLongAfterNowAsTheClientSays) {
    start();
    post(kCommands, R"({"commandName":"Reset","expiresInSeconds":3600})");
    post(kCommands, R"({"commandId":"without","commandName":"Reset"})");
    ASSERT_THAT(commands_.known, SizeIs(2));
    EXPECT_FALSE(commands_.known.at("without").command.expires_at);
    const model::Command& command = commands_.known.begin()->second.command;
    ASSERT_TRUE(command.created_at && command.expires_at);
    EXPECT_EQ(*command.expires_at - *command.created_at, 3600s);
    EXPECT_LT(std::chrono::abs(*command.created_at - base::read_clock().wall), 60s);
}

TEST_F(CommandsTest, NameTheMemberThatIsWrong) {
    start();
    const auto bad = [&](const std::string& members) { return post(kCommands, R"({"commandName":"Reset",)" + members + "}"); };
    expect_bad(post(kCommands, "{}"), "commandName");
    expect_bad(bad(R"("colour":"red")"), "colour");
    expect_bad(bad(R"("chargePointId":"CP-2")"), "chargePointId");
    expect_bad(bad(R"("createdAt":"2026-11-20T10:29:50Z")"), "createdAt");
    expect_bad(bad(R"("commandName":"Reset")"), "commandName");
    expect_bad(bad(R"("commandId":"")"), "commandId");
    expect_bad(bad(R"("commandId":")" + std::string(513, 'x') + '"'), "commandId");
    expect_bad(bad(R"("payload":[])"), "payload");
    expect_bad(bad(R"("priority":"urgent")"), "priority");
    expect_bad(bad(R"("timeoutSeconds":0)"), "timeoutSeconds");
    expect_bad(bad(R"("expiresInSeconds":604801)"), "expiresInSeconds");
    expect_bad(bad(R"("expiresInSeconds":"60")"), "expiresInSeconds");
    expect_bad(bad(R"("ifOffline":null)"), "ifOffline");
    EXPECT_THAT(commands_.written, IsEmpty());
}

TEST_F(CommandsTest, RefuseWhatIsNoJsonObject) {
    start();
    for (const char* body : {"", "Reset", "[]", R"({"commandName":"Reset")", R"({"commandName":"\ud800"})", "{} {}", "\xff"}) {
        const auto reply = post(kCommands, body);
        EXPECT_EQ(reply.status, 400) << body;
        EXPECT_THAT(reply.body, HasSubstr("the body is not a JSON object"));
    }
}

TEST_F(CommandsTest, RefuseAChargePointIdThatNoneCanHave) {
    start();
    for (const std::string& id : {std::string("a%2Fb"), std::string("a%00b"), std::string("%FF"), std::string(256, 'x')}) {
        expect_bad(post("/v1/charge-points/" + id + "/commands", kReset), "id");
        expect_bad(post("/v1/charge-points/" + id + ":disconnect", ""), "id");
    }
    EXPECT_EQ(post("/v1/charge-points/" + std::string(255, 'x') + "/commands", kReset).status, 202);
}

TEST_F(CommandsTest, TellTheIdInEveryErrorOnceThereIsOne) {
    start();
    const std::string id = R"("commandId":"c-9")";
    EXPECT_THAT(post(kCommands, R"({"commandName":7,)" + id + "}").body, HasSubstr(id));
    EXPECT_THAT(post(kCommands, R"({"x":7,)" + id + "}").body, HasSubstr(id));
    EXPECT_THAT(post(kCommands, R"({"commandName":"NoSuchAction",)" + id + "}").body, HasSubstr(id));
    EXPECT_THAT(get("/v1/commands/c-9").body, HasSubstr(id));
    EXPECT_THAT(ask("DELETE", "/v1/commands/c-9").body, HasSubstr(id));
    server_.on_loop([&] { commands_.log_away = true; });
    EXPECT_THAT(post(kCommands, R"({"commandName":"Reset",)" + id + "}").body, HasSubstr(id));
    EXPECT_THAT(post(kCommands, R"({"commandName":"Reset"})").body, HasSubstr(R"("commandId":")"));
}

TEST_F(CommandsTest, AreUnfitWhereTheChargePointsVersionSaysSo) {
    start();
    const auto reply = post(kCommands, R"({"commandId":"c-1","commandName":"NoSuchAction"})");
    EXPECT_EQ(reply.status, 422);
    EXPECT_THAT(reply.body, HasSubstr(R"("detail":"no such action","path":"/commandName","commandId":"c-1"})"));
    EXPECT_EQ(commands_.submits, 0U);
}

TEST_F(CommandsTest, AreTooLargeWhereNoRecordCanHoldThem) {
    start();
    const auto with_payload = [](std::size_t bytes) {
        return R"({"commandId":"c-1","commandName":"DataTransfer","payload":{"data":")" + std::string(bytes, 'x') + R"("}})";
    };
    const auto reply = post(kCommands, with_payload(model::kCommandBytesMax - 100));
    EXPECT_EQ(reply.status, 413);
    EXPECT_THAT(reply.body, HasSubstr(R"("field":"payload","commandId":"c-1"})"));
    EXPECT_EQ(post(kCommands, with_payload(model::kCommandBytesMax - 1000)).status, 202);
    EXPECT_EQ(post(kCommands, with_payload(1'100'000)).status, 413);
}

TEST_F(CommandsTest, AreGivenOnceUnderOneId) {
    start();
    EXPECT_EQ(post(kCommands, kReset).status, 202);
    EXPECT_EQ(post(kCommands, kReset).status, 202);
    EXPECT_THAT(commands_.written, SizeIs(1));
    server_.on_loop([&] { commands_.becomes("c-1", CommandState::sent); });
    const auto other = post(kCommands, R"({"commandId":"c-1","commandName":"Reset","payload":{"type":"Hard"}})");
    EXPECT_EQ(other.status, 409);
    EXPECT_THAT(other.body, HasSubstr(R"("commandId":"c-1","result":{"commandId":"c-1",)"));
    EXPECT_THAT(other.body, HasSubstr(R"("state":"sent")"));
    EXPECT_THAT(commands_.written, SizeIs(1));
}

TEST_F(CommandsTest, AreAProblemWhileTheLogIsAway) {
    commands_.log_away = true;
    start();
    for (const char* query : {"", "?wait=10"}) {
        const auto reply = post(std::string(kCommands) + query, kReset);
        EXPECT_EQ(reply.status, 503);
        EXPECT_EQ(reply.headers.at("retry-after"), "5");
        EXPECT_THAT(reply.body, HasSubstr(R"("commandId":"c-1")"));
    }
    server_.on_loop([&] { commands_.log_away = false; });
    EXPECT_EQ(post(kCommands, kReset).status, 202);
}

// ---- waiting

TEST_F(CommandsTest, AreWaitedForUntilTheyHaveEnded) {
    start();
    auto client = waiting();
    becomes("c-1", CommandState::queued);
    becomes("c-1", CommandState::sent);
    EXPECT_TRUE(client.is_silent_for(50ms));
    becomes("c-1", CommandState::completed);
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, commands_.known.at("c-1").status.result);
    EXPECT_THAT(reply.body, HasSubstr(R"("state":"completed","final":true)"));
}

TEST_F(CommandsTest, AnswerEverybodyWhoWaitsForThem) {
    start();
    auto first = waiting();
    auto second = waiting();
    auto other = waiting(R"({"commandId":"c-2","commandName":"Reset"})");
    becomes("c-1", CommandState::unreachable);
    EXPECT_THAT(first.read_reply().body, HasSubstr(R"("state":"unreachable")"));
    EXPECT_THAT(second.read_reply().body, HasSubstr(R"("state":"unreachable")"));
    EXPECT_TRUE(other.is_silent_for(50ms));
    becomes("c-2", CommandState::completed);
    EXPECT_EQ(other.read_reply().status, 200);
}

TEST_F(CommandsTest, AreAnsweredWithWhatIsKnownWhenTheWaitIsOver) {
    start();
    auto client = waiting(kReset, "1");
    becomes("c-1", CommandState::sent);
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.status, 202);
    EXPECT_EQ(reply.headers.at("location"), "/v1/commands/c-1");
    EXPECT_THAT(reply.body, HasSubstr(R"("state":"sent","final":false)"));
    // Nobody waits any more.
    becomes("c-1", CommandState::completed);
    EXPECT_THAT(get("/v1/commands/c-1").body, HasSubstr(R"("state":"completed")"));
}

TEST_F(CommandsTest, AreWaitedForLongerThanTheServerGivesOthers) {
    start({}, {.idle_timeout = 100ms});
    auto client = waiting();
    EXPECT_TRUE(client.is_silent_for(300ms));
    becomes("c-1", CommandState::completed);
    EXPECT_EQ(client.read_reply().status, 200);
}

TEST_F(CommandsTest, AreNotEndedByALateAnswer) {
    start();
    auto client = waiting();
    server_.on_loop([&] {
        api_->on_result("CP-1", model::write_result({.command = model::CommandId("c-1"),
                                                     .charge_point = model::ChargePointId("CP-1"),
                                                     .pod = model::PodId("p"),
                                                     .state = CommandState::completed,
                                                     .late = true}));
        api_->on_result("CP-1", "no result");
        api_->on_result("CP-1", model::write_result({.state = CommandState::rejected}));
    });
    EXPECT_TRUE(client.is_silent_for(50ms));
    becomes("c-1", CommandState::timed_out);
    EXPECT_THAT(client.read_reply().body, HasSubstr(R"("state":"timed_out")"));
}

TEST_F(CommandsTest, AreAnsweredAtOnceWhereTheyHaveEndedLongAgo) {
    start();
    post(kCommands, kReset);
    server_.on_loop([&] { commands_.becomes("c-1", CommandState::failed); });
    const auto reply = post(std::string(kCommands) + "?wait=300", kReset);
    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(reply.body, HasSubstr(R"("state":"failed","final":true)"));
}

TEST_F(CommandsTest, MissNoResultThatIsReadBeforeTheLogAnswers) {
    commands_.holds_answers = true;
    start();
    auto client = waiting();
    becomes("c-1", CommandState::completed);
    EXPECT_TRUE(client.is_silent_for(50ms));
    server_.on_loop([&] { commands_.answer_held(); });
    EXPECT_EQ(client.read_reply().status, 200);
}

TEST_F(CommandsTest, DoNotAnswerForAnotherCommandOfTheSameId) {
    start();
    post(kCommands, kReset);
    server_.on_loop([&] { commands_.holds_answers = true; });
    auto client = waiting(R"({"commandId":"c-1","commandName":"ClearCache"})");
    becomes("c-1", CommandState::completed);
    server_.on_loop([&] { commands_.answer_held(); });
    EXPECT_EQ(client.read_reply().status, 409);
}

TEST_F(CommandsTest, HaveALimitOfRequestsThatWait) {
    start({.waiting_max = 1});
    auto client = waiting();
    const auto refused = post(std::string(kCommands) + "?wait=1", R"({"commandId":"c-2","commandName":"Reset"})");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.headers.at("retry-after"), "5");
    EXPECT_THAT(refused.body, HasSubstr(R"("commandId":"c-2")"));
    EXPECT_FALSE(commands_.known.contains("c-2"));
    EXPECT_EQ(post(kCommands, R"({"commandId":"c-3","commandName":"Reset"})").status, 202);
    becomes("c-1", CommandState::completed);
    EXPECT_EQ(client.read_reply().status, 200);
    auto next = waiting(R"({"commandId":"c-2","commandName":"Reset"})");
    becomes("c-2", CommandState::completed);
    EXPECT_EQ(next.read_reply().status, 200);
}

TEST_F(CommandsTest, LeaveNoPlaceToAClientThatHungUp) {
    start({.waiting_max = 1});
    post(kCommands, R"({"commandId":"c-2","commandName":"Reset"})");
    becomes("c-2", CommandState::completed);
    waiting().close();
    const auto deadline = std::chrono::steady_clock::now() + support::kPatience;
    HttpReply next;
    do {
        next = post(std::string(kCommands) + "?wait=300", R"({"commandId":"c-2","commandName":"Reset"})");
    } while (next.status == 429 && std::chrono::steady_clock::now() < deadline);
    EXPECT_EQ(next.status, 200);
    becomes("c-1", CommandState::completed);
    EXPECT_THAT(get("/v1/commands/c-1").body, HasSubstr(R"("state":"completed")"));
}

TEST_F(CommandsTest, NameAWrongWaitAndWhatIsAllowed) {
    start();
    for (const char* wait : {"0", "301", "", "1.5", "x"}) {
        const auto reply = post(std::string(kCommands) + "?wait=" + wait, kReset);
        expect_bad(reply, "wait");
        EXPECT_THAT(reply.body, HasSubstr("from 1 to 300"));
    }
}

TEST_F(CommandsTest, AreAnsweredWhenTheApiEnds) {
    start();
    auto client = waiting();
    server_.on_loop([&] { commands_.holds_answers = true; });
    auto unanswered = waiting(R"({"commandId":"c-2","commandName":"Reset"})");
    server_.on_loop([&] { api_.reset(); });
    EXPECT_EQ(client.read_reply().status, 202);
    EXPECT_EQ(unanswered.read_reply().status, 503);
    server_.on_loop([&] { commands_.answer_held(); });
}

// ---- afterwards

TEST_F(CommandsTest, CanBeAskedFor) {
    start();
    post("/v1/charge-points/CP-1/commands", R"({"commandId":"a/b:c","commandName":"Reset"})");
    const auto reply = get("/v1/commands/a%2Fb:c");
    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(reply.body, StartsWith(R"({"commandId":"a/b:c",)"));
    EXPECT_EQ(get("/v1/commands/c-404").status, 404);
    expect_bad(get("/v1/commands/" + std::string(513, 'x')), "id");
}

TEST_F(CommandsTest, CanBeSearchedPageByPage) {
    start();
    for (const char* id : {"1", "2", "3"}) {
        post(kCommands, R"({"commandName":"Reset","commandId":"a)" + std::string(id) + R"("})");
        post("/v1/charge-points/CP-2/commands", R"({"commandName":"Reset","commandId":"b)" + std::string(id) + R"("})");
    }
    server_.on_loop([&] { commands_.becomes("b2", CommandState::completed); });
    const auto first = get("/v1/commands?limit=4");
    EXPECT_EQ(first.status, 200);
    EXPECT_THAT(first.body, StartsWith(R"({"commands":[{"commandId":"a1",)"));
    EXPECT_THAT(first.body, EndsWith(R"(],"nextCursor":"b1"})"));
    EXPECT_THAT(get("/v1/commands?limit=4&cursor=b1").body, StartsWith(R"({"commands":[{"commandId":"b2",)"));
    const auto filtered = get("/v1/commands?chargePointId=CP-2&state=queued");
    EXPECT_THAT(filtered.body, testing::AllOf(HasSubstr("\"b1\""), HasSubstr("\"b3\""), Not(HasSubstr("\"b2\""))));
    EXPECT_EQ(get("/v1/commands?chargePointId=CP-3").body, R"({"commands":[]})");
    expect_bad(get("/v1/commands?state=done"), "state");
    expect_bad(get("/v1/commands?chargePointId="), "chargePointId");
    expect_bad(get("/v1/commands?limit=0"), "limit");
    expect_bad(get("/v1/commands?chargepoint=x"), "chargepoint");
}

TEST_F(CommandsTest, CanBeCancelled) {
    start();
    post(kCommands, kReset);
    const auto reply = ask("DELETE", "/v1/commands/c-1");
    EXPECT_EQ(reply.status, 202);
    EXPECT_THAT(reply.body, StartsWith(R"({"commandId":"c-1",)"));
    EXPECT_THAT(commands_.cancelled, ElementsAre("c-1"));
    EXPECT_EQ(ask("DELETE", "/v1/commands/c-404").status, 404);
    server_.on_loop([&] { commands_.log_away = true; });
    const auto away = ask("DELETE", "/v1/commands/c-1");
    EXPECT_EQ(away.status, 503);
    EXPECT_EQ(away.headers.at("retry-after"), "5");
}

TEST_F(CommandsTest, AreLeftAloneOnceTheyHaveEnded) {
    start();
    post(kCommands, kReset);
    server_.on_loop([&] { commands_.becomes("c-1", CommandState::completed); });
    const auto reply = ask("DELETE", "/v1/commands/c-1");
    EXPECT_EQ(reply.status, 202);
    EXPECT_THAT(reply.body, HasSubstr(R"("state":"completed","final":true)"));
    EXPECT_THAT(commands_.cancelled, IsEmpty());
}

TEST_F(CommandsTest, AChargePointIsDisconnected) {
    commands_.connected = {"CP 1"};
    start();
    const auto reply = post("/v1/charge-points/CP%201:disconnect", "");
    EXPECT_EQ(reply.status, 202);
    EXPECT_EQ(reply.body, R"({"chargePointId":"CP 1"})");
    EXPECT_THAT(commands_.disconnected, ElementsAre("CP 1"));
    EXPECT_EQ(post("/v1/charge-points/CP-2:disconnect", "").status, 404);
    server_.on_loop([&] { commands_.log_away = true; });
    EXPECT_EQ(post("/v1/charge-points/CP%201:disconnect", "").status, 503);
}

}  // namespace
