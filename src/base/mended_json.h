// What can be read of a text that was meant to be JSON and is not: cut off in the middle, with NaN for a number, a raw line break
// or a Windows path in a string, a comma too many, a bracket too few. For messages that are kept whatever they carry: the
// original stays beside what is read of it here.
#pragma once

#include <string>
#include <string_view>

namespace base {

// JSON by its grammar (grammatical_value), whatever `text` is, with nothing in it that the text does not say:
//  - null stands for a value that is none, for one that may be cut off, and for containers nested deeper than kJsonDepthMax;
//  - in strings, control characters and backslashes that escape nothing are escaped, and bytes that are no UTF-8 are U+FFFD;
//  - brackets that are missing are closed, commas too many are left out;
//  - from where the structure is lost, the rest is left out.
[[nodiscard]] std::string mended_json(std::string_view text);

}  // namespace base
