#include "ocpp/field_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using ocpp::FaultKind;
using ocpp::Faults;
using ocpp::Field;
using ocpp::FieldType;
using ocpp::Need;
using ocpp::Shape;
using ocpp::Values;

constexpr std::array<std::string_view, 2> kColours{"red", "green"};
constexpr std::array kPointFields{Field{"x", FieldType::integer, Need::required}, Field{"y", FieldType::integer}};
constexpr Shape kPoint{kPointFields};
constexpr std::array kThingFields{
    Field{"name", FieldType::text, Need::required, 5}, Field{"colour", FieldType::text, Need::optional, 0, kColours},
    Field{"time", FieldType::date_time}, Field{"place", FieldType::object, Need::optional, 0, {}, &kPoint},
    Field{"points", FieldType::list, Need::optional, 0, {}, &kPoint}};
constexpr Shape kThing{kThingFields};

struct Read {
    simdjson::dom::parser parser;  // the values are views into it
    Values values;
    Faults faults{Faults::Keep::all};
};

Read read(std::string_view json) {
    const simdjson::padded_string text(json);
    Read result;
    ocpp::read_object(kThing, result.parser.parse(text).get_object().value(), result.values, result.faults);
    return result;
}

// kind@path of all faults.
std::vector<std::pair<FaultKind, std::string>> faults_of(std::string_view json) {
    std::vector<std::pair<FaultKind, std::string>> told;
    const Read result = read(json);
    for (const ocpp::Fault& fault : result.faults.all()) {
        told.emplace_back(fault.kind, fault.path);
    }
    return told;
}

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(FieldTable, FindsNothingWrongWithWhatIsDue) {
    EXPECT_THAT(
        faults_of(R"({"name":"äöüßé","colour":"red","time":"2026-11-20T10:00:00","place":{"x":0},"points":[{"x":1.0,"y":-2}]})"),
        IsEmpty());
    EXPECT_THAT(faults_of(R"({"name":"","points":[]})"), IsEmpty());
}

TEST(FieldTable, FindsEveryFaultWithItsPath) {
    EXPECT_THAT(
        faults_of(
            R"({"colour":"blue","colour":"red","time":"now","place":{"y":"1"},"points":[{"x":1},7,{"x":0.5,"z":1}],"more":1})"),
        ElementsAre(Pair(FaultKind::unknown_value, "/colour"), Pair(FaultKind::duplicate, "/colour"),
                    Pair(FaultKind::not_a_time, "/time"), Pair(FaultKind::wrong_type, "/place/y"),
                    Pair(FaultKind::missing, "/place/x"), Pair(FaultKind::wrong_type, "/points/1"),
                    Pair(FaultKind::wrong_type, "/points/2/x"), Pair(FaultKind::unknown_field, "/points/2/z"),
                    Pair(FaultKind::unknown_field, "/more"), Pair(FaultKind::missing, "/name")));
}

TEST(FieldTable, CountsCharactersNotBytes) {
    EXPECT_THAT(faults_of(R"({"name":"123456"})"), ElementsAre(Pair(FaultKind::too_long, "/name")));
    EXPECT_THAT(faults_of(R"({"name":"äääää"})"), IsEmpty());
}

TEST(FieldTable, NamesTheFirstFaultThatRefuses) {
    const Read result = read(R"({"colour":"blue","place":[],"points":{}})");
    ASSERT_TRUE(result.faults.refusal());
    EXPECT_EQ(result.faults.refusal()->path, "/place");
    EXPECT_EQ(result.faults.refusal()->due, "an object is due");
    EXPECT_EQ(result.faults.count(), 4U);
}

TEST(FieldTable, KeepsABoundedNumberOfFaults) {
    std::string json = R"({"name":"a")";
    for (int i = 0; i < 100; ++i) {
        json += ",\"u" + std::to_string(i) + "\":1";
    }
    const Read result = read(json + "}");
    EXPECT_EQ(result.faults.count(), 100U);
    EXPECT_EQ(result.faults.all().size(), Faults::kKeptMax);
    EXPECT_FALSE(result.faults.refusal());
}

TEST(FieldTable, ReadsTheFirstOfTwo) { EXPECT_EQ(read(R"({"name":"a","name":"b"})").values[0].as_text(), "a"); }

TEST(FieldTable, ReadsValuesOutOfTextThatTheDomRefuses) {
    Values values;
    ocpp::TextArena arena;
    ocpp::read_object_text(kPoint, R"({"z":1e999, "x":12 , "x":13,"y":99999999999999999999})", values, arena);
    EXPECT_EQ(values[0].as_integer(), 12);
    EXPECT_EQ(values[1].kind, ocpp::Value::Kind::other);
}

TEST(FieldTable, ReadsANumberTooSmallForADoubleAsZeroInTheDomAndInText) {
    constexpr std::string_view kText = R"({"x":1e-400,"y":-1.5E-999})";
    const simdjson::padded_string padded(kText);
    simdjson::dom::parser parser;
    Values of_dom;
    Faults faults;
    ocpp::read_object(kPoint, parser.parse(padded).get_object().value(), of_dom, faults);
    Values of_text;
    ocpp::TextArena arena;
    ocpp::read_object_text(kPoint, kText, of_text, arena);
    for (const std::size_t field : {0, 1}) {
        EXPECT_EQ(of_dom.at(field).as_integer(), 0);
        EXPECT_EQ(of_text.at(field).as_integer(), 0);
    }
}

}  // namespace
