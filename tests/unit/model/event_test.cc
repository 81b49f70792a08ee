#include "model/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using model::ChargePointId;
using model::EventHead;
using model::EventRecord;
using model::Flag;
using model::IdRule;

const ChargePointId kChargePoint("CP-001");
const model::PodId kPod("gateway-0");

EventHead head() {
    return {.charge_point = kChargePoint,
            .protocol = "ocpp1.6",
            .pod = kPod,
            .epoch = model::Epoch{1'795'168'800'123'456},
            .sequence = 42,
            .received = *base::parse_rfc3339("2026-11-20T10:00:00.123Z"),
            .trace_seed = 1,
            .bytes_max = 900'000,
            .flags = {},
            .id_rule = IdRule::place,
            .ocpp = {}};
}

model::OcppSource stop() {
    return {.action = "StopTransaction", .message_id = R"("1")", .payload = R"({"transactionId":7 , "meterStop":12.50})"};
}

TEST(Event, IsOneCloudEventWithTheContractsNames) {
    EventHead of = head();
    of.ocpp = stop();
    of.flags.set(Flag::schema_violation);
    const EventRecord record = model::write_event(of, model::TransactionEnded{.id = model::TransactionId("7"),
                                                                              .id_tag = "ABC",
                                                                              .meter_stop_wh = model::Number{std::int64_t{0}},
                                                                              .timestamp = "t",
                                                                              .reason = "Local",
                                                                              .meter = {}});
    EXPECT_EQ(
        record.value,
        R"({"specversion":"1.0","id":"CP-001:1795168800123456:42","source":"/charge-points/CP-001","type":"transaction.ended",)"
        R"("subject":"CP-001","time":"2026-11-20T10:00:00.123Z","datacontenttype":"application/json",)"
        R"("data":{"chargePoint":{"id":"CP-001","protocol":"ocpp1.6"},"pod":"gateway-0",)"
        R"("connection":{"epoch":1795168800123456,"sequence":42},)"
        R"("transaction":{"id":"7","idTag":"ABC","meterStopWh":0,"timestamp":"t","reason":"Local"},"flags":["schemaViolation"],)"
        R"("ocpp":{"action":"StopTransaction","messageId":"1","payload":{"transactionId":7 , "meterStop":12.50}}}})");
    EXPECT_EQ(record.type, "transaction.ended");
    EXPECT_EQ(record.charge_point, kChargePoint);
    EXPECT_EQ(record.id, "CP-001:1795168800123456:42");
}

TEST(Event, LeavesOutWhatIsAbsentOrEmpty) {
    const EventRecord record = model::write_event(head(), model::ConnectorStatus{.connector_id = 0, .status = "Available"});
    EXPECT_THAT(record.value, testing::HasSubstr(R"("connector":{"connectorId":0,"status":"Available"},"flags":[]})"));
    EXPECT_THAT(record.value, testing::Not(testing::HasSubstr("null")));
}

TEST(Event, KeepsTheEmptyReasonOfADisconnect) {
    const EventRecord record = model::write_event(head(), model::DeviceDisconnected{.code = 1006, .reason = "", .by = "network"});
    EXPECT_THAT(record.value, testing::HasSubstr(R"("disconnect":{"code":1006,"reason":"","by":"network","seconds":0})"));
}

TEST(Event, EscapesWhatADeviceSays) {
    const EventRecord record = model::write_event(head(), model::DeviceDisconnected{.reason = "\"\n\xFF", .by = "device"});
    EXPECT_THAT(record.value, testing::HasSubstr("\"reason\":\"\\\"\\n\xEF\xBF\xBD\""));
}

TEST(Event, EncodesTheChargePointInItsSourceOnly) {
    const ChargePointId odd("a b/\xC3\xA9");
    EventHead of{.charge_point = odd,
                 .protocol = "ocpp1.6",
                 .pod = kPod,
                 .epoch = {},
                 .sequence = 1,
                 .received = {},
                 .trace_seed = 1,
                 .bytes_max = 1000,
                 .flags = {},
                 .id_rule = IdRule::place,
                 .ocpp = {}};
    const EventRecord record = model::write_event(of, model::DeviceHeartbeat{});
    EXPECT_THAT(record.value, testing::HasSubstr(R"("source":"/charge-points/a%20b%2F%C3%A9")"));
    EXPECT_THAT(record.value, testing::HasSubstr("\"subject\":\"a b/\xC3\xA9\""));
}

TEST(Event, IdOfContentIsThatOfChargePointActionPayloadAndWhereAskedTheEpoch) {
    EventHead of = head();
    of.ocpp = stop();
    of.id_rule = IdRule::content;
    const auto id = [](const EventHead& what) { return model::write_event(what, model::DataTransfer{}).id; };
    const std::string first = id(of);
    EXPECT_EQ(first.size(), 32U);

    EventHead resend = of;
    resend.sequence = 43;
    resend.epoch = model::Epoch{1};
    resend.ocpp->message_id = R"("2")";
    EXPECT_EQ(id(resend), first);
    EventHead other = of;
    other.ocpp->payload = R"({"transactionId":7, "meterStop":12.50})";
    EXPECT_NE(id(other), first);
    EventHead with_epoch = of;
    with_epoch.id_rule = IdRule::content_and_epoch;
    EXPECT_NE(id(with_epoch), first);
    resend.id_rule = IdRule::content_and_epoch;
    EXPECT_NE(id(resend), id(with_epoch));
}

TEST(Event, HasATraceOfItsOwn) {
    EventHead of = head();
    const std::string first = model::write_event(of, model::DeviceHeartbeat{}).traceparent;
    EXPECT_THAT(first, testing::MatchesRegex("00-[0-9a-f]+-[0-9a-f]+-00"));
    EXPECT_EQ(first.size(), 55U);
    EXPECT_EQ(model::write_event(of, model::DeviceHeartbeat{}).traceparent, first);
    of.sequence = 43;
    EXPECT_NE(model::write_event(of, model::DeviceHeartbeat{}).traceparent, first);
    of.sequence = 42;
    of.trace_seed = 2;
    EXPECT_NE(model::write_event(of, model::DeviceHeartbeat{}).traceparent, first);
}

TEST(Event, CutsAPayloadThatIsNoJsonRatherThanGrowBeyondTheLogsLimit) {
    EventHead of = head();
    of.ocpp = stop();
    const std::string rubbish(2000, '\x01');  // six bytes each in a JSON string
    of.ocpp->payload = rubbish;
    of.ocpp->payload_is_json = false;
    of.bytes_max = 4000;
    const EventRecord cut = model::write_event(of, model::TransactionEnded{});
    EXPECT_LE(cut.value.size(), 4000U);
    EXPECT_THAT(cut.value, testing::HasSubstr(R"("flags":["payloadCut"])"));
    EXPECT_THAT(cut.value, testing::HasSubstr(R"("payload":"\u0001\u0001)"));
}

TEST(Event, CutsTextsOfWhatIsToldRatherThanGrowBeyondTheLogsLimit) {
    EventHead of = head();
    const std::string tag(100'000, '\x01');
    const std::string payload = R"({"idTag":")" + tag + R"("})";
    of.ocpp = stop();
    of.ocpp->payload = payload;
    of.ocpp->payload_is_json = false;
    const EventRecord broken = model::write_event(of, model::TransactionEnded{.id_tag = tag, .meter = {}});
    EXPECT_LE(broken.value.size(), of.bytes_max);
    EXPECT_THAT(broken.value, testing::HasSubstr(R"("flags":["payloadCut","textCut"])"));

    const std::string quotes(190'000, '"');
    std::string data = "[\"";
    for (std::size_t i = 0; i < quotes.size(); ++i) data += "\\\"";
    data += "\"]";
    const std::string transfer = R"({"vendorId":"a","data":)" + data + "}";
    of.ocpp = model::OcppSource{.action = "DataTransfer", .message_id = R"("1")", .payload = transfer};
    const EventRecord whole = model::write_event(of, model::DataTransfer{.vendor_id = "a", .data = data});
    EXPECT_LE(whole.value.size(), of.bytes_max);
    EXPECT_THAT(whole.value, testing::HasSubstr(R"("flags":["textCut"])"));
    EXPECT_THAT(whole.value, testing::HasSubstr(transfer)) << "the payload tells all";
}

TEST(Event, TellsTheSameOfAFactWhateverItsMessageId) {
    EventHead of = head();
    of.id_rule = IdRule::content;
    of.ocpp = stop();
    model::MeterValues values{.connector_id = 1, .transaction_id = {}, .meter = {}};
    values.meter.push_back({.timestamp = "t", .samples = std::vector<model::Sample>(20, model::Sample{.value = "1"})});
    for (std::size_t bytes = 1500; bytes < 3500; ++bytes) {
        of.bytes_max = bytes;
        of.ocpp->message_id = R"("1")";
        of.sequence = 9;
        const bool before = model::write_event(of, values).value.find(R"("meter":[)") != std::string::npos;
        of.ocpp->message_id = R"("123456789-123456789-123456789-123456789")";
        of.sequence = 10;
        of.flags = {};
        of.flags.set(Flag::replayed);
        EXPECT_EQ(model::write_event(of, values).value.find(R"("meter":[)") != std::string::npos, before) << bytes;
        of.flags = {};
    }
}

TEST(Event, LeavesOutTheNormalFormOfAMeterThatIsTooLarge) {
    EventHead of = head();
    of.ocpp = stop();
    model::MeterValues values{.connector_id = 1, .transaction_id = {}, .meter = {}};
    values.meter.push_back({.timestamp = "t", .samples = std::vector<model::Sample>(20, model::Sample{.value = "1"})});
    const EventRecord whole = model::write_event(of, values);
    of.bytes_max = whole.value.size() - 1;
    const EventRecord cut = model::write_event(of, values);
    EXPECT_THAT(whole.value, testing::HasSubstr(R"("meter":[)"));
    EXPECT_THAT(cut.value, testing::Not(testing::HasSubstr(R"("meter":)")));
    EXPECT_THAT(cut.value, testing::HasSubstr(R"("flags":["meterOmitted"])"));
    EXPECT_EQ(cut.id, whole.id);
}

TEST(Event, CutsTheFrameOfAProtocolErrorBetweenCharacters) {
    const std::string frame = std::string(model::kErrorFrameBytesMax - 1, 'x') + "\xC3\xA9";
    const EventRecord record = model::write_event(head(), model::ProtocolError{.code = "GenericError", .frame = frame});
    EXPECT_THAT(record.value, testing::HasSubstr("\"frame\":\"" + std::string(model::kErrorFrameBytesMax - 1, 'x') + "\""));
}

}  // namespace
