#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace base {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

class Log : public testing::Test {
protected:
    void SetUp() override { configure_log(LogLevel::info, LogFormat::json); }
    void TearDown() override { configure_log(LogLevel::info, LogFormat::json); }

    static std::vector<std::string> lines_of(const std::function<void()>& work) {
        testing::internal::CaptureStderr();
        work();
        std::istringstream text(testing::internal::GetCapturedStderr());
        std::vector<std::string> lines;
        for (std::string line; std::getline(text, line);) {
            lines.push_back(line);
        }
        return lines;
    }
    static std::string line_of(const std::function<void()>& work) {
        const auto lines = lines_of(work);
        EXPECT_THAT(lines, SizeIs(1));
        return lines.empty() ? "" : lines.front();
    }
};

TEST_F(Log, WritesOneJsonObjectPerLine) {
    const std::string line = line_of([] {
        log_warn("frame refused", {{"charge_point", "CP-001"}, {"bytes", 42}, {"share", 0.5}, {"late", false}, {"epoch", 18U}});
    });
    EXPECT_THAT(line, MatchesRegex(R"(\{"time":"[0-9-]+T[0-9:]+\.[0-9]+Z","level":"warn","message":"frame refused",)"
                                   R"("charge_point":"CP-001","bytes":42,"share":0\.5,"late":false,"epoch":18\})"));
}

TEST_F(Log, ALineCannotBeForged) {
    const std::string_view hostile(
        "x\r\n{\"level\":\"error\"}\n\x1b[31m\xC2\x9B"
        "2J\0\"}",
        33);
    const std::string line = line_of([&] { log_info("refused", {{"charge_point", hostile}}); });
    EXPECT_THAT(line, EndsWith(R"("charge_point":"x\r\n{\"level\":\"error\"}\n\u001b[31m\u009b2J\u0000\"}"})"));
}

TEST_F(Log, AForgedMessageIsEscapedLikeAField) {
    const std::string line = line_of([] { log_info("a\n{\"b\":1}"); });
    EXPECT_THAT(line, EndsWith(R"("message":"a\n{\"b\":1}"})"));
}

TEST_F(Log, ALongValueIsCutWithAMarkThatTellsItsLength) {
    const std::string value = std::string(1'048'576, 'x');
    const std::string line = line_of([&] { log_info("refused", {{"frame", value}, {"next", 1}}); });
    EXPECT_THAT(line, EndsWith(std::string(kLogFieldBytesMax, 'x') + "… (1048576 bytes)\",\"next\":1}"));
    EXPECT_LT(line.size(), 2 * kLogFieldBytesMax);
}

TEST_F(Log, AValueOfExactlyTheLimitIsWhole) {
    const std::string value(kLogFieldBytesMax, 'x');
    EXPECT_THAT(line_of([&] { log_info("m", {{"v", value}}); }), Not(HasSubstr("bytes")));
}

TEST_F(Log, ACutNeverLeavesHalfACharacter) {
    std::string value = "x";
    while (value.size() < 4096) {
        value += "ä";
    }
    EXPECT_THAT(line_of([&] { log_info("m", {{"v", value}}); }), Not(HasSubstr("\xEF\xBF\xBD")));
}

TEST_F(Log, BytesThatAreNotUtf8AreReplaced) {
    EXPECT_THAT(line_of([] { log_info("m", {{"v", "\xFF"}}); }), HasSubstr("\"v\":\"\xEF\xBF\xBD\""));
}

TEST_F(Log, WritesNothingBelowItsLevel) {
    configure_log(LogLevel::warn, LogFormat::json);
    EXPECT_FALSE(log_enabled(LogLevel::info));
    EXPECT_TRUE(log_enabled(LogLevel::error));
    EXPECT_THAT(lines_of([] {
                    log_debug("no");
                    log_info("no");
                    log_warn("yes");
                    log_error("yes");
                }),
                SizeIs(2));
}

TEST_F(Log, TextFormatIsForPeopleAndCannotBeForgedEither) {
    configure_log(LogLevel::info, LogFormat::text);
    const std::string line = line_of([] { log_info("listening\non", {{"port", 8080}, {"by", "a b\" level=error\n"}}); });
    EXPECT_THAT(line, MatchesRegex(R"([0-9-]+T[0-9:]+\.[0-9]+Z info  listening\\non port=8080 by="a b\\" level=error\\n")"));
}

TEST_F(Log, LinesOfManyThreadsStayWhole) {
    configure_log(LogLevel::debug, LogFormat::json);
    const auto lines = lines_of([] {
        constexpr int kThreads = 4;
        std::vector<std::thread> threads;
        threads.reserve(kThreads);
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([] {
                for (int i = 0; i < 200; ++i) {
                    log_debug("m", {{"v", std::string(500, 'x')}});
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    });
    ASSERT_THAT(lines, SizeIs(800));
    for (const std::string& line : lines) {
        ASSERT_THAT(line, EndsWith("\"v\":\"" + std::string(500, 'x') + "\"}"));
    }
}

TEST_F(Log, AFloodOfOneKindIsLeftOutAndCountedAndHidesNoOther) {
    const auto lines = lines_of([] {
        for (int i = 0; i < 10'000; ++i) {
            log_warn("a flood");
        }
        log_warn("another");
    });
    ASSERT_THAT(lines.size(), testing::Lt(10'000U));
    EXPECT_THAT(lines.back(), HasSubstr("another"));
    const auto next = lines_of([&] {
        // What was left out is told with the next one that there is room for.
        for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
             std::chrono::steady_clock::now() < end;) {
            log_warn("a flood");
        }
    });
    EXPECT_THAT(next, testing::Contains(HasSubstr("\"suppressed\":")));
}

}  // namespace
}  // namespace base
