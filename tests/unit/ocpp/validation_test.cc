// What becomes of a charge point's CALL that breaks its schema, by ocpp.validation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "support/ocpp/session_harness.h"

namespace {

using ocpp::Validation;
using test::flags_of;
using test::SessionHarness;
using testing::StartsWith;

struct Outcome {
    std::string answer;
    std::string type;
    std::string flags;
};

Outcome outcome_of(Validation validation, const std::string& frame) {
    ocpp::Config config = test::session_config();
    config.validation = validation;
    SessionHarness charge_point("CP-001", config);
    charge_point.accepts_everything();
    charge_point.sends(frame);
    charge_point.log_confirms();
    return {charge_point.received().at(0), std::string(charge_point.last().type), flags_of(charge_point.last())};
}

std::string status(const std::string& members) { return R"([2,"1","StatusNotification",{)" + members + "}]"; }

// Served by `lenient`, by the words of the table of quirks.
const std::vector<std::tuple<std::string, std::string, std::string>> kTolerated{
    {R"("connectorId":1,"errorCode":"NoError","status":"Faultd")", "PropertyConstraintViolation",
     "/status: one of Available, Preparing, Charging, SuspendedEVSE, SuspendedEV, Finishing, Reserved, Unavailable, Faulted is "
     "due"},
    {R"("connectorId":1,"errorCode":"NoError","status":"Faulted","timestamp":"2026-11-20T10:00:00")",
     "PropertyConstraintViolation", "/timestamp: a date and time needs its zone"},
    {R"("connectorId":1,"errorCode":"NoError","status":"Faulted","timestamp":"now")", "PropertyConstraintViolation",
     "/timestamp: not a date and time of RFC 3339"},
    {R"("connectorId":1,"errorCode":"NoError","status":"Faulted","extra":1)", "FormationViolation",
     "/extra: not a field of this message"},
    {R"("connectorId":1,"errorCode":"NoError","status":"Faulted","connectorId":2)", "OccurenceConstraintViolation",
     "/connectorId: once at most"},
    {R"("connectorId":"1","errorCode":"NoError","status":"Faulted")", "TypeConstraintViolation",
     "/connectorId: an integer is due"},
    {R"("connectorId":1,"errorCode":0,"status":"Faulted")", "TypeConstraintViolation", "/errorCode: a text is due"},
    {R"("connectorId":1,"errorCode":"NoError","status":"Faulted","info":null)", "TypeConstraintViolation",
     "/info: a text is due"},
    {R"("connectorId":1,"errorCode":"NoError","status":"Faulted","timestamp":"2026-11-20T10:00:00Z ")",
     "PropertyConstraintViolation", "/timestamp: not a date and time of RFC 3339"},
};

// What leaves nothing to serve.
const std::vector<std::tuple<std::string, std::string, std::string>> kUnservable{
    {R"("connectorId":1,"status":"Faulted")", "OccurenceConstraintViolation", "/errorCode: required"},
    {R"("connectorId":"one","errorCode":"NoError","status":"Faulted")", "TypeConstraintViolation",
     "/connectorId: an integer is due"},
    {R"("connectorId":1,"errorCode":null,"status":"Faulted")", "TypeConstraintViolation", "/errorCode: a text is due"},
    {R"("connectorId":1,"errorCode":"NoError","status":"Faulted","info":{})", "TypeConstraintViolation", "/info: a text is due"},
};

TEST(StrictValidation, RefusesEveryFaultWithItsCode) {
    for (const auto& faults : {kTolerated, kUnservable}) {
        for (const auto& [members, code, description] : faults) {
            const Outcome outcome = outcome_of(Validation::strict, status(members));
            EXPECT_EQ(outcome.answer, "[4,\"1\",\"" + code + "\",\"" + description + "\",{}]");
            EXPECT_EQ(outcome.type, "protocol.error");
        }
    }
}

TEST(StrictValidation, RefusesAFrameOfFiveElements) {
    EXPECT_EQ(outcome_of(Validation::strict, R"([2,"1","Heartbeat",{},{}])").answer,
              R"([4,"1","FormationViolation","a CALL has four elements",{}])");
}

TEST(StrictValidation, TakesAZoneOfTwoDigitsAsTheSchemasDo) {
    const Outcome outcome =
        outcome_of(Validation::strict,
                   status(R"("connectorId":1.0,"errorCode":"NoError","status":"Faulted","timestamp":"2025-09-05T18:51:44+03")"));
    EXPECT_EQ(outcome.answer, R"([3,"1",{}])");
    EXPECT_EQ(outcome.flags, "");
}

TEST(LenientValidation, ServesAndFlagsWhatLeavesSomethingToServe) {
    for (const auto& [members, code, description] : kTolerated) {
        const Outcome outcome = outcome_of(Validation::lenient, status(members));
        EXPECT_EQ(outcome.answer, R"([3,"1",{}])") << members;
        EXPECT_EQ(outcome.type, "connector.status");
        EXPECT_THAT(outcome.flags, testing::HasSubstr("schemaViolation")) << members;
    }
    for (const auto& [members, code, description] : kUnservable) {
        EXPECT_EQ(outcome_of(Validation::lenient, status(members)).answer,
                  "[4,\"1\",\"" + code + "\",\"" + description + "\",{}]");
    }
}

TEST(ObservingValidation, ServesAllThatCanBeRead) {
    for (const auto& faults : {kTolerated, kUnservable}) {
        for (const auto& [members, code, description] : faults) {
            const Outcome outcome = outcome_of(Validation::observe, status(members));
            EXPECT_EQ(outcome.answer, R"([3,"1",{}])") << members;
            EXPECT_EQ(outcome.type, "connector.status");
            EXPECT_THAT(outcome.flags, testing::HasSubstr("schemaViolation")) << members;
        }
    }
    EXPECT_EQ(outcome_of(Validation::observe, R"([2,"1","BootNotification",null])").type, "device.online");
    EXPECT_THAT(outcome_of(Validation::observe, R"([2,"1","Authorize",{}])").answer, StartsWith(R"([3,"1",{"idTagInfo")"));
    EXPECT_THAT(outcome_of(Validation::observe, R"([2,"1","StatusNotification",[1]])").answer,
                StartsWith(R"([4,"1","FormationViolation")"));
}

// A charge point that is refused sends it again and in the end throws it away, and the energy has flowed.
TEST(Validation, NeverRefusesBilling) {
    for (const Validation validation : {Validation::strict, Validation::lenient, Validation::observe}) {
        for (const std::string action : {"StartTransaction", "StopTransaction", "MeterValues"}) {
            for (const std::string payload : {"{}", "null", "[]", "7", R"({"connectorId":"x","idTag":7,"extra":{}})"}) {
                const Outcome outcome = outcome_of(validation, R"([2,"1",")" + action + "\"," + payload + ",1]");
                EXPECT_THAT(outcome.answer, StartsWith(R"([3,"1",{)")) << action << payload;
                EXPECT_THAT(outcome.flags, testing::HasSubstr("schemaViolation")) << action << payload;
            }
        }
    }
}

}  // namespace
