#include "model/command_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "model/command.h"

namespace {

using model::CommandError;
using model::CommandResult;
using model::CommandState;

CommandResult result(CommandState state) {
    return {.command = model::CommandId("c-1"),
            .charge_point = model::ChargePointId("CP-001"),
            .pod = model::PodId("gateway-0"),
            .state = state,
            .attempt = 1,
            .at = *base::parse_rfc3339("2026-11-20T10:29:50.190Z")};
}

TEST(CommandResult, IsOneObjectWithTheContractsNames) {
    CommandResult completed = result(CommandState::completed);
    completed.outcome = "Accepted";
    completed.response = R"({"status": "Accepted"})";
    EXPECT_EQ(
        model::write_result(completed),
        R"({"commandId":"c-1","chargePointId":"CP-001","pod":"gateway-0","state":"completed","final":true,)"
        R"("outcome":"Accepted","response":{"status": "Accepted"},"error":null,"attempt":1,"at":"2026-11-20T10:29:50.190Z"})");
}

TEST(CommandResult, IsNotFinalOnTheWay) {
    EXPECT_EQ(model::write_result(result(CommandState::sent)),
              R"({"commandId":"c-1","chargePointId":"CP-001","pod":"gateway-0","state":"sent","final":false,)"
              R"("outcome":null,"response":null,"error":null,"attempt":1,"at":"2026-11-20T10:29:50.190Z"})");
}

TEST(CommandResult, TellsALateAnswerWithItsOwnState) {
    CommandResult late = result(CommandState::completed);
    late.late = true;
    EXPECT_THAT(model::write_result(late), testing::HasSubstr(R"("state":"completed","final":false,"late":true,)"));
}

TEST(CommandResult, TellsTheErrorAndTheTraceContext) {
    CommandResult failed = result(CommandState::failed);
    failed.error = CommandError{.code = "NotSupported", .message = "no", .details = R"({"a":1})"};
    failed.traceparent = "00-1-2-00";
    EXPECT_THAT(model::write_result(failed),
                testing::HasSubstr(R"("error":{"code":"NotSupported","message":"no","details":{"a":1}},)"));
    EXPECT_THAT(model::write_result(failed), testing::EndsWith(R"("traceparent":"00-1-2-00"})"));
}

TEST(CommandResult, NamesNoCommandWhereTheRecordNamesNone) {
    CommandResult rejected = result(CommandState::rejected);
    rejected.command.reset();
    rejected.charge_point.reset();
    EXPECT_THAT(model::write_result(rejected), testing::StartsWith(R"({"commandId":null,"chargePointId":null,)"));
}

TEST(CommandResult, CutsTheTextsOfErrors) {
    CommandResult failed = result(CommandState::failed);
    failed.error =
        CommandError{.code = std::string(1000, 'c'), .message = std::string(5000, 'm'), .details = std::string(70'000, ' ')};
    EXPECT_LT(model::write_result(failed).size(), 2000U);
    EXPECT_THAT(model::write_result(failed), testing::HasSubstr(R"("details":{}})"));
}

TEST(CommandState, IsReadAsItIsWritten) {
    for (int i = 0; i <= static_cast<int>(CommandState::cancelled); ++i) {
        const auto state = static_cast<CommandState>(i);
        EXPECT_EQ(model::command_state(model::to_text(state)), state);
        EXPECT_EQ(model::is_terminal(state), i >= 2);
    }
    EXPECT_EQ(model::command_state("done"), std::nullopt);
}

TEST(DeadLetter, HoldsTheCommandAsReceivedAndTheResult) {
    EXPECT_EQ(model::write_dead_letter(R"({"commandId" : "c-2"})", R"({"state":"unreachable"})"),
              R"({"command":{"commandId" : "c-2"},"result":{"state":"unreachable"}})");
}

TEST(DeadLetter, HoldsTheTextOfWhatIsNoCommand) {
    EXPECT_EQ(model::write_dead_letter("{\"a", "{}"), R"({"command":"{\"a","result":{}})");
    EXPECT_LT(model::write_dead_letter(std::string(model::kCommandBytesMax + 1, ' '), "{}").size(), 70'000U);
}

TEST(DeadLetter, IsForEveryEndThatDidNotWork) {
    EXPECT_TRUE(model::is_dead_letter(CommandState::uncertain));
    EXPECT_TRUE(model::is_dead_letter(CommandState::rejected));
    EXPECT_FALSE(model::is_dead_letter(CommandState::completed));
    EXPECT_FALSE(model::is_dead_letter(CommandState::cancelled));
    EXPECT_FALSE(model::is_dead_letter(CommandState::sent));
}

}  // namespace
