#include "options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <map>
#include <string>

#include "failure.h"

namespace load {

namespace {

constexpr std::uint32_t kLinksMax = 19'000;  // the limit of open files is 20,000 on many machines
constexpr std::uint32_t kCyclesMax = 100'000'000;
constexpr std::uint32_t kSourcesMax = 250;

void add_common(CLI::App& app, Options& options, std::string& url) {
    app.add_option("--url", url, "Where they connect to; the id becomes the last segment")->required();
    app.add_option("--id-prefix", options.target.id_prefix, "Their ids are this and a number")->capture_default_str();
    app.add_option("--watch", options.watch, "Tell the CPU time of this process in the measured time, too");
    app.add_flag("--any-answer", options.any_answer, "Take any message for an answer: what the floor says is canned");
    app.add_option("--connecting", options.connecting_max, "How many connections are under way at the same time")
        ->check(CLI::Range(1U, kLinksMax))
        ->capture_default_str();
    app.add_option("--source-addresses", options.target.source_addresses,
                   "Connect from so many addresses, 127.0.0.1 and following")
        ->check(CLI::Range(1U, kSourcesMax))
        ->capture_default_str();
}

void add_connections(CLI::App& app, Options& options) {
    app.add_option("--connections", options.connections, "How many charge points are connected")
        ->check(CLI::Range(1U, kLinksMax))
        ->capture_default_str();
}

void add_times(CLI::App& app, Options& options) {
    app.add_option("--warm-up", options.warm_up, "Seconds before the measured ones")
        ->check(CLI::Range(0.0, 3600.0))
        ->capture_default_str();
    app.add_option("--seconds", options.seconds, "Measured seconds")->check(CLI::Range(0.1, 3600.0))->capture_default_str();
}

CLI::App* add_closed(CLI::App& app, Options& options) {
    auto* mode = app.add_subcommand("closed", "Every charge point sends its next message when it has its answer");
    std::map<std::string, Kind> kinds;
    for (const Kind kind : kKinds) {
        kinds.emplace(name(kind), kind);
    }
    add_connections(*mode, options);
    add_times(*mode, options);
    mode->add_option("--message", options.kind, "heartbeat, status or meter")->transform(CLI::CheckedTransformer(kinds));
    mode->add_option("--in-flight", options.in_flight, "Unanswered messages of each")
        ->check(CLI::Range(1U, 16U))
        ->capture_default_str();
    return mode;
}

CLI::App* add_open(CLI::App& app, Options& options) {
    auto* mode = app.add_subcommand("open", "Messages at a fixed rate, whether answered or not; latency from when each was due");
    add_connections(*mode, options);
    add_times(*mode, options);
    mode->add_option("--rate", options.rate, "Messages in one second, of all together")
        ->check(CLI::Range(1.0, 1e6))
        ->capture_default_str();
    mode->add_option("--shares", options.shares, "Of heartbeat, status and meter")->capture_default_str();
    return mode;
}

CLI::App* add_idle(CLI::App& app, Options& options) {
    auto* mode = app.add_subcommand("idle", "Charge points that connect, boot, and stay until standard input ends");
    add_connections(*mode, options);
    return mode;
}

CLI::App* add_connects(CLI::App& app, Options& options) {
    auto* mode = app.add_subcommand("connects", "Charge points that connect and leave at once with a close frame");
    mode->add_option("--cycles", options.cycles, "How many times in all")
        ->check(CLI::Range(1U, kCyclesMax))
        ->capture_default_str();
    mode->add_option("--charge-points", options.charge_points, "Who take turns")
        ->check(CLI::Range(1U, kCyclesMax))
        ->capture_default_str();
    return mode;
}

}  // namespace

Options read_options(int count, const char* const* arguments) {
    CLI::App app("The load of ./dev bench: many charge points on one thread. Prints one JSON object.", "bench-load");
    Options options;
    std::string url;
    const std::map<CLI::App*, Mode> modes{{add_closed(app, options), Mode::closed},
                                          {add_open(app, options), Mode::open},
                                          {add_idle(app, options), Mode::idle},
                                          {add_connects(app, options), Mode::connects}};
    for (const auto& [subcommand, mode] : modes) {
        add_common(*subcommand, options, url);
    }
    app.require_subcommand(1);
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error));
    }
    options.mode = modes.at(app.get_subcommands().front());
    auto parsed = simulator::parse_url(url);
    if (!parsed) {
        fail("--url: " + parsed.error().message);
    }
    options.target.url = std::move(*parsed);
    return options;
}

}  // namespace load
