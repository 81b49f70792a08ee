#include "base/mended_json.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json_text.h"

namespace base {
namespace {

TEST(MendedJson, IsTheSameWhereNothingIsBroken) {
    for (const char* const json : {"{}", "[]", "null", R"({"a":[1,-2.50,1e400,{"b":"\u00e4\n\"\\"}],"c":true,"":null})"}) {
        EXPECT_EQ(mended_json(std::string(json) + " "), json);
    }
}

TEST(MendedJson, HasNullForAValueThatIsNone) {
    EXPECT_EQ(mended_json(R"({"a":NaN,"b":.5,"c":01,"d":-,"e":tru,"f":,"g":'x',"h":1})"),
              R"({"a":null,"b":null,"c":null,"d":null,"e":null,"f":null,"g":null,"h":1})");
    EXPECT_EQ(mended_json("[NaN,1]"), "[null,1]");
}

TEST(MendedJson, KeepsWhatTheTextSaysBeforeItIsCutOff) {
    EXPECT_EQ(mended_json(R"({"transactionId":5,"meterStop":123,"timest)"), R"({"transactionId":5,"meterStop":123})");
    EXPECT_EQ(mended_json(R"({"transactionId":5,"meterStop":123,"timestamp")"), R"({"transactionId":5,"meterStop":123})");
    EXPECT_EQ(mended_json(R"({"transactionId":5,"meterStop":12)"), R"({"transactionId":5,"meterStop":null})");
    EXPECT_EQ(mended_json(R"({"transactionId":5,"meterStop":12,)"), R"({"transactionId":5,"meterStop":null})");
    EXPECT_EQ(mended_json(R"({"transactionId":5,"idTag":"AB)"), R"({"transactionId":5,"idTag":null})");
    EXPECT_EQ(mended_json(R"({"a":{"b":[1,2,)"), R"({"a":{"b":[1,2]}})");
    EXPECT_EQ(mended_json(R"({"a":)"), R"({"a":null})");
    EXPECT_EQ(mended_json(""), "null");
    EXPECT_EQ(mended_json("{"), "{}");
}

// A wrong number is worse than none.
TEST(MendedJson, HasNullForAValueThatMayGoOn) {
    EXPECT_EQ(mended_json(R"({"a":1,"meterStop":12,345,"b":2})"), R"({"a":1,"meterStop":null})");
    EXPECT_EQ(mended_json(R"({"a":1,"meterStop":12 345})"), R"({"a":1,"meterStop":null})");
    EXPECT_EQ(mended_json(R"({"a":1,"idTag":"ABC,"meterStart":5})"), R"({"a":1,"idTag":null})");
    EXPECT_EQ(mended_json(R"({"a":1,"idTag":"A"B","c":5})"), R"({"a":1,"idTag":null})");
    EXPECT_EQ(mended_json(R"({"a":1,"idTag":"A","B","c":5})"), R"({"a":1,"idTag":null})");
    EXPECT_EQ(mended_json(R"({"a":1,b:2,"c":3})"), R"({"a":null})");
    EXPECT_EQ(mended_json(R"(["a" 1])"), "[null]");
}

// What its other members mean may hang on the one that is broken.
TEST(MendedJson, HasNullForAnObjectInsideOfOthersThatIsBroken) {
    EXPECT_EQ(mended_json(R"({"s":[{"value":"1"},{"value":"230","unit":'V'},{"value":"3"}]})"),
              R"({"s":[{"value":"1"},null,{"value":"3"}]})");
    EXPECT_EQ(mended_json(R"({"s":[{"value":"1" "unit":"kWh"},{"value":1,234,"unit":"V"},{"value":"3"}],"t":1})"),
              R"({"s":[null,null,{"value":"3"}],"t":1})");
    EXPECT_EQ(mended_json(R"({"s":[{"value":"1"},{"value":"12.5","unit":"kW)"), R"({"s":[{"value":"1"},null]})");
    EXPECT_EQ(mended_json(R"({"s":[{"value":"1"},{"value":"12.5",)"), R"({"s":[{"value":"1"},null]})");
    EXPECT_EQ(mended_json(R"({"s":[{"value":"1"},{"value":"12.5","un)"), R"({"s":[{"value":"1"},null]})");
    EXPECT_EQ(mended_json(R"([{"t":"x","s":[{"v":1},{"v")"), R"([{"t":"x","s":[{"v":1},null]}])");
}

TEST(MendedJson, KeepsTextsWithWhatMayNotStandInThem) {
    EXPECT_EQ(mended_json("{\"a\":\"x\ty\nz\",\"b\":1}"), R"({"a":"x\ty\nz","b":1})");
    EXPECT_EQ(mended_json(R"({"a":"C:\dir\x","b":"\u12"})"), R"({"a":"C:\\dir\\x","b":"\\u12"})");
    EXPECT_EQ(mended_json("{\"a\":\"\xC3\x28 \xC3\xA4\"}"), "{\"a\":\"\xEF\xBF\xBD( \xC3\xA4\"}");
}

TEST(MendedJson, LeavesOutCommasAndClosesBrackets) {
    EXPECT_EQ(mended_json(R"({,"a":1,,"b":[1,,2,],})"), R"({"a":1,"b":[1,2]})");
    EXPECT_EQ(mended_json(R"({"a":[{"b":1}})"), R"({"a":[{"b":1}]})");
    EXPECT_EQ(mended_json(R"({"a":{"b":1],"c":2})"), R"({"a":{"b":1}})");
}

TEST(MendedJson, LeavesOutTheRestOnceTheStructureIsLost) {
    EXPECT_EQ(mended_json(R"({"a":[1,2],b:2,"c":3})"), R"({"a":[1,2]})");
    EXPECT_EQ(mended_json(R"({"a" 1,"c":3})"), "{}");
    EXPECT_EQ(mended_json("nothing of the kind"), "null");
}

TEST(MendedJson, HasNullForWhatIsNestedTooDeep) {
    const std::string deep = std::string(100, '[') + std::string(100, ']');
    const std::string mended = mended_json(R"({"x":)" + deep + R"(,"a":1})");
    EXPECT_TRUE(is_portable_json(mended));
    EXPECT_TRUE(mended.ends_with(R"(],"a":1})")) << mended;
    EXPECT_EQ(mended_json(std::string(100'000, '{')), "{}");
}

}  // namespace
}  // namespace base
