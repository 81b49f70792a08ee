// What the program is asked to do: the command line, then file and environment. Everything that ends before the gateway
// starts (--help, --version, --check-config, --print-config, mistakes) is said here; the rest is main's.
#pragma once

#include <iosfwd>
#include <variant>

#include "app/config/config.h"

namespace app {

// Exit codes of docs/configuration.md.
enum class ExitCode { stopped_cleanly = 0, bad_configuration = 1, could_not_start = 2 };

// The configuration to run with, or the code to end with at once, everything having been said on `out` and `errors`.
[[nodiscard]] std::variant<LoadedConfig, ExitCode> read_command_line(int argc, const char* const* argv,
                                                                     const Environment& environment, std::ostream& out,
                                                                     std::ostream& errors);

}  // namespace app
