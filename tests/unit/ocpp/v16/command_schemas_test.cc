// The tables of what we send against the published schemas beside the checkout.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>

#include "ocpp/v16/commands.h"
#include "support/ocpp/shared_lines.h"

namespace {

namespace dom = simdjson::dom;
using ocpp::FieldType;

std::string text_at(dom::element object, std::string_view name) {
    std::string_view text;
    return object.at_key(name).get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

FieldType due_type(dom::element schema) {
    const std::string type = text_at(schema, "type");
    if (type == "array") {
        return text_at(schema.at_key("items").value(), "type") == "string" ? FieldType::texts : FieldType::list;
    }
    return type == "integer"                          ? FieldType::whole
           : type == "number"                         ? FieldType::tenths
           : type == "object"                         ? FieldType::object
           : text_at(schema, "format") == "date-time" ? FieldType::date_time
                                                      : FieldType::text;
}

std::size_t count(dom::element schema, std::string_view list) {
    dom::array values;
    return schema.at_key(list).get(values) == simdjson::SUCCESS ? values.size() : 0;
}

bool holds(dom::element schema, std::string_view list, std::string_view text) {
    dom::array values;
    if (schema.at_key(list).get(values) != simdjson::SUCCESS) {
        return false;
    }
    return std::any_of(values.begin(), values.end(), [&](dom::element value) { return value.get_string().value() == text; });
}

void compare(const ocpp::Shape& shape, dom::element schema, const std::string& path) {
    dom::object properties;
    ASSERT_EQ(schema.at_key("properties").get(properties), simdjson::SUCCESS) << path;
    EXPECT_EQ(shape.fields.size(), properties.size()) << path;
    for (const ocpp::Field& field : shape.fields) {
        const std::string here = path + "/" + std::string(field.name);
        dom::element due;
        ASSERT_EQ(properties.at_key(field.name).get(due), simdjson::SUCCESS) << here;
        EXPECT_EQ(field.need == ocpp::Need::required, holds(schema, "required", field.name)) << here;
        EXPECT_EQ(field.type, due_type(due)) << here;
        const dom::element each =
            field.type == FieldType::texts || field.type == FieldType::list ? due.at_key("items").value() : due;
        std::int64_t length_max = 0;
        static_cast<void>(each.at_key("maxLength").get(length_max) == simdjson::SUCCESS);
        EXPECT_EQ(field.length_max, length_max) << here;
        EXPECT_EQ(field.values.size(), count(due, "enum")) << here;
        for (const std::string_view value : field.values) {
            EXPECT_TRUE(holds(due, "enum", value)) << here << " " << value;
        }
        if (field.nested != nullptr) {
            compare(*field.nested, each, here);
        }
    }
}

TEST(CommandTables, AreTheSchemasOfTheirActions) {
    for (const ocpp::CommandEntry& entry : ocpp::v16::commands()) {
        if (entry.name != entry.action) {
            continue;
        }
        const auto lines = test::shared_lines("ocpp/schemas/1.6/" + std::string(entry.name) + "Request.json");
        if (!lines) {
            GTEST_SKIP() << "the schemas are not beside the checkout";
        }
        std::string text;
        for (const std::string& line : *lines) {
            text += line + "\n";
        }
        dom::parser parser;
        const simdjson::padded_string padded(text);
        dom::element schema;
        ASSERT_EQ(parser.parse(padded).get(schema), simdjson::SUCCESS);
        compare(*entry.payload, schema, std::string(entry.name));
    }
}

}  // namespace
