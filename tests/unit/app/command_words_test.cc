#include "app/command_words.h"

#include <gtest/gtest.h>

#include <utility>
#include <variant>

namespace {

using namespace std::chrono_literals;

TEST(CommandWords, ADeliveryKeepsItsTicketPayloadAndDeadlines) {
    const base::MonoTime send_by{5s};
    commands::Deliver deliver{.place = {}, .ticket = 7, .command = {}, .timeout = 30s, .send_by = send_by};
    deliver.command.name = "Reset";
    deliver.command.payload = R"({"type":"Soft"})";
    const auto command = app::to_session(std::move(deliver));
    EXPECT_EQ(command.ticket, 7U);
    EXPECT_EQ(command.name, "Reset");
    EXPECT_EQ(command.payload, R"({"type":"Soft"})");
    EXPECT_EQ(command.timeout, 30s);
    EXPECT_EQ(command.send_by, send_by);
}

TEST(CommandWords, ARefusedPayloadIsToldWithItsPathAndAnUnknownNameWithout) {
    using Why = ocpp::NotDeliverable::Why;
    const auto payload = app::to_ledger({7, ocpp::NotDeliverable{Why::bad_payload, "is missing", "/type"}});
    const auto& refused = std::get<commands::NotDeliverable>(payload.what).error;
    EXPECT_EQ(payload.ticket, 7U);
    EXPECT_EQ(refused.code, "BadPayload");
    EXPECT_EQ(refused.message, "is missing");
    EXPECT_EQ(refused.details, R"({"path":"/type"})");

    const auto name = app::to_ledger({8, ocpp::NotDeliverable{Why::unknown_name, "Rest", ""}});
    EXPECT_EQ(std::get<commands::NotDeliverable>(name.what).error.code, "UnknownName");
    EXPECT_EQ(std::get<commands::NotDeliverable>(name.what).error.details, "{}");
}

TEST(CommandWords, EveryReportKeepsItsMeaning) {
    EXPECT_TRUE(std::holds_alternative<commands::Sent>(app::to_ledger({1, ocpp::Sent{}}).what));
    EXPECT_TRUE(std::holds_alternative<commands::TimedOut>(app::to_ledger({1, ocpp::TimedOut{}}).what));
    EXPECT_TRUE(std::holds_alternative<commands::Lost>(app::to_ledger({1, ocpp::Lost{}}).what));
    for (const auto& [theirs, ours] : {std::pair(ocpp::Unsent::withdrawn, commands::Unsent::withdrawn),
                                       std::pair(ocpp::Unsent::connection_gone, commands::Unsent::connection_gone)}) {
        EXPECT_EQ(std::get<commands::NotSent>(app::to_ledger({1, ocpp::NotSent{theirs}}).what).why, ours);
    }
    const auto answered = app::to_ledger({1, ocpp::Answered{.outcome = "Accepted", .response = "{}"}});
    EXPECT_EQ(std::get<commands::Answered>(answered.what).outcome, "Accepted");
    EXPECT_EQ(std::get<commands::Answered>(answered.what).response, "{}");
    const auto refused = app::to_ledger({1, ocpp::Refused{"NotSupported", "no", R"({"a":1})"}});
    EXPECT_EQ(std::get<commands::Refused>(refused.what).error.code, "NotSupported");
    EXPECT_EQ(std::get<commands::Refused>(refused.what).error.message, "no");
    EXPECT_EQ(std::get<commands::Refused>(refused.what).error.details, R"({"a":1})");
}

}  // namespace
