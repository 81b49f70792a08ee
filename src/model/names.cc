#include "model/names.h"

#include <algorithm>

#include "base/utf8.h"

namespace model {
namespace {

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::optional<std::string> name_problem(std::string_view name, std::size_t bytes_max) {
    if (name.empty()) return "must not be empty";
    if (name.size() > bytes_max) return "must have at most " + std::to_string(bytes_max) + " bytes";
    if (has_control_character(name)) return "must not hold control characters";
    if (!base::is_utf8(name)) return "must be UTF-8";
    return std::nullopt;
}

std::optional<std::string> name_problem(const JsonMember& member, std::size_t bytes_max) {
    return member.type == JsonType::string ? name_problem(member.text, bytes_max)
                                           : std::optional<std::string>("must be a string");
}

}  // namespace model
