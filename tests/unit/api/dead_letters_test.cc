// The window on the dead letters, and giving their commands again.
#include "api/dead_letters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/api/api_fixture.h"

namespace {

using model::CommandState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::string result(const std::string& id_or_null, CommandState state = CommandState::unreachable) {
    model::CommandResult made{.charge_point = model::ChargePointId("CP-1"), .pod = model::PodId("p"), .state = state};
    if (id_or_null != "null") made.command = model::CommandId(id_or_null);
    return model::write_result(made);
}

std::string command(const std::string& id, const std::string& more = "") {
    return R"({"commandId":")" + id + R"(","chargePointId":"CP-1","commandName":"Reset")" + more + "}";
}

std::string letter(const std::string& id, const std::string& more = "") {
    return model::write_dead_letter(command(id, more), result(id));
}

api::DeadLetterWindow window_of(const std::vector<std::string>& letters, const api::Config& config = {}) {
    api::DeadLetterWindow window(config);
    for (const std::string& one : letters) {
        window.add("CP-1", one);
    }
    return window;
}

TEST(DeadLetterWindow, TellsTheNewestFirstPageByPage) {
    const auto window = window_of({letter("a"), letter("b"), letter("c")});
    const auto first = window.page({.limit = 2});
    EXPECT_THAT(first.letters, ElementsAre(letter("c"), letter("b")));
    ASSERT_TRUE(first.next);
    const auto second = window.page({.before = first.next, .limit = 2});
    EXPECT_THAT(second.letters, ElementsAre(letter("a")));
    EXPECT_FALSE(second.next);
    EXPECT_THAT(window.page({.before = 0}).letters, IsEmpty());
}

TEST(DeadLetterWindow, GoesOnWhereItWasWhenNewOnesCome) {
    auto window = window_of({letter("a"), letter("b")});
    const auto first = window.page({.limit = 1});
    window.add("CP-1", letter("c"));
    EXPECT_THAT(window.page({.before = first.next}).letters, ElementsAre(letter("a")));
}

TEST(DeadLetterWindow, KeepsSoManyAndSoManyBytes) {
    const auto few = window_of({letter("a"), letter("b"), letter("c")}, {.dead_letters_max = 2});
    EXPECT_THAT(few.page({}).letters, ElementsAre(letter("c"), letter("b")));
    const auto small =
        window_of({letter("a"), letter("b"), letter("c")}, {.dead_letter_bytes_max = 2 * letter("a").size() + 300});
    EXPECT_THAT(small.page({}).letters, ElementsAre(letter("c"), letter("b")));
    EXPECT_THAT(window_of({letter("a")}, {.dead_letter_bytes_max = 10}).page({}).letters, IsEmpty());
}

TEST(DeadLetterWindow, EndsAPageThatHasEnoughBytes) {
    const auto window = window_of({letter("a"), letter("b"), letter("c")}, {.dead_letter_page_bytes_max = letter("a").size()});
    const auto page = window.page({});
    EXPECT_THAT(page.letters, ElementsAre(letter("c")));
    EXPECT_THAT(window.page({.before = page.next}).letters, ElementsAre(letter("b")));
}

TEST(DeadLetterWindow, IsFilteredByChargePoint) {
    auto window = window_of({letter("a")});
    window.add("CP-2", letter("b"));
    EXPECT_THAT(window.page({.charge_point = "CP-2"}).letters, ElementsAre(letter("b")));
    EXPECT_THAT(window.page({.charge_point = "CP-3"}).letters, IsEmpty());
}

TEST(DeadLetterWindow, IgnoresWhatIsNoDeadLetter) {
    EXPECT_THAT(window_of({"", "x", "{}", R"({"command":{}})", R"({"command":7,"result":{}})"}).page({}).letters, IsEmpty());
}

TEST(DeadLetterWindow, FindsTheLetterOfTheCommandBeforeOneOfAnotherWithItsId) {
    const std::string duplicate = model::write_dead_letter(command("a", R"(,"priority":"low")"), result("null"));
    const auto both = window_of({letter("a"), duplicate});
    EXPECT_EQ(*both.find(model::CommandId("a")), letter("a"));
    const auto only = window_of({duplicate});
    EXPECT_EQ(*only.find(model::CommandId("a")), duplicate);
    EXPECT_EQ(only.find(model::CommandId("b")), nullptr);
}

class DeadLettersTest : public support::ApiFixture {
protected:
    void add(const std::string& value) {
        server_.on_loop([&] { api_->on_dead_letter("CP-1", value); });
    }
};

TEST_F(DeadLettersTest, AreListed) {
    start();
    EXPECT_EQ(get("/v1/dead-letters").body, R"({"deadLetters":[]})");
    add(letter("a"));
    add(letter("b"));
    EXPECT_EQ(get("/v1/dead-letters?limit=1").body, R"({"deadLetters":[)" + letter("b") + R"(],"nextCursor":"2"})");
    EXPECT_EQ(get("/v1/dead-letters?limit=1&cursor=2").body, R"({"deadLetters":[)" + letter("a") + "]}");
    EXPECT_EQ(get("/v1/dead-letters?chargePointId=CP-2").body, R"({"deadLetters":[]})");
    for (const char* query :
         {"cursor=x", "cursor=-1", "cursor=1000000000000000000", "limit=0", "chargePointId=", "state=failed"}) {
        EXPECT_EQ(get(std::string("/v1/dead-letters?") + query).status, 400) << query;
    }
}

TEST_F(DeadLettersTest, AreRetriedAsANewCommand) {
    start();
    add(letter(
        "a",
        R"(,"payload":{"z":1.50, "a":2},"priority":"high","expiresAt":"2026-11-20T10:30:50Z","createdAt":"2026-11-20T10:29:50Z")"));
    const auto reply = post("/v1/dead-letters/a:retry", "");
    EXPECT_EQ(reply.status, 202);
    ASSERT_THAT(commands_.known, SizeIs(1));
    const auto& [id, again] = *commands_.known.begin();
    EXPECT_NE(id, "a");
    EXPECT_EQ(reply.headers.at("location"), "/v1/commands/" + id);
    EXPECT_THAT(reply.body, StartsWith(R"({"commandId":")" + id + R"(","chargePointId":"CP-1",)"));
    EXPECT_EQ(again.command.payload, R"({"z":1.50, "a":2})");
    EXPECT_EQ(again.command.priority, model::Priority::high);
    EXPECT_GT(*again.command.created_at, base::parse_rfc3339("2026-11-20T10:30:00Z"));
    EXPECT_FALSE(again.command.expires_at);
}

TEST_F(DeadLettersTest, AreRetriedOnceHoweverOftenTheRequestIsRepeated) {
    start();
    add(letter("a"));
    const auto first = post("/v1/dead-letters/a:retry", "");
    const auto second = post("/v1/dead-letters/a:retry", "");
    EXPECT_EQ(second.status, 202);
    EXPECT_EQ(first.headers.at("location"), second.headers.at("location"));
    EXPECT_THAT(commands_.written, SizeIs(1));
    // What became of the retry is retried by its own id.
    const std::string again = commands_.known.begin()->first;
    add(letter(again));
    EXPECT_EQ(post("/v1/dead-letters/" + again + ":retry", "").status, 202);
    EXPECT_THAT(commands_.written, SizeIs(2));
}

TEST_F(DeadLettersTest, CannotBeRetriedWhereTheCommandIsNone) {
    start();
    add(model::write_dead_letter(R"({"commandId":"no-name","chargePointId":"CP-1"})", result("null")));
    add(model::write_dead_letter(std::string(model::kCommandBytesMax + 1, ' '), result("too-long")));
    add(letter("unfit", R"(,"payload":[])"));
    const auto nameless = post("/v1/dead-letters/no-name:retry", "");
    EXPECT_EQ(nameless.status, 422);
    EXPECT_THAT(nameless.body, HasSubstr("cannot be retried: commandName is missing"));
    EXPECT_THAT(nameless.body, HasSubstr(R"("commandId":"no-name")"));
    EXPECT_EQ(post("/v1/dead-letters/too-long:retry", "").status, 422);
    EXPECT_EQ(post("/v1/dead-letters/unfit:retry", "").status, 422);
    add(R"({"command":{"commandId":"old","chargePointId":"CP-1","commandName":"NoSuchAction"},"result":)" + result("old") + "}");
    EXPECT_THAT(post("/v1/dead-letters/old:retry", "").body, HasSubstr(R"("path":"/commandName")"));
    EXPECT_EQ(post("/v1/dead-letters/unknown:retry", "").status, 404);
    EXPECT_THAT(commands_.written, IsEmpty());
}

TEST_F(DeadLettersTest, CanBeRetriedLaterWhereTheLogIsAway) {
    commands_.log_away = true;
    start();
    add(letter("a"));
    EXPECT_EQ(post("/v1/dead-letters/a:retry", "").status, 503);
    server_.on_loop([&] { commands_.log_away = false; });
    EXPECT_EQ(post("/v1/dead-letters/a:retry", "").status, 202);
}

}  // namespace
