#include "simulator/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace simulator {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

CommandLine read(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "charge-point-simulator");
    return read_command_line(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, HaveSensibleDefaults) {
    const CommandLine command_line = read({});
    ASSERT_TRUE(command_line.options) << command_line.text;
    EXPECT_EQ(command_line.options->count, 10);
    EXPECT_EQ(command_line.options->url.authority, "127.0.0.1:8080");
    EXPECT_EQ(command_line.options->behaviour.meter_period, 0us);
}

TEST(Options, TakeTimesWithUnits) {
    const CommandLine command_line = read({"--think", "250ms", "--meter-interval", "1.5", "--duration=2m", "--reconnect", "1h"});
    ASSERT_TRUE(command_line.options) << command_line.text;
    EXPECT_EQ(command_line.options->behaviour.think, 250ms);
    EXPECT_EQ(command_line.options->behaviour.meter_interval, 1500ms);
    EXPECT_EQ(command_line.options->duration, 2min);
    EXPECT_EQ(command_line.options->behaviour.reconnect, 1h);
}

TEST(Options, TurnATotalRateIntoEachChargePointsPeriod) {
    const CommandLine command_line = read({"--count", "500", "--rate", "2000"});
    ASSERT_TRUE(command_line.options) << command_line.text;
    EXPECT_EQ(command_line.options->behaviour.meter_period, 250ms);
}

TEST(Options, MistakesAreToldWithTheOptionsName) {
    const std::vector<std::pair<std::vector<const char*>, const char*>> mistakes = {
        {{"--count", "0"}, "--count"},
        {{"--count", "many"}, "--count"},
        {{"--url", "http://x"}, "--url: 'http://x' does not begin with ws://"},
        {{"--think", "soon"}, "--think: 'soon' is no time"},
        {{"--think", "-1"}, "--think"},
        {{"--speed", "0"}, "--speed"},
        {{"--call-timeout", "0"}, "--call-timeout"},
        {{"--rate", "5", "--transactions", "2"}, "--rate and --transactions exclude each other"},
        {{"--source-addresses", "2", "--url", "ws://10.0.0.1/ocpp"}, "--source-addresses works only"},
        {{"--silent-share", "1.5"}, "--silent-share"},
        {{"--silent-share", "0.5", "--refuse-share", "0.3", "--disconnect-share", "0.3"}, "are more than 1 together"},
        {{"--refuse-share", "0.5", "--disconnect-after-share", "0.6"}, "are more than 1 together"},
        {{"--colour"}, "--colour"},
    };
    for (const auto& [arguments, told] : mistakes) {
        const CommandLine command_line = read(arguments);
        EXPECT_FALSE(command_line.options) << told;
        EXPECT_EQ(command_line.exit_code, 1) << told;
        EXPECT_THAT(command_line.text, HasSubstr(told));
    }
}

TEST(Options, HelpAndVersionAreNoMistakes) {
    EXPECT_THAT(read({"--help"}).text, HasSubstr("--answers-file"));
    EXPECT_EQ(read({"--help"}).exit_code, 0);
    EXPECT_THAT(read({"--version"}).text, HasSubstr("charge-point-simulator " CPG_VERSION));
    EXPECT_EQ(read({"--version"}).exit_code, 0);
}

}  // namespace
}  // namespace simulator
