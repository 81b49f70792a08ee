// The members of one JSON object with both what they say and how it is written. Numbers may be of any size: who needs one asks
// whole_number(). For records of topics that anyone may write to, and for what charge points answered inside of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace model {

enum class JsonType : std::uint8_t { object, array, string, number, boolean, null };

struct JsonMember {
    std::string_view name;
    JsonType type = JsonType::null;
    std::string_view raw;   // the value's own bytes, as they stand in the text
    std::string_view text;  // of a string: decoded
};

inline constexpr std::size_t kJsonMembersMax = 64;

// Empty where `json` is not a JSON object (RFC 8259), has more than kJsonMembersMax members, or holds what may not stand in
// every JSON document (half a surrogate pair). Views point into `json`, those of decoded
// texts into memory of this thread that is gone with the next call.
[[nodiscard]] std::optional<std::vector<JsonMember>> json_members(std::string_view json);

// The member of that name, or null.
[[nodiscard]] const JsonMember* find_member(const std::vector<JsonMember>& members, std::string_view name);

// A whole number without fraction or exponent, where the member is one and 64 bits carry it.
[[nodiscard]] std::optional<std::int64_t> whole_number(const JsonMember& member);

}  // namespace model
