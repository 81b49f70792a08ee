#include "model/json_members.h"

#include <gtest/gtest.h>

#include <string>

namespace model {
namespace {

TEST(JsonMembers, TellBothWhatTheySayAndHowTheyAreWritten) {
    const auto members = json_members(R"( {"a\u0062" : "x\ty" , "n": 12.50 ,"o":{"p": [ 1 ]},"l":[],"t":true,"z":null} )");
    ASSERT_TRUE(members);
    ASSERT_EQ(members->size(), 6U);
    EXPECT_EQ(members->front().name, "ab");
    EXPECT_EQ(members->front().raw, R"("x\ty")");
    EXPECT_EQ(members->front().text, "x\ty");
    EXPECT_EQ(find_member(*members, "n")->raw, "12.50");
    EXPECT_EQ(find_member(*members, "o")->raw, R"({"p": [ 1 ]})");
    EXPECT_EQ(find_member(*members, "o")->type, JsonType::object);
    EXPECT_EQ(find_member(*members, "l")->type, JsonType::array);
    EXPECT_EQ(find_member(*members, "t")->type, JsonType::boolean);
    EXPECT_EQ(find_member(*members, "z")->type, JsonType::null);
    EXPECT_EQ(find_member(*members, "y"), nullptr);
}

// Charge points answer with them, and the record of a command's end holds the answer.
TEST(JsonMembers, MayBeNumbersOfAnySize) {
    const auto members = json_members(R"({"big":18446744073709551616,"far":1e400,"in":{"n":-99999999999999999999},"one":1})");
    ASSERT_TRUE(members);
    EXPECT_EQ(find_member(*members, "big")->raw, "18446744073709551616");
    EXPECT_FALSE(whole_number(*find_member(*members, "big")));
    EXPECT_EQ(whole_number(*find_member(*members, "one")), 1);
}

TEST(JsonMembers, AreNoneOfWhatIsNoJsonObjectForEveryReader) {
    for (const char* const json :
         {"", "[]", "1", "{", R"({"a":1,})", R"({"a":01})", R"({"a":1} x)", R"({"a":"\ud800"})", "{\"a\":\"\xff\"}"}) {
        EXPECT_FALSE(json_members(json)) << json;
    }
    std::string many = "{";
    for (std::size_t i = 0; i < kJsonMembersMax; ++i) {
        many += "\"m" + std::to_string(i) + "\":0,";
    }
    const auto closed = [](std::string text) {
        text.back() = '}';
        return text;
    };
    EXPECT_TRUE(json_members(closed(many)));
    EXPECT_FALSE(json_members(closed(many + "\"one more\":0,")));
    const auto nested = [](std::size_t depth) { return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}"; };
    EXPECT_TRUE(json_members(nested(16)));
    EXPECT_FALSE(json_members(nested(100)));
}

}  // namespace
}  // namespace model
