// The command line of bench-load.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>

#include "crowd.h"
#include "messages.h"

namespace load {

enum class Mode : std::uint8_t { closed, open, idle, connects };

struct Options {
    Mode mode = Mode::closed;
    Target target;
    pid_t watch = 0;          // whose CPU time is told, too; 0: nobody's
    bool any_answer = false;  // the floor's canned answer is nobody's in particular

    std::uint32_t connections = 1000;
    std::uint32_t connecting_max = 200;  // under way at the same time

    Kind kind = Kind::heartbeat;  // closed
    std::uint32_t in_flight = 1;
    double rate = 10'000;                                     // open: messages in one second
    std::array<double, kKinds.size()> shares{0.4, 0.4, 0.2};  // of the kinds, in their order
    double warm_up = 1;                                       // seconds
    double seconds = 5;

    std::uint32_t cycles = 10'000;         // connects
    std::uint32_t charge_points = 10'000;  // who take turns
};

// Ends the program where the command line is wrong or asks for help.
[[nodiscard]] Options read_options(int count, const char* const* arguments);

}  // namespace load
