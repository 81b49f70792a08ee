#include "simulator/statistics.h"

#include <gtest/gtest.h>

#include "simulator/report.h"

namespace simulator {
namespace {

using namespace std::chrono_literals;

TEST(DurationHistogram, TellsQuantilesWithinThreePercent) {
    for (const std::int64_t value : {0L, 1L, 63L, 64L, 65L, 1'000L, 123'456L, 15'000'000L, 3'600'000'000L}) {
        DurationHistogram histogram;
        histogram.add(std::chrono::microseconds(value));
        const auto told = histogram.quantile(0.5).count();
        EXPECT_GE(told, value);
        EXPECT_LE(told, value + value / 32);
    }
}

TEST(DurationHistogram, FindsTheMedianAndTheTail) {
    DurationHistogram histogram;
    for (int i = 1; i <= 1000; ++i) {
        histogram.add(std::chrono::microseconds(i <= 990 ? 100 : 50'000));
    }

    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5).count()), 100, 3);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99).count()), 50'000, 1'600);
    EXPECT_EQ(DurationHistogram().quantile(0.5), 0us);
}

TEST(DurationHistogram, HoldsWhatIsTooLongInItsLastStep) {
    DurationHistogram histogram;
    histogram.add(std::chrono::hours(24 * 365));

    EXPECT_EQ(histogram.count(), 1);
    EXPECT_GT(histogram.quantile(1), std::chrono::hours(10));
}

TEST(Report, ProgressTellsRatesSinceTheLastLine) {
    Statistics statistics;
    ProgressLine progress;
    statistics.sent[0] = 1'000;
    (void)progress.next(statistics, 15'000, 1s);
    statistics.sent[0] = 5'000;
    statistics.connected = 14'998;

    const std::string line = progress.next(statistics, 15'000, 3s);

    EXPECT_NE(line.find("connected 14,998/15,000  sent 2,000/s  answered 0/s"), std::string::npos) << line;
}

TEST(Report, SummaryNamesWhatWasLost) {
    Statistics statistics;
    statistics.durable_made = 12;
    statistics.durable_answered = 9;

    const std::string text = summary(statistics, 1, 10s);

    EXPECT_NE(text.find("lost                  3\n"), std::string::npos) << text;
    EXPECT_NE(text.find("not every charge point did what it should"), std::string::npos) << text;
}

}  // namespace
}  // namespace simulator
