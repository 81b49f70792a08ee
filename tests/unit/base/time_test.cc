#include "base/time.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace base {
namespace {

using namespace std::chrono_literals;

WallTime at(int year, unsigned month, unsigned day, std::chrono::microseconds in_day = 0us) {
    return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} + in_day;
}

TEST(Rfc3339, WritesUtcWithAndWithoutMilliseconds) {
    const WallTime time = at(2026, 11, 20, 10h + 5min + 9s + 123'999us);
    EXPECT_EQ(to_rfc3339(time, Fractions::none), "2026-11-20T10:05:09Z");
    EXPECT_EQ(to_rfc3339(time, Fractions::milliseconds), "2026-11-20T10:05:09.123Z");
}

TEST(Rfc3339, WritesTimesBefore1970) {
    EXPECT_EQ(to_rfc3339(WallTime{-1us}, Fractions::milliseconds), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(to_rfc3339(WallTime{}, Fractions::milliseconds), "1970-01-01T00:00:00.000Z");
}

TEST(Rfc3339, KeepsToFourDigitsOfAYear) {
    EXPECT_EQ(to_rfc3339(WallTime::max(), Fractions::milliseconds), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(to_rfc3339(WallTime::min(), Fractions::none), "0000-01-01T00:00:00Z");
}

TEST(Rfc3339, AppendsBehindWhatIsThere) {
    std::string text = "at ";
    append_rfc3339(text, at(2026, 1, 2), Fractions::none);
    EXPECT_EQ(text, "at 2026-01-02T00:00:00Z");
}

TEST(Rfc3339, ReadsBackWhatItWrote) {
    SplitMix random(1);
    const auto span = static_cast<double>((at(9999, 12, 31) - at(0, 1, 1)).count());
    for (int i = 0; i < 20'000; ++i) {
        const auto since = std::chrono::microseconds{static_cast<std::int64_t>(random.unit() * span)};
        const WallTime time = std::chrono::floor<std::chrono::milliseconds>(at(0, 1, 1) + since);
        const auto read = parse_rfc3339(to_rfc3339(time, Fractions::milliseconds));
        ASSERT_EQ(read, time) << to_rfc3339(time, Fractions::milliseconds);
    }
}

TEST(Rfc3339, ReadsTheZonesOfTheField) {
    const WallTime ten = at(2026, 11, 20, 10h);
    for (const std::string_view text :
         {"2026-11-20T10:00:00Z", "2026-11-20t10:00:00z", "2026-11-20 10:00:00Z", "2026-11-20T10:00:00",
          "2026-11-20T12:30:00+02:30", "2026-11-20T12:30:00+0230", "2026-11-20T12:00:00+02", "2026-11-20T09:00:00-01:00",
          "2026-11-19T23:00:00-1100", "2026-11-21T00:00:00+14:00", "2026-11-20T10:00:00-00:00", "2026-11-20T10:00:00.0Z"}) {
        EXPECT_EQ(parse_rfc3339(text), ten) << text;
    }
}

TEST(Rfc3339, ReadsTheBlanksOfTheField) {
    const WallTime ten = at(2026, 11, 20, 10h);
    for (const std::string_view text : {" 2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z ", "\t2026-11-20 10:00:00\r\n",
                                        "2026-11-20T10:00:00 Z", "2026-11-20T12:00:00.0  +02:00", "2026-11-20T10:00:00 "}) {
        EXPECT_EQ(parse_rfc3339(text), ten) << text;
    }
}

TEST(Rfc3339, ReadsATimeWithoutAZoneInTheOneThatItIsTold) {
    const WallTime ten = at(2026, 11, 20, 10h);
    EXPECT_EQ(parse_rfc3339("2026-11-20T12:00:00", 2h), ten);
    EXPECT_EQ(parse_rfc3339("2026-11-20T04:30:00.0", -330min), ten);
    EXPECT_EQ(parse_rfc3339("2026-11-20T10:00:00Z", 2h), ten);
    EXPECT_EQ(parse_rfc3339("2026-11-20T11:00:00+01", 2h), ten);
}

TEST(Rfc3339, KeepsDecimalsToTheMicrosecond) {
    const WallTime second = at(2026, 11, 20, 10h);
    EXPECT_EQ(parse_rfc3339("2026-11-20T10:00:00.5Z"), second + 500ms);
    EXPECT_EQ(parse_rfc3339("2026-11-20T10:00:00.123Z"), second + 123ms);
    EXPECT_EQ(parse_rfc3339("2026-11-20T10:00:00.000001"), second + 1us);
    EXPECT_EQ(parse_rfc3339("2026-11-20T10:00:00.1234567891234567+00:00"), second + 123'456us);
}

TEST(TimeForm, TellsWhatIsOddAboutATime) {
    for (const std::string_view text :
         {"2026-11-20T10:00:00Z", "2026-11-20t10:00:00.123z", "2026-11-20T10:00:00.5+02:30", "2026-11-20T10:00:00-00:00"}) {
        EXPECT_EQ(form_of_time(text), TimeForm{}) << text;
    }
    for (const std::string_view text : {"2026-11-20T10:00:00", "2026-11-20T10:00:00.123"}) {
        EXPECT_EQ(form_of_time(text), TimeForm{.without_zone = true}) << text;
    }
    for (const std::string_view text : {"2026-11-20T10:00:00+03", "2026-11-20T10:00:00.5-0330"}) {
        EXPECT_EQ(form_of_time(text), TimeForm{.short_zone = true}) << text;
    }
    EXPECT_EQ(form_of_time("2026-11-20 10:00:00Z"), TimeForm{.blank_for_t = true});
    for (const std::string_view text : {" 2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z\n", "2026-11-20T10:00:00.1 +02:00"}) {
        EXPECT_EQ(form_of_time(text), TimeForm{.spaced = true}) << text;
    }
    EXPECT_EQ(form_of_time("2026-11-20T10:00:00.1234Z"), TimeForm{.long_fraction = true});
    EXPECT_EQ(form_of_time(" 2026-11-20 10:00:00.123456 "),
              (TimeForm{.without_zone = true, .blank_for_t = true, .spaced = true, .long_fraction = true}));
}

TEST(TimeForm, OfRfc3339MayHaveAsManyDecimalsAsItLikes) {
    EXPECT_TRUE(TimeForm{.long_fraction = true}.is_rfc3339());
    for (const TimeForm form : {TimeForm{.without_zone = true}, TimeForm{.short_zone = true}, TimeForm{.blank_for_t = true},
                                TimeForm{.spaced = true}}) {
        EXPECT_FALSE(form.is_rfc3339());
    }
}

TEST(Rfc3339, ChecksTheCalendar) {
    EXPECT_TRUE(parse_rfc3339("2024-02-29T00:00:00Z"));
    EXPECT_TRUE(parse_rfc3339("2000-02-29T00:00:00Z"));
    for (const std::string_view text :
         {"2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z", "2026-13-01T00:00:00Z",
          "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
          "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+00:60"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

TEST(Rfc3339, TakesALeapSecondForTheSecondBefore) {
    EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), at(2016, 12, 31, 23h + 59min + 59s));
}

TEST(Rfc3339, RefusesWhatIsNoDateTime) {
    for (const std::string_view text : {"",
                                        "2026",
                                        "2026-11-20",
                                        "2026-11-20T10:00",
                                        "2026-11-20T10:00Z",
                                        "20261120T100000Z",
                                        "2026-11-20T10:00:00.Z",
                                        "2026-11-20T10:00:00,5Z",
                                        "2026-11-20T10:00:00ZZ",
                                        "2026-11-20T10:00:00 Z Z",
                                        "2026-11-20T 10:00:00Z",
                                        "2026-11-20T10: 00:00Z",
                                        "2026-11-20T10:00:00+ 02:00",
                                        " ",
                                        "2026-11-20_10:00:00Z",
                                        "2026-11-20T10:00:00+",
                                        "2026-11-20T10:00:00+2",
                                        "2026-11-20T10:00:00+02:",
                                        "2026-11-20T10:00:00+02:3",
                                        "2026-11-20T10:00:00+02:000",
                                        "2026-11-20T1:00:00Z",
                                        "-026-11-20T10:00:00Z",
                                        "2026-11-20T10:00:00 CET",
                                        "1795168800",
                                        "2026-11-20T10:00:00\xC2\xA0"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
    EXPECT_FALSE(parse_rfc3339(std::string_view("2026-11-20T10:00:00Z\0", 21)));
}

TEST(Rfc3339, RefusesATimeThatItsZoneMovesOutOfTheCalendar) {
    EXPECT_FALSE(parse_rfc3339("9999-12-31T23:59:59-01:00"));
    EXPECT_FALSE(parse_rfc3339("0000-01-01T00:00:00+01:00"));
}

TEST(Rfc3339, SurvivesAnythingThatIsCutOff) {
    const std::string whole = "2026-11-20T10:00:00.123456+02:30";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        // A copy of its own, so that ASan sees a read beyond it.
        const std::string text = whole.substr(0, size);
        const auto time = parse_rfc3339(text);
        EXPECT_EQ(time.has_value(), size == 19 || (size >= 21 && size <= 26) || size == 29) << text;
    }
}

TEST(ReadClock, GivesBothClocks) {
    const Now earlier = read_clock();
    const Now later = read_clock();
    EXPECT_GE(later.mono, earlier.mono);
    EXPECT_GT(earlier.wall, at(2024, 1, 1));
}

}  // namespace
}  // namespace base
