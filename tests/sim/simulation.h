// One simulated run from its seed to the verdict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/checker.h"
#include "sim/settings.h"
#include "sim/world.h"

namespace sim {

struct Verdict {
    std::uint64_t seed = 0;
    std::vector<Violation> violations;
    std::uint64_t hash = 0;
    std::map<std::string, std::size_t> states;  // commands by their terminal state
    std::size_t charge_points = 0;
    std::size_t commands = 0;
    std::size_t frames = 0;
    int runs = 0;
    std::uint64_t steps = 0;
};

// Runs it and checks it. The World is left behind for its history.
[[nodiscard]] Verdict judge(World& world);

// Each violation, and the history of the first command concerned.
void explain(const Verdict& verdict, const World& world, std::ostream& out);

}  // namespace sim
