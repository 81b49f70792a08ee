#include "sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "sim/results.h"

namespace sim {
namespace {

constexpr std::size_t kExplainedMax = 10;

}  // namespace

Verdict judge(World& world) {
    world.run();
    const Facts& facts = world.facts;
    Verdict verdict{.seed = world.settings.seed,
                    .violations = check(facts, {.limits = world.settings.ledger, .clock_is_right = !world.settings.clock_jumps}),
                    .hash = world.history.hash(),
                    .states = {},
                    .charge_points = world.settings.charge_points,
                    .commands = world.settings.commands,
                    .frames = facts.frames.size(),
                    .runs = facts.runs,
                    .steps = world.timeline.steps()};
    std::map<std::string, std::string> ends;
    for (const OutputFact& fact : facts.results) {
        if (const ResultView view = view_of(fact.value); view.is_final && !view.id.empty()) ends.emplace(view.id, view.state);
    }
    for (const auto& [id, state] : ends) ++verdict.states[state];
    return verdict;
}

void explain(const Verdict& verdict, const World& world, std::ostream& out) {
    out << fmt::format("seed {}: {} violations\n", verdict.seed, verdict.violations.size());
    for (std::size_t i = 0; i < std::min(verdict.violations.size(), kExplainedMax); ++i) {
        const Violation& violation = verdict.violations[i];
        out << fmt::format("  {} {}: {}\n", name_of(violation.check), violation.command.empty() ? "-" : violation.command,
                           violation.text);
    }
    const auto of_command = std::ranges::find_if(verdict.violations, [](const auto& each) { return !each.command.empty(); });
    if (of_command != verdict.violations.end()) {
        out << fmt::format("history of {}:\n", of_command->command);
        world.history.print_of(of_command->command, out);
    }
    out << fmt::format("again: ./dev sim {}\n", verdict.seed);
}

}  // namespace sim
