#include "model/json_members.h"

#include <algorithm>
#include <charconv>

#include "base/json_text.h"

namespace model {
namespace {

// Containers inside each other: what a charge point may send, inside of a record of ours.
constexpr std::size_t kDepthMax = 2 * base::kJsonDepthMax;

bool is_object_for_any_document(std::string_view json) {
    const auto span =
        base::json_kind(json) == base::JsonKind::object ? base::grammatical_value(json, 0, kDepthMax) : std::nullopt;
    return span && span->surrogates_paired && span->end == json.size();
}

JsonType type_of(base::JsonKind kind) {
    switch (kind) {
        case base::JsonKind::object: return JsonType::object;
        case base::JsonKind::array: return JsonType::array;
        case base::JsonKind::string: return JsonType::string;
        case base::JsonKind::number: return JsonType::number;
        case base::JsonKind::boolean: return JsonType::boolean;
        case base::JsonKind::null:
        case base::JsonKind::none: break;
    }
    return JsonType::null;
}

std::string_view without_blanks(std::string_view json) {
    json.remove_prefix(base::skip_blanks(json, 0));
    return json.substr(0, json.find_last_not_of(base::kJsonBlanks) + 1);
}

}  // namespace

std::optional<std::vector<JsonMember>> json_members(std::string_view json) {
    json = without_blanks(json);
    if (!is_object_for_any_document(json)) {
        return std::nullopt;
    }
    thread_local base::TextArena decoded;
    decoded.clear();
    std::vector<JsonMember> members;
    base::JsonCursor cursor(json);
    cursor.enter();
    while (const auto key = cursor.next_member()) {
        if (members.size() == kJsonMembersMax) {
            return std::nullopt;
        }
        JsonMember& member = members.emplace_back();
        member.name = base::decoded_string(*key, decoded);
        member.type = type_of(cursor.kind());
        member.raw = cursor.value();
        if (member.type == JsonType::string) {
            member.text = base::decoded_string(member.raw, decoded);
        }
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
