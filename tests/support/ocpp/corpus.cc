#include "support/ocpp/corpus.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <regex>
#include <string_view>

#include "ocpp/version.h"
#include "support/ocpp/shared_lines.h"

namespace test {
namespace {

namespace dom = simdjson::dom;
using ocpp::Validation;

// --- reading ---

std::string text_at(dom::element line, std::string_view name) {
    std::string_view text;
    return line.at_key(name).get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::vector<std::string> texts_at(dom::element line, std::string_view name) {
    std::vector<std::string> texts;
    dom::array list;
    if (line.at_key(name).get(list) == simdjson::SUCCESS) {
        for (const dom::element text : list) {
            texts.emplace_back(text.get_string().value());
        }
    }
    return texts;
}

CorpusFrame frame_of(const std::string& line) {
    dom::parser parser;
    const dom::element root = parser.parse(line).value();
    bool is_valid = false;
    static_cast<void>(root.at_key("valid").get(is_valid) == simdjson::SUCCESS);
    return {.raw = text_at(root, "raw"),
            .direction = text_at(root, "direction"),
            .kind = text_at(root, "frame"),
            .is_valid = is_valid,
            .errors = texts_at(root, "errors"),
            .features = texts_at(root, "features")};
}

// --- what is due ---

// A frame as far as anyone can read it: [2, ID, ACTION, …
struct CallHead {
    std::string id;
    std::string action;
};
std::optional<CallHead> call_head(const std::string& raw) {
    static const std::regex kHead(R"re(^\s*\[\s*2\s*,\s*("(?:[^"\\\x00-\x1f]|\\.)*"|-?\d+)\s*(?:,\s*"([^"\\\x00-\x1f]*)")?)re");
    std::smatch found;
    return std::regex_search(raw, found, kHead) ? std::optional(CallHead{found[1], found[2]}) : std::nullopt;
}

// One error of the corpus: "/path keyword what".
struct SchemaError {
    std::string path;
    std::string keyword;
    std::string what;
};
std::optional<SchemaError> schema_error(const std::string& text) {
    static const std::regex kError(R"(^(/\S*) (\w+) ?(.*)$)");
    std::smatch found;
    return std::regex_match(text, found, kError) ? std::optional(SchemaError{found[1], found[2], found[3]}) : std::nullopt;
}

// What a keyword of JSON schema is to OCPP-J 1.6 (4.2.3) and to the table of quirks.
struct Meaning {
    std::string_view code;
    std::set<std::string> quirks;  // one of these
};
const std::map<std::string, Meaning>& meanings() {
    static const std::map<std::string, Meaning> kMeanings{
        {"required", {"OccurenceConstraintViolation", {"field_missing"}}},
        {"minItems", {"OccurenceConstraintViolation", {"field_empty"}}},
        {"type", {"TypeConstraintViolation", {"value_type"}}},
        {"enum", {"PropertyConstraintViolation", {"value_unknown", "field_empty"}}},
        {"maxLength", {"PropertyConstraintViolation", {"field_too_long"}}},
        {"format", {"PropertyConstraintViolation", {"time_without_zone", "time_unreadable", "time_blank", "field_empty"}}},
        {"additionalProperties", {"FormationViolation", {"field_unknown"}}},
    };
    return kMeanings;
}

// The field that a path ends at; none where that is an element of a list, or nothing that the shape has.
const ocpp::Field* field_at(const ocpp::Shape& shape, std::string_view path) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const auto field = std::ranges::find(shape.fields, path.substr(1, end - 1), &ocpp::Field::name);
    if (field == shape.fields.end() || end == path.size()) {
        return field == shape.fields.end() ? nullptr : &*field;
    }
    path.remove_prefix(end);
    if (field->type == ocpp::FieldType::list) {
        path.remove_prefix(std::min(path.find('/', 1), path.size()));
    }
    return path.empty() || field->nested == nullptr ? nullptr : field_at(*field->nested, path);
}

bool is_number(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// The quirk that a value of another type is; "value_type" where it cannot be read as what is due.
std::string quirk_of_type(const SchemaError& error, dom::element payload, const ocpp::Shape& shape) {
    dom::element value;
    if (payload.at_pointer(error.path).get(value) != simdjson::SUCCESS) {
        return "value_type";
    }
    std::string_view text;
    const bool is_text = value.get(text) == simdjson::SUCCESS;
    const ocpp::Field* const field = field_at(shape, error.path);
    if (field != nullptr && field->need == ocpp::Need::optional && (value.is_null() || (is_text && text.empty()))) {
        return value.is_null() ? "field_null" : "field_empty";
    }
    if (error.what == "string" && (value.is_number() || value.is_bool())) {
        return "text_as_number";
    }
    if (field != nullptr && field->type == ocpp::FieldType::opaque && (value.is_object() || value.is_array())) {
        return "text_as_json";
    }
    return (error.what == "integer" || error.what == "number") && is_text && is_number(text) ? "number_as_text" : "value_type";
}

// A feature of the corpus that is a quirk wherever it stands in a payload.
std::string quirk_of_feature(const std::string& feature) {
    static const std::map<std::string, std::string> kQuirks{{"time:fraction>3", "time_fraction"},
                                                            {"time:no-zone", "time_without_zone"},
                                                            {"time:odd-zone", "time_zone"},
                                                            {"time:blank", "time_blank"},
                                                            {"empty-string", "field_empty"}};
    const auto found = kQuirks.find(feature);
    return found == kQuirks.end() ? std::string() : found->second;
}

class Judge {
public:
    Judge(const CorpusFrame& frame, Validation validation) : frame_(frame), validation_(validation) {}

    Due judge() {
        const auto head = call_head(frame_.raw);
        if (!head) {
            return due_;  // OCPP-J 1.6 4.1.3, 4.2: no id, no CALL: nobody waits for an answer
        }
        due_.is_answered = true;
        due_.id = head->id;
        const ocpp::Action* const action = ocpp::versions().front()->find(head->action);
        is_billed_ = action != nullptr && action->storage == ocpp::Storage::whatever_it_carries;
        dom::parser parser;
        dom::array elements;
        if (parser.parse(frame_.raw).get(elements) != simdjson::SUCCESS || head->action.empty()) {
            refuse("FormationViolation");
        } else if (action == nullptr) {
            due_.codes = {"NotImplemented"};
        } else if (action->sent_by == ocpp::SentBy::gateway) {
            due_.codes = {"NotSupported"};
        } else {
            judge_elements(*action, elements);
        }
        return due_;
    }

private:
    void judge_elements(const ocpp::Action& action, const dom::array& elements) {
        if (elements.size() != 4) {
            due_.quirks.insert("frame_elements");
            if (elements.size() < 4 || validation_ == Validation::strict) {
                refuse("FormationViolation");
            }
        }
        dom::element payload;
        if (elements.at(3).get(payload) != simdjson::SUCCESS) {
            return;
        }
        if (payload.is_null()) {
            due_.quirks.insert("payload_null");
            if (std::ranges::any_of(action.request.fields,
                                    [](const auto& field) { return field.need == ocpp::Need::required; })) {
                meet("OccurenceConstraintViolation", "field_missing");
            }
        } else if (!payload.is_object()) {
            due_.quirks.insert("value_type");
            refuse("FormationViolation");
        } else {
            judge_payload(action.request, payload);
        }
    }

    void judge_payload(const ocpp::Shape& shape, dom::element payload) {
        for (const std::string& text : frame_.errors) {
            const auto error = schema_error(text);
            const auto meaning = error ? meanings().find(error->keyword) : meanings().end();
            if (meaning == meanings().end()) {
                if (!text.ends_with("elements, 4 due") && !text.starts_with("message id")) {
                    due_.unexplained.insert(text);
                }
                continue;
            }
            const auto& [code, quirks] = meaning->second;
            meet(code, error->keyword == "type" ? quirk_of_type(*error, payload, shape) : only_one(quirks));
        }
        for (const std::string& feature : frame_.features) {
            due_.quirks.insert(quirk_of_feature(feature));
        }
        due_.quirks.erase("");
    }

    static std::string only_one(const std::set<std::string>& quirks) { return quirks.size() == 1 ? *quirks.begin() : ""; }

    // What the schema forbids, by its name in the table of quirks.
    void meet(std::string_view code, const std::string& quirk) {
        due_.quirks.insert(quirk);
        const bool is_unservable = quirk == "field_missing" || quirk == "value_type";
        if (validation_ == Validation::strict || (validation_ == Validation::lenient && is_unservable)) {
            refuse(code);
        }
    }

    // But nothing refuses what is billed.
    void refuse(std::string_view code) {
        if (!is_billed_) {
            due_.codes.emplace(code);
        }
    }

    const CorpusFrame& frame_;
    Validation validation_;
    bool is_billed_ = false;
    Due due_;
};

}  // namespace

std::optional<std::vector<CorpusFrame>> corpus_frames(const std::string& path) {
    const auto lines = shared_lines(path);
    if (!lines) {
        return std::nullopt;
    }
    std::vector<CorpusFrame> frames;
    std::ranges::transform(*lines, std::back_inserter(frames), frame_of);
    return frames;
}

Due due_to(const CorpusFrame& frame, Validation validation) { return Judge(frame, validation).judge(); }

}  // namespace test
