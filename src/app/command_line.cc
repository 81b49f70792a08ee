#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <optional>
#include <ostream>
#include <string>

namespace app {
namespace {

struct Options {
    std::optional<std::string> config_file;
    bool check_config = false;
    bool print_config = false;
};

std::variant<Options, ExitCode> parse_options(int argc, const char* const* argv, std::ostream& out, std::ostream& errors) {
    Options options;
    CLI::App parser("Connects OCPP charge points to Kafka. docs/configuration.md tells every key.", "charge-point-gateway");
    parser.add_option("--config", options.config_file, "YAML file with the configuration")->type_name("FILE");
    parser.add_flag("--check-config", options.check_config, "Check the configuration and end: 0 ok, 1 with mistakes");
    parser.add_flag("--print-config", options.print_config, "Print the effective configuration without secrets and end");
    parser.set_version_flag("--version", std::string("charge-point-gateway ") + CPG_VERSION);
    try {
        parser.parse(argc, argv);
    } catch (const CLI::ParseError& ended) {
        // Also how --help and --version end.
        return parser.exit(ended, out, errors) == 0 ? ExitCode::stopped_cleanly : ExitCode::bad_configuration;
    }
    return options;
}

ExitCode report(const Mistakes& mistakes, std::ostream& errors) {
    for (const std::string& mistake : mistakes) {
        errors << mistake << "\n";
    }
    errors << "configuration: " << mistakes.size() << (mistakes.size() == 1 ? " mistake" : " mistakes") << "\n";
    return ExitCode::bad_configuration;
}

base::Result<LoadedConfig, Mistakes> load(const Options& options, const Environment& environment) {
    if (!options.config_file) {
        return load_config(std::nullopt, environment);
    }
    const auto file = read_config_file(*options.config_file);
    if (file) {
        return load_config(*file, environment);
    }
    // The environment's mistakes are told all the same.
    Mistakes mistakes = {file.error().message};
    if (const auto rest = load_config(std::nullopt, environment); !rest) {
        mistakes.insert(mistakes.end(), rest.error().begin(), rest.error().end());
    }
    return tl::unexpected(mistakes);
}

}  // namespace

std::variant<LoadedConfig, ExitCode> read_command_line(int argc, const char* const* argv, const Environment& environment,
                                                       std::ostream& out, std::ostream& errors) {
    const auto parsed = parse_options(argc, argv, out, errors);
    if (const auto* code = std::get_if<ExitCode>(&parsed)) {
        return *code;
    }
    const auto& options = std::get<Options>(parsed);
    auto loaded = load(options, environment);
    if (!loaded) {
        return report(loaded.error(), errors);
    }
    if (!options.check_config && !options.print_config) {
        return std::move(*loaded);  // its warnings go to the log, which main sets up
    }
    for (const std::string& warning : loaded->warnings) {
        errors << "warning: " << warning << "\n";
    }
    out << (options.print_config ? print_config(loaded->config) : "configuration ok\n");
    return ExitCode::stopped_cleanly;
}

}  // namespace app
