// The command line of charge-point-simulator.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "simulator/charge_point.h"
#include "simulator/upgrade_client.h"

namespace simulator {

struct Options {
    std::uint32_t count = 10;
    Url url;
    double connect_rate = 500;              // per second; they leave at the same rate
    std::chrono::milliseconds duration{0};  // 0: until SIGINT or SIGTERM
    std::optional<std::uint64_t> seed;
    std::uint32_t source_addresses = 0;  // 127.0.0.1, 127.0.0.2, …; 0: the kernel chooses
    std::string answers_file;            // empty: none
    std::string command_journal;         // empty: none
    bool quiet = false;
    Behaviour behaviour;
};

// What main does: work with `options`, or print `text` and exit with `exit_code` when there are none.
struct CommandLine {
    std::optional<Options> options;
    int exit_code = 0;
    std::string text;
};
[[nodiscard]] CommandLine read_command_line(int count, const char* const* arguments);

// `300ms`, `5s`, `2m`, `1h`; a bare number is seconds.
[[nodiscard]] base::Result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace simulator
