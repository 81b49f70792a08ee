#include "commands/command_body.h"

#include <gtest/gtest.h>

namespace commands {
namespace {

model::Command reset() {
    model::Command command;
    command.id = model::CommandId("c-1");
    command.charge_point = model::ChargePointId("CP-1");
    command.name = "Reset";
    command.payload = R"({"a":1})";
    return command;
}

TEST(CommandBody, IsTheSameForAClientThatRepeatsItself) {
    model::Command repeated = reset();
    repeated.created_at = base::WallTime(std::chrono::seconds(1));
    repeated.expires_at = base::WallTime(std::chrono::seconds(2));
    repeated.target_pod = model::PodId("gateway-1");
    repeated.traceparent = "00-1-2-00";
    EXPECT_EQ(body_of(repeated), body_of(reset()));
}

TEST(CommandBody, DiffersInWhateverChangesWhatIsWanted) {
    const auto differs = [](auto change) {
        model::Command other = reset();
        change(other);
        return body_of(other) != body_of(reset());
    };
    EXPECT_TRUE(differs([](model::Command& other) { other.charge_point = model::ChargePointId("CP-2"); }));
    EXPECT_TRUE(differs([](model::Command& other) { other.name = "ClearCache"; }));
    EXPECT_TRUE(differs([](model::Command& other) { other.payload = R"({"a": 1})"; }));
    EXPECT_TRUE(differs([](model::Command& other) { other.priority = model::Priority::high; }));
    EXPECT_TRUE(differs([](model::Command& other) { other.if_offline = model::IfOffline::wait; }));
    EXPECT_TRUE(differs([](model::Command& other) { other.timeout = std::chrono::seconds(5); }));
}

}  // namespace
}  // namespace commands
