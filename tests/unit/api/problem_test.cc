#include "api/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_problem.h"

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

TEST(Problem, IsADocumentOfRfc9457) {
    const auto response = api::not_found("no charge point \"CP\"\n");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(response.body, R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no charge point \"CP\"\n"})");
}

TEST(Problem, NamesTheFieldAndWhatIsAllowed) {
    EXPECT_EQ(api::bad_field("limit", "a whole number").body,
              R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"a whole number","field":"limit"})");
}

TEST(Problem, ShowsWhatIsJsonAsItIs) {
    const auto response = net::problem_response(
        {.status = 409, .detail = "", .members = {{"commandId", "c-1"}}, .json_members = {{"result", R"({"attempt":1})"}}});
    EXPECT_EQ(response.body,
              R"({"type":"about:blank","title":"Conflict","status":409,"commandId":"c-1","result":{"attempt":1}})");
}

TEST(Problem, TellsInHeadersWhatProgramsNeed) {
    EXPECT_THAT(api::method_not_allowed("GET, HEAD").headers, ElementsAre(Pair("allow", "GET, HEAD")));
    EXPECT_THAT(api::unavailable("later", 5s).headers, ElementsAre(Pair("retry-after", "5")));
    EXPECT_THAT(api::unavailable("never").headers, testing::IsEmpty());
}

}  // namespace
