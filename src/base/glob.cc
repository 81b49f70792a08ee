#include "base/glob.h"

#include <cstddef>

namespace base {
namespace {

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool are_same(char one, char other, Letters letters) {
    return letters == Letters::exact ? one == other : small(one) == small(other);
}

}  // namespace

// Every `*` takes as little as it can; where that does not lead on, the last one takes a character more. An earlier one never
// needs to: what it would take, the last one can take too.
bool matches_glob(std::string_view pattern, std::string_view text, Letters letters) {
    std::size_t at = 0;
    std::size_t behind_star = std::string_view::npos;
    std::size_t star_ends = 0;  // in the text
    for (std::size_t i = 0; i < text.size();) {
        if (at < pattern.size() && pattern[at] == '*') {
            behind_star = ++at;
            star_ends = i;
        } else if (at < pattern.size() && are_same(pattern[at], text[i], letters)) {
            ++at;
            ++i;
        } else if (behind_star != std::string_view::npos) {
            at = behind_star;
            i = ++star_ends;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

}  // namespace base
