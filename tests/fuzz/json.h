// JSON texts as simdjson sees them.
#pragma once

#include <string>
#include <string_view>

namespace fuzz {

// Without the blanks outside of strings. The text is JSON.
[[nodiscard]] std::string minified(std::string_view json);

// Whether ocpp::is_portable_json takes it, where containers inside each other are counted as simdjson does: without an empty
// one in the innermost.
[[nodiscard]] bool is_portable_json(std::string_view json);

}  // namespace fuzz
