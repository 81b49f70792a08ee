#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/ocpp/session_harness.h"

namespace {

using ocpp::Durability;
using test::at;
using test::flags_of;
using test::json_at;
using test::payload_of;
using test::SessionHarness;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kStart =
    R"([2,"t1","StartTransaction",{"connectorId":1,"idTag":"ABC","meterStart":0,"timestamp":"2026-11-20T10:00:00Z"}])";
constexpr std::string_view kStop =
    R"([2,"42","StopTransaction",{"transactionId":7,"meterStop":10,"timestamp":"2026-11-20T10:00:00Z"}])";

std::string start_with_time(std::string_view timestamp) {
    return R"([2,"t1","StartTransaction",{"connectorId":1,"idTag":"ABC","meterStart":0,"timestamp":")" + std::string(timestamp) +
           R"("}])";
}

// The transactionId that a Start is answered with.
std::string assigned(SessionHarness& charge_point, std::string_view frame) {
    charge_point.sends(frame);
    charge_point.log_confirms();
    return json_at(charge_point.received().back(), "/2/transactionId");
}

struct AcceptingHarness : SessionHarness {
    explicit AcceptingHarness(std::string_view id = "CP-001") : SessionHarness(id) { accepts_everything(); }
};

TEST(StopTransaction, IsAnsweredOnlyOnceTheEventIsInTheLog) {
    SessionHarness charge_point{"CP-007"};

    charge_point.sends(kStop);
    EXPECT_THAT(charge_point.published(), SizeIs(1));
    EXPECT_THAT(charge_point.waits_for_log(), ElementsAre(Durability::logged));
    EXPECT_THAT(charge_point.received(), IsEmpty());

    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), IsEmpty());

    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"42",{}])"));
}

TEST(StopTransaction, IsAnsweredWithTagInfoOnlyWhereATagCame) {
    SessionHarness charge_point;
    charge_point.sends(
        R"([2,"1","StopTransaction",{"idTag":"A","transactionId":-1,"meterStop":0,"timestamp":"2026-11-20T10:00:00Z"}])");
    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"1",{"idTagInfo":{"status":"Accepted"}}])"));
    EXPECT_EQ(at(charge_point.last(), "/data/transaction/id"), "-1");
    EXPECT_EQ(at(charge_point.last(), "/data/transaction/meterStopWh"), "0");
    EXPECT_EQ(flags_of(charge_point.last()), "");
}

TEST(StopTransaction, LetsNobodyIntoTheChargePointsCacheWhereIdTagsAreDecidedAbout) {
    ocpp::Config config = test::session_config();
    config.everyone_may_charge = false;
    SessionHarness charge_point("CP-001", config);
    charge_point.sends(
        R"([2,"1","StopTransaction",{"idTag":"A","transactionId":7,"meterStop":10,"timestamp":"2026-11-20T10:00:00Z"}])");
    EXPECT_THAT(charge_point.asked(), IsEmpty());
    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"1",{}])"));
}

TEST(StopTransaction, CarriesItsTransactionDataAsMeter) {
    SessionHarness charge_point;
    charge_point.sends(
        R"([2,"1","StopTransaction",{"transactionId":7,"meterStop":10,"timestamp":"2026-11-20T10:00:00Z","transactionData":)"
        R"([{"timestamp":"2026-11-20T09:00:00Z","sampledValue":[{"value":"1","context":"Transaction.Begin"}]}]}])");
    EXPECT_THAT(charge_point.published(), SizeIs(1));
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/0/context"), "Transaction.Begin");
    EXPECT_EQ(flags_of(charge_point.last()), "");
}

TEST(StopTransaction, WithoutSamplesHasNoMeter) {
    SessionHarness charge_point;
    charge_point.sends(kStop);
    EXPECT_EQ(at(charge_point.last(), "/data/meter"), "");
}

TEST(StopTransaction, IsServedWithAnUnknownReason) {
    SessionHarness charge_point;
    charge_point.sends(
        R"([2,"1","StopTransaction",{"transactionId":7,"meterStop":10,"timestamp":"2026-11-20T10:00:00Z","reason":"GunTooHot"}])");
    charge_point.log_confirms();
    EXPECT_EQ(at(charge_point.last(), "/data/transaction/reason"), "GunTooHot");
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation");
    EXPECT_THAT(charge_point.received(), SizeIs(1));
}

TEST(StartTransaction, AsksBeforeItIsToldAndIsToldBeforeItIsAnswered) {
    SessionHarness charge_point;
    charge_point.sends(kStart);
    ASSERT_THAT(charge_point.asked(), SizeIs(1));
    EXPECT_EQ(std::get<model::MayCharge>(charge_point.asked().front().question).id_tag, "ABC");
    EXPECT_THAT(charge_point.published(), IsEmpty());

    charge_point.decides(model::Permission{.status = model::ChargeStatus::blocked, .expiry_date = {}, .parent_id_tag = {}});
    EXPECT_THAT(charge_point.published(), SizeIs(1));
    EXPECT_EQ(at(charge_point.last(), "/data/transaction/status"), "Blocked");
    EXPECT_THAT(charge_point.received(), IsEmpty());

    charge_point.log_confirms();
    ASSERT_THAT(charge_point.received(), SizeIs(1));
    EXPECT_EQ(json_at(charge_point.received()[0], "/2/idTagInfo/status"), "Blocked");
    EXPECT_EQ(json_at(charge_point.received()[0], "/2/transactionId"), at(charge_point.last(), "/data/transaction/id"));
}

TEST(StartTransaction, AsksAlsoWhereNoIdTagCanBeRead) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","StartTransaction",{"connectorId":1,"meterStart":7,"timestamp":"2026-11-20T10:00:00Z"}])");
    ASSERT_THAT(charge_point.asked(), SizeIs(1));
    EXPECT_EQ(std::get<model::MayCharge>(charge_point.asked().front().question).id_tag, "");
    charge_point.decides(model::Permission{.status = model::ChargeStatus::invalid, .expiry_date = {}, .parent_id_tag = {}});
    charge_point.log_confirms();
    ASSERT_THAT(charge_point.received(), SizeIs(1));
    EXPECT_EQ(json_at(charge_point.received()[0], "/2/idTagInfo/status"), "Invalid");
}

TEST(StartTransaction, KeepsZeroAsAValue) {
    AcceptingHarness charge_point;
    charge_point.sends(
        R"([2,"t1","StartTransaction",{"connectorId":0,"idTag":"ABC","meterStart":0,"reservationId":0,"timestamp":"2026-11-20T10:00:00Z"}])");
    EXPECT_EQ(at(charge_point.last(), "/data/transaction/meterStartWh"), "0");
    EXPECT_EQ(at(charge_point.last(), "/data/transaction/connectorId"), "0");
    EXPECT_EQ(at(charge_point.last(), "/data/transaction/reservationId"), "0");
}

TEST(StartTransaction, GetsTheSameIdAndEventIdForAResendOnAnyConnection) {
    AcceptingHarness first;
    const std::string id = assigned(first, kStart);
    SessionHarness second("CP-001", {.epoch = model::Epoch{99}});
    second.accepts_everything();

    EXPECT_EQ(
        assigned(
            second,
            R"([2,"other","StartTransaction",{"connectorId":1,"idTag":"ABC","meterStart":0,"timestamp":"2026-11-20T10:00:00Z"}])"),
        id);
    EXPECT_EQ(second.last().id, first.last().id);
    EXPECT_GT(std::stoll(id), 0);
    EXPECT_LE(std::stoll(id), 0x7FFFFFFF);
}

TEST(StartTransaction, GetsAnotherIdForAnotherChargePointTagOrKey) {
    AcceptingHarness charge_point;
    AcceptingHarness other("CP-002");
    const std::string id = assigned(charge_point, kStart);
    EXPECT_NE(assigned(other, kStart), id);
    EXPECT_NE(
        assigned(
            charge_point,
            R"([2,"t","StartTransaction",{"connectorId":1,"idTag":"ABD","meterStart":0,"timestamp":"2026-11-20T10:00:00Z"}])"),
        id);
    ocpp::Config config = test::session_config();
    config.transaction_key = "another";
    SessionHarness elsewhere("CP-001", config);
    elsewhere.accepts_everything();
    EXPECT_NE(assigned(elsewhere, kStart), id);
}

TEST(StartTransaction, WithAnImplausibleClockIsFlaggedAndToldApartByItsConnection) {
    for (const std::string_view time :
         {"1970-01-01T00:00:00Z", "2019-12-31T23:59:59Z", "2026-11-21T10:00:01Z", "yesterday", ""}) {
        AcceptingHarness first;
        const std::string id = assigned(first, start_with_time(time));
        EXPECT_NE(flags_of(first.last()).find("clockSuspect"), std::string::npos) << time;
        SessionHarness second("CP-001", {.epoch = model::Epoch{99}});
        second.accepts_everything();
        EXPECT_NE(assigned(second, start_with_time(time)), id) << time;
        EXPECT_NE(second.last().id, first.last().id) << time;
        EXPECT_EQ(assigned(first, start_with_time(time)), id) << time;
    }
}

TEST(StartTransaction, WithAClockThatStandsStillIsToldApartByTheDay) {
    AcceptingHarness charge_point;
    const std::string id = assigned(charge_point, start_with_time("1970-01-01T00:00:00Z"));
    const std::string event = charge_point.last().id;
    charge_point.time_passes(std::chrono::hours(24));
    EXPECT_NE(assigned(charge_point, start_with_time("1970-01-01T00:00:00Z")), id);
    EXPECT_NE(charge_point.last().id, event);
}

TEST(StartTransaction, WithAnOldPlausibleClockIsNotFlagged) {
    AcceptingHarness charge_point;
    charge_point.sends(start_with_time("2020-01-01T00:00:00Z"));
    EXPECT_EQ(flags_of(charge_point.last()), "");
    charge_point.sends(start_with_time("2026-11-21T09:59:59+00:00"));
    EXPECT_EQ(flags_of(charge_point.last()), "");
}

TEST(BillingMessages, AreStoredAndAnsweredWhateverTheyCarry) {
    const std::vector<std::string> payloads{"{}",
                                            "null",
                                            "[]",
                                            "7",
                                            R"("text")",
                                            R"({"meterStart":"5","timestamp":3,"connectorId":"x","idTag":{}})",
                                            R"({"transactionId":null,"meterStop":"10","meterValue":{"a":1}})",
                                            R"({"meterValue":[3,null,{"sampledValue":[1,{}]},{"sampledValue":{}}]})"};
    for (const std::string_view action : {"StartTransaction", "StopTransaction", "MeterValues"}) {
        for (const std::string& payload : payloads) {
            AcceptingHarness charge_point;
            charge_point.sends(R"([2,"1",")" + std::string(action) + R"(",)" + payload + "]");
            charge_point.log_confirms();
            ASSERT_THAT(charge_point.received(), SizeIs(1)) << action << payload;
            EXPECT_EQ(json_at(charge_point.received()[0], "/0"), "3") << action << payload;
            EXPECT_EQ(payload_of(charge_point.last()), payload);
            EXPECT_NE(flags_of(charge_point.last()).find("schemaViolation"), std::string::npos) << action << payload;
        }
    }
}

TEST(BillingMessages, WithoutAPayloadAreStoredToo) {
    AcceptingHarness charge_point;
    charge_point.sends(R"([2,"1","StopTransaction"])");
    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"1",{}])"));
    EXPECT_EQ(charge_point.last().type, "transaction.ended");
    EXPECT_EQ(flags_of(charge_point.last()), "clockSuspect,schemaViolation");
}

TEST(BillingMessages, HaveIdsOfTheirContent) {
    SessionHarness charge_point;
    charge_point.sends(kStop);
    charge_point.sends(R"([2,"43","StopTransaction",{"transactionId":7,"meterStop":10,"timestamp":"2026-11-20T10:00:00Z"}])");
    charge_point.sends(R"([2,"44","StopTransaction",{"transactionId":7,"meterStop":11,"timestamp":"2026-11-20T10:00:00Z"}])");
    const auto& events = charge_point.published();
    EXPECT_EQ(events[0].id, events[1].id);
    EXPECT_NE(events[0].id, events[2].id);
    EXPECT_THAT(events[0].id, SizeIs(32));
}

// What simdjson refuses and a charge point sends all the same.
struct Unreadable {
    std::string_view frame;
    std::string_view type;
    std::string_view answer_begins;
};
class UnreadableBilling : public testing::TestWithParam<Unreadable> {};

TEST_P(UnreadableBilling, KeepsItsTypeIsToldWholeAndAnswered) {
    AcceptingHarness charge_point;
    charge_point.sends(GetParam().frame);
    ASSERT_THAT(charge_point.published(), SizeIs(1));
    EXPECT_EQ(charge_point.last().type, GetParam().type);
    EXPECT_NE(flags_of(charge_point.last()).find("unreadable"), std::string::npos);
    EXPECT_THAT(charge_point.received(), IsEmpty());
    charge_point.log_confirms();
    ASSERT_THAT(charge_point.received(), SizeIs(1));
    EXPECT_THAT(charge_point.received()[0], testing::StartsWith(std::string(GetParam().answer_begins)));
}

INSTANTIATE_TEST_SUITE_P(
    Frames, UnreadableBilling,
    testing::Values(
        Unreadable{R"([2,"1","StopTransaction",{"transactionId":7,"meterStop":99999999999999999999}])", "transaction.ended",
                   R"([3,"1",{}])"},
        Unreadable{R"([2,"1","StopTransaction",{"transactionId":7,"meterStop":1e400}])", "transaction.ended", R"([3,"1",{}])"},
        Unreadable{R"([2,"1","StopTransaction",{"idTag":"\ud800","meterStop":1}])", "transaction.ended",
                   R"([3,"1",{"idTagInfo")"},
        Unreadable{R"([2,"1","StopTransaction",{"idTag":"\udc00","meterStop":1}])", "transaction.ended",
                   R"([3,"1",{"idTagInfo")"},
        Unreadable{R"([2,"1","StopTransaction",{"meterStop":1,,}])", "transaction.ended", R"([3,"1",{}])"},
        Unreadable{R"([2,"1","StopTransaction",{"meterStop":1)", "transaction.ended", R"([3,"1",{}])"},
        Unreadable{R"([2,"1","StopTransaction",{"meterStop":1}] trailing)", "transaction.ended", R"([3,"1",{}])"},
        Unreadable{R"([2,"1","MeterValues",{"a":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}])", "meter.values", R"([3,"1",{}])"},
        Unreadable{"[2,\"1\",\"MeterValues\",{\"a\":\"\xFF\"}]", "meter.values", R"([3,"1",{}])"},
        Unreadable{R"([2,"1","StartTransaction",{"meterStart":1,,}])", "transaction.started", R"([3,"1",{"transactionId":)"}));

TEST(UnreadableStop, IsToldWithItsTextByteForByteWhereItIsJsonAtAll) {
    SessionHarness charge_point;
    charge_point.sends(
        R"([2,"1","StopTransaction", { "transactionId" : 7, "meterStop":99999999999999999999,"idTag":"A\u0042" } ])");
    EXPECT_EQ(payload_of(charge_point.last()), R"({ "transactionId" : 7, "meterStop":99999999999999999999,"idTag":"A\u0042" })");
    EXPECT_NE(charge_point.last().value.find(R"("transaction":{"id":"7","idTag":"AB"})"), std::string::npos);
}

TEST(UnreadableStop, IsToldAsATextWhereItIsNoJson) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","StopTransaction",{"meterStop":1,,"a":"]"}])");
    EXPECT_EQ(at(charge_point.last(), "/data/ocpp/payload"), R"({"meterStop":1,,"a":"]"})");
}

TEST(UnreadableStop, WhosePayloadIsWholeIsTheSameFactAsTheReadableOne) {
    SessionHarness charge_point;
    charge_point.sends(kStop);
    charge_point.sends(std::string(kStop) + "garbage");
    const auto& events = charge_point.published();
    ASSERT_THAT(events, SizeIs(2));
    EXPECT_EQ(events[0].id, events[1].id);
    EXPECT_EQ(at(events[0], "/data/transaction"), at(events[1], "/data/transaction"));
    EXPECT_EQ(payload_of(events[0]), payload_of(events[1]));
}

TEST(UnreadableStop, WithoutACommaBeforeThePayloadIsNotTakenForAnotherOne) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","StopTransaction"{"meterStop":1}])");
    charge_point.sends(R"([2,"1","StopTransaction"{"meterStop":2}])");
    EXPECT_NE(charge_point.published()[0].id, charge_point.published()[1].id);
    EXPECT_EQ(payload_of(charge_point.published()[0]), R"({"meterStop":1})");
}

TEST(UnreadableStop, WithABraceTooFewOrTooManyKeepsAllOfItsText) {
    for (const auto& [one, other] :
         {std::pair(R"("transactionId":7,"meterStop":99})", R"("transactionId":8,"meterStop":55})"),
          std::pair(R"({"transactionId":7},"meterStop":99})", R"({"transactionId":7},"meterStop":55})"),
          std::pair(R"({"transactionId":7}} "meterStop":99})", R"({"transactionId":7}} "meterStop":55})")}) {
        SessionHarness charge_point;
        charge_point.sends(R"([2,"1","StopTransaction",)" + std::string(one) + "]");
        charge_point.sends(R"([2,"2","StopTransaction",)" + std::string(other) + "]");
        ASSERT_THAT(charge_point.published(), SizeIs(2));
        EXPECT_NE(charge_point.published()[0].id, charge_point.published()[1].id) << one;
        EXPECT_THAT(charge_point.last().value, testing::HasSubstr("55")) << other;
    }
}

TEST(UnreadableStop, WithoutAPayloadIsStillAnEvent) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","StopTransaction")");
    EXPECT_EQ(payload_of(charge_point.last()), "\"\"");
}

TEST(StartTransaction, GetsTheSameIdWhateverItsMessageIdLooksLike) {
    const std::string payload = R"({"connectorId":1,"idTag":"A","meterStart":5,"timestamp":"2026-11-20T10:00:00Z"})";
    std::set<std::string> ids;
    for (const std::string id : {R"("1")", "12345678901234567890", "98765432109876543210", R"("\ud800")"}) {
        AcceptingHarness charge_point;
        charge_point.sends("[2," + id + R"(,"StartTransaction",)" + payload + "]");
        charge_point.log_confirms();
        const std::string answer = charge_point.received().back();
        ids.insert(answer.substr(answer.find("transactionId")));
        EXPECT_EQ(flags_of(charge_point.last()), "") << id;
    }
    EXPECT_EQ(ids.size(), 1U);
}

TEST(UnreadableStart, GetsTheSameIdForAResend) {
    AcceptingHarness charge_point;
    const std::string frame =
        R"([2,"1","StartTransaction",{"idTag":"A","meterStart":99999999999999999999,"timestamp":"2026-11-20T10:00:00Z"}])";
    const std::string id = assigned(charge_point, frame);
    EXPECT_EQ(assigned(charge_point, frame), id);
    EXPECT_GT(std::stoll(id), 0);
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation,unreadable");
}

}  // namespace
