#include "fuzz/table_oracle.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/json_text.h"
#include "base/time.h"
#include "fuzz/target.h"

namespace fuzz {
namespace {

namespace dom = simdjson::dom;
using ocpp::Fault;
using ocpp::Faults;
using ocpp::Field;
using ocpp::FieldType;
using ocpp::Need;
using ocpp::Refuse;
using ocpp::Shape;
using ocpp::Value;
using ocpp::Values;

// --- the slow reading ---

bool is_in_tenths(dom::element element) {
    double number = 0;
    if (element.get(number) != simdjson::SUCCESS) {
        return false;
    }
    const double tenths = number * 10;
    return std::fabs(tenths - std::nearbyint(tenths)) <= 1e-9 * std::max(1.0, std::fabs(tenths));
}

bool is_uri(std::string_view text) {
    static const std::string kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const std::string kDigits = "0123456789";
    static const std::string kOfScheme = kLetters + kDigits + "+.-";
    static const std::string kPlain = kLetters + kDigits + "._~:/?#[]@!$&'()*+,;=-";
    const std::size_t colon = text.find_first_not_of(kOfScheme);
    if (colon == std::string_view::npos || text[colon] != ':' || kLetters.find(text[0]) == std::string::npos) {
        return false;
    }
    text.remove_prefix(colon + 1);
    for (std::size_t odd = 0; (odd = text.find_first_not_of(kPlain)) != std::string_view::npos; text.remove_prefix(odd + 3)) {
        const std::string_view hex = text.substr(odd + 1, 2);
        if (text[odd] != '%' || hex.size() != 2 || hex.find_first_not_of(kDigits + "abcdefABCDEF") != std::string_view::npos) {
            return false;
        }
    }
    return true;
}

bool fits_text(const Field& field, dom::element element) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) {
        return false;
    }
    std::size_t continuations = 0;
    for (const char c : text) {
        continuations += static_cast<unsigned char>(c) >> 6U == 2U ? 1 : 0;
    }
    return (field.count_min == 0 || !text.empty()) &&
           (field.length_max == 0 || text.size() - continuations <= field.length_max) &&
           (field.values.empty() || std::ranges::find(field.values, text) != field.values.end()) &&
           (field.type != FieldType::date_time || (base::parse_rfc3339(text) && base::form_of_time(text).is_rfc3339())) &&
           (field.type != FieldType::uri || is_uri(text));
}

bool fits_list(dom::element element, const auto& fits_each) {
    dom::array list;
    return element.get(list) == simdjson::SUCCESS && std::all_of(list.begin(), list.end(), fits_each);
}

bool fits_field(const Field& field, dom::element element) {
    const auto fits_nested = [&](dom::element each) {
        dom::object object;
        return each.get(object) == simdjson::SUCCESS && fits(*field.nested, object);
    };
    switch (field.type) {
        case FieldType::text:
        case FieldType::uri:
        case FieldType::opaque:
        case FieldType::date_time: return fits_text(field, element);
        case FieldType::integer: return element.type() == dom::element_type::INT64;
        case FieldType::tenths: return is_in_tenths(element);
        case FieldType::boolean: return element.is_bool();
        case FieldType::object: return fits_nested(element);
        case FieldType::list: return fits_list(element, fits_nested) && element.get_array().size() >= field.count_min;
        case FieldType::texts:
            return fits_list(element, [&](dom::element each) {
                return fits_text({.name = {}, .length_max = field.length_max, .count_min = field.count_min}, each);
            });
    }
    return false;
}

// --- the properties ---

Faults check_faults(Refuse refuse, const Shape& shape, const dom::object& object, Values& values) {
    Faults faults(refuse, Faults::Keep::all);
    ocpp::read_object(shape, object, values, faults);
    CHECK(refuse != Refuse::anything || faults.none() == fits(shape, object),
          "a payload has faults where it does not fit its table");
    CHECK(faults.none() || !faults.quirks().none(), "every fault is a quirk");
    CHECK(faults.all().size() == std::min(faults.count(), Faults::kKeptMax), "faults are kept up to the limit");
    const auto first = std::ranges::find_if(faults.all(), [&](const Fault& fault) { return ocpp::refuses(refuse, fault.quirk); });
    if (first != faults.all().end()) {
        CHECK(faults.refusal() && faults.refusal()->path == first->path, "the first fault that refuses is the refusal");
    } else {
        CHECK(faults.count() > Faults::kKeptMax || !faults.refusal(), "nothing refuses without a fault");
    }
    for (const Fault& fault : faults.all()) {
        CHECK(fault.path.starts_with('/') && !fault.due.empty(), "a fault has a place and says what is due");
    }
    Faults brief(refuse);
    Values again;
    ocpp::read_object(shape, object, again, brief);
    CHECK(brief.count() == faults.count() && brief.refusal().has_value() == faults.refusal().has_value(),
          "what is kept of faults does not change what is found");
    return faults;
}

bool are_one(const Value& one, const Value& other) {
    return one.kind == other.kind && one.text == other.text && one.integer == other.integer && one.natural == other.natural &&
           one.real == other.real;
}

// But for numbers and truth values in the place of a text, whose text the DOM does not know.
bool are_same(const Values& of_dom, const Values& of_text, const Faults& faults) {
    const bool as_sent = ocpp::is_text_as_written(faults.quirks());
    return std::ranges::equal(of_dom, of_text, [&](const Value& one, const Value& other) {
        return are_one(one, other) ||
               (as_sent && other.kind == Value::Kind::text && one.kind != Value::Kind::text && one.kind != Value::Kind::absent);
    });
}

}  // namespace

bool fits(const Shape& shape, const dom::object& object) {
    std::vector<std::string_view> names;
    for (const auto& [name, element] : object) {
        const auto field = std::ranges::find(shape.fields, name, &Field::name);
        if (field == shape.fields.end() || std::ranges::find(names, name) != names.end() || !fits_field(*field, element)) {
            return false;
        }
        names.push_back(name);
    }
    return std::ranges::all_of(shape.fields, [&](const Field& field) {
        return field.need == Need::optional || std::ranges::find(names, field.name) != names.end();
    });
}

void check_payload(const Shape& shape, std::string_view payload) {
    const Slack text(payload);
    const auto span = base::grammatical_value(text.text(), 0);
    const bool grammatical = span && span->end == payload.size();
    Values of_text;
    base::TextArena arena;
    if (grammatical) {
        ocpp::read_object_text(shape, text.text(), of_text, arena);
    }
    dom::parser parser;
    dom::object object;
    if (parser.parse(payload).get(object) != simdjson::SUCCESS || !grammatical || !span->surrogates_paired) {
        return;
    }
    for (const Refuse refuse : {Refuse::nothing, Refuse::unservable, Refuse::schema, Refuse::anything}) {
        Values of_dom;
        const Faults faults = check_faults(refuse, shape, object, of_dom);
        CHECK(are_same(of_dom, of_text, faults), "the text says what the DOM says");
    }
}

}  // namespace fuzz
