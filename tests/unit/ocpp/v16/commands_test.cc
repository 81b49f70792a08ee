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
            {"CancelReservation", R"({"reservationId":7})"},
            {"CertificateSigned", R"({"certificateChain":"-----BEGIN CERTIFICATE-----\n"})"},
            {"ChangeAvailability", R"({ "type":"Inoperative" , "connectorId":0})"},
            {"ChangeConfiguration", R"({"value":"","key":"MeterValueSampleInterval"})"},
            {"ClearCache", "{}"},
            {"ClearChargingProfile", R"({"stackLevel":0,"chargingProfilePurpose":"TxProfile","id":1,"connectorId":2})"},
            {"DataTransfer", R"({"data":"{\"a\":1}","vendorId":"v","messageId":"m"})"},
            {"DeleteCertificate",
             R"({"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c"}})"},
            {"ExtendedTriggerMessage", R"({"requestedMessage":"SignChargePointCertificate"})"},
            {"GetCompositeSchedule", R"({"connectorId":0,"duration":60,"chargingRateUnit":"W"})"},
            {"GetConfiguration", "{}"},
            {"GetConfiguration", R"({"key":["a","b"]})"},
            {"GetDiagnostics", R"({"location":"ftp://host/path","startTime":"2026-11-20T10:00:00.5+01:00"})"},
            {"GetInstalledCertificateIds", R"({"certificateType":"CentralSystemRootCertificate"})"},
            {"GetLocalListVersion", "{}"},
            {"GetLog", R"({"log":{"remoteLocation":"anything"},"logType":"SecurityLog","requestId":1,"retries":0})"},
            {"InstallCertificate", R"({"certificateType":"ManufacturerRootCertificate","certificate":"x"})"},
            {"RemoteStartTransaction", R"({"idTag":"ABC","connectorId":1})"},
            {"RemoteStartTransaction",
             R"({"idTag":"ABC","chargingProfile":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile",)"
             R"("chargingProfileKind":"Relative","validTo":"2026-11-20T10:00:00Z","chargingSchedule":{"chargingRateUnit":"A",)"
             R"("chargingSchedulePeriod":[{"startPeriod":0,"limit":16.10},{"startPeriod":60,"limit":6}],"minChargingRate":0.1}}})"},
            {"RemoteStopTransaction", R"({"transactionId":-1})"},
            {"ReserveNow", R"({"connectorId":0,"expiryDate":"2026-11-20T10:00:00Z","idTag":"A","reservationId":7})"},
            {"Reset", R"({"type":"Hard"})"},
            {"SendLocalList",
             R"({"listVersion":1,"updateType":"Full","localAuthorizationList":[{"idTag":"A","idTagInfo":{"status":"Blocked"}}]})"},
            {"SetChargingProfile",
             R"({"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile",)"
             R"("chargingProfileKind":"Recurring","recurrencyKind":"Daily","chargingSchedule":{"chargingRateUnit":"W",)"
             R"("chargingSchedulePeriod":[]}}})"},
            {"SignedUpdateFirmware",
             R"({"requestId":1,"firmware":{"location":"l","retrieveDateTime":"2026-11-20T10:00:00Z","signingCertificate":"c",)"
             R"("signature":"s"}})"},
            {"TriggerMessage", R"({"requestedMessage":"StatusNotification","connectorId":2})"},
            {"UnlockConnector", R"({"connectorId":1})"},
            {"UpdateFirmware", R"({"location":"https://host/file","retrieveDate":"2026-11-20T10:00:00Z"})"}}) {
        EXPECT_EQ(sent_for(name, payload), "\"" + name + "\"," + payload + "]");
    }
}

TEST(CommandsByOcppName, ThatBreakTheSchemaAreNotSentAndTellWhere) {
    for (const auto& [name, payload, told] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"Reset", "{}", "/type: required"},
             {"Reset", R"({"type":"Warm"})", "/type: one of Hard, Soft is due"},
             {"Reset", R"({"type":"Hard","now":true})", "/now: not a field of this message"},
             {"Reset", R"({"type":"Hard","type":"Soft"})", "/type: once at most"},
             {"Reset", R"({"type":null})", "/type: a text is due"},
             {"Reset", "[]", ": an object is due"},
             {"Reset", "", ": the payload is not JSON"},
             {"Reset", R"({"type":"Hard")", ": the payload is not JSON"},
             {"ClearCache", R"({},{})", ": the payload is not JSON"},
             {"ClearCache", R"({}],[2,"x","Reset",{"type":"Hard"})", ": the payload is not JSON"},
             {"RemoteStopTransaction", R"({"transactionId":"7"})", "/transactionId: an integer is due"},
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

TEST(Commands, ThatNobodyKnowsOrThatChargePointsSendAreToldAsSuch) {
    for (const std::string name : {"NoSuchCommand", "reset", "Heartbeat", "StartTransaction", "SetVariables", ""}) {
        EXPECT_THAT(sent_for(name, "{}"), StartsWith("unknown name: : '" + name + "'"));
    }
}

TEST(CommandsByVersionIndependentName, BecomeTheCallsOfTheVersion) {
    for (
        const auto& [name, payload, call] : std::vector<std::tuple<std::string, std::string, std::string>>{
            {"transaction.start", R"({"connectorId":1,"idTag":"A","idTagType":"ISO14443"})",
             R"("RemoteStartTransaction",{"connectorId":1,"idTag":"A"}])"},
            {"transaction.stop", R"({"transactionId":"1804289383"})", R"("RemoteStopTransaction",{"transactionId":1804289383}])"},
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
            {"data.transfer", R"({"vendorId":"v","data":"d"})", R"("DataTransfer",{"vendorId":"v","data":"d"}])"},
            {"device.trigger", R"({"message":"LogStatusNotification"})",
             R"("ExtendedTriggerMessage",{"requestedMessage":"LogStatusNotification"}])"},
            {"local-list.version", "{}", R"("GetLocalListVersion",{}])"},
            {"local-list.send", R"({"version":3,"update":"full"})",
             R"("SendLocalList",{"listVersion":3,"localAuthorizationList":[],"updateType":"Full"}])"},
            {"local-list.send",
             R"({"version":4,"update":"differential","entries":[{"idTag":"A","idTagType":"ISO14443","status":"Accepted",)"
             R"("parentIdTag":"P"},{"idTag":"B"}]})",
             R"("SendLocalList",{"listVersion":4,"localAuthorizationList":[{"idTag":"A","idTagInfo":{"parentIdTag":"P",)"
             R"("status":"Accepted"}},{"idTag":"B"}],"updateType":"Differential"}])"},
            {"reservation.create", R"({"id":7,"idTag":"A","expiryDate":"2026-11-20T10:00:00Z"})",
             R"("ReserveNow",{"connectorId":0,"expiryDate":"2026-11-20T10:00:00Z","idTag":"A","reservationId":7}])"},
            {"reservation.cancel", R"({"id":7})", R"("CancelReservation",{"reservationId":7}])"},
            {"charging-profile.clear", R"({"id":1,"connectorId":2,"purpose":"txDefault","stackLevel":3})",
             R"("ClearChargingProfile",{"id":1,"connectorId":2,"chargingProfilePurpose":"TxDefaultProfile","stackLevel":3}])"},
            {"charging-schedule.get", R"({"durationSeconds":3600,"unit":"A","connectorId":1})",
             R"("GetCompositeSchedule",{"connectorId":1,"duration":3600,"chargingRateUnit":"A"}])"},
            {"firmware.update",
             R"({"location":"ftp://h/f","retrieveDate":"2026-11-20T10:00:00Z","retries":3,"retryIntervalSeconds":60,"requestId":1})",
             R"("UpdateFirmware",{"location":"ftp://h/f","retries":3,"retrieveDate":"2026-11-20T10:00:00Z","retryInterval":60}])"},
            {"firmware.update",
             R"({"location":"ftp://h/f","retrieveDate":"2026-11-20T10:00:00Z","installDate":"2026-11-20T11:00:00Z",)"
             R"("requestId":1,"signingCertificate":"c","signature":"s"})",
             R"("SignedUpdateFirmware",{"requestId":1,"firmware":{"location":"ftp://h/f","retrieveDateTime":"2026-11-20T10:00:00Z",)"
             R"("installDateTime":"2026-11-20T11:00:00Z","signingCertificate":"c","signature":"s"}}])"},
            {"log.upload", R"({"location":"ftp://h/","from":"2026-11-20T10:00:00Z","requestId":1})",
             R"("GetDiagnostics",{"location":"ftp://h/","startTime":"2026-11-20T10:00:00Z"}])"},
            {"log.upload", R"({"location":"ftp://h/","log":"security","requestId":1,"until":"2026-11-20T10:00:00Z"})",
             R"("GetLog",{"log":{"remoteLocation":"ftp://h/","latestTimestamp":"2026-11-20T10:00:00Z"},)"
             R"("logType":"SecurityLog","requestId":1}])"},
            {"certificate.install", R"({"type":"centralSystemRoot","certificate":"pem"})",
             R"("InstallCertificate",{"certificateType":"CentralSystemRootCertificate","certificate":"pem"}])"},
            {"certificate.list", R"({"type":"manufacturerRoot"})",
             R"("GetInstalledCertificateIds",{"certificateType":"ManufacturerRootCertificate"}])"},
            {"certificate.delete", R"({"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c"})",
             R"("DeleteCertificate",{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b",)"
             R"("serialNumber":"c"}}])"}}) {
        EXPECT_EQ(sent_for(name, payload), call);
    }
}

TEST(CommandsByVersionIndependentName, TellProblemsInTheirOwnPayload) {
    for (const auto& [name, payload, told] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"transaction.stop", R"({"transactionId":7})", "/transactionId: a text is due"},
             {"transaction.stop", R"({"transactionId":"abc"})",
              "/transactionId: an id of an OCPP 1.6 transaction is due: a whole number"},
             {"transaction.stop", R"({"transactionId":"01"})",
              "/transactionId: an id of an OCPP 1.6 transaction is due: a whole number"},
             {"transaction.stop", R"({"transactionId":""})", "/transactionId: may not be empty"},
             {"connector.availability", R"({"operative":"yes"})", "/operative: true or false is due"},
             {"device.reset", R"({"type":"Hard"})", "/type: one of soft, hard, whenIdle is due"},
             {"device.reset", R"({"type":"hard","evseId":1})", "/evseId: not a field of this message"},
             {"transaction.start", R"({"idTag":"A","chargingProfile":{}})", "/chargingProfile/chargingProfileId: required"},
             {"configuration.get", R"({"keys":[7]})", "/keys/0: a text is due"},
             {"configuration.get", R"({"keys":["a",""]})", "/keys/1: may not be empty"},
             {"configuration.set", R"({"key":"","value":""})", "/key: may not be empty"},
             {"data.transfer", R"({"vendorId":""})", "/vendorId: may not be empty"},
             {"transaction.start", R"({"idTag":""})", "/idTag: may not be empty"},
             {"transaction.start", R"({"idTag":"A","idTagType":""})", "/idTagType: may not be empty"},
             {"local-list.send", R"({"version":1,"update":"full","entries":[{"idTag":"","status":"Blocked"}]})",
              "/entries/0/idTag: may not be empty"},
             {"certificate.install", R"({"type":"centralSystemRoot","certificate":""})", "/certificate: may not be empty"},
             {"certificate.delete", R"({"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"","serialNumber":"c"})",
              "/issuerKeyHash: may not be empty"},
             {"cache.clear", R"({"all":true})", "/all: not a field of this message"},
             {"local-list.send", R"({"version":0,"update":"full"})", "/version: 1 or more: 0 says that there is no list"},
             {"local-list.send", R"({"version":1,"update":"full","entries":[{"idTag":"A","status":"Blocked"},{"idTag":"B"}]})",
              "/entries/1/status: required"},
             {"local-list.send", R"({"version":1,"update":"differential","entries":[{"idTag":"B","parentIdTag":"P"}]})",
              "/entries/0/status: required"},
             {"reservation.create", R"({"id":7,"idTag":"A","expiryDate":"2026-11-20T10:00:00+01"})",
              "/expiryDate: not a date and time of RFC 3339"},
             {"firmware.update", R"({"location":"host/file","retrieveDate":"2026-11-20T10:00:00Z"})",
              "/location: not a URI of RFC 3986"},
             {"firmware.update",
              R"({"location":"ftp://h/f","retrieveDate":"2026-11-20T10:00:00Z","installDate":"2026-11-20T10:00:00Z"})",
              "/installDate: only signed firmware has one in OCPP 1.6"},
             {"firmware.update",
              R"({"location":"ftp://h/f","retrieveDate":"2026-11-20T10:00:00Z","signature":"s","requestId":1})",
              "/signingCertificate: required of signed firmware"},
             {"log.upload", R"({"location":"ftp://h/","log":"security"})", "/requestId: required of a security log"},
             {"charging-profile.set", R"({"connectorId":1,"chargingProfile":{}})",
              "/chargingProfile/chargingProfileId: required"},
             {"certificate.list", "{}", "/type: required"}}) {
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
    EXPECT_EQ(response_to("configuration.get", "{}",
                          R"({"configurationKey":[{"key":"a","readonly":"true"},{"key":"b","readonly":0}]})"),
              R"(answered - {"values":[{"key":"a","readonly":true},{"key":"b","readonly":false}],"unknown":[]})");
    // Of a broken answer nothing is made up.
    EXPECT_EQ(response_to("configuration.get", "{}", R"({"configurationKey":[{"key":"a","value":36)"),
              R"(answered - "{\"configurationKey\":[{\"key\":\"a\",\"value\":36]")");
    // Its value is a text, whatever the charge point makes of it.
    EXPECT_EQ(response_to("configuration.get", "{}",
                          R"({"configurationKey":[{"key":"a","value":300},{"key":"b","value":true},{"key":"c","value":null}]})"),
              R"(answered - {"values":[{"key":"a","value":"300"},{"key":"b","value":"true"},{"key":"c"}],"unknown":[]})");
    EXPECT_EQ(response_to("cache.clear", "{}", "null"), "answered - {}");
    EXPECT_EQ(response_to("local-list.version", "{}", R"({"listVersion":-1})"), R"(answered - {"version":-1})");
    EXPECT_EQ(response_to("certificate.list", R"({"type":"manufacturerRoot"})",
                          R"({"status":"Accepted","certificateHashData":[{"hashAlgorithm":"SHA256"}]})"),
              R"(answered Accepted {"status":"Accepted","certificates":[{"hashAlgorithm":"SHA256"}]})");
    EXPECT_EQ(response_to(
                  "charging-schedule.get", R"({"durationSeconds":60})",
                  R"({"status":"Accepted","scheduleStart":"2026-11-20T10:00:00Z","chargingSchedule":{"chargingRateUnit":"A"}})"),
              R"(answered Accepted {"status":"Accepted","scheduleStart":"2026-11-20T10:00:00Z",)"
              R"("chargingSchedule":{"chargingRateUnit":"A"}})");
    EXPECT_EQ(response_to("log.upload", R"({"location":"ftp://h/"})", R"({"fileName":"a"})"), R"(answered - {"fileName":"a"})");
    EXPECT_EQ(response_to("log.upload", R"({"location":"ftp://h/","log":"security","requestId":1})",
                          R"({"filename":"a","status":"Accepted"})"),
              R"(answered Accepted {"status":"Accepted","fileName":"a"})");
    EXPECT_EQ(response_to("firmware.update", R"({"location":"ftp://h/f","retrieveDate":"2026-11-20T10:00:00Z"})", "{}"),
              "answered - {}");
}

TEST(CommandsByVersionIndependentName, CarryTheirChargingProfileAsItIs) {
    const std::string profile =
        R"({"chargingProfileId":1, "stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Relative",)"
        R"("chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.50}]}})";
    EXPECT_EQ(sent_for("transaction.start", R"({"chargingProfile": )" + profile + R"(,"idTag":"A"})"),
              R"("RemoteStartTransaction",{"idTag":"A","chargingProfile":)" + profile + "}]");
}

}  // namespace
