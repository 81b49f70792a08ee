#include "ocpp/field_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocpp/table_words.h"

namespace {

using namespace ocpp::words;
using ocpp::FaultKind;
using ocpp::Faults;
using ocpp::Refuse;
using ocpp::Shape;
using ocpp::Values;

constexpr auto kColours = values({"red", "green"});
constexpr std::array kPointFields{required("x", integer()), optional("y", integer())};
constexpr Shape kPoint{kPointFields};
constexpr std::array kThingFields{
    required("name", text(5)),         optional("colour", one_of(kColours)), optional("time", date_time()),
    optional("place", object(kPoint)), optional("points", list(kPoint, 1)),  optional("page", uri()),
    optional("weight", tenths()),      optional("heavy", boolean()),         optional("tags", texts(2))};
constexpr Shape kThing{kThingFields};

struct Read {
    explicit Read(Refuse refuse) : faults(refuse, Faults::Keep::all) {}

    simdjson::dom::parser parser;  // the values are views into it
    Values values;
    Faults faults;
};

Read read(std::string_view json, Refuse refuse = Refuse::unservable) {
    const simdjson::padded_string text(json);
    Read result(refuse);
    ocpp::read_object(kThing, result.parser.parse(text).get_object().value(), result.values, result.faults);
    return result;
}

// kind@path of all faults.
std::vector<std::pair<FaultKind, std::string>> faults_of(std::string_view json, Refuse refuse = Refuse::unservable) {
    std::vector<std::pair<FaultKind, std::string>> told;
    const Read result = read(json, refuse);
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
        faults_of(R"({"name":"äöüßé","colour":"red","time":"2026-11-20T10:00:00Z","place":{"x":0},"points":[{"x":1,"y":-2}],)"
                  R"("page":"ftp://a:b@[::1]/%7e?x#y","weight":16.10,"heavy":false,"tags":["ab",""]})",
                  Refuse::anything),
        IsEmpty());
    EXPECT_THAT(faults_of(R"({"name":"","weight":-7,"tags":[]})", Refuse::anything), IsEmpty());
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

TEST(FieldTable, FindsFaultsOfEveryKindOfValue) {
    EXPECT_THAT(faults_of(R"({"name":null,"points":[],"page":"/a","weight":0.15,"heavy":1,"tags":["abc",2]})"),
                ElementsAre(Pair(FaultKind::wrong_type, "/name"), Pair(FaultKind::too_few, "/points"),
                            Pair(FaultKind::not_a_uri, "/page"), Pair(FaultKind::too_precise, "/weight"),
                            Pair(FaultKind::wrong_type, "/heavy"), Pair(FaultKind::too_long, "/tags/0"),
                            Pair(FaultKind::wrong_type, "/tags/1")));
    for (const std::string page : {"", ":", "a", "1:a", "a b:c", "a:b c", "a:%4", "a:%zz", "a:\u00e4", "//host/path"}) {
        EXPECT_THAT(faults_of(R"({"name":"","page":")" + page + "\"}"), ElementsAre(Pair(FaultKind::not_a_uri, "/page"))) << page;
    }
}

// The published schemas' validators take these, and a charge point may not: they are no faults but in what we send.
TEST(FieldTable, TakesLooseWritingFromOthersOnly) {
    for (const std::string member : {R"("time":"2026-11-20 10:00:00Z")", R"("time":"2026-11-20T10:00:00+03")",
                                     R"("time":"2026-11-20T10:00:00.5-0330")", R"("place":{"x":1.0})", R"("place":{"x":1e2})"}) {
        const std::string json = R"({"name":"",)" + member + "}";
        EXPECT_THAT(faults_of(json, Refuse::schema), IsEmpty()) << member;
        EXPECT_THAT(faults_of(json, Refuse::anything), ElementsAre(Pair(FaultKind::loose, testing::_))) << member;
    }
    EXPECT_THAT(faults_of(R"({"name":"","time":"2026-11-20T10:00:00"})", Refuse::schema),
                ElementsAre(Pair(FaultKind::without_zone, "/time")));
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

TEST(FieldTable, RefusesWhatItsReaderWantsRefused) {
    constexpr std::string_view kFaulty = R"({"name":"123456","colour":7})";
    EXPECT_FALSE(read(kFaulty, Refuse::nothing).faults.refusal());
    EXPECT_EQ(read(kFaulty, Refuse::unservable).faults.refusal()->path, "/colour");
    EXPECT_EQ(read(kFaulty, Refuse::schema).faults.refusal()->path, "/name");
    EXPECT_EQ(read(kFaulty, Refuse::anything).faults.refusal()->path, "/name");
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
    Faults faults(Refuse::nothing);
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
