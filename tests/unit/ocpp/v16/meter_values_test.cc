#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "support/ocpp/session_harness.h"

namespace {

using test::at;
using test::flags_of;
using test::payload_of;
using test::SessionHarness;

std::string meter_values(std::string_view samples) {
    return R"([2,"m","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-11-20T10:00:00Z","sampledValue":)" +
           std::string(samples) + "}]}]";
}

// The normal form of the only sample.
std::string normal_form(std::string_view sample) {
    SessionHarness charge_point;
    charge_point.sends(meter_values("[" + std::string(sample) + "]"));
    return at(charge_point.last(), "/data/meter/0/samples/0");
}

TEST(MeterValues, FillsInWhatTheSpecificationSaysIsMeant) {
    EXPECT_EQ(normal_form(R"({"value":"1"})"),
              R"({"measurand":"Energy.Active.Import.Register","value":"1","format":"raw","unit":"Wh",)"
              R"("location":"Outlet","context":"Sample.Periodic"})");
}

TEST(MeterValues, GivesNoUnitToWhatIsNoEnergy) {
    EXPECT_EQ(normal_form(R"({"value":"1","measurand":"SoC"})"),
              R"({"measurand":"SoC","value":"1","format":"raw","location":"Outlet","context":"Sample.Periodic"})");
}

TEST(MeterValues, TellsWhatWasSent) {
    EXPECT_EQ(
        normal_form(R"({"value":"16,0","context":"Trigger","format":"SignedData","measurand":"Current.Import","phase":"L1-N",)"
                    R"("location":"EV","unit":"A"})"),
        R"({"measurand":"Current.Import","value":"16,0","format":"signed","unit":"A","phase":"L1-N","location":"EV","context":"Trigger"})");
}

TEST(MeterValues, TakesWhatIsEmptyForLeftOut) {
    EXPECT_EQ(normal_form(R"({"value":"1","context":"","format":"","measurand":"","phase":"","location":"","unit":""})"),
              normal_form(R"({"value":"1"})"));
    EXPECT_EQ(
        normal_form(R"({"value":"1","context":null,"format":null,"measurand":null,"phase":null,"location":null,"unit":null})"),
        normal_form(R"({"value":"1"})"));
}

TEST(MeterValues, TellsKilowattHoursFromWattHours) {
    SessionHarness charge_point;
    charge_point.sends(meter_values(
        R"([{"value":"0.12","unit":"kWh"},{"value":"120"},{"value":"7","measurand":"Power.Active.Import","unit":"kW"}])"));
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/0/value"), "0.12");
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/0/unit"), "kWh");
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/1/value"), "120");
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/1/unit"), "Wh");
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/2/unit"), "kW");
}

TEST(MeterValues, TellsAFormatThatItDoesNotKnowAsItWasSent) {
    EXPECT_THAT(normal_form(R"({"value":"1","format":"Raw"})"), testing::HasSubstr(R"("format":"raw")"));
    EXPECT_THAT(normal_form(R"({"value":"1","format":"signedData"})"), testing::HasSubstr(R"("format":"signedData")"));
}

TEST(MeterValues, LeavesOutASampleWithoutAValueAndNoOther) {
    SessionHarness charge_point;
    charge_point.sends(meter_values(R"([{"value":""},{"value":null},{},{"value":{}},{"value":"NaN"},{"value":"0"}])"));
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/0/value"), "NaN");
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/1/value"), "0");
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/2"), "");
}

TEST(MeterValues, TakesTheOneObjectThatStandsWhereAListIsDue) {
    SessionHarness charge_point;
    charge_point.sends(
        R"([2,"m","MeterValues",{"connectorId":1,"meterValue":{"timestamp":"2026-11-20T10:00:00Z","sampledValue":{"value":"7"}}}])");
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/0/value"), "7");
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation");
}

// The samples that are told, as texts.
std::set<std::string> samples_of(const model::EventRecord& event) {
    std::set<std::string> samples;
    for (std::size_t reading = 0; !at(event, "/data/meter/" + std::to_string(reading)).empty(); ++reading) {
        const std::string path = "/data/meter/" + std::to_string(reading) + "/samples/";
        for (std::size_t i = 0; !at(event, path + std::to_string(i)).empty(); ++i) {
            samples.insert(at(event, path + std::to_string(i)));
        }
    }
    return samples;
}

// Cut off anywhere, or with any one of its signs missing.
TEST(MeterValues, ThatAreDamagedAreToldAsTheyWouldHaveBeenOrNotAtAll) {
    const std::string sound =
        R"([2,"m","MeterValues",{"connectorId":1,"transactionId":4711,"meterValue":[{"timestamp":"2026-11-20T10:00:00Z","sampledValue":)"
        R"([{"value":"230.5","measurand":"Voltage","unit":"V","context":"Transaction.End"},{"value":"12.5","unit":"kWh"}]},)"
        R"({"timestamp":"2026-11-20T10:01:00Z","sampledValue":[{"unit":"A","value":16,"measurand":"Current.Import","phase":"L1"}]}]}])";
    SessionHarness whole;
    whole.sends(sound);
    const std::set<std::string> samples = samples_of(whole.last());
    ASSERT_EQ(samples.size(), 3U);
    std::size_t told = 0;
    const auto look_at = [&](const std::string& damaged) {
        SessionHarness charge_point;
        charge_point.sends(damaged);
        if (charge_point.published().empty() || charge_point.last().type != "meter.values") {
            return;  // the envelope itself is damaged
        }
        for (const std::string& sample : samples_of(charge_point.last())) {
            EXPECT_TRUE(samples.contains(sample)) << sample << " of " << damaged;
            ++told;
        }
        EXPECT_THAT(at(charge_point.last(), "/data/transaction/id"), testing::AnyOf("4711", "")) << damaged;
        EXPECT_THAT(at(charge_point.last(), "/data/connector/connectorId"), testing::AnyOf("1", "")) << damaged;
    };
    for (std::size_t i = 0; i < sound.size(); ++i) {
        look_at(sound.substr(0, i));
        if (std::string_view("[]{},:\"").find(sound[i]) != std::string_view::npos) {
            look_at(sound.substr(0, i) + sound.substr(i + 1));
        }
    }
    EXPECT_GT(told, sound.size());  // and most of it is told
}

TEST(MeterValues, WithoutATimeAreDoubted) {
    for (const char* const time : {"", R"("timestamp":"",)", R"("timestamp":null,)"}) {
        SessionHarness charge_point;
        charge_point.sends(R"([2,"m","MeterValues",{"connectorId":1,"meterValue":[{)" + std::string(time) +
                           R"("sampledValue":[{"value":"7"}]}]}])");
        EXPECT_EQ(flags_of(charge_point.last()), "clockSuspect,schemaViolation") << time;
    }
}

TEST(MeterValues, KeepsSignedDataByteForByte) {
    const std::string data = R"(OCMF|{\"FV\":\"1.0\",\"RD\":[{\"RV\":2935.600}]}|{\"SD\":\"30+Z/w==\\n\"})";
    SessionHarness charge_point;
    charge_point.sends(meter_values(R"([{"format":"SignedData","value":")" + data + R"("}])"));
    EXPECT_NE(charge_point.last().value.find(R"("value":")" + data + R"(","format":"signed")"), std::string::npos);
    EXPECT_NE(payload_of(charge_point.last()).find(data), std::string::npos);
    EXPECT_EQ(flags_of(charge_point.last()), "");
}

TEST(MeterValues, KeepsTheTextOfANumber) {
    for (const std::string_view number : {"12.50", "-0.0", "1e3", "100000000000000000000", "1E400"}) {
        SessionHarness charge_point;
        charge_point.sends(meter_values(R"([{"value":"a"},{"value":)" + std::string(number) + "}]"));
        EXPECT_NE(charge_point.last().value.find(R"("value":")" + std::string(number) + R"(")"), std::string::npos) << number;
        EXPECT_NE(flags_of(charge_point.last()), "") << number;
    }
}

TEST(MeterValues, TellsUnknownWordsAsSentAndFlagsThem) {
    SessionHarness charge_point;
    charge_point.sends(meter_values(R"([{"value":"1","measurand":"Vendor.Thing","unit":"Hertz","context":"Sample.Periodics"}])"));
    charge_point.log_confirms();
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/0/measurand"), "Vendor.Thing");
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/0/unit"), "Hertz");
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation");
    EXPECT_THAT(charge_point.received(), testing::ElementsAre(R"([3,"m",{}])"));
}

TEST(MeterValues, DecodesEscapesInTheNormalFormAndKeepsThePayload) {
    SessionHarness charge_point;
    charge_point.sends(meter_values(R"([{"value":"1\u00b0\n\ud83d\ude00"}])"));
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/samples/0/value"), "1\xC2\xB0\n\xF0\x9F\x98\x80");
    EXPECT_NE(payload_of(charge_point.last()).find(R"(1\u00b0\n\ud83d\ude00)"), std::string::npos);
}

TEST(MeterValues, OfTheMainMeterHaveConnectorZero) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"m","MeterValues",{"connectorId":0,"meterValue":[]}])");
    EXPECT_EQ(at(charge_point.last(), "/data/connector/connectorId"), "0");
    EXPECT_EQ(at(charge_point.last(), "/data/transaction"), "");
    EXPECT_EQ(at(charge_point.last(), "/data/meter"), "[]");
}

TEST(MeterValues, KeepTransactionIdsThatNoOneAssigned) {
    for (const std::string_view id : {"-1", "0", "9223372036854766666", "18446744073709551615"}) {
        SessionHarness charge_point;
        charge_point.sends(R"([2,"m","MeterValues",{"connectorId":1,"transactionId":)" + std::string(id) +
                           R"(,"meterValue":[]}])");
        EXPECT_EQ(at(charge_point.last(), "/data/transaction/id"), id);
    }
}

TEST(MeterValues, TellATimeThatIsANumberAsItWasSent) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"m","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":1795168800,"sampledValue":[]}]}])");
    EXPECT_EQ(at(charge_point.last(), "/data/meter/0/timestamp"), "1795168800");
    EXPECT_EQ(flags_of(charge_point.last()), "clockSuspect,schemaViolation");
}

TEST(MeterValues, WithAWrongClockAreFlagged) {
    SessionHarness charge_point;
    charge_point.sends(
        R"([2,"m","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"1970-01-01T00:00:00Z","sampledValue":[]}]}])");
    EXPECT_EQ(flags_of(charge_point.last()), "clockSuspect");
}

TEST(MeterValues, TooLargeForTheLogLeaveOutTheNormalForm) {
    ocpp::Config config = test::session_config();
    config.event_bytes_max = 4000;
    SessionHarness charge_point("CP-001", config);
    std::string samples = R"([{"value":"1"})";
    for (int i = 0; i < 50; ++i) {
        samples += R"(,{"value":"1"})";
    }
    charge_point.sends(meter_values(samples + "]"));
    EXPECT_EQ(at(charge_point.last(), "/data/meter"), "");
    EXPECT_EQ(flags_of(charge_point.last()), "meterOmitted");
    EXPECT_LT(charge_point.last().value.size(), config.event_bytes_max);
    EXPECT_NE(payload_of(charge_point.last()).find("sampledValue"), std::string::npos);
}

}  // namespace
