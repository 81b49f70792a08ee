// The configuration of the whole program: every room's Config, filled by one loader from a YAML file and the environment
// (environment beats file beats default). Read once at start, on the main thread; rooms never read the environment.
// Every mistake is reported at once, each with its place, the key, what was given, what is allowed and what to do.
// docs/configuration.md lists all keys; app/config/keys.cc is the one table behind loader, printer and document.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "bus/config.h"
#include "commands/ledger.h"
#include "decisions/config.h"
#include "model/ids.h"
#include "net/listener.h"
#include "ocpp/session.h"
#include "transport/endpoint.h"

namespace app {

enum class RegistryKind { memory };

// One of ocpp.profiles as the file gives it: the session's part, and what becomes of it in transport::Config.
struct ProfileConfig {
    ocpp::Profile session{};
    std::optional<std::chrono::milliseconds> ping_interval{};
    std::optional<transport::CloseStyle> close_style{};
    std::optional<std::string> default_version{};
};

struct DrainConfig {
    std::size_t rate = 500;          // sockets closed per second
    std::chrono::seconds grace{60};  // for the whole shutdown
};

struct Config {
    model::PodId pod;  // default: the host name
    net::Address server{"0.0.0.0", 8080};
    net::Address api{"127.0.0.1", 8081};
    net::Address metrics{"0.0.0.0", 9090};
    std::size_t shards = 0;                 // 0: one per core
    std::size_t max_connections = 100'000;  // of the pod
    RegistryKind registry = RegistryKind::memory;
    std::vector<std::string> supported_versions = {"1.6"};
    std::string default_version = "1.6";  // empty: a request without a sub-protocol is refused
    std::vector<ProfileConfig> profiles;  // in the order of the file
    std::string transaction_key_file;     // its content is ocpp.transaction_key
    std::string webhook_url;              // read into decisions.webhook.url
    std::string webhook_secret_file;      // its content is decisions.webhook.secret

    // protocols, default_protocol, default_protocols, manners and connections_max follow from the members above.
    transport::Config transport;
    ocpp::Config ocpp;  // profiles likewise
    bus::Config bus;
    commands::Config commands;
    decisions::Config decisions;

    std::size_t event_buffer_bytes = 268'435'456;  // of the pod: events that Kafka does not have yet
    std::size_t event_waiting_bytes = 67'108'864;  // of the pod: events that wait for a place in that buffer
    DrainConfig drain;
    base::LogLevel log_level = base::LogLevel::info;
    base::LogFormat log_format = base::LogFormat::json;
};

using Environment = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] Environment environment_of_process();

struct ConfigFile {
    std::string name;  // as mistakes show it
    std::string text;
};
inline constexpr std::size_t kConfigFileBytesMax = 1'048'576;
[[nodiscard]] base::Result<ConfigFile> read_config_file(const std::string& name);

struct LoadedConfig {
    Config config;
    std::vector<std::string> warnings;
};
using Mistakes = std::vector<std::string>;

// Reads the transaction key's file too. Without one the embedded broker gets a random key.
[[nodiscard]] base::Result<LoadedConfig, Mistakes> load_config(const std::optional<ConfigFile>& file,
                                                               const Environment& environment);

// The effective configuration as YAML that load_config takes back. Secrets are not in it: files by their name only, and
// Kafka properties whose name looks secret as kMaskedSecret, which load_config refuses.
[[nodiscard]] std::string print_config(const Config& config);
inline constexpr std::string_view kMaskedSecret = "(masked)";

// Lowers max_connections and pending_upgrades_max to what the process may open, less what everything else needs. Answers a
// warning where it did.
[[nodiscard]] std::optional<std::string> clamp_to_descriptors(Config& config, std::size_t descriptors_max);

}  // namespace app
