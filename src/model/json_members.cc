#include "model/json_members.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace model {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

// Containers inside each other: OCPP's payloads need 8.
constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kParserBytesAtStart = 16UL * 1024UL;
constexpr std::string_view kBlanks = " \t\r\n";

// Scratch memory of a thread, sized by the largest record so far.
struct Parsers {
    dom::parser checking;
    ondemand::parser walking;
    std::string padded;
    bool ready = false;
};

Parsers& thread_parsers() {
    thread_local Parsers parsers;
    if (!parsers.ready) {
        // simdjson counts from one and refuses at the limit.
        parsers.ready = parsers.checking.allocate(kParserBytesAtStart, kDepthMax + 1) == simdjson::SUCCESS;
    }
    return parsers;
}

// The code unit of the escape `\uXXXX` at `at`, or 0. The text is JSON, so four digits follow.
unsigned code_unit(std::string_view json, std::size_t at) {
    unsigned unit = 0;
    if (json.substr(at, 2) == "\\u" && json.size() >= at + 6) {
        std::from_chars(json.data() + at + 2, json.data() + at + 6, unit, 16);
    }
    return unit;
}

// simdjson takes a low surrogate without its high one; nothing else does.
bool surrogates_are_paired(std::string_view json) {
    for (std::size_t at = json.find('\\'); at != std::string_view::npos; at = json.find('\\', at)) {
        const unsigned unit = code_unit(json, at);
        const bool high = unit >= 0xD800 && unit < 0xDC00;
        const unsigned next = high ? code_unit(json, at + 6) : 0;
        if ((unit >= 0xDC00 && unit < 0xE000) || (high && (next < 0xDC00 || next >= 0xE000))) {
            return false;
        }
        at += high ? 12 : 2;
    }
    return true;
}

std::string_view without_blanks_behind(std::string_view raw) { return raw.substr(0, raw.find_last_not_of(kBlanks) + 1); }

simdjson::error_code read_scalar(ondemand::value value, JsonMember& member) {
    member.raw = value.raw_json_token();
    return member.type == JsonType::string ? value.get_string().get(member.text) : simdjson::SUCCESS;
}

simdjson::error_code read_container(ondemand::value value, JsonMember& member) {
    if (member.type == JsonType::array) {
        ondemand::array array;
        const auto error = value.get_array().get(array);
        return error ? error : array.raw_json().get(member.raw);
    }
    ondemand::object object;
    const auto error = value.get_object().get(object);
    return error ? error : object.raw_json().get(member.raw);
}

JsonType type_of(ondemand::json_type type) {
    switch (type) {
        case ondemand::json_type::object: return JsonType::object;
        case ondemand::json_type::array: return JsonType::array;
        case ondemand::json_type::string: return JsonType::string;
        case ondemand::json_type::number: return JsonType::number;
        case ondemand::json_type::boolean: return JsonType::boolean;
        case ondemand::json_type::null: break;
    }
    return JsonType::null;
}

simdjson::error_code read_member(simdjson::simdjson_result<ondemand::field> found, JsonMember& member) {
    ondemand::field field;
    ondemand::json_type type{};
    if (const auto error = std::move(found).get(field)) return error;
    if (const auto error = field.unescaped_key().get(member.name)) return error;
    ondemand::value value = field.value();
    if (const auto error = value.type().get(type)) return error;
    member.type = type_of(type);
    const bool contains = member.type == JsonType::object || member.type == JsonType::array;
    const auto error = contains ? read_container(value, member) : read_scalar(value, member);
    member.raw = without_blanks_behind(member.raw);
    return error;
}

}  // namespace

std::optional<std::vector<JsonMember>> json_members(std::string_view json) {
    Parsers& parsers = thread_parsers();
    parsers.padded.assign(json);
    parsers.padded.append(simdjson::SIMDJSON_PADDING, '\0');
    dom::object checked;
    if (parsers.checking.parse(parsers.padded.data(), json.size(), false).get(checked) || !surrogates_are_paired(json) ||
        checked.size() > kJsonMembersMax) {
        return std::nullopt;
    }
    ondemand::document document;
    ondemand::object object;
    if (parsers.walking.iterate(simdjson::padded_string_view(parsers.padded.data(), json.size(), parsers.padded.size()))
            .get(document) ||
        document.get_object().get(object)) {
        return std::nullopt;
    }
    std::vector<JsonMember> members;
    members.reserve(checked.size());
    for (auto field : object) {
        if (read_member(field, members.emplace_back())) return std::nullopt;
    }
    return members;
}

const JsonMember* find_member(const std::vector<JsonMember>& members, std::string_view name) {
    const auto found = std::find_if(members.begin(), members.end(), [&](const JsonMember& each) { return each.name == name; });
    return found == members.end() ? nullptr : &*found;
}

std::optional<std::int64_t> whole_number(const JsonMember& member) {
    std::int64_t number = 0;
    const char* const begin = member.raw.data();
    const char* const end = begin + member.raw.size();
    const auto read = std::from_chars(begin, end, number);
    if (member.type != JsonType::number || read.ec != std::errc{} || read.ptr != end) {
        return std::nullopt;
    }
    return number;
}

}  // namespace model
