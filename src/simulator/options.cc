#include "simulator/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <sstream>
#include <utility>

namespace simulator {

namespace {

constexpr std::uint32_t kCountMax = 1'000'000;
constexpr std::uint32_t kSourceAddressesMax = 250;
constexpr std::chrono::hours kDurationMax{24 * 365};
constexpr double kRateMax = 1e6;

void add_duration(CLI::App& app, const std::string& option, std::chrono::milliseconds& into, const std::string& help) {
    const auto problem = [](const std::string& text) {
        const auto duration = parse_duration(text);
        return duration ? std::string() : duration.error().message;
    };
    const auto take = [&into](const std::string& text) { into = parse_duration(text).value(); };
    app.add_option_function<std::string>(option, take, help)
        ->check(problem)
        ->type_name("TIME")
        ->default_str(fmt::format("{}ms", into.count()));
}

void add_fleet_options(CLI::App& app, Options& options, std::string& url) {
    app.add_option("--count", options.count, "How many charge points")->check(CLI::Range(1U, kCountMax))->capture_default_str();
    app.add_option("--url", url, "Where they connect to; the id becomes the last segment")->capture_default_str();
    app.add_option("--id-prefix", options.behaviour.id_prefix, "Their ids are this and a number from 00001 on")
        ->capture_default_str();
    app.add_option("--connect-rate", options.connect_rate, "How many connect, and later leave, in one second")
        ->check(CLI::Range(0.01, kRateMax))
        ->capture_default_str();
    add_duration(app, "--duration", options.duration, "How long to work before leaving; 0: until SIGINT or SIGTERM");
    app.add_option("--source-addresses", options.source_addresses,
                   "Connect from so many addresses, 127.0.0.1 and following, because one address has only 28,000 ports; "
                   "0: the kernel chooses")
        ->check(CLI::Range(0U, kSourceAddressesMax))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "Makes the random choices repeatable");
    app.add_option("--answers-file", options.answers_file,
                   "Write a JSON line for every answered StartTransaction, MeterValues and StopTransaction");
    app.add_option("--command-journal", options.command_journal,
                   "Append a JSON line for every command that was received, and one for what the charge point did about it");
    app.add_flag("--quiet", options.quiet, "No progress line, only the summary");
}

void add_session_options(CLI::App& app, Behaviour& behaviour) {
    app.add_option("--transactions", behaviour.transactions, "Each charge point leaves after so many; 0: never by itself")
        ->capture_default_str();
    app.add_option("--meter-count", behaviour.meter_count, "MeterValues in one transaction")
        ->check(CLI::Range(0U, 60'000U))
        ->capture_default_str();
    add_duration(app, "--meter-interval", behaviour.meter_interval, "Time between them");
    add_duration(app, "--think", behaviour.think, "Mean pause between the steps of a session");
    add_duration(app, "--heartbeat-interval", behaviour.heartbeat_interval, "Instead of what the central system asks for");
    add_duration(app, "--reconnect", behaviour.reconnect,
                 "Mean time after which a charge point loses its connection and comes back; 0: never");
    app.add_option("--speed", behaviour.speed, "Divides all these times by this")
        ->check(CLI::Range(0.001, 1e6))
        ->capture_default_str();
    add_duration(app, "--call-timeout", behaviour.call_timeout, "How long to wait for an answer before repeating");
    app.add_option("--attempts", behaviour.attempts_max,
                   "How often a billing message is tried before it is given up; 0: without end")
        ->check(CLI::Range(0U, 255U))
        ->capture_default_str();
}

void add_command_options(CLI::App& app, Behaviour& behaviour) {
    add_duration(app, "--command-delay", behaviour.command_delay, "Mean time before a command of the central system is answered");
    const auto add_share = [&app](const std::string& option, double& into, const std::string& help) {
        app.add_option(option, into, help)->check(CLI::Range(0.0, 1.0))->capture_default_str();
    };
    add_share("--silent-share", behaviour.silent_share, "Share of the commands that is never answered, 0 to 1");
    add_share("--refuse-share", behaviour.refuse_share, "Share of the commands that is refused");
    add_share("--disconnect-share", behaviour.disconnect_share, "Share of the commands at which the connection is lost");
    add_share("--disconnect-after-share", behaviour.disconnect_after_share, "Share of the commands after whose answer it is");
}

// What only shows when all options are known.
std::string contradiction(const Options& options, double rate) {
    if (rate != 0 && options.behaviour.transactions != 0) {
        return "--rate and --transactions exclude each other: with --rate there are no transactions";
    }
    const Behaviour& behaviour = options.behaviour;
    if (behaviour.silent_share + behaviour.refuse_share + behaviour.disconnect_share + behaviour.disconnect_after_share > 1) {
        return "--silent-share, --refuse-share, --disconnect-share and --disconnect-after-share are more than 1 together";
    }
    const std::string& host = options.url.address.host;
    if (options.source_addresses != 0 && !host.starts_with("127.") && host != "localhost") {
        return "--source-addresses works only with a --url on 127.0.0.0/8, not with " + host;
    }
    if (options.behaviour.call_timeout.count() == 0) {
        return "--call-timeout must be longer than 0";
    }
    return {};
}

CommandLine failed(const std::string& problem) {
    return {.options = std::nullopt, .exit_code = 1, .text = problem + "\nRun with --help for more information.\n"};
}

CommandLine finished(Options options, const std::string& url, double rate) {
    auto parsed = parse_url(url);
    if (!parsed) {
        return failed("--url: " + parsed.error().message);
    }
    options.url = std::move(*parsed);
    if (const std::string problem = contradiction(options, rate); !problem.empty()) {
        return failed(problem);
    }
    if (rate != 0) {
        options.behaviour.meter_period = std::chrono::microseconds(static_cast<std::int64_t>(1e6 * options.count / rate));
    }
    return {.options = std::move(options), .exit_code = 0, .text = {}};
}

}  // namespace

base::Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    const double unit_ms = unit == "ms" ? 1 : unit.empty() || unit == "s" ? 1e3 : unit == "m" ? 60e3 : unit == "h" ? 3600e3 : 0;
    if (error != std::errc() || unit_ms == 0 || !(number >= 0)) {
        return base::fail(fmt::format("'{}' is no time: write 300ms, 5s, 2m or 1h", text));
    }
    const double milliseconds = number * unit_ms;
    if (milliseconds > static_cast<double>(std::chrono::milliseconds(kDurationMax).count())) {
        return base::fail(fmt::format("'{}' is longer than a year", text));
    }
    return std::chrono::milliseconds(std::llround(milliseconds));
}

CommandLine read_command_line(int count, const char* const* arguments) {
    CLI::App app(
        "A fleet of simulated OCPP 1.6 charge points: they boot, authorize, charge, meter and stop, over real WebSockets.\n"
        "TIME is 300ms, 5s, 2m or 1h; a bare number is seconds.",
        "charge-point-simulator");
    app.set_version_flag("--version", "charge-point-simulator " CPG_VERSION);
    Options options;
    std::string url = "ws://127.0.0.1:8080/ocpp";
    double rate = 0;
    add_fleet_options(app, options, url);
    add_session_options(app, options.behaviour);
    add_command_options(app, options.behaviour);
    app.add_option("--rate", rate,
                   "Instead of sessions: MeterValues at this total rate per second, whether answered or not; 0: sessions")
        ->check(CLI::Range(0.0, kRateMax))
        ->capture_default_str();
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        const int code = app.exit(error, out, out);
        return {.options = std::nullopt, .exit_code = code == 0 ? 0 : 1, .text = out.str()};
    }
    return finished(std::move(options), url, rate);
}

}  // namespace simulator
