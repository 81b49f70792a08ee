// The tables against the published schemas beside the checkout: every field's type, length, values and whether it must be there.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>

#include "ocpp/v16/actions.h"
#include "ocpp/version.h"
#include "support/ocpp/shared_lines.h"

namespace {

namespace dom = simdjson::dom;
using ocpp::FieldType;

std::string text_at(dom::element object, std::string_view name) {
    std::string_view text;
    return object.at_key(name).get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

// What a schema's `$ref` names; the schemas of the whitepaper have their types apart.
dom::element resolved(dom::element schema, dom::element root) {
    const std::string reference = text_at(schema, "$ref");
    return reference.empty() ? schema : root.at_pointer(reference.substr(1)).value();
}

struct Due {
    dom::element itself;
    dom::element each;  // of a list its elements, else the same
};

Due due_of(dom::element schema, dom::element root) {
    const dom::element itself = resolved(schema, root);
    dom::element items;
    return {itself, itself.at_key("items").get(items) == simdjson::SUCCESS ? resolved(items, root) : itself};
}

FieldType due_type(const Due& due) {
    const std::string type = text_at(due.itself, "type");
    const std::string format = text_at(due.itself, "format");
    if (type == "array") {
        return text_at(due.each, "type") == "string" ? FieldType::texts : FieldType::list;
    }
    return type == "integer"       ? FieldType::integer
           : type == "number"      ? FieldType::tenths
           : type == "boolean"     ? FieldType::boolean
           : type == "object"      ? FieldType::object
           : format == "date-time" ? FieldType::date_time
           : format == "uri"       ? FieldType::uri
                                   : FieldType::text;
}

std::int64_t number_at(dom::element schema, std::string_view name) {
    std::int64_t number = 0;
    static_cast<void>(schema.at_key(name).get(number) == simdjson::SUCCESS);
    return number;
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

void compare(const ocpp::Shape& shape, dom::element schema, dom::element root, const std::string& path) {
    bool additional = true;
    static_cast<void>(schema.at_key("additionalProperties").get(additional) == simdjson::SUCCESS);
    EXPECT_FALSE(additional) << path;
    dom::object properties;
    if (schema.at_key("properties").get(properties) != simdjson::SUCCESS) {
        EXPECT_TRUE(shape.fields.empty()) << path;
        return;
    }
    EXPECT_EQ(shape.fields.size(), properties.size()) << path;
    for (const ocpp::Field& field : shape.fields) {
        const std::string here = path + "/" + std::string(field.name);
        dom::element property;
        ASSERT_EQ(properties.at_key(field.name).get(property), simdjson::SUCCESS) << here;
        const Due due = due_of(property, root);
        EXPECT_EQ(field.need == ocpp::Need::required, holds(schema, "required", field.name)) << here;
        const bool is_opaque = field.type == FieldType::opaque;  // which the schemas do not know
        EXPECT_EQ(is_opaque ? FieldType::text : field.type, due_type(due)) << here;
        EXPECT_EQ(field.length_max, number_at(due.each, "maxLength")) << here;
        EXPECT_EQ(field.count_min, number_at(due.itself, "minItems")) << here;
        EXPECT_EQ(field.values.size(), count(due.itself, "enum")) << here;
        for (const std::string_view value : field.values) {
            EXPECT_TRUE(holds(due.itself, "enum", value)) << here << " " << value;
        }
        if (field.nested != nullptr) {
            compare(*field.nested, due.each, root, here);
        }
    }
}

// False where the schemas are not beside the checkout.
bool compare_with_file(const ocpp::Shape& shape, const std::string& name) {
    const auto lines = test::shared_lines("ocpp/schemas/1.6/" + name + ".json");
    if (!lines) {
        return false;
    }
    std::string text;
    for (const std::string& line : *lines) {
        text += line + "\n";
    }
    dom::parser parser;
    const simdjson::padded_string padded(text);
    dom::element schema;
    EXPECT_EQ(parser.parse(padded).get(schema), simdjson::SUCCESS) << name;
    compare(shape, schema, schema, name);
    return true;
}

TEST(Tables, AreThePublishedSchemasOfAllRequestsAndResponses) {
    const auto actions = ocpp::v16::version().actions;
    EXPECT_EQ(actions.size(), 39U);
    for (const ocpp::Action& action : actions) {
        const std::string name(action.name);
        if (!compare_with_file(action.request, name + "Request") || !compare_with_file(action.response, name + "Response")) {
            GTEST_SKIP() << "the schemas are not beside the checkout";
        }
    }
}

}  // namespace
