// What charge points of the field do in their payloads, and that it is served and counted (docs/quirks.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "support/ocpp/quirk_counts.h"
#include "support/ocpp/session_harness.h"

namespace {

using test::flags_of;
using test::SessionHarness;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

struct Oddity {
    std::string frame;
    std::set<std::string> quirks;
    std::string told;  // a part of the event
};

std::string status_with(const std::string& members) {
    return R"([2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available",)" + members + "}]";
}
std::string status_at(const std::string& timestamp) { return status_with(R"("timestamp":")" + timestamp + "\""); }
std::string stop_with(const std::string& members) {
    return R"([2,"1","StopTransaction",{"meterStop":10,"timestamp":"2026-11-20T10:00:00Z",)" + members + "}]";
}
std::string meter_values(const std::string& members) { return R"([2,"1","MeterValues",{)" + members + "}]"; }
std::string sample(const std::string& members) {
    return meter_values(R"("connectorId":1,"meterValue":[{"timestamp":"2026-11-20T10:00:00Z","sampledValue":[{)" + members +
                        "}]}]");
}

// One that was here before, and need not boot.
const ocpp::Opening kBack{.past = {.was_here = true}};

const std::string kLong(60, 'x');

const std::vector<Oddity> kOddities{
    {R"([2,"1","StopTransaction",{"transactionId":7,"meterStop":15300,"idTag":"A)"
     "\t"
     R"(B","x":NaN}])",
     {"frame_broken"},
     R"("transaction":{"id":"7","idTag":"A\tB","meterStopWh":15300})"},
    {R"([2,"1","StopTransaction",{"transactionId":7,"meterStop":15300,"timest)",
     {"frame_broken"},
     R"("transaction":{"id":"7","meterStopWh":15300})"},
    {R"([2,"1","StopTransaction",{"transactionId":7,"meterStop":153)", {"frame_broken"}, R"("transaction":{"id":"7"})"},
    {meter_values(
         R"("connectorId":1,"meterValue":[{"sampledValue":[{"value":"1"},{"value":NaN},{"value":"2"}]}],"transactionId":9)"),
     {"frame_broken"},
     R"("connector":{"connectorId":1},"transaction":{"id":"9"})"},
    {meter_values(R"("x":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]],"connectorId":1)"),
     {"frame_broken"},
     R"("connector":{"connectorId":1})"},
    {status_with(R"("info":"\ud800!")"), {"half_character"}, "\"info\":\"\xEF\xBF\xBD!\""},
    {R"([2,"1","SignCertificate",{"csr":"x"},{}])", {"frame_elements"}, R"("csr":"x")"},
    {R"([2,"1","StopTransaction"])", {"frame_elements"}, R"("payload":{})"},
    {R"([2,"1","MeterValues",null])", {"payload_null", "field_missing"}, R"("payload":null)"},
    {meter_values(R"("connectorId":1)"), {"field_missing"}, R"("connector":{"connectorId":1})"},
    {status_with(R"("info":null)"), {"field_null"}, R"("status":"Available","errorCode":"NoError"},"flags")"},
    {stop_with(R"("transactionId":7,"transactionData":null)"), {"field_null"}, R"("id":"7")"},
    {sample(R"("value":"1","phase":null)"), {"field_null"}, R"("value":"1","format":"raw","unit":"Wh","location")"},
    {status_with(R"("info":"","vendorId":"")"), {"field_empty"}, R"("errorCode":"NoError"},"flags":[])"},
    {status_at(""), {"field_empty"}, R"("errorCode":"NoError"},"flags":["schemaViolation"])"},
    {stop_with(R"("transactionId":7,"idTag":"")"), {"field_empty"}, R"("transaction":{"id":"7","meterStopWh")"},
    {meter_values(R"("connectorId":1,"transactionId":"","meterValue":[])"), {"field_empty"}, R"("connectorId":1},"meter":[])"},
    {sample(R"("value":"1","unit":"")"), {"field_empty"}, R"("unit":"Wh")"},
    {status_with(R"("info":")" + kLong + "\""), {"field_too_long"}, R"("info":")" + kLong + "\""},
    {status_with(R"("extra":{"a":1})"), {"field_unknown"}, R"("extra":{"a":1})"},
    {status_with(R"("connectorId":2)"), {"field_doubled"}, R"("connector":{"connectorId":1,)"},
    {status_with(R"("errorCode":"NoError")"), {"field_doubled"}, R"("errorCode":"NoError"})"},
    {R"([2,"1","StatusNotification",{"connectorId":0,"errorCode":"Error","status":"Faultd"}])",
     {"value_unknown"},
     R"("connector":{"connectorId":0,"status":"Faultd","errorCode":"Error"})"},
    {sample(R"("value":"1","context":"Sample.Periodics")"), {"value_unknown"}, R"("context":"Sample.Periodics")"},
    {stop_with(R"("transactionId":7,"idTag":{})"), {"value_type"}, R"("transaction":{"id":"7","meterStopWh")"},
    {R"([2,"1","StopTransaction",[]])", {"value_type"}, R"("payload":[])"},
    {R"([2,"1","StatusNotification",{"connectorId":"1","errorCode":"NoError","status":"Available"}])",
     {"number_as_text"},
     R"("connector":{"connectorId":1,)"},
    {R"([2,"1","StopTransaction",{"transactionId":"7","meterStop":"15300","timestamp":"2026-11-20T10:00:00Z"}])",
     {"number_as_text"},
     R"("transaction":{"id":"7","meterStopWh":15300,)"},
    {status_with(R"("vendorErrorCode":12.50)"), {"text_as_number"}, R"("vendorErrorCode":"12.50")"},
    {R"([2,"1","Authorize",{"idTag":89450421180216216095}])", {"text_as_number"}, R"("idTag":"89450421180216216095")"},
    {status_with(R"("info":1e400,"more":99999999999999999999)"),
     {"text_as_number", "field_unknown"},
     R"("info":"1e400"},"flags":["schemaViolation"])"},
    {status_with(R"("info":false)"), {"text_as_number"}, R"("info":"false")"},
    {R"([2,"1","Authorize",{"idTag":1234567890123456789}])", {"text_as_number"}, R"("idTag":"1234567890123456789")"},
    {sample(R"("value":1.0,"phase":1)"), {"text_as_number"}, R"("value":"1.0","format":"raw","unit":"Wh","phase":"1")"},
    {R"([2,"1","DataTransfer",{"vendorId":"V","data":{"a": [1,"\u00e4"]}}])",
     {"text_as_json"},
     R"("data":"{\"a\": [1,\"\\u00e4\"]}")"},
    {R"([2,"1","DataTransfer",{"vendorId":"V","data":[]}])", {"text_as_json"}, R"("data":"[]")"},
    {R"([2,"1","StatusNotification",{"connectorId":1.0,"errorCode":"NoError","status":"Available"}])",
     {"integer_as_decimal"},
     R"("connector":{"connectorId":1,)"},
    {status_at("2026-11-20T10:00:00"), {"time_without_zone"}, R"("flags":["schemaViolation"])"},
    {status_at("2026-11-20T13:00:00+03"), {"time_zone"}, R"("flags":[])"},
    {status_at("2026-11-20T06:30:00-0330"), {"time_zone"}, R"("flags":[])"},
    {status_at("2026-11-20 10:00:00Z"), {"time_blank"}, R"("flags":[])"},
    {status_at(" 2026-11-20T10:00:00 Z"), {"time_blank"}, R"("flags":["schemaViolation"])"},
    {status_at("2026-11-20T10:00:00.123456Z"), {"time_fraction"}, R"("flags":[])"},
    {status_at("2026-11-20 10:00:00.123456"),
     {"time_without_zone", "time_blank", "time_fraction"},
     R"("timestamp":"2026-11-20 )"},
    {status_at("20.11.2026 10:00"), {"time_unreadable"}, R"("flags":["clockSuspect","schemaViolation"])"},
    {stop_with(R"("transactionId":-1)"), {"transaction_id_unknown"}, R"("id":"-1")"},
    {meter_values(R"("connectorId":1,"transactionId":0,"meterValue":[])"), {"transaction_id_unknown"}, R"("id":"0")"},
};

TEST(QuirksOfAPayload, AreServedAndCounted) {
    for (const Oddity& oddity : kOddities) {
        const test::QuirkCounts counts;
        SessionHarness charge_point("CP-001", kBack, test::session_config(), counts.counters());
        charge_point.accepts_everything();
        charge_point.sends(oddity.frame);
        charge_point.log_confirms();
        ASSERT_THAT(charge_point.received(), testing::ElementsAre(testing::StartsWith(R"([3,"1",{)"))) << oddity.frame;
        EXPECT_THAT(charge_point.last().value, HasSubstr(oddity.told)) << oddity.frame;
        std::set<std::string> met;
        for (const auto& [name, count] : counts.met()) {
            met.insert(name);
            EXPECT_EQ(count, 1) << name << " " << oddity.frame;
        }
        EXPECT_EQ(met, oddity.quirks) << oddity.frame;
    }
}

TEST(QuirksOfAPayload, AreAllInThisTest) {
    std::set<model::Quirk> due{model::Quirk::frame_elements, model::Quirk::frame_broken};
    for (auto quirk = model::Quirk::payload_null; quirk <= model::Quirk::transaction_id_unknown;
         quirk = static_cast<model::Quirk>(static_cast<int>(quirk) + 1)) {
        due.insert(quirk);
    }
    for (const model::QuirkEntry& entry : model::quirks()) {
        const bool is_tried =
            std::ranges::any_of(kOddities, [&](const Oddity& oddity) { return oddity.quirks.contains(std::string(entry.name)); });
        EXPECT_EQ(is_tried, due.contains(entry.quirk)) << entry.name;
    }
}

TEST(QuirksOfAPayload, OfAMessageThatIsRefusedAreNotCounted) {
    const test::QuirkCounts counts;
    SessionHarness charge_point("CP-001", kBack, test::session_config(), counts.counters());
    charge_point.sends(R"([2,"1","StatusNotification",{"connectorId":"1","status":"Faultd","info":""}])");
    EXPECT_EQ(charge_point.last().type, "protocol.error");
    EXPECT_THAT(counts.met(), IsEmpty());
}

TEST(QuirksOfAPayload, AreCountedWhereBillingIsServedInStrictValidation) {
    const test::QuirkCounts counts;
    ocpp::Config config = test::session_config();
    config.validation = ocpp::Validation::strict;
    SessionHarness charge_point("CP-001", kBack, config, counts.counters());
    charge_point.sends(stop_with(R"("transactionId":"-1","reason":"TooHot")"));
    charge_point.sends(status_with(R"("extra":1)"));
    EXPECT_THAT(counts.met(),
                UnorderedElementsAre(Pair("number_as_text", 1), Pair("value_unknown", 1), Pair("transaction_id_unknown", 1)));
}

TEST(QuirksOfAPayload, AreCountedOnceThoughTheDecisionIsWaitedFor) {
    const test::QuirkCounts counts;
    SessionHarness charge_point("CP-001", kBack, test::session_config(), counts.counters());
    charge_point.sends(
        R"([2,"1","StartTransaction",{"connectorId":"1","idTag":123,"meterStart":"0","timestamp":"2026-11-20T10:00:00Z"}])");
    charge_point.decides(model::Permission{});
    EXPECT_THAT(charge_point.last().value,
                HasSubstr(R"("idTag":"123","connectorId":1,"meterStartWh":0,"timestamp":"2026-11-20T10:00:00Z")"));
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation");
    EXPECT_THAT(counts.met(), UnorderedElementsAre(Pair("number_as_text", 1), Pair("text_as_number", 1)));
}

}  // namespace
