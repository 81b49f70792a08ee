// Patterns as people write them: `*` stands for any number of characters, none included; everything else for itself.
#pragma once

#include <cstdint>
#include <string_view>

namespace base {

enum class Letters : std::uint8_t { exact, either_case };  // of ASCII

// Whether the whole text is as the pattern says. Bytes are compared, whatever they encode.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text, Letters letters);

}  // namespace base
