#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using test::at;
using test::SessionHarness;
using testing::ElementsAre;

TEST(FirmwareStatusNotification, IsToldAndAnswered) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","FirmwareStatusNotification",{"status":"Downloading"}])");
    EXPECT_EQ(charge_point.last().type, "firmware.status");
    EXPECT_EQ(at(charge_point.last(), "/data/firmware"), R"({"status":"Downloading"})");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"1",{}])"));
}

TEST(DiagnosticsStatusNotification, IsToldAndAnswered) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","DiagnosticsStatusNotification",{"status":"Uploaded"}])");
    EXPECT_EQ(charge_point.last().type, "diagnostics.status");
    EXPECT_EQ(at(charge_point.last(), "/data/diagnostics"), R"({"status":"Uploaded"})");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"1",{}])"));
}

}  // namespace
