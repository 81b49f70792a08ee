#include "ops/metrics_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include "base/time.h"
#include "ops/process_metrics.h"
#include "support/api/fake_exchange.h"

namespace {

net::HttpResponse answer_to(const base::Metrics& metrics, std::string_view method, std::string_view target) {
    const auto exchange = std::make_shared<support::FakeExchange>(method, target);
    ops::metrics_page(metrics)(exchange);
    return exchange->answer.value();
}

// Reads text format 0.0.4 as a scraper does: every sample belongs to a family that was announced before it, once.
std::map<std::string, double> samples_of(const std::string& page) {
    std::map<std::string, double> samples;
    std::map<std::string, std::string> types;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string first, second, name, type;
        words >> first;
        if (first == "#") {
            words >> second >> name >> type;
            EXPECT_TRUE(second != "TYPE" || types.emplace(name, type).second) << line;
            continue;
        }
        double value = 0;
        const std::size_t blank = line.rfind(' ');
        const std::string series = line.substr(0, blank);
        value = std::stod(line.substr(blank + 1));
        EXPECT_TRUE(types.contains(series.substr(0, series.find('{')))) << line;
        EXPECT_TRUE(samples.emplace(series, value).second) << line;
    }
    EXPECT_TRUE(page.ends_with('\n'));
    return samples;
}

TEST(MetricsPage, ShowsTheProgramsMetricsAndThoseOfTheProcess) {
    base::Metrics metrics;
    metrics.counter("gateway_connections_total", "Connections accepted.").add(3);
    metrics.counter("gateway_connection_errors_total", "Refused.", {{"reason", "a \"b\""}}).add(1);

    const auto answer = answer_to(metrics, "GET", "/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
    const auto samples = samples_of(answer.body);
    EXPECT_EQ(samples.at("gateway_connections_total"), 3);
    EXPECT_EQ(samples.at(R"(gateway_connection_errors_total{reason="a \"b\""})"), 1);
    EXPECT_GE(samples.at("process_cpu_seconds_total"), 0);
    EXPECT_GT(samples.at("process_resident_memory_bytes"), 1e6);
    EXPECT_GT(samples.at("process_virtual_memory_bytes"), samples.at("process_resident_memory_bytes"));
    EXPECT_GE(samples.at("process_open_fds"), 3);
    EXPECT_GE(samples.at("process_max_fds"), samples.at("process_open_fds"));
    const double now = std::chrono::duration<double>(base::read_clock().wall.time_since_epoch()).count();
    EXPECT_NEAR(samples.at("process_start_time_seconds"), now, 600);
}

TEST(MetricsPage, IsTheOnlyThingOnItsPort) {
    const base::Metrics metrics;
    const auto elsewhere = answer_to(metrics, "GET", "/");
    EXPECT_EQ(elsewhere.status, 404);
    EXPECT_EQ(elsewhere.content_type, "application/problem+json");
    EXPECT_EQ(answer_to(metrics, "POST", "/metrics").status, 405);
    EXPECT_EQ(answer_to(metrics, "HEAD", "/metrics").status, 200);
    EXPECT_EQ(answer_to(metrics, "GET", "/metrics?name[]=x").status, 200);
}

TEST(ProcessStat, IsReadBehindANameWithBracketsAndBlanks) {
    const auto stat = ops::parse_process_stat(
        "77 (a) b (c) S 1 77 77 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 3 0 4242 1048576 256 18446744073709551615 1 1 0 0\n");
    ASSERT_TRUE(stat.has_value());
    EXPECT_EQ(stat->user_ticks, 150U);
    EXPECT_EQ(stat->system_ticks, 50U);
    EXPECT_EQ(stat->start_ticks, 4242U);
    EXPECT_EQ(stat->virtual_bytes, 1'048'576U);
    EXPECT_EQ(stat->resident_pages, 256U);
}

TEST(ProcessStat, IsEmptyForWhatIsCut) {
    EXPECT_FALSE(ops::parse_process_stat("").has_value());
    EXPECT_FALSE(ops::parse_process_stat("77 (a) S 1 2").has_value());
    EXPECT_FALSE(ops::parse_process_stat("77 (a S 1 77 77").has_value());
}

}  // namespace
