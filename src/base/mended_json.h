// What can be read for certain of a text that was meant to be JSON and is not: cut off in the middle, with NaN for a number, a
// raw line break or a Windows path in a text, a comma too many, a bracket too few. For messages that are kept whatever they
// carry: the original stays beside what is read of it here. What is doubtful is left out, for a wrong number is worse than none.
#pragma once

#include <string>
#include <string_view>

namespace base {

// JSON by its grammar (grammatical_value), whatever `text` is:
//  - null stands for a value that is none, for one that may be cut off or go on (12 of 12,345), and for a container nested
//    deeper than kJsonDepthMax;
//  - in texts, control characters and backslashes that escape nothing are escaped, and bytes that are no UTF-8 are U+FFFD;
//  - commas too many are left out, brackets that are missing are closed;
//  - an object inside of others of which a text, number, word or key is broken is null as a whole: what its other members
//    mean may hang on it (a unit, a measurand). Where its end can be found, what comes behind it is read;
//  - from where the structure is lost otherwise, the rest is left out.
[[nodiscard]] std::string mended_json(std::string_view text);

}  // namespace base
