// The four kinds of load. Each returns its result as the text of one JSON object, or fails the run.
#pragma once

#include <string>

#include "options.h"

namespace load {

[[nodiscard]] std::string run_closed(const Options& options);
[[nodiscard]] std::string run_open(const Options& options);
// Tells on standard output when everybody is connected and, after a line on standard input, when everybody has booted.
[[nodiscard]] std::string run_idle(const Options& options);
[[nodiscard]] std::string run_connects(const Options& options);

}  // namespace load
