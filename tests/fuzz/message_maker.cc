#include "fuzz/message_maker.h"

#include <algorithm>
#include <array>

namespace fuzz {
namespace {

using ocpp::Field;
using ocpp::FieldType;
using ocpp::Need;
using ocpp::Shape;

constexpr auto kTimes =
    std::to_array<std::string_view>({"2026-11-20T10:00:00Z", "2024-02-29t23:59:60.123z", "2026-11-20T10:00:00.123456789+05:30"});
constexpr auto kUris = std::to_array<std::string_view>({"ftp://user:word@host:21/path?q=%20#f", "a:"});
constexpr auto kIntegers = std::to_array<std::string_view>({"7", "0", "-1", "2147483648", "9223372036854775807"});
constexpr auto kTenths = std::to_array<std::string_view>({"16.1", "0", "-0.0", "1e3", "32.50"});

// What may stand where something else is due.
constexpr auto kOddities = std::to_array<std::string_view>({"null",
                                                            "true",
                                                            "false",
                                                            "7",
                                                            "-1",
                                                            "0",
                                                            "1.0",
                                                            "1e2",
                                                            "1.5",
                                                            "-0",
                                                            "1e400",
                                                            "1e-400",
                                                            "9223372036854775808",
                                                            "18446744073709551616",
                                                            "0.15",
                                                            R"("")",
                                                            R"("7")",
                                                            R"(" 12 ")",
                                                            R"("1.0")",
                                                            R"("1.5")",
                                                            R"("1e400")",
                                                            R"("true")",
                                                            R"("18446744073709551615")",
                                                            R"("NaN")",
                                                            R"("-")",
                                                            R"("1,5")",
                                                            R"("Odd")",
                                                            R"("\u0000")",
                                                            R"("\ud83d\ude00")",
                                                            R"("\ud800")",
                                                            "[]",
                                                            "[7]",
                                                            R"(["x"])",
                                                            "[null]",
                                                            "[{}]",
                                                            "{}",
                                                            R"({"x":1})",
                                                            R"({"timestamp":null})",
                                                            "[[[[[[1]]]]]]"});
constexpr auto kOddTimes = std::to_array<std::string_view>(
    {"2026-11-20T10:00:00", "2026-11-20 10:00:00Z", "2026-11-20T10:00:00+03", "2026-11-20T10:00:00-0330", " 2026-11-20T10:00:00Z",
     "2026-11-20T10:00:00 Z", "2026-11-20 10:00:00.123456 ", "2026-02-30T10:00:00Z", "2026-11-20T24:00:00Z", "20.11.2026 10:00",
     "1970-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "2026-11-20", "1795168800"});

// The name with its first character as an escape: the same name.
std::string escaped(std::string_view name) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto first = static_cast<unsigned char>(name.front());
    return std::string("\\u00") + kHex[first >> 4U] + kHex[first & 15U] + std::string(name.substr(1));
}

}  // namespace

std::string MessageMaker::make(const Shape& shape) {
    add_object(shape);
    return json_;
}

std::size_t MessageMaker::next() {
    if (choices_.empty()) {
        return 0;
    }
    const auto choice = static_cast<unsigned char>(choices_.front());
    choices_.remove_prefix(1);
    return choice;
}

void MessageMaker::add_comma() {
    if (json_.back() != '{' && json_.back() != '[') {
        json_ += ',';
    }
}

void MessageMaker::add_object(const Shape& shape) {
    json_ += '{';
    for (const Field& field : shape.fields) {
        add_field(field);
    }
    json_ += '}';
}

void MessageMaker::add_field(const Field& field) {
    const std::string name(field.name);
    switch (next() % 16) {
        case 1: is_valid_ = is_valid_ && field.need == Need::optional; break;  // left out
        case 2:
            is_valid_ = false;
            add_member(name, field);
            add_member(name, field);
            break;
        case 3: add_member(escaped(name), field); break;
        case 4:
            is_valid_ = false;
            add_member(name + "2", field);
            break;
        case 5:
        case 6:
        case 7: add_changed(name, field); break;
        default: add_member(name, field);
    }
}

void MessageMaker::add_member(std::string_view name, const Field& field) {
    add_comma();
    json_.append("\"").append(name).append("\":");
    add_value(field);
}

// It may be valid all the same: nobody counts on that.
void MessageMaker::add_changed(std::string_view name, const Field& field) {
    is_valid_ = false;
    add_comma();
    json_.append("\"").append(name).append("\":");
    switch (next() % 4) {
        case 0: json_.append("\"").append(field.length_max + 1U + next(), 'x').append("\""); break;
        case 1: json_.append("\"").append(one_of(kOddTimes)).append("\""); break;
        default: json_.append(one_of(kOddities));
    }
}

void MessageMaker::add_value(const Field& field) {
    switch (field.type) {
        case FieldType::text:
        case FieldType::opaque: add_text(field); break;
        case FieldType::date_time: json_.append("\"").append(one_of(kTimes)).append("\""); break;
        case FieldType::uri: json_.append("\"").append(one_of(kUris)).append("\""); break;
        case FieldType::integer: json_.append(one_of(kIntegers)); break;
        case FieldType::tenths: json_.append(one_of(kTenths)); break;
        case FieldType::boolean: json_.append(next() % 2 == 0 ? "true" : "false"); break;
        case FieldType::object: add_object(*field.nested); break;
        case FieldType::list:
        case FieldType::texts:
            json_ += '[';
            for (std::size_t i = std::max<std::size_t>(field.count_min, next() % 3); i > 0; --i) {
                add_comma();
                field.type == FieldType::list ? add_object(*field.nested) : add_text(field);
            }
            json_ += ']';
    }
}

// As long as may be, where there is a limit: in characters of two bytes.
void MessageMaker::add_text(const Field& field) {
    json_ += '"';
    if (!field.values.empty()) {
        json_.append(one_of(field.values));
    } else if (next() % 2 == 0) {
        json_.append("a");
    } else {
        for (std::size_t i = 0; i < std::max<std::size_t>(field.length_max, 1); ++i) {
            json_.append("\xC3\xA4");
        }
    }
    json_ += '"';
}

}  // namespace fuzz
