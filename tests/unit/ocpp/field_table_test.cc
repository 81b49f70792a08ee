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
using ocpp::Value;
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

Read read(std::string_view json, Refuse refuse = Refuse::unservable, const Shape& shape = kThing) {
    const simdjson::padded_string text(json);
    Read result(refuse);
    ocpp::read_object(shape, result.parser.parse(text).get_object().value(), result.values, result.faults);
    return result;
}

// Their names, joined by commas.
std::string quirks_of(std::string_view json, const Shape& shape = kThing) {
    const model::Quirks found = read(json, Refuse::nothing, shape).faults.quirks();
    std::string names;
    for (const model::QuirkEntry& entry : model::quirks()) {
        if (found.has(entry.quirk)) {
            names.append(names.empty() ? "" : ",").append(entry.name);
        }
    }
    return names;
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

TEST(FieldTable, CallsEveryOddityByTheNameOfItsQuirk) {
    const std::vector<std::pair<std::string, std::string>> quirks{
        {R"("colour":"blue")", "value_unknown"},
        {R"("colour":"")", "field_empty"},
        {R"("colour":null)", "field_null"},
        {R"("colour":7)", "text_as_number"},
        {R"("colour":true)", "text_as_number"},
        {R"("colour":[])", "value_type"},
        {R"("page":"a")", "value_unknown"},
        {R"("page":"")", "field_empty"},
        {R"("time":"now")", "time_unreadable"},
        {R"("time":"")", "field_empty"},
        {R"("time":"2026-11-20T10:00:00")", "time_without_zone"},
        {R"("time":"2026-11-20T10:00:00+03")", "time_zone"},
        {R"("time":"2026-11-20 10:00:00Z")", "time_blank"},
        {R"("time":"2026-11-20T10:00:00Z ")", "time_blank"},
        {R"("time":"2026-11-20T10:00:00.1234Z")", "time_fraction"},
        {R"("time":"2026-11-20 10:00:00.1234")", "time_without_zone,time_blank,time_fraction"},
        {R"("place":{})", "field_missing"},
        {R"("place":null)", "field_null"},
        {R"("place":{"x":null})", "value_type"},
        {R"("place":{"x":"1"})", "number_as_text"},
        {R"("place":{"x":" -12 "})", "number_as_text"},
        {R"("place":{"x":"1.5"})", "value_type"},
        {R"("place":{"x":"one"})", "value_type"},
        {R"("place":{"x":""})", "value_type"},
        {R"("place":{"x":1,"y":""})", "field_empty"},
        {R"("place":{"x":1.0})", "integer_as_decimal"},
        {R"("points":[])", "field_empty"},
        {R"("points":[1])", "value_type"},
        {R"("weight":"16.1")", "number_as_text"},
        {R"("weight":"16,1")", "value_type"},
        {R"("weight":0.15)", "value_unknown"},
        {R"("heavy":"true")", "number_as_text"},
        {R"("heavy":"False")", "number_as_text"},
        {R"("heavy":0)", "number_as_text"},
        {R"("heavy":2)", "value_type"},
        {R"("heavy":"yes")", "value_type"},
        {R"("tags":["abc"])", "field_too_long"},
        {R"("tags":[""])", "field_empty"},
        {R"("tags":[1])", "value_type"},
        {R"("more":1)", "field_unknown"},
        {R"("name":"b")", "field_doubled"},
    };
    for (const auto& [member, names] : quirks) {
        EXPECT_EQ(quirks_of(R"({"name":"a",)" + member + "}"), names) << member;
    }
    EXPECT_EQ(
        quirks_of(R"({"name":"a","colour":"red","time":"2026-11-20T10:00:00.123+01:00","place":{"x":1},"points":[{"x":1}]})"),
        "");
}

TEST(FieldTable, ReadsANumberThatWasSentAsText) {
    const Values values = read(R"({"x":" 12 ","y":"1e2"})", Refuse::unservable, kPoint).values;
    EXPECT_EQ(values[0].as_integer(), 12);
    EXPECT_EQ(values[1].as_integer(), 100);
    EXPECT_EQ(read(R"({"x":"1.5"})", Refuse::nothing, kPoint).values[0].real, 1.5);
    EXPECT_EQ(read(R"({"x":"18446744073709551615"})", Refuse::nothing, kPoint).values[0].natural, 18446744073709551615U);
    for (const std::string text : {"one", "1 2", "0x10", "inf", "nan", "-", "1,5"}) {
        EXPECT_EQ(read(R"({"x":")" + text + R"("})", Refuse::nothing, kPoint).values[0].as_text(), text);
    }
}

TEST(FieldTable, TakesANullOrAnEmptyTextForAnOptionalFieldAsLeftOut) {
    for (const std::string nothing : {"null", R"("")"}) {
        const Read result = read(R"({"x":1,"y":)" + nothing + "}", Refuse::unservable, kPoint);
        EXPECT_EQ(result.values[1].kind, Value::Kind::absent) << nothing;
        EXPECT_FALSE(result.faults.refusal()) << nothing;
        EXPECT_EQ(result.faults.count(), 1U) << nothing;
        EXPECT_EQ(read(R"({"x":)" + nothing + "}", Refuse::unservable, kPoint).faults.refusal()->path, "/x") << nothing;
    }
}

TEST(FieldTable, ReadsTheTextOfANumberAsItWasSent) {
    Values values;
    base::TextArena arena;
    ocpp::read_object_text(kThing, R"({"name":12.50,"colour":true,"time":1E400,"page":null,"tags":1})", values, arena);
    EXPECT_EQ(values[0].as_text(), "12.50");
    EXPECT_EQ(values[1].as_text(), "true");
    EXPECT_EQ(values[2].as_text(), "1E400");
    EXPECT_EQ(values[5].kind, Value::Kind::absent);
    EXPECT_EQ(values[8].as_integer(), 1);
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
    constexpr std::string_view kFaulty = R"({"name":"123456","colour":[]})";
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
    base::TextArena arena;
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
    base::TextArena arena;
    ocpp::read_object_text(kPoint, kText, of_text, arena);
    for (const std::size_t field : {0, 1}) {
        EXPECT_EQ(of_dom.at(field).as_integer(), 0);
        EXPECT_EQ(of_text.at(field).as_integer(), 0);
    }
}

}  // namespace
