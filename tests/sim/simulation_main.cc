// simulation SEED            one run, told line by line
// simulation --seeds N [--from SEED]   N runs on all cores; tells of those that fail
#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstring>
#include <iostream>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "sim/simulation.h"

namespace {

struct Sum {
    std::size_t charge_points = 0;
    std::size_t commands = 0;
    std::size_t frames = 0;
    std::size_t runs = 0;
    std::size_t failed = 0;
    std::uint64_t steps = 0;
    std::map<std::string, std::size_t> states;

    void add(const sim::Verdict& verdict) {
        charge_points += verdict.charge_points;
        commands += verdict.commands;
        frames += verdict.frames;
        runs += static_cast<std::size_t>(verdict.runs);
        failed += verdict.violations.empty() ? 0 : 1;
        steps += verdict.steps;
        for (const auto& [state, count] : verdict.states) states[state] += count;
    }
};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

int run_one(std::uint64_t seed) {
    sim::World world(sim::settings_of(seed));
    const sim::Verdict verdict = sim::judge(world);
    world.history.print(std::cout);
    std::cout << fmt::format("seed {}: {} charge points, {} commands, {} runs of the pod, {} frames, hash {:016x}\n", seed,
                             verdict.charge_points, verdict.commands, verdict.runs, verdict.frames, verdict.hash);
    for (const auto& [state, count] : verdict.states) std::cout << fmt::format("  {:<12} {}\n", state, count);
    if (verdict.violations.empty()) return 0;
    sim::explain(verdict, world, std::cout);
    return 1;
}

int run_many(std::uint64_t first, std::uint64_t count) {
    const auto started = std::chrono::steady_clock::now();
    std::atomic<std::uint64_t> next = first;
    std::mutex mutex;
    Sum sum;
    const auto work = [&] {
        for (std::uint64_t seed = next++; seed < first + count; seed = next++) {
            sim::World world(sim::settings_of(seed));
            const sim::Verdict verdict = sim::judge(world);
            const std::lock_guard lock(mutex);
            sum.add(verdict);
            if (!verdict.violations.empty()) sim::explain(verdict, world, std::cout);
        }
    };
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) workers.emplace_back(work);
    for (std::thread& worker : workers) worker.join();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    std::cout << fmt::format(
        "{} seeds, {} failed; {} charge points, {} commands, {} frames, {} runs of the pod, {} steps in {:.1f} s\n", count,
        sum.failed, sum.charge_points, sum.commands, sum.frames, sum.runs, sum.steps, seconds);
    for (const auto& [state, ended] : sum.states) std::cout << fmt::format("  {:<12} {}\n", state, ended);
    return sum.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    if (arguments.size() == 1) {
        if (const auto seed = number(arguments[0])) return run_one(*seed);
    }
    if (arguments.size() == 2 || arguments.size() == 4) {
        const auto seeds = arguments[0] == "--seeds" ? number(arguments[1]) : std::nullopt;
        const auto from = arguments.size() == 2                        ? std::optional<std::uint64_t>(1)
                          : arguments[2] == std::string_view("--from") ? number(arguments[3])
                                                                       : std::nullopt;
        if (seeds && from) return run_many(*from, *seeds);
    }
    std::cerr << "usage: simulation SEED | simulation --seeds N [--from SEED]\n";
    return 2;
}
