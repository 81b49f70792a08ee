#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace base {
namespace {

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonString, LeavesPlainTextAlone) { EXPECT_EQ(json_string("CP-001 ok"), R"("CP-001 ok")"); }

TEST(JsonString, EscapesQuotesBackslashesAndControlCharacters) {
    EXPECT_EQ(json_string("a\"b\\c\n\r\t\b\x1b"), R"("a\"b\\c\n\r\t\u0008\u001b")");
    EXPECT_EQ(json_string(std::string_view("a\0b", 3)), R"("a\u0000b")");
}

// Texts are looked at several bytes at a time.
TEST(JsonString, EscapesWhereverInATextItStands) {
    for (std::size_t size = 1; size <= 24; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, '~');
            std::string expected = '"' + text + '"';
            text[at] = '\n';
            EXPECT_EQ(json_string(text), expected.replace(at + 1, 1, "\\n"));
        }
    }
}

TEST(JsonString, EscapesNoByteThatNeedsNone) {
    for (int byte = 0x20; byte < 0x80; ++byte) {
        if (byte == '"' || byte == '\\') {
            continue;
        }
        const std::string text(9, static_cast<char>(byte));
        EXPECT_EQ(json_string(text), '"' + text + '"');
    }
}

TEST(JsonString, EscapesNoMoreThanJsonAsks) { EXPECT_EQ(json_string("\x7F\xC2\x9B"), "\"\x7F\xC2\x9B\""); }

TEST(JsonString, KeepsWellFormedUtf8) { EXPECT_EQ(json_string("Ladesäule ⚡ 🚗"), "\"Ladesäule ⚡ 🚗\""); }

TEST(JsonString, ReplacesEveryByteThatIsNotUtf8) {
    EXPECT_EQ(json_string("a\xFF"
                          "b"),
              "\"a\xEF\xBF\xBD"
              "b\"");
    EXPECT_EQ(json_string("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                  // overlong '/'
    EXPECT_EQ(json_string("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // a surrogate
    EXPECT_EQ(json_string("\xE2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                  // cut off
}

TEST(JsonWriter, PutsCommasBetweenMembersAndItemsOnly) {
    std::string out;
    JsonWriter writer(out);
    writer.begin_object().member("a", 1).key("b").begin_array().value(1).value("x").begin_object().end_object().end_array();
    writer.key("c").begin_object().end_object().key("d").null().end_object();
    EXPECT_EQ(out, R"({"a":1,"b":[1,"x",{}],"c":{},"d":null})");
}

TEST(JsonWriter, IsNotConfusedByTextsThatEndLikeJson) {
    std::string out;
    JsonWriter writer(out);
    writer.begin_array().value("[").value("{").value(":").value(",").end_array();
    EXPECT_EQ(out, R"(["[","{",":",","])");
}

TEST(JsonWriter, WritesBehindWhatIsThereAlready) {
    std::string out = "prefix";
    JsonWriter writer(out);
    writer.begin_object().member("a", true).end_object();
    EXPECT_EQ(out, R"(prefix{"a":true})");
}

TEST(JsonWriter, WritesTheExtremesOfEveryNumber) {
    std::string out;
    JsonWriter writer(out);
    writer.begin_array();
    writer.value(std::numeric_limits<std::int64_t>::min()).value(std::numeric_limits<std::uint64_t>::max()).value(0);
    writer.value(false).value(0.1).value(-1.5e300).value(std::numeric_limits<double>::denorm_min()).end_array();
    EXPECT_EQ(out, "[-9223372036854775808,18446744073709551615,0,false,0.1,-1.5e+300,5e-324]");
}

TEST(JsonWriter, WritesNullForNumbersThatJsonDoesNotHave) {
    std::string out;
    JsonWriter writer(out);
    writer.begin_array().value(std::nan("")).value(std::numeric_limits<double>::infinity()).end_array();
    EXPECT_EQ(out, "[null,null]");
}

TEST(JsonWriter, LeavesOutWhatIsAbsentOrEmptyButKeepsZeroAndFalse) {
    std::string out;
    JsonWriter writer(out);
    writer.begin_object();
    writer.member_if("absent", std::optional<int>{}).member_if("zero", std::optional<int>{0});
    writer.member_if("empty", std::string_view{}).member_if("text", std::string_view("x"));
    writer.member_if("no", std::optional<bool>{false}).end_object();
    EXPECT_EQ(out, R"({"zero":0,"text":"x","no":false})");
}

}  // namespace
}  // namespace base
