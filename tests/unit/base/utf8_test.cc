#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace base {
namespace {

TEST(Utf8, AcceptsTheFirstAndTheLastSequenceOfEachLength) {
    for (const std::string_view text : {"\x01", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        EXPECT_EQ(utf8_sequence_length(text), text.size());
        EXPECT_TRUE(is_utf8(text));
    }
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndWhatLiesBeyondUnicode) {
    for (const std::string_view text : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
                                        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
        EXPECT_EQ(utf8_sequence_length(text), 0U);
        EXPECT_FALSE(is_utf8(text));
    }
}

TEST(Utf8, RefusesSequencesThatAreCutOffOrInterrupted) {
    for (const std::string_view text : {"\xC3", "\xE2\x82", "\xF0\x9F\x9A", "\xC3(", "\xE2(\x82", "\xF0\x9F(\x97"}) {
        EXPECT_FALSE(is_utf8(text));
    }
}

TEST(Utf8, FindsAMistakeAfterValidText) {
    EXPECT_FALSE(is_utf8("Ladesäule \xC3"));
    EXPECT_TRUE(is_utf8(""));
    EXPECT_EQ(utf8_sequence_length(""), 0U);
}

TEST(Utf8Prefix, NeverCutsASequenceInTwo) {
    const std::string text = "aä€🚗";  // 1 + 2 + 3 + 4 bytes
    const std::size_t lengths[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (std::size_t bytes_max = 0; bytes_max < std::size(lengths); ++bytes_max) {
        EXPECT_EQ(utf8_prefix(text, bytes_max).size(), lengths[bytes_max]) << bytes_max;
    }
}

TEST(Utf8Prefix, DoesNotWalkBackThroughStrayContinuationBytes) {
    const std::string text(1000, '\x80');
    EXPECT_GE(utf8_prefix(text, 500).size(), 497U);
}

}  // namespace
}  // namespace base
