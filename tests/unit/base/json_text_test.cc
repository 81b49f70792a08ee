#include "base/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using base::is_portable_json;
using base::JsonCursor;
using base::JsonKind;

TEST(Grammar, TakesWhatRfc8259Allows) {
    for (const std::string_view text :
         {"{}", "[]", "0", "-0", "-1.5e+10", "1E400", "99999999999999999999", R"("")", R"("\"\\\/\b\f\n\r\t\u00e9")",
          R"("\ud83d\ude00")", "true", "false", "null", "[1, 2 ,\n3]", R"({"a" : {"b":[ ]}, "c":"ä"})"}) {
        EXPECT_TRUE(is_portable_json(text)) << text;
    }
}

TEST(Grammar, RefusesEverythingElse) {
    for (const std::string_view text : {"",
                                        " 1",
                                        "1 ",
                                        "01",
                                        "1.",
                                        ".5",
                                        "+1",
                                        "-",
                                        "1e",
                                        "0x1",
                                        "NaN",
                                        "tru",
                                        "nulll",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "{",
                                        "{a:1}",
                                        R"({"a"})",
                                        R"({"a":})",
                                        R"({"a":1,})",
                                        R"({"a":1)",
                                        "\"",
                                        "\"\n\"",
                                        R"("\q")",
                                        R"("\u12")",
                                        R"("\u12g4")",
                                        "\"\xC3\"",
                                        "\"\xED\xA0\x80\"",
                                        "]",
                                        "'a'",
                                        R"("\)"}) {
        EXPECT_FALSE(is_portable_json(text)) << text;
    }
}

TEST(Grammar, TellsSurrogatesWithoutAPartner) {
    for (const std::string_view text : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\ud83d")", R"("\ude00\ud83d")"}) {
        EXPECT_TRUE(base::grammatical_value(text, 0)) << text;
        EXPECT_FALSE(is_portable_json(text)) << text;
    }
}

TEST(Grammar, FollowsNestingToItsLimitOnly) {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_TRUE(is_portable_json(nested(base::kJsonDepthMax)));
    EXPECT_FALSE(is_portable_json(nested(base::kJsonDepthMax + 1)));
    EXPECT_FALSE(is_portable_json(nested(1'000'000)));
}

TEST(BalancedEnd, CountsBracketsOutsideOfTexts) {
    EXPECT_EQ(base::balanced_end(R"({"}":[1,,{}]}rest)", 0), 13U);
    EXPECT_EQ(base::balanced_end(R"({"\"}":1}])", 0), 9U);
    EXPECT_FALSE(base::balanced_end("{[", 0));
    EXPECT_FALSE(base::balanced_end("", 0));
    EXPECT_FALSE(base::balanced_end("}", 0));
    EXPECT_FALSE(base::balanced_end(R"({"a)", 0));
}

TEST(DecodedString, IsAViewUnlessThereAreEscapes) {
    base::TextArena arena;
    EXPECT_EQ(base::decoded_string(R"("plain")", arena), "plain");
    EXPECT_TRUE(arena.empty());
    EXPECT_EQ(base::decoded_string(R"("a\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00")", arena),
              "a\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    EXPECT_EQ(base::decoded_string(R"("\ud83dx\ude00")", arena), "\xEF\xBF\xBDx\xEF\xBF\xBD");
}

TEST(JsonCursor, WalksMembersAndElements) {
    JsonCursor cursor(R"( { "a" : [ 1 , {"x":"]"} , "t" ] , "b":null } )");
    ASSERT_EQ(cursor.kind(), JsonKind::object);
    cursor.enter();
    EXPECT_EQ(cursor.next_member(), R"("a")");
    ASSERT_EQ(cursor.kind(), JsonKind::array);
    cursor.enter();
    std::vector<std::string> elements;
    while (cursor.next_element()) {
        elements.emplace_back(cursor.value());
    }
    EXPECT_THAT(elements, testing::ElementsAre("1", R"({"x":"]"})", R"("t")"));
    EXPECT_EQ(cursor.next_member(), R"("b")");
    EXPECT_EQ(cursor.value(), "null");
    EXPECT_FALSE(cursor.next_member());
}

TEST(JsonCursor, DecodesStringsAndPassesThem) {
    JsonCursor cursor(R"(["text","\u0061\"b","ä\n","",7])");
    cursor.enter();
    base::TextArena arena;
    std::vector<std::string> texts;
    while (cursor.next_element() && cursor.kind() == JsonKind::string) {
        texts.emplace_back(cursor.string(arena));
    }
    EXPECT_THAT(texts, testing::ElementsAre("text", "a\"b", "ä\n", ""));
    EXPECT_EQ(cursor.value(), "7");
}

TEST(JsonCursor, EndsWithTheTextWhateverIsInIt) {
    for (const std::string_view text : {"{", "{\"a", "{\"a\":", "[", "[1,", "[[", "{\"a\" 1 2", "[}]", "\"a", ""}) {
        JsonCursor cursor(text);
        if (!text.empty()) {
            cursor.enter();
        }
        base::TextArena arena;
        for (int i = 0; i < 10; ++i) {
            static_cast<void>(cursor.next_member());
            static_cast<void>(cursor.next_element());
            cursor.value();
            cursor.string(arena);
        }
        EXPECT_FALSE(cursor.next_element()) << text;
    }
}

}  // namespace
