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

TEST(DeadLetter, CanBeReadHoweverDeepTheCommandWas) {
    for (std::size_t depth = 25; depth < 40; ++depth) {
        const std::string command = R"({"payload":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
        EXPECT_TRUE(model::read_dead_letter(model::write_dead_letter(command, "{}"))) << depth;
    }
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

// ---- reading

TEST(ResultHead, IsReadAsItIsWritten) {
    CommandResult sent = result(CommandState::sent);
    sent.traceparent = "00-1-2-00";
    const auto head = model::read_result(model::write_result(sent));
    ASSERT_TRUE(head);
    EXPECT_EQ(head->command->text(), "c-1");
    EXPECT_EQ(head->charge_point->text(), "CP-001");
    EXPECT_EQ(head->pod.text(), "gateway-0");
    EXPECT_EQ(head->state, CommandState::sent);
    EXPECT_FALSE(head->final || head->late);
    EXPECT_EQ(head->attempt, 1U);
    EXPECT_EQ(head->at, sent.at);
    EXPECT_EQ(head->traceparent, "00-1-2-00");
}

TEST(ResultHead, TellsTheTerminalFromTheLate) {
    CommandResult late = result(CommandState::completed);
    EXPECT_TRUE(model::read_result(model::write_result(late))->final);
    late.late = true;
    const auto head = model::read_result(model::write_result(late));
    ASSERT_TRUE(head);
    EXPECT_FALSE(head->final);
    EXPECT_TRUE(head->late);
}

TEST(ResultHead, NamesNobodyWhereTheRecordNamesNobody) {
    CommandResult rejected = result(CommandState::rejected);
    rejected.command.reset();
    rejected.charge_point.reset();
    const auto head = model::read_result(model::write_result(rejected));
    ASSERT_TRUE(head);
    EXPECT_FALSE(head->command || head->charge_point);
}

TEST(ResultHead, IsAFaultWhereTheRecordIsNotAsDue) {
    const std::string good = model::write_result(result(CommandState::completed));
    const auto field_of = [&](const std::string& from, const std::string& to) {
        std::string bad = good;
        bad.replace(bad.find(from), from.size(), to);
        const auto head = model::read_result(bad);
        return head ? "none" : head.error().field;
    };
    EXPECT_EQ(field_of(R"("c-1")", "7"), "commandId");
    EXPECT_EQ(field_of(R"("c-1")", R"("")"), "commandId");
    EXPECT_EQ(field_of(R"("CP-001")", "{}"), "chargePointId");
    EXPECT_EQ(field_of(R"("completed")", R"("done")"), "state");
    EXPECT_EQ(field_of("true", "false"), "final");
    EXPECT_EQ(field_of("true", R"("true")"), "final");
    EXPECT_EQ(field_of(R"("attempt":1)", R"("attempt":-1)"), "attempt");
    EXPECT_EQ(field_of(R"("at":)", R"("when":)"), "at");
    EXPECT_EQ(field_of(R"("pod":)", R"("Pod":)"), "pod");
    EXPECT_EQ(field_of("null", "7"), "none");  // what came of it is nobody's business here
    EXPECT_FALSE(model::read_result("[]"));
}

TEST(DeadLetter, IsReadAsItIsWritten) {
    const auto letter = model::read_dead_letter(model::write_dead_letter(R"({"commandId" : "c-2"})", R"({"state":"failed"})"));
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->command, R"({"commandId" : "c-2"})");
    EXPECT_EQ(letter->result, R"({"state":"failed"})");
    EXPECT_EQ(model::read_dead_letter(model::write_dead_letter("{", "{}"))->command, R"("{")");
    for (const char* bad : {"", "[]", R"({"command":7,"result":{}})", R"({"command":{}})", R"({"result":{},"command":null})"}) {
        EXPECT_FALSE(model::read_dead_letter(bad)) << bad;
    }
}

}  // namespace
