#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using test::at;
using test::flags_of;
using test::SessionHarness;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(SecurityEventNotification, IsAnsweredOnlyOnceItIsInTheLog) {
    SessionHarness charge_point;
    charge_point.sends(
        R"([2,"1","SecurityEventNotification",{"type":"SettingSystemTime","timestamp":"2026-11-20T10:00:00Z","techInfo":"ntp"}])");
    EXPECT_EQ(charge_point.last().type, "security.event");
    EXPECT_EQ(at(charge_point.last(), "/data/security"),
              R"({"type":"SettingSystemTime","timestamp":"2026-11-20T10:00:00Z","techInfo":"ntp"})");
    EXPECT_EQ(flags_of(charge_point.last()), "");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), IsEmpty());
    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"1",{}])"));
}

TEST(SecurityEventNotification, FlagsAClockThatIsDoubted) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","SecurityEventNotification",{"type":"ResetOrReboot","timestamp":"1970-01-01T00:00:00Z"}])");
    EXPECT_EQ(flags_of(charge_point.last()), "clockSuspect");
}

TEST(SignCertificate, IsAcceptedAndWhoSignsIsTold) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","SignCertificate",{"csr":"-----BEGIN CERTIFICATE REQUEST-----\nx"}])");
    EXPECT_EQ(charge_point.last().type, "certificate.request");
    EXPECT_EQ(at(charge_point.last(), "/data/certificate"), R"({"csr":"-----BEGIN CERTIFICATE REQUEST-----\nx"})");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"1",{"status":"Accepted"}])"));
}

TEST(LogStatusNotification, IsToldAndAnswered) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","LogStatusNotification",{"status":"Uploading","requestId":7}])");
    EXPECT_EQ(charge_point.last().type, "log.status");
    EXPECT_EQ(at(charge_point.last(), "/data/log"), R"({"status":"Uploading","requestId":7})");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"1",{}])"));
}

TEST(LogStatusNotification, IsRefusedWhereThePayloadIsNoObject) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","LogStatusNotification",[1]])");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([4,"1","FormationViolation","the payload is not an object",{}])"));
}

TEST(SignedFirmwareStatusNotification, IsTheSameFactAsWithoutASignature) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","SignedFirmwareStatusNotification",{"status":"InvalidSignature","requestId":0}])");
    EXPECT_EQ(charge_point.last().type, "firmware.status");
    EXPECT_EQ(at(charge_point.last(), "/data/firmware"), R"({"status":"InvalidSignature","requestId":0})");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"1",{}])"));
}

}  // namespace
