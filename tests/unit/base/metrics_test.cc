#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace base {
namespace {

using testing::HasSubstr;

TEST(Metrics, APageShowsHelpTypeLabelsAndValues) {
    Metrics metrics;
    const Counter refused = metrics.counter("gateway_frames_refused_total", "Frames refused.", {{"code", "NotImplemented"}});
    const Gauge open = metrics.gauge("gateway_connections", "Open connections.");
    refused.add();
    refused.add(2);
    open.set(5);
    open.add(-1);

    const std::string page = metrics.text();
    EXPECT_THAT(page, HasSubstr("# HELP gateway_frames_refused_total Frames refused.\n"));
    EXPECT_THAT(page, HasSubstr("# TYPE gateway_frames_refused_total counter\n"));
    EXPECT_THAT(page, HasSubstr("gateway_frames_refused_total{code=\"NotImplemented\"} 3\n"));
    EXPECT_THAT(page, HasSubstr("# TYPE gateway_connections gauge\ngateway_connections 4\n"));
    EXPECT_EQ(refused.value(), 3);
    EXPECT_EQ(open.value(), 4);
}

TEST(Metrics, TheSameNameAndLabelsGiveTheSameSeries) {
    Metrics metrics;
    metrics.counter("a_total", "A.", {{"x", "1"}}).add();
    metrics.counter("a_total", "A.", {{"x", "1"}}).add();
    metrics.counter("a_total", "A.", {{"x", "2"}}).add();
    EXPECT_EQ(metrics.counter("a_total", "A.", {{"x", "1"}}).value(), 2);
    const std::string page = metrics.text();
    EXPECT_EQ(page.find("# TYPE a_total"), page.rfind("# TYPE a_total"));
}

TEST(Metrics, AHistogramCountsUpToEachBound) {
    Metrics metrics;
    const Histogram seconds = metrics.histogram("answer_seconds", "Answers.", {0.1, 1}, {{"action", "Authorize"}});
    seconds.observe(0.05);
    seconds.observe(0.5);
    seconds.observe(30);
    const std::string page = metrics.text();
    EXPECT_THAT(page, HasSubstr("answer_seconds_bucket{action=\"Authorize\",le=\"0.1\"} 1\n"));
    EXPECT_THAT(page, HasSubstr("answer_seconds_bucket{action=\"Authorize\",le=\"1\"} 2\n"));
    EXPECT_THAT(page, HasSubstr("answer_seconds_bucket{action=\"Authorize\",le=\"+Inf\"} 3\n"));
    EXPECT_THAT(page, HasSubstr("answer_seconds_count{action=\"Authorize\"} 3\n"));
}

TEST(Metrics, ALabelCannotForgeASeries) {
    Metrics metrics;
    metrics.counter("a_total", "A.", {{"x", "1\"} 9\nb_total 7\n\\"}}).add();
    EXPECT_THAT(metrics.text(), HasSubstr("a_total{x=\"1\\\"} 9\\nb_total 7\\n\\\\\"} 1\n"));
}

TEST(Metrics, AHandleOfNothingCountsNowhere) {
    const Counter counter;
    const Gauge gauge;
    counter.add();
    gauge.set(1);
    gauge.add(1);
    Histogram().observe(1);
    EXPECT_EQ(counter.value(), 0);
    EXPECT_EQ(gauge.value(), 0);
}

TEST(Metrics, CountsFromManyThreadsAreNotLost) {
    Metrics metrics;
    const Counter counter = metrics.counter("a_total", "A.");
    std::thread other([&] {
        for (int i = 0; i < 10'000; ++i) {
            counter.add();
        }
    });
    for (int i = 0; i < 10'000; ++i) {
        counter.add();
    }
    other.join();
    EXPECT_EQ(counter.value(), 20'000);
}

}  // namespace
}  // namespace base
