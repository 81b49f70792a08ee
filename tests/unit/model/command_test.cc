#include "model/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "model/json_members.h"
namespace {

using model::Command;
using model::IfOffline;
using model::Priority;

// A command with the three required members and whatever else is given.
std::string command_with(const std::string& members) {
    return R"({"commandId":"c-1","chargePointId":"CP-001","commandName":"Reset")" + (members.empty() ? "" : "," + members) + "}";
}

Command read(const std::string& record) {
    auto command = model::read_command(record);
    EXPECT_TRUE(command) << record;
    return command ? *command : Command{};
}

std::string fault_of(const std::string& record) {
    const auto command = model::read_command(record);
    return command ? "none" : command.error().field + " " + command.error().text;
}

TEST(Command, IsReadWithEverythingThatTheContractNames) {
    const Command command = read(command_with(
        R"("payload":{"type":"Soft"},"priority":"emergency","createdAt":"2026-11-20T10:29:50Z","expiresAt":"2026-11-20T10:30:50Z",)"
        R"("timeoutSeconds":30,"ifOffline":"wait","targetPodId":"gateway-0","traceparent":"00-1-2-00")"));
    EXPECT_EQ(command.id.text(), "c-1");
    EXPECT_EQ(command.charge_point.text(), "CP-001");
    EXPECT_EQ(command.name, "Reset");
    EXPECT_EQ(command.priority, Priority::emergency);
    EXPECT_EQ(command.created_at, base::parse_rfc3339("2026-11-20T10:29:50Z"));
    EXPECT_EQ(command.expires_at, base::parse_rfc3339("2026-11-20T10:30:50Z"));
    EXPECT_EQ(command.timeout, std::chrono::seconds(30));
    EXPECT_EQ(command.if_offline, IfOffline::wait);
    EXPECT_EQ(command.target_pod.text(), "gateway-0");
    EXPECT_EQ(command.traceparent, "00-1-2-00");
}

TEST(Command, NeedsIdChargePointAndNameOnly) {
    const Command command = read(command_with(""));
    EXPECT_EQ(command.payload, "{}");
    EXPECT_EQ(command.priority, Priority::normal);
    EXPECT_EQ(command.if_offline, IfOffline::reject);
    EXPECT_FALSE(command.created_at || command.expires_at || command.timeout);
    EXPECT_EQ(fault_of(R"({"chargePointId":"CP-001","commandName":"Reset"})"), "commandId is missing");
    EXPECT_EQ(fault_of(R"({"commandId":"c-1","commandName":"Reset"})"), "chargePointId is missing");
    EXPECT_EQ(fault_of(R"({"commandId":"c-1","chargePointId":"CP-001"})"), "commandName is missing");
}

TEST(Command, KeepsItsPayloadAsReceived) {
    EXPECT_EQ(read(command_with(R"("payload": {"z" : 12.50, "a":[{"b":"\u00e9"} ,1e2]}  )")).payload,
              R"({"z" : 12.50, "a":[{"b":"\u00e9"} ,1e2]})");
}

TEST(Command, DecodesTheEscapesOfItsNames) {
    EXPECT_EQ(read(R"({"commandId":"c\u002d1","chargePointId":"S\u00fcd","commandName":"Reset"})").id.text(), "c-1");
    EXPECT_EQ(read(R"({"commandId":"c\u002d1","chargePointId":"S\u00fcd","commandName":"Reset"})").charge_point.text(),
              "S\u00fcd");
}

TEST(Command, IgnoresMembersThatTheContractDoesNotName) {
    EXPECT_EQ(read(command_with(R"("batchId":[1,{"a":2}])")).name, "Reset");
}

TEST(Command, FaultNamesTheMemberThatIsWrong) {
    EXPECT_EQ(fault_of(command_with(R"("payload":[1])")), "payload must be an object");
    EXPECT_EQ(fault_of(command_with(R"("priority":"urgent")")), "priority must be low, normal, high or emergency");
    EXPECT_EQ(fault_of(command_with(R"("ifOffline":true)")), "ifOffline must be reject or wait");
    EXPECT_EQ(fault_of(command_with(R"("createdAt":"yesterday")")), "createdAt must be a date and time of RFC 3339");
    EXPECT_EQ(fault_of(command_with(R"("expiresAt":17)")), "expiresAt must be a date and time of RFC 3339");
    EXPECT_EQ(fault_of(command_with(R"("timeoutSeconds":0)")), "timeoutSeconds must be a whole number from 1 to 86400");
    EXPECT_EQ(fault_of(command_with(R"("timeoutSeconds":1.5)")), "timeoutSeconds must be a whole number from 1 to 86400");
    EXPECT_EQ(fault_of(command_with(R"("commandName":"GetLog")")), "commandName is there twice");
    EXPECT_EQ(fault_of(R"({"commandId":"","chargePointId":"CP-001","commandName":"Reset"})"), "commandId must not be empty");
    EXPECT_EQ(fault_of(R"({"commandId":"a\nb","chargePointId":"CP-001","commandName":"Reset"})"),
              "commandId must not hold control characters");
    EXPECT_EQ(fault_of(R"({"commandId":7,"chargePointId":"CP-001","commandName":"Reset"})"), "commandId must be a string");
    EXPECT_EQ(fault_of(R"({"commandId":"c-1","chargePointId":"a/b","commandName":"Reset"})"),
              "chargePointId must not hold a slash: it is one segment of a path");
}

TEST(Command, HasBounds) {
    EXPECT_EQ(fault_of(command_with(R"("payload":{"a":")" + std::string(model::kCommandBytesMax, 'a') + "\"}")),
              " has more than 262144 bytes");
    EXPECT_EQ(fault_of(R"({"commandId":")" + std::string(513, 'a') + R"(","chargePointId":"CP-001","commandName":"Reset"})"),
              "commandId must have at most 512 bytes");
    std::string deep = R"("payload":{"a":)";
    deep += std::string(100, '[') + std::string(100, ']') + "}";
    EXPECT_EQ(fault_of(command_with(deep)), " is not a JSON object");
}

TEST(Command, IsNoCommandWhereItIsNoJsonObject) {
    for (const std::string record :
         {"", "null", "[1]", "{", R"({"commandId":"c-1",})", "\xFF", R"("text")",
          R"({"commandId":"c-1","chargePointId":"CP-001","commandName":"Reset"} x)",
          R"({"commandId":"c-1","chargePointId":"CP-001","commandName":"Reset","payload":{"a":"\udc00"}})",
          R"({"commandId":"c-1","chargePointId":"CP-001","commandName":"Reset","payload":{"a":01}})"}) {
        EXPECT_EQ(fault_of(record), " is not a JSON object") << record;
    }
}

TEST(Command, IsNotLostForItsTraceContext) {
    EXPECT_EQ(read(command_with(R"("traceparent":17)")).traceparent, "");
    EXPECT_EQ(read(command_with(R"("traceparent":")" + std::string(129, 'a') + "\"")).traceparent, "");
}

Command full_command() {
    return {.id = model::CommandId("c-\"1\""),
            .charge_point = model::ChargePointId("CP-001"),
            .name = "Reset",
            .payload = R"({"z" : 12.50, "a":[1e2]})",
            .priority = Priority::emergency,
            .if_offline = IfOffline::wait,
            .created_at = base::parse_rfc3339("2026-11-20T10:29:50.123Z"),
            .expires_at = base::parse_rfc3339("2026-11-20T10:30:50Z"),
            .timeout = std::chrono::seconds(30),
            .target_pod = model::PodId("gateway-0"),
            .traceparent = "00-1-2-00"};
}

TEST(Command, IsWrittenWithEverythingThatItSays) {
    EXPECT_EQ(model::write_command(full_command()),
              R"({"commandId":"c-\"1\"","chargePointId":"CP-001","commandName":"Reset","payload":{"z" : 12.50, "a":[1e2]},)"
              R"("priority":"emergency","createdAt":"2026-11-20T10:29:50.123Z","expiresAt":"2026-11-20T10:30:50.000Z",)"
              R"("timeoutSeconds":30,"ifOffline":"wait","targetPodId":"gateway-0","traceparent":"00-1-2-00"})");
    Command least = read(command_with(""));
    EXPECT_EQ(model::write_command(least), command_with(R"("payload":{},"priority":"normal","ifOffline":"reject")"));
}

TEST(Command, IsReadAsItIsWritten) {
    const Command written = full_command();
    const Command command = read(model::write_command(written));
    EXPECT_EQ(model::write_command(command), model::write_command(written));
    EXPECT_EQ(command.created_at, written.created_at);
    EXPECT_EQ(command.payload, written.payload);
}

TEST(Command, IsTakenMemberByMember) {
    Command command;
    const auto members = model::json_members(R"({"priority":"high","expiresInSeconds":5,"payload":[]})");
    ASSERT_TRUE(members);
    EXPECT_FALSE(model::take_command_member((*members)[0], command));
    EXPECT_EQ(command.priority, Priority::high);
    EXPECT_EQ(model::take_command_member((*members)[1], command)->field, "expiresInSeconds");
    EXPECT_EQ(model::take_command_member((*members)[2], command)->text, "must be an object");
}

TEST(Ids, HaveBoundsOnEveryWay) {
    EXPECT_FALSE(model::command_id_problem("b/1:CP 1 \u00fc"));
    EXPECT_FALSE(model::charge_point_id_problem(std::string(255, 'x')));
    EXPECT_EQ(model::charge_point_id_problem("a/b"), "must not hold a slash: it is one segment of a path");
    EXPECT_EQ(model::charge_point_id_problem(std::string(256, 'x')), "must have at most 255 bytes");
    EXPECT_EQ(model::command_id_problem(std::string(513, 'x')), "must have at most 512 bytes");
    EXPECT_EQ(model::command_id_problem(""), "must not be empty");
    EXPECT_EQ(model::command_id_problem("a\nb"), "must not hold control characters");
    EXPECT_EQ(model::command_id_problem("\xff"), "must be UTF-8");
}

}  // namespace
