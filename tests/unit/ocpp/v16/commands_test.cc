// What becomes of commands for a 1.6 charge point, by their OCPP and their version-independent names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "support/ocpp/session_harness.h"

namespace {

using test::SessionHarness;
using testing::StartsWith;

using NameAndPayload = std::pair<std::string, std::string>;

// What the charge point gets behind the id, or the report where it gets nothing.
std::string sent_for(const std::string& name, const std::string& payload) {
    SessionHarness charge_point;
    charge_point.ordered(name, payload);
    if (charge_point.calls().empty()) {
        return charge_point.reports().at(0).substr(2);
    }
    const std::string id = charge_point.last_call_id();
    const std::string& frame = charge_point.calls().at(0);
    EXPECT_THAT(frame, StartsWith("[2," + id + ","));
    return frame.substr(4 + id.size());
}

std::string response_to(const std::string& name, const std::string& payload, const std::string& answer) {
    SessionHarness charge_point;
    charge_point.ordered(name, payload);
    charge_point.sends("[3," + charge_point.last_call_id() + "," + answer + "]");
    return charge_point.reports().back().substr(2);
}

TEST(CommandsByOcppName, AreSentAsTheyAre) {
    for (
        const auto& [name, payload] : std::vector<NameAndPayload>{
            {"ChangeAvailability", R"({ "type":"Inoperative" , "connectorId":0})"},
            {"ChangeConfiguration", R"({"value":"","key":"MeterValueSampleInterval"})"},
            {"ClearCache", "{}"},
            {"DataTransfer", R"({"data":"{\"a\":1}","vendorId":"v","messageId":"m"})"},
            {"GetConfiguration", "{}"},
            {"GetConfiguration", R"({"key":["a","b"]})"},
            {"RemoteStartTransaction", R"({"idTag":"ABC","connectorId":1})"},
            {"RemoteStartTransaction",
             R"({"idTag":"ABC","chargingProfile":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile",)"
             R"("chargingProfileKind":"Relative","validTo":"2026-11-20T10:00:00Z","chargingSchedule":{"chargingRateUnit":"A",)"
             R"("chargingSchedulePeriod":[{"startPeriod":0,"limit":16.10},{"startPeriod":60,"limit":6}],"minChargingRate":0.1}}})"},
            {"RemoteStopTransaction", R"({"transactionId":-1})"},
            {"Reset", R"({"type":"Hard"})"},
            {"TriggerMessage", R"({"requestedMessage":"StatusNotification","connectorId":2})"},
            {"UnlockConnector", R"({"connectorId":1})"}}) {
        EXPECT_EQ(sent_for(name, payload), "\"" + name + "\"," + payload + "]");
    }
}

TEST(CommandsByOcppName, ThatBreakTheSchemaAreNotSentAndTellWhere) {
    for (const auto& [name, payload, told] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"Reset", "{}", "/type: required"},
             {"Reset", R"({"type":"Warm"})", "/type: not one of the known values"},
             {"Reset", R"({"type":"Hard","now":true})", "/now: not a field of this message"},
             {"Reset", R"({"type":"Hard","type":"Soft"})", "/type: once at most"},
             {"Reset", R"({"type":null})", "/type: a text is due"},
             {"Reset", "[]", ": an object is due"},
             {"Reset", "", ": the payload is not JSON"},
             {"Reset", R"({"type":"Hard")", ": the payload is not JSON"},
             {"ClearCache", R"({},{})", ": the payload is not JSON"},
             {"ClearCache", R"({}],[2,"x","Reset",{"type":"Hard"})", ": the payload is not JSON"},
             {"RemoteStopTransaction", R"({"transactionId":"7"})", "/transactionId: an integer without a decimal point is due"},
             {"RemoteStopTransaction", R"({"transactionId":7.0})", "/transactionId: an integer without a decimal point is due"},
             {"RemoteStartTransaction", R"({"idTag":"123456789012345678901"})", "/idTag: at most 20 characters"},
             {"GetConfiguration", R"({"key":["a",1]})", "/key/1: a text is due"},
             {"GetConfiguration", R"({"key":"a"})", "/key: a list of texts is due"},
             {"ChangeConfiguration", R"({"key":"a","value":true})", "/value: a text is due"},
             {"RemoteStartTransaction",
              R"({"idTag":"A","chargingProfile":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile",)"
              R"("chargingProfileKind":"Relative","chargingSchedule":{"chargingRateUnit":"A",)"
              R"("chargingSchedulePeriod":[{"startPeriod":0,"limit":16.15}]}}})",
              "/chargingProfile/chargingSchedule/chargingSchedulePeriod/0/limit: at most one decimal place"}}) {
        EXPECT_EQ(sent_for(name, payload), "bad payload: " + told) << name << payload;
    }
}

TEST(Commands, ThatNobodyKnowsOrThatAreNotBuiltAreToldAsSuch) {
    for (const std::string name : {"NoSuchCommand", "reset", "Heartbeat", "ReserveNow", "local-list.send", ""}) {
        EXPECT_THAT(sent_for(name, "{}"), StartsWith("unknown name: : '" + name + "'"));
    }
}

TEST(CommandsByVersionIndependentName, BecomeTheCallsOfTheVersion) {
    for (const auto& [name, payload, call] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"transaction.start", R"({"connectorId":1,"idTag":"A","idTagType":"ISO14443"})",
              R"("RemoteStartTransaction",{"connectorId":1,"idTag":"A"}])"},
             {"transaction.stop", R"({"transactionId":"1804289383"})",
              R"("RemoteStopTransaction",{"transactionId":1804289383}])"},
             {"device.reset", R"({"type":"soft"})", R"("Reset",{"type":"Soft"}])"},
             {"device.reset", R"({"type":"hard"})", R"("Reset",{"type":"Hard"}])"},
             {"device.reset", R"({"type":"whenIdle"})", R"("Reset",{"type":"Soft"}])"},
             {"device.trigger", R"({"message":"MeterValues","connectorId":2})",
              R"("TriggerMessage",{"requestedMessage":"MeterValues","connectorId":2}])"},
             {"connector.unlock", R"({"connectorId":1})", R"("UnlockConnector",{"connectorId":1}])"},
             {"connector.availability", R"({"operative":false})",
              R"("ChangeAvailability",{"connectorId":0,"type":"Inoperative"}])"},
             {"connector.availability", R"({"operative":true,"connectorId":2})",
              R"("ChangeAvailability",{"connectorId":2,"type":"Operative"}])"},
             {"configuration.get", "{}", R"("GetConfiguration",{}])"},
             {"configuration.get", R"({"keys":["a","b"]})", R"("GetConfiguration",{"key":["a","b"]}])"},
             {"configuration.set", R"({"key":"a","value":"1"})", R"("ChangeConfiguration",{"key":"a","value":"1"}])"},
             {"cache.clear", "{}", R"("ClearCache",{}])"},
             {"data.transfer", R"({"vendorId":"v","data":"d"})", R"("DataTransfer",{"vendorId":"v","data":"d"}])"}}) {
        EXPECT_EQ(sent_for(name, payload), call);
    }
}

TEST(CommandsByVersionIndependentName, TellProblemsInTheirOwnPayload) {
    for (const auto& [name, payload, told] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"transaction.stop", R"({"transactionId":7})", "/transactionId: a text is due"},
             {"transaction.stop", R"({"transactionId":"abc"})",
              "/transactionId: an id of an OCPP 1.6 transaction is due: digits"},
             {"transaction.stop", R"({"transactionId":""})", "/transactionId: an id of an OCPP 1.6 transaction is due: digits"},
             {"connector.availability", R"({"operative":"yes"})", "/operative: true or false is due"},
             {"device.reset", R"({"type":"Hard"})", "/type: not one of the known values"},
             {"device.reset", R"({"type":"hard","evseId":1})", "/evseId: not a field of this message"},
             {"transaction.start", R"({"idTag":"A","chargingProfile":{}})", "/chargingProfile/chargingProfileId: required"},
             {"configuration.get", R"({"keys":[7]})", "/keys/0: a text is due"},
             {"cache.clear", R"({"all":true})", "/all: not a field of this message"}}) {
        EXPECT_EQ(sent_for(name, payload), "bad payload: " + told) << name << payload;
    }
}

TEST(CommandsByVersionIndependentName, HaveTheSameResponseInEveryVersion) {
    EXPECT_EQ(response_to("connector.unlock", R"({"connectorId":1})", R"({"status":"Unlocked","vendor":1})"),
              R"(answered Unlocked {"status":"Unlocked"})");
    EXPECT_EQ(response_to("data.transfer", R"({"vendorId":"v"})", R"({"data":"d","status":"Accepted"})"),
              R"(answered Accepted {"status":"Accepted","data":"d"})");
    EXPECT_EQ(response_to("configuration.get", "{}",
                          R"({"configurationKey":[{"readonly":true,"key":"a","value":"1"},{"key":"b","readonly":false}],)"
                          R"("unknownKey":["c"]})"),
              R"(answered - {"values":[{"key":"a","value":"1","readonly":true},{"key":"b","readonly":false}],"unknown":["c"]})");
    EXPECT_EQ(response_to("configuration.get", "{}", "{}"), R"(answered - {"values":[],"unknown":[]})");
    EXPECT_EQ(response_to("cache.clear", "{}", "null"), "answered - {}");
}

TEST(CommandsByVersionIndependentName, CarryTheirChargingProfileAsItIs) {
    const std::string profile =
        R"({"chargingProfileId":1, "stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Relative",)"
        R"("chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.50}]}})";
    EXPECT_EQ(sent_for("transaction.start", R"({"chargingProfile": )" + profile + R"(,"idTag":"A"})"),
              R"("RemoteStartTransaction",{"idTag":"A","chargingProfile":)" + profile + "}]");
}

}  // namespace
