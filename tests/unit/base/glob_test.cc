#include "base/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace base {
namespace {

TEST(Glob, MatchesTheWholeText) {
    for (const auto* pattern : {"abc", "*", "a*", "*c", "a*c", "*b*", "***", "abc*", "*abc", "a*b*c"}) {
        EXPECT_TRUE(matches_glob(pattern, "abc", Letters::exact)) << pattern;
    }
    for (const auto* pattern : {"", "ab", "bc", "*b", "b*", "a*d", "abcd", "abc*d", "ABC", "a?c"}) {
        EXPECT_FALSE(matches_glob(pattern, "abc", Letters::exact)) << pattern;
    }
    EXPECT_TRUE(matches_glob("", "", Letters::exact));
    EXPECT_TRUE(matches_glob("*", "", Letters::exact));
}

TEST(Glob, TriesEveryPlaceThatAStarCouldEndAt) {
    EXPECT_TRUE(matches_glob("*aab", "aaaaab", Letters::exact));
    EXPECT_TRUE(matches_glob("a*bc*bd", "abcbcxbd", Letters::exact));
    EXPECT_TRUE(matches_glob("DE*ACM*", "DE*ACM*E1", Letters::exact)) << "a star in the text is a character";
    EXPECT_FALSE(matches_glob("*ab", "abc", Letters::exact));
}

TEST(Glob, LooksPastTheCaseOfAsciiWhereToldTo) {
    EXPECT_TRUE(matches_glob("aCMe*", "AcmE 7", Letters::either_case));
    EXPECT_FALSE(matches_glob("\xc3\xa4", "\xc3\x84", Letters::either_case)) << "of ASCII alone";
    EXPECT_FALSE(matches_glob("[", "{", Letters::either_case));
}

TEST(Glob, IsQuickOnTextsMadeToBeSlow) {
    const std::string text(255, 'a');
    std::string pattern;
    for (int i = 0; i < 60; ++i) {
        pattern += "a*";
    }
    EXPECT_FALSE(matches_glob(pattern + "b", text, Letters::exact));
}

}  // namespace
}  // namespace base
