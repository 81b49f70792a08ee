#include "api/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/api/fake_exchange.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// Answers with the name of the route and what it took.
class RouterTest : public testing::Test {
protected:
    net::HttpResponse answer_to(std::string_view method, std::string_view target) const {
        const auto exchange = std::make_shared<support::FakeExchange>(method, target);
        router_.handle(exchange);
        return exchange->answer.value_or(net::HttpResponse{.status = 0, .content_type = {}, .body = {}, .headers = {}});
    }

private:
    static std::function<void(const api::RouteCall&)> names(std::string name) {
        return [name = std::move(name)](const api::RouteCall& call) {
            std::string body = name;
            for (const std::string& segment : call.segments) {
                body += " <" + segment + ">";
            }
            call.exchange->send({.status = 200, .content_type = "text/plain", .body = body, .headers = {}});
        };
    }

    api::Router router_{{
        {"GET", "/", {}, names("root")},
        {"GET", "/things", {"limit", "type"}, names("list")},
        {"POST", "/things/{id}:disconnect", {}, names("disconnect")},
        {"GET", "/things/{id}", {}, names("one")},
        {"PUT", "/things/{id}", {}, names("put")},
        {"GET", "/things/{id}/parts/{part}", {}, names("part")},
    }};
};

TEST_F(RouterTest, FindsRoutesByMethodAndPath) {
    EXPECT_EQ(answer_to("GET", "/").body, "root");
    EXPECT_EQ(answer_to("GET", "/things").body, "list");
    EXPECT_EQ(answer_to("PUT", "/things/a").body, "put <a>");
    EXPECT_EQ(answer_to("GET", "/things/a/parts/b").body, "part <a> <b>");
    EXPECT_EQ(answer_to("HEAD", "/things/a").body, "one <a>");
}

TEST_F(RouterTest, DecodesSegmentsOnceAndAfterSplitting) {
    EXPECT_EQ(answer_to("GET", "/things/a%2Fb%20c").body, "one <a/b c>");
    EXPECT_EQ(answer_to("GET", "/things/a%252Fb").body, "one <a%2Fb>");
    EXPECT_EQ(answer_to("GET", "/things/a+b").body, "one <a+b>");
    EXPECT_EQ(answer_to("GET", "/th%69ngs").body, "list");
    EXPECT_EQ(answer_to("GET", "/things/a%2").status, 400);
}

TEST_F(RouterTest, CarriesAVerbBehindASegment) {
    EXPECT_EQ(answer_to("POST", "/things/a%20b:disconnect").body, "disconnect <a b>");
    EXPECT_EQ(answer_to("POST", "/things/a:b:disconnect").body, "disconnect <a:b>");
    EXPECT_EQ(answer_to("GET", "/things/a%3Adisconnect").body, "one <a:disconnect>");
    EXPECT_EQ(answer_to("POST", "/things/:disconnect").status, 405);
    const auto other_method = answer_to("GET", "/things/a:disconnect");
    EXPECT_EQ(other_method.status, 405);
    EXPECT_THAT(other_method.headers, ElementsAre(Pair("allow", "POST")));
}

TEST_F(RouterTest, AnswersAnUnknownPathWithAProblem) {
    for (const char* target : {"/nothing", "/things/", "/things/a/", "/things/a/parts", "//", "/things/a/parts/b/c"}) {
        const auto answer = answer_to("GET", target);
        EXPECT_EQ(answer.status, 404) << target;
        EXPECT_EQ(answer.content_type, "application/problem+json");
        EXPECT_EQ(answer.body, R"({"type":"about:blank","title":"Not Found","status":404,"detail":"there is no such route"})");
    }
}

TEST_F(RouterTest, TellsWhichMethodsAPathHas) {
    const auto answer = answer_to("DELETE", "/things/a");
    EXPECT_EQ(answer.status, 405);
    EXPECT_THAT(answer.headers, ElementsAre(Pair("allow", "GET, HEAD, PUT")));
    EXPECT_THAT(answer.body, HasSubstr(R"("title":"Method Not Allowed","status":405)"));
}

TEST_F(RouterTest, RefusesQueryParametersThatTheRouteDoesNotKnow) {
    EXPECT_EQ(answer_to("GET", "/things?type=a&limit=3&type=b").body, "list");
    const auto answer = answer_to("GET", "/things?limt=3");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(
        answer.body,
        R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"known parameters: limit, type","field":"limt"})");
    EXPECT_THAT(answer_to("GET", "/things/a?x").body,
                HasSubstr(R"("detail":"this route takes no query parameters","field":"x")"));
}

}  // namespace
