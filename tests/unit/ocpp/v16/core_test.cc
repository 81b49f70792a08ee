#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using test::at;
using test::flags_of;
using test::json_at;
using test::SessionHarness;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kBoot = R"([2,"b","BootNotification",{"chargePointVendor":"Acme","chargePointModel":"One"}])";

TEST(BootNotification, IsAnsweredAsDecided) {
    SessionHarness charge_point;
    charge_point.sends(kBoot);
    ASSERT_THAT(charge_point.asked(), SizeIs(1));
    const auto& question = std::get<model::MayJoin>(charge_point.asked().front().question);
    EXPECT_EQ(question.vendor + question.model, "AcmeOne");
    charge_point.decides(model::Admission{.status = model::AdmissionStatus::pending, .interval = std::chrono::seconds(60)});
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(),
                ElementsAre(R"([3,"b",{"status":"Pending","currentTime":"2026-11-20T10:00:00Z","interval":60}])"));
    EXPECT_EQ(at(charge_point.last(), "/data/decision"), R"({"status":"Pending","intervalSeconds":60})");
}

TEST(BootNotification, TellsTheConfiguredIntervalWhereNoneWasDecided) {
    SessionHarness charge_point;
    charge_point.accepts_everything();
    charge_point.sends(kBoot);
    charge_point.log_places();
    EXPECT_EQ(json_at(charge_point.received().at(0), "/2/interval"), "300");
}

TEST(BootNotification, WithoutAModelIsRefused) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"b","BootNotification",{"chargePointVendor":"Acme"}])");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(),
                ElementsAre(R"([4,"b","OccurenceConstraintViolation","/chargePointModel: required",{}])"));
    EXPECT_EQ(charge_point.last().type, "protocol.error");
    EXPECT_EQ(at(charge_point.last(), "/data/error/path"), "/chargePointModel");
}

TEST(Heartbeat, IsAnsweredAtOnceAndToldToNobody) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"h","Heartbeat",{}])");
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"h",{"currentTime":"2026-11-20T10:00:00Z"}])"));
    EXPECT_THAT(charge_point.published(), IsEmpty());
}

TEST(Heartbeat, TakesNullForNothing) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"h","Heartbeat",null])");
    EXPECT_EQ(json_at(charge_point.received().at(0), "/0"), "3");
}

TEST(Heartbeat, IsToldWhereThatIsConfigured) {
    ocpp::Config config = test::session_config();
    config.heartbeat_events = true;
    SessionHarness charge_point("CP-001", config);
    charge_point.sends(R"([2,"h","Heartbeat",{}])");
    ASSERT_THAT(charge_point.published(), SizeIs(1));
    EXPECT_EQ(charge_point.last().type, "device.heartbeat");
    EXPECT_THAT(charge_point.received(), IsEmpty());
}

TEST(StatusNotification, TellsTheAvailabilityOfEveryState) {
    const std::vector<std::pair<std::string, std::string>> states{
        {"Available", "available"},  {"Preparing", "occupied"},      {"Charging", "occupied"},
        {"SuspendedEV", "occupied"}, {"SuspendedEVSE", "occupied"},  {"Finishing", "occupied"},
        {"Reserved", "reserved"},    {"Unavailable", "unavailable"}, {"Faulted", "faulted"}};
    for (const auto& [status, availability] : states) {
        SessionHarness charge_point;
        charge_point.sends(R"([2,"s","StatusNotification",{"connectorId":0,"errorCode":"NoError","status":")" + status +
                           R"("}])");
        EXPECT_EQ(at(charge_point.last(), "/data/connector/availability"), availability);
        EXPECT_EQ(at(charge_point.last(), "/data/connector/connectorId"), "0");
        EXPECT_EQ(flags_of(charge_point.last()), "");
    }
}

TEST(StatusNotification, OfAnUnknownStateIsServedFlaggedAndSaysNoAvailability) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"s","StatusNotification",{"connectorId":1,"errorCode":"Error","status":"Faultd","info":""}])");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"s",{}])"));
    EXPECT_EQ(at(charge_point.last(), "/data/connector"), R"({"connectorId":1,"status":"Faultd","errorCode":"Error"})");
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation");
}

TEST(StatusNotification, WithOverlongAndExtraFieldsIsServedAndFlagged) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"s","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","extra":1}])");
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation");
    charge_point.sends(R"([2,"s","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","info":")" +
                       std::string(51, 'x') + R"("}])");
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation");
    EXPECT_EQ(at(charge_point.last(), "/data/connector/info"), std::string(51, 'x'));
}

TEST(StatusNotification, WithAWrongTypeIsRefused) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"s","StatusNotification",{"connectorId":"one","errorCode":"NoError","status":"Available"}])");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(),
                ElementsAre(R"([4,"s","TypeConstraintViolation","/connectorId: an integer is due",{}])"));
}

TEST(StatusNotification, WithAWrongClockIsFlagged) {
    SessionHarness charge_point;
    charge_point.sends(
        R"([2,"s","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","timestamp":"1970-01-01T00:00:00Z"}])");
    EXPECT_EQ(flags_of(charge_point.last()), "clockSuspect");
}

TEST(Authorize, IsAnsweredAsDecided) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"a","Authorize",{"idTag":"ABC"}])");
    charge_point.decides(model::Permission{
        .status = model::ChargeStatus::concurrent_tx, .expiry_date = "2027-01-01T00:00:00Z", .parent_id_tag = "P"});
    charge_point.log_places();
    EXPECT_THAT(
        charge_point.received(),
        ElementsAre(R"([3,"a",{"idTagInfo":{"status":"ConcurrentTx","expiryDate":"2027-01-01T00:00:00Z","parentIdTag":"P"}}])"));
    EXPECT_EQ(at(charge_point.last(), "/data/authorization"),
              R"({"idTag":"ABC","status":"ConcurrentTx","expiryDate":"2027-01-01T00:00:00Z","parentIdTag":"P"})");
}

TEST(Authorize, IsAnsweredWithoutAParentThatIsTooLong) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"a","Authorize",{"idTag":"ABC"}])");
    charge_point.decides(
        model::Permission{.status = model::ChargeStatus::accepted, .expiry_date = {}, .parent_id_tag = std::string(21, 'p')});
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"a",{"idTagInfo":{"status":"Accepted"}}])"));
}

TEST(Authorize, WithATagThatIsTooLongIsInvalidWithoutAQuestion) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"a","Authorize",{"idTag":"123456789012345678901"}])");
    EXPECT_THAT(charge_point.asked(), IsEmpty());
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"a",{"idTagInfo":{"status":"Invalid"}}])"));
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation");
}

TEST(Authorize, WithoutATagIsInvalidWhereverItIsServed) {
    ocpp::Config config = test::session_config();
    config.validation = ocpp::Validation::observe;
    for (const char* const payload :
         {R"({"idTag":""})", "{}", R"({"idTag":null})", R"({"idtag":"ABC"})", R"({"idTag":["ABC"]})"}) {
        SessionHarness charge_point("CP-001", config);
        charge_point.sends(R"([2,"a","Authorize",)" + std::string(payload) + "]");
        charge_point.log_places();
        EXPECT_THAT(charge_point.asked(), IsEmpty()) << payload;
        EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"a",{"idTagInfo":{"status":"Invalid"}}])")) << payload;
    }
}

TEST(Authorize, WithNullForATagIsRefused) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"a","Authorize",{"idTag":null}])");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([4,"a","TypeConstraintViolation","/idTag: a text is due",{}])"));
}

TEST(DataTransfer, IsAnsweredThatNobodyKnowsTheVendor) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"d","DataTransfer",{"vendorId":"v","data":""}])");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"d",{"status":"UnknownVendorId"}])"));
    EXPECT_EQ(at(charge_point.last(), "/data/transfer"), R"({"vendorId":"v"})");
}

}  // namespace
