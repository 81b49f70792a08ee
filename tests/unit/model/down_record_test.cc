#include "model/down_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using model::DownKind;
using model::DownRecord;
using model::Marker;

Marker marker(DownKind kind) {
    return {.kind = kind,
            .command = model::CommandId("c-1"),
            .charge_point = model::ChargePointId("CP-001"),
            .hop = 2,
            .incarnation = model::Incarnation("i-1")};
}

TEST(DownRecord, IsACommandUnlessAPodMarkedIt) {
    EXPECT_EQ(model::kind_of({}), DownKind::command);
    EXPECT_EQ(model::kind_of({.kind = "command", .hop = "1"}), DownKind::command);
    EXPECT_EQ(model::kind_of({.kind = "locate"}), DownKind::other);
    EXPECT_EQ(model::hop_of({}), 0U);
    EXPECT_EQ(model::hop_of({.hop = "3"}), 3U);
}

TEST(Marker, OfSendingIsReadAsItIsWritten) {
    Marker sending = marker(DownKind::sending);
    sending.attempt = 1;
    const DownRecord record = model::write_marker(sending, 7);
    EXPECT_EQ(record.partition, 7);
    EXPECT_EQ(record.key, "CP-001");
    EXPECT_EQ(record.kind, "sending");
    EXPECT_EQ(record.hop, "2");
    const auto read = model::read_marker(record);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, DownKind::sending);
    EXPECT_EQ(read->command.text(), "c-1");
    EXPECT_EQ(read->charge_point.text(), "CP-001");
    EXPECT_EQ(read->hop, 2U);
    EXPECT_EQ(read->incarnation.text(), "i-1");
    EXPECT_EQ(read->attempt, 1U);
}

TEST(Marker, OfTheEndKeepsTheResultByteForByte) {
    Marker ended = marker(DownKind::ended);
    ended.result = R"({"commandId":"c-1", "state":"uncertain","response":{"a":1.50}})";
    const auto read = model::read_marker(model::write_marker(ended, 0));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->result, ended.result);
    EXPECT_EQ(read->ended_state, model::CommandState::uncertain);
}

TEST(Marker, OfAMoveNamesThePartition) {
    Marker moved = marker(DownKind::moved);
    moved.to = 12;
    const auto read = model::read_marker(model::write_marker(moved, 0));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->to, 12);
}

TEST(Marker, ThatLacksWhatItNeedsIsAFault) {
    Marker ended = marker(DownKind::ended);
    ended.result = R"({"state":"sent"})";
    EXPECT_EQ(model::read_marker(model::write_marker(ended, 0)).error().field, "result.state");
    EXPECT_EQ(model::read_marker(model::write_marker(marker(DownKind::moved), 0)).error().field, "to");
    EXPECT_EQ(model::read_marker({.value = R"({"commandId":"c-1"})", .kind = "sending"}).error().field, "incarnation");
    EXPECT_EQ(model::read_marker({.value = R"({"incarnation":"i"})", .kind = "sending"}).error().field, "commandId");
    EXPECT_EQ(model::read_marker({.value = "x", .kind = "ended"}).error().text, "is not a JSON object");
    EXPECT_EQ(model::read_marker({.value = R"({"commandId":"c","incarnation":"i","result":7})", .kind = "ended"}).error().field,
              "result");
}

TEST(Cancel, NamesTheCommand) {
    const DownRecord record = model::write_cancel(model::CommandId("c-1"), model::ChargePointId("CP-001"), 3);
    EXPECT_EQ(model::kind_of(record), DownKind::cancel);
    EXPECT_EQ(record.partition, 3);
    EXPECT_EQ(record.key, "CP-001");
    const auto read = model::read_cancel(record);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text(), "c-1");
    EXPECT_FALSE(model::read_cancel({.value = "{}", .kind = "cancel"}));
}

TEST(Disconnect, NamesTheChargePoint) {
    const DownRecord record = model::write_disconnect(model::ChargePointId("CP-001"), 3);
    EXPECT_EQ(model::kind_of(record), DownKind::disconnect);
    EXPECT_EQ(record.partition, 3);
    EXPECT_EQ(record.key, "CP-001");
    EXPECT_EQ(model::read_disconnect(record).value().text(), "CP-001");
    EXPECT_FALSE(model::read_disconnect({.value = "{}", .kind = "disconnect"}));
}

}  // namespace
