// A measurement that went wrong has no figure: the program says why and ends with exit code 1, so that nobody takes what is
// left for a result.
#pragma once

#include <string_view>

namespace load {

[[noreturn]] void fail(std::string_view why);

}  // namespace load
