#include "ocpp/field_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/time.h"

namespace ocpp {
namespace {

namespace dom = simdjson::dom;
using model::Quirk;

// Every part is bounded, or a hostile key would fill an answer.
constexpr std::size_t kPathNameBytesMax = 64;

std::string path_of(const Faults::Place& place) {
    std::string path = place.parent == nullptr ? std::string() : path_of(*place.parent);
    if (place.parent != nullptr) {
        path += '/';
        path += place.name.empty() ? std::to_string(place.index) : std::string(place.name.substr(0, kPathNameBytesMax));
    }
    return path;
}

std::string_view name_of(FieldType type) {
    switch (type) {
        case FieldType::text: return "a text";
        case FieldType::date_time: return "a date and time as text";
        case FieldType::uri: return "a URI as text";
        case FieldType::opaque: return "a text";
        case FieldType::integer: return "an integer";
        case FieldType::tenths: return "a number";
        case FieldType::boolean: return "true or false";
        case FieldType::object: return "an object";
        case FieldType::list: return "a list of objects";
        case FieldType::texts: return "a list of texts";
    }
    return "";
}

// As many of them as fit into a line.
std::string one_of(std::span<const std::string_view> values) {
    constexpr std::size_t kBytesMax = 160;
    std::string text = "one of ";
    for (const std::string_view value : values) {
        text.append(value == values.front() ? "" : ", ");
        if (text.size() + value.size() > kBytesMax) {
            return text + "… is due";
        }
        text.append(value);
    }
    return text + " is due";
}

std::string what_is_due(FaultKind kind, const Field* field) {
    switch (kind) {
        case FaultKind::missing: return "required";
        case FaultKind::wrong_type: return std::string(field != nullptr ? name_of(field->type) : "an object") + " is due";
        case FaultKind::too_long: return "at most " + std::to_string(field->length_max) + " characters";
        case FaultKind::too_few:
            return field->type == FieldType::list ? "at least " + std::to_string(field->count_min) : "may not be empty";
        case FaultKind::unknown_value: return one_of(field->values);
        case FaultKind::not_a_time: return "not a date and time of RFC 3339";
        case FaultKind::without_zone: return "a date and time needs its zone";
        case FaultKind::not_a_uri: return "not a URI of RFC 3986";
        case FaultKind::too_precise: return "at most one decimal place";
        case FaultKind::unknown_field: return "not a field of this message";
        case FaultKind::duplicate: return "once at most";
        case FaultKind::loose:
            return field->type == FieldType::integer ? "an integer without a decimal point is due"
                                                     : "not a date and time of RFC 3339";
    }
    return {};
}

// An integer sent as 1.0 is one. Beyond 2^53 a double no longer says which.
std::optional<std::int64_t> whole(double number) {
    constexpr double kExactMax = 9007199254740992.0;
    if (std::nearbyint(number) != number || std::fabs(number) > kExactMax) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(number);
}

Value real_value(double number) {
    if (const auto integer = whole(number)) {
        return {.kind = Value::Kind::integer, .text = {}, .integer = *integer};
    }
    return {.kind = Value::Kind::real, .text = {}, .real = number};
}

Value text_value(std::string_view text) { return {.kind = Value::Kind::text, .text = text}; }
Value integer_value(std::int64_t integer) { return {.kind = Value::Kind::integer, .text = {}, .integer = integer}; }
Value natural_value(std::uint64_t natural) { return {.kind = Value::Kind::natural, .text = {}, .natural = natural}; }
Value other_value() { return {.kind = Value::Kind::other, .text = {}}; }

// A value before it is looked at as that of a field.
struct Sent {
    base::JsonKind kind;
    Value value;
};

Sent sent_in(dom::element element) {
    switch (element.type()) {
        case dom::element_type::STRING: return {base::JsonKind::string, text_value(element.get_string().value_unsafe())};
        case dom::element_type::INT64: return {base::JsonKind::number, integer_value(element.get_int64().value_unsafe())};
        case dom::element_type::UINT64: return {base::JsonKind::number, natural_value(element.get_uint64().value_unsafe())};
        case dom::element_type::DOUBLE: return {base::JsonKind::number, real_value(element.get_double().value_unsafe())};
        case dom::element_type::BOOL: return {base::JsonKind::boolean, other_value()};
        case dom::element_type::NULL_VALUE: return {base::JsonKind::null, other_value()};
        case dom::element_type::ARRAY: return {base::JsonKind::array, other_value()};
        case dom::element_type::OBJECT: return {base::JsonKind::object, other_value()};
    }
    return {base::JsonKind::none, other_value()};
}

// As the DOM reads it: what is too small for a double is zero, what is too large is nothing.
std::optional<double> real_of_text(std::string_view text) {
    double real = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, real);
    if (error == std::errc::result_out_of_range) {
        real = std::strtod(std::string(text).c_str(), nullptr);  // from_chars does not tell one from the other
    }
    return stop == end && std::isfinite(real) ? std::optional(real) : std::nullopt;
}

Sent sent_in(std::string_view token, base::TextArena& arena) {
    const base::JsonKind kind = base::json_kind(token);
    switch (kind) {
        case base::JsonKind::string: return {kind, text_value(base::decoded_string(token, arena))};
        case base::JsonKind::number: return {kind, number_of_text(token)};
        default: return {kind, other_value()};
    }
}

bool is_of_type(FieldType type, const Sent& sent) {
    switch (type) {
        case FieldType::text:
        case FieldType::date_time:
        case FieldType::uri:
        case FieldType::opaque: return sent.kind == base::JsonKind::string;
        case FieldType::integer: return sent.value.kind == Value::Kind::integer;
        case FieldType::tenths: return sent.kind == base::JsonKind::number;
        case FieldType::boolean: return sent.kind == base::JsonKind::boolean;
        case FieldType::object: return sent.kind == base::JsonKind::object;
        case FieldType::list:
        case FieldType::texts: return sent.kind == base::JsonKind::array;
    }
    return false;
}

// A text that holds a number becomes that number, whether it is of use to its field or not: what is billed is told.
void take_number_in_text(Value& value) {
    std::string_view text = value.text;
    text = text.substr(base::skip_blanks(text, 0));
    text = text.substr(0, text.find_last_not_of(base::kJsonBlanks) + 1);
    if (const Value number = number_of_text(text); number.kind != Value::Kind::other) {
        value = number;
    }
}

bool is_truth_value(const Value& value) {
    constexpr std::array<std::string_view, 8> kWords{"true", "True", "TRUE", "1", "false", "False", "FALSE", "0"};
    return value.kind == Value::Kind::integer ? value.integer == 0 || value.integer == 1
                                              : std::ranges::find(kWords, value.as_text()) != kWords.end();
}

// What is odd about a value that is not of its field's type, which becomes what it is taken for.
Quirk take_other_type(const Field& field, Sent& sent) {
    const bool is_empty = sent.kind == base::JsonKind::string && sent.value.text.empty();
    if (field.need == Need::optional && (is_empty || sent.kind == base::JsonKind::null)) {
        sent.value = {};
        return is_empty ? Quirk::field_empty : Quirk::field_null;
    }
    switch (field.type) {
        case FieldType::text:
        case FieldType::date_time:
        case FieldType::uri:
        case FieldType::opaque:
            if (sent.kind == base::JsonKind::number || sent.kind == base::JsonKind::boolean) {
                return Quirk::text_as_number;
            }
            return field.type == FieldType::opaque && sent.kind != base::JsonKind::null ? Quirk::text_as_json : Quirk::value_type;
        case FieldType::integer:
            take_number_in_text(sent.value);
            return sent.value.kind == Value::Kind::integer ? Quirk::number_as_text : Quirk::value_type;
        case FieldType::tenths:
            take_number_in_text(sent.value);
            return sent.value.kind == Value::Kind::text || sent.value.kind == Value::Kind::other ? Quirk::value_type
                                                                                                 : Quirk::number_as_text;
        case FieldType::boolean: return is_truth_value(sent.value) ? Quirk::number_as_text : Quirk::value_type;
        default: return Quirk::value_type;
    }
}

std::optional<std::size_t> index_of(const Shape& shape, std::string_view name) {
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
        if (shape.fields[i].name == name) {
            return i;
        }
    }
    return std::nullopt;
}

using Place = Faults::Place;

void check_object(const Shape& shape, dom::object object, const Place& place, Values* values, Faults& faults);

void check_time(const Field& field, std::string_view text, const Place& place, Faults& faults) {
    if (!base::parse_rfc3339(text)) {
        faults.add(FaultKind::not_a_time, Quirk::time_unreadable, place, &field);
        return;
    }
    const base::TimeForm form = base::form_of_time(text);
    if (form.without_zone) {
        faults.add(FaultKind::without_zone, Quirk::time_without_zone, place, &field);
    }
    if (form.spaced) {
        faults.add(FaultKind::not_a_time, Quirk::time_blank, place, &field);
    }
    if (form.blank_for_t) {
        faults.add(FaultKind::loose, Quirk::time_blank, place, &field);
    }
    if (form.short_zone) {
        faults.add(FaultKind::loose, Quirk::time_zone, place, &field);
    }
    if (form.long_fraction) {
        faults.note(Quirk::time_fraction);
    }
}

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// A scheme and what may follow it: RFC 3986's characters, `%` with its two digits. Where they stand is not looked at.
bool is_uri(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !is_alphanumeric(text[0]) || (text[0] >= '0' && text[0] <= '9')) {
        return false;
    }
    const auto of_scheme = [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; };
    if (!std::ranges::all_of(text.substr(0, colon), of_scheme)) {
        return false;
    }
    constexpr std::string_view kMarks = "-._~:/?#[]@!$&'()*+,;=";
    for (std::size_t i = colon + 1; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
        if (!is_escape && !is_alphanumeric(text[i]) && kMarks.find(text[i]) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

// By the schema a text may be empty, but no time, URI or value of an enumeration is.
void check_empty_text(const Field& field, const Place& place, Faults& faults) {
    faults.note(Quirk::field_empty);
    if (!field.values.empty()) {
        faults.add(FaultKind::unknown_value, Quirk::field_empty, place, &field);
    }
    if (field.count_min != 0) {
        faults.add(FaultKind::too_few, Quirk::field_empty, place, &field);
    }
    if (field.type == FieldType::date_time) {
        faults.add(FaultKind::not_a_time, Quirk::field_empty, place, &field);
    } else if (field.type == FieldType::uri) {
        faults.add(FaultKind::not_a_uri, Quirk::field_empty, place, &field);
    }
}

void check_text(const Field& field, std::string_view text, const Place& place, Faults& faults) {
    if (text.empty()) {
        check_empty_text(field, place, faults);
        return;
    }
    if (field.length_max != 0 && text.size() > field.length_max && characters(text) > field.length_max) {
        faults.add(FaultKind::too_long, Quirk::field_too_long, place, &field);
    }
    if (!field.values.empty() && std::ranges::find(field.values, text) == field.values.end()) {
        faults.add(FaultKind::unknown_value, Quirk::value_unknown, place, &field);
    }
    if (field.type == FieldType::date_time) {
        check_time(field, text, place, faults);
    } else if (field.type == FieldType::uri && !is_uri(text)) {
        faults.add(FaultKind::not_a_uri, Quirk::value_unknown, place, &field);
    }
}

void check_list(const Field& field, dom::array list, const Place& place, Faults& faults) {
    if (field.count_min != 0 && list.size() < field.count_min) {
        faults.add(FaultKind::too_few, Quirk::field_empty, place, &field);
    }
    std::size_t index = 0;
    for (const dom::element element : list) {
        const Place here{.parent = &place, .index = index++};
        dom::object object;
        if (element.get(object) == simdjson::SUCCESS) {
            check_object(*field.nested, object, here, nullptr, faults);
        } else {
            faults.add(FaultKind::wrong_type, Quirk::value_type, here, nullptr);
        }
    }
}

void check_texts(const Field& field, dom::array list, const Place& place, Faults& faults) {
    const Field each{.name = {}, .length_max = field.length_max, .count_min = field.count_min};
    std::size_t index = 0;
    for (const dom::element element : list) {
        const Place here{.parent = &place, .index = index++};
        std::string_view text;
        if (element.get(text) == simdjson::SUCCESS) {
            check_text(each, text, here, faults);
        } else {
            faults.add(FaultKind::wrong_type, Quirk::value_type, here, &each);
        }
    }
}

// As near to a multiple of 0.1 as a double comes.
bool is_in_tenths(dom::element element) {
    double number = 0;
    if (element.get(number) != simdjson::SUCCESS) {
        return false;
    }
    const double tenths = number * 10;
    return std::fabs(tenths - std::nearbyint(tenths)) <= 1e-9 * std::max(1.0, std::fabs(tenths));
}

void check_value(const Field& field, dom::element element, Sent& sent, const Place& place, Faults& faults) {
    if (!is_of_type(field.type, sent)) {
        faults.add(FaultKind::wrong_type, take_other_type(field, sent), place, &field);
    } else if (sent.kind == base::JsonKind::string) {
        check_text(field, sent.value.text, place, faults);
    } else if (field.type == FieldType::integer && element.type() == dom::element_type::DOUBLE) {
        faults.add(FaultKind::loose, Quirk::integer_as_decimal, place, &field);
    } else if (field.type == FieldType::list) {
        check_list(field, element.get_array().value_unsafe(), place, faults);
    } else if (field.type == FieldType::texts) {
        check_texts(field, element.get_array().value_unsafe(), place, faults);
    } else if (field.type == FieldType::tenths && !is_in_tenths(element)) {
        faults.add(FaultKind::too_precise, Quirk::value_unknown, place, &field);
    } else if (field.type == FieldType::object) {
        check_object(*field.nested, element.get_object().value_unsafe(), place, nullptr, faults);
    }
}

// `seen` has the bit of each field that is there.
void check_complete(const Shape& shape, std::uint32_t seen, const Place& place, Faults& faults) {
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
        if (shape.fields[i].need == Need::required && (seen & (1U << i)) == 0) {
            const Place here{.parent = &place, .name = shape.fields[i].name};
            faults.add(FaultKind::missing, Quirk::field_missing, here, &shape.fields[i]);
        }
    }
}

void check_object(const Shape& shape, dom::object object, const Place& place, Values* values, Faults& faults) {
    std::uint32_t seen = 0;
    for (const auto& [name, element] : object) {
        const Place here{.parent = &place, .name = name};
        const auto index = index_of(shape, name);
        if (!index) {
            faults.add(FaultKind::unknown_field, Quirk::field_unknown, here, nullptr);
            continue;
        }
        const std::uint32_t bit = 1U << *index;
        if ((seen & bit) != 0) {
            faults.add(FaultKind::duplicate, Quirk::field_doubled, here, nullptr);
            continue;
        }
        seen |= bit;
        Sent sent = sent_in(element);
        check_value(shape.fields[*index], element, sent, here, faults);
        if (values != nullptr) {
            (*values)[*index] = sent.value;
        }
    }
    check_complete(shape, seen, place, faults);
}

Value value_in(const Field& field, std::string_view token, base::TextArena& arena) {
    Sent sent = sent_in(token, arena);
    if (!is_of_type(field.type, sent)) {
        model::Quirks quirk;
        quirk.add(take_other_type(field, sent));
        if (is_text_as_written(quirk)) {
            return text_value(token);
        }
    }
    return sent.value;
}

}  // namespace

Value number_of_text(std::string_view text) {
    std::int64_t integer = 0;
    const char* const end = text.data() + text.size();
    if (const auto [stop, error] = std::from_chars(text.data(), end, integer); error == std::errc() && stop == end) {
        return integer_value(integer);
    }
    std::uint64_t natural = 0;
    if (const auto [stop, error] = std::from_chars(text.data(), end, natural); error == std::errc() && stop == end) {
        return natural_value(natural);
    }
    const auto real = text.find_first_of(".eE") == std::string_view::npos ? std::nullopt : real_of_text(text);
    return real ? real_value(*real) : other_value();
}

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void Faults::add(FaultKind kind, model::Quirk quirk, const Place& place, const Field* field) {
    quirks_.add(quirk);
    if (kind == FaultKind::loose && refuse_ != Refuse::anything) {
        return;
    }
    ++count_;
    if (keep_ == Keep::all && all_.size() < kKeptMax) {
        all_.push_back({kind, path_of(place), what_is_due(kind, field), quirk});
    }
    if (!refusal_ && refuses(refuse_, quirk)) {
        refusal_ = Fault{kind, path_of(place), what_is_due(kind, field), quirk};
    }
}

void read_object(const Shape& shape, dom::object object, Values& values, Faults& faults) {
    check_object(shape, object, Place{}, &values, faults);
}

void read_null(const Shape& shape, Faults& faults) { check_complete(shape, 0, Place{}, faults); }

void read_object_text(const Shape& shape, std::string_view object, Values& values, base::TextArena& arena) {
    base::JsonCursor cursor(object);
    if (cursor.kind() != base::JsonKind::object) {
        return;
    }
    std::uint32_t seen = 0;
    cursor.enter();
    while (const auto key = cursor.next_member()) {
        const auto index = index_of(shape, base::decoded_string(*key, arena));
        const std::string_view token = cursor.value();
        if (!index || (seen & (1U << *index)) != 0) {
            continue;
        }
        seen |= 1U << *index;
        values[*index] = value_in(shape.fields[*index], token, arena);
    }
}

}  // namespace ocpp
