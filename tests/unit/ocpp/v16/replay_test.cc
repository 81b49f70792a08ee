// What a charge point kept while it was offline. Nothing marks such a message but its old time (OCPP 1.6 3.7).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using namespace std::chrono_literals;
using test::flags_of;
using test::SessionHarness;

// The connection begins at 2026-11-20T10:00:00.123Z.
std::string flags_of_what_it_sends(const std::string& call, bool was_here = true) {
    SessionHarness charge_point("CP-001", ocpp::Opening{.epoch = model::Epoch{5}, .past = {.was_here = was_here}});
    charge_point.accepts_everything();
    charge_point.time_passes(1h);
    charge_point.sends(call);
    return flags_of(charge_point.last());
}

std::string start(std::string_view time) {
    return R"([2,"1","StartTransaction",{"connectorId":1,"idTag":"A","meterStart":5,"timestamp":")" + std::string(time) + "\"}]";
}
std::string stop(std::string_view time, std::string_view more = "") {
    return R"([2,"1","StopTransaction",{"transactionId":7,"meterStop":10,"timestamp":")" + std::string(time) + "\"" +
           std::string(more) + "}]";
}
std::string meter(std::string_view first, std::string_view last) {
    std::string values;
    for (const std::string_view time : {first, last}) {
        values += (values.empty() ? R"({"timestamp":")" : R"(,{"timestamp":")") + std::string(time) +
                  R"(","sampledValue":[{"value":"1"}]})";
    }
    return R"([2,"1","MeterValues",{"connectorId":1,"meterValue":[)" + values + "]}]";
}

TEST(WhatWasKeptOffline, IsMarked) {
    EXPECT_EQ(flags_of_what_it_sends(start("2026-11-20T09:00:00Z")), "replayed");
    EXPECT_EQ(flags_of_what_it_sends(stop("2026-11-20T09:59:00Z")), "replayed");
    EXPECT_EQ(flags_of_what_it_sends(meter("2026-11-20T09:00:00Z", "2026-11-20T09:15:00Z")), "replayed");
    EXPECT_EQ(flags_of_what_it_sends(R"([2,"1","SecurityEventNotification",{"type":"T","timestamp":"2026-11-19T10:00:00Z"}])"),
              "replayed");
}

TEST(WhatIsOfThisConnection, IsNotMarked) {
    EXPECT_EQ(flags_of_what_it_sends(start("2026-11-20T11:00:00Z")), "");
    EXPECT_EQ(flags_of_what_it_sends(start("2026-11-20T09:59:55Z")), "") << "a clock may be some seconds behind";
    EXPECT_EQ(flags_of_what_it_sends(stop("2026-11-20T10:30:00Z")), "");
    EXPECT_EQ(flags_of_what_it_sends(meter("2026-11-20T09:00:00Z", "2026-11-20T10:15:00Z")), "");
    EXPECT_EQ(flags_of_what_it_sends(R"([2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError",)"
                                     R"("status":"Available","timestamp":"2026-11-20T09:00:00Z"}])"),
              "")
        << "a status that holds since then is told by this connection";
}

TEST(AStopOfThisConnection, IsNotMarkedForItsFirstReading) {
    EXPECT_EQ(flags_of_what_it_sends(stop("2026-11-20T10:30:00Z", R"(,"transactionData":[{"timestamp":"2026-11-20T08:00:00Z",)"
                                                                  R"("sampledValue":[{"value":"1"}]}])")),
              "");
}

TEST(WhatOneBringsThatWasNeverHere, IsNotMarked) { EXPECT_EQ(flags_of_what_it_sends(start("2026-11-20T09:00:00Z"), false), ""); }

TEST(AClockThatWasNeverSet, TellsNothingOfWhatWasKept) {
    EXPECT_EQ(flags_of_what_it_sends(start("1970-01-01T00:00:00Z")), "clockSuspect");
}

}  // namespace
