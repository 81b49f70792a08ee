// JSON texts as simdjson sees them.
#pragma once

#include <string>
#include <string_view>

namespace fuzz {

// Without the blanks outside of strings. The text is JSON.
[[nodiscard]] std::string minified(std::string_view json);

// Whether base::is_portable_json takes it, where containers inside each other are counted as simdjson does: without an empty
// one in the innermost.
[[nodiscard]] bool is_portable_json(std::string_view json);

// Whether an event is JSON, be it with a payload that simdjson refuses for its numbers: that stands in the event as it came.
[[nodiscard]] bool is_event(std::string_view event, std::string_view payload);

}  // namespace fuzz
