// The golden records of the command topics, which lie beside the checkout.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "model/command.h"
#include "model/command_result.h"

namespace {

namespace dom = simdjson::dom;
using model::CommandResult;
using model::CommandState;

std::string text_of(const std::string& name) {
    std::ifstream file(std::string(CPG_SHARED_DIR) + "/examples/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string minified(const std::string& json) {
    dom::parser parser;
    return simdjson::minify(parser.parse(json).value());
}

std::vector<std::string> minified_lines(const std::string& name) {
    std::istringstream text(text_of(name));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) {
        lines.push_back(minified(line));
    }
    return lines;
}

CommandResult result(const char* command, const char* charge_point, CommandState state, const char* at) {
    return {.command = model::CommandId(command),
            .charge_point = model::ChargePointId(charge_point),
            .pod = model::PodId("gateway-0"),
            .state = state,
            .at = *base::parse_rfc3339(at)};
}

class CommandExamples : public testing::Test {
protected:
    void SetUp() override {
        if (text_of("command.json").empty()) GTEST_SKIP() << "the examples are not beside this checkout";
    }
};

TEST_F(CommandExamples, TheCommandIsRead) {
    const auto command = model::read_command(text_of("command.json"));
    ASSERT_TRUE(command);
    EXPECT_EQ(command->name, "RemoteStopTransaction");
    EXPECT_EQ(command->expires_at, base::parse_rfc3339("2026-11-20T10:30:50Z"));
    EXPECT_EQ(command->timeout, std::chrono::seconds(30));
}

TEST_F(CommandExamples, TheCommandIsWritten) {
    const auto command = model::read_command(minified(text_of("command.json")));
    ASSERT_TRUE(command);
    std::string written = model::write_command(*command);
    // The example's times have no fractions.
    for (std::size_t at = written.find(".000Z"); at != std::string::npos; at = written.find(".000Z")) {
        written.erase(at, 4);
    }
    EXPECT_EQ(written, minified(text_of("command.json")));
}

TEST_F(CommandExamples, TheResultsAreRead) {
    std::vector<CommandState> states;
    for (const std::string& line : minified_lines("results.jsonl")) {
        const auto head = model::read_result(line);
        ASSERT_TRUE(head) << line;
        states.push_back(head->state);
        EXPECT_EQ(head->final, head->state == CommandState::completed);
    }
    EXPECT_EQ(states, (std::vector{CommandState::queued, CommandState::sent, CommandState::completed}));
    const auto letter = model::read_dead_letter(text_of("dead-letter.json"));
    ASSERT_TRUE(letter);
    EXPECT_TRUE(model::read_command(letter->command));
    EXPECT_EQ(model::read_result(letter->result)->state, CommandState::unreachable);
}

TEST_F(CommandExamples, TheResultsAreWritten) {
    CommandResult completed = result("c-1", "CP-001", CommandState::completed, "2026-11-20T10:29:50.190Z");
    completed.outcome = "Accepted";
    completed.response = R"({"status":"Accepted"})";
    completed.attempt = 1;
    CommandResult sent = result("c-1", "CP-001", CommandState::sent, "2026-11-20T10:29:50.012Z");
    sent.attempt = 1;
    const CommandResult queued = result("c-1", "CP-001", CommandState::queued, "2026-11-20T10:29:50.010Z");
    const std::vector<std::string> written{model::write_result(queued), model::write_result(sent),
                                           model::write_result(completed)};
    EXPECT_EQ(written, minified_lines("results.jsonl"));
}

TEST_F(CommandExamples, TheDeadLetterIsWritten) {
    const std::string golden = minified(text_of("dead-letter.json"));
    CommandResult unreachable = result("c-2", "CP-404", CommandState::unreachable, "2026-11-20T10:29:50.011Z");
    unreachable.error = model::CommandError{.code = "Unreachable", .message = "CP-404 is not connected to any pod"};
    const std::string command = golden.substr(11, golden.find(R"(,"result")") - 11);
    ASSERT_TRUE(model::read_command(command));
    EXPECT_EQ(model::write_dead_letter(command, model::write_result(unreachable)), golden);
}

}  // namespace
