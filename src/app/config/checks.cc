#include "app/config/checks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "app/config/values.h"
#include "base/random.h"
#include "decisions/webhook_messages.h"
#include "net/descriptor.h"
#include "net/http_client.h"

namespace app {
namespace {

constexpr std::size_t kTransactionKeyBytesMin = 16;
constexpr std::size_t kSecretFileBytesMax = 4096;

struct Checker {
    Config& config;
    const Origins& origins;
    Mistakes& mistakes;

    // A rule is silent where one of its keys has a mistake of its own already.
    [[nodiscard]] bool applies(std::initializer_list<std::string_view> keys) const {
        return std::none_of(keys.begin(), keys.end(), [&](std::string_view key) { return origins.is_mistaken(key); });
    }
    void report(std::string_view key, const std::string& what) const {
        mistakes.push_back(std::string(origins.place(key)) + ": " + std::string(key) + ": " + what);
    }
};

void check_ports(const Checker& checker) {
    const std::array<std::pair<std::string_view, std::uint16_t>, 3> ports = {{
        {"server.port", checker.config.server.port},
        {"api.port", checker.config.api.port},
        {"metrics.port", checker.config.metrics.port},
    }};
    for (std::size_t i = 0; i < ports.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (ports[i].second == ports[j].second && ports[i].second != 0 && checker.applies({ports[i].first, ports[j].first})) {
                checker.report(ports[i].first, "got " + std::to_string(ports[i].second) + ", which is " +
                                                   std::string(ports[j].first) + " too (" +
                                                   std::string(checker.origins.place(ports[j].first)) +
                                                   "); each needs its own, or 0 for a free one");
            }
        }
    }
}

void check_timeouts(const Checker& checker) {
    const auto& transport = checker.config.transport;
    if (checker.applies({"ocpp.silence_timeout", "ocpp.ping_interval"}) && transport.silence_timeout <= transport.ping_interval) {
        checker.report("ocpp.silence_timeout",
                       "got " + print_duration(transport.silence_timeout) + ", allowed is more than ocpp.ping_interval (" +
                           print_duration(transport.ping_interval) +
                           "); raise it, or lower ocpp.ping_interval: else idle charge points are cut off");
    }
}

std::string path_of(const ProfileConfig& profile, std::string_view key) {
    return "ocpp.profiles." + std::string(profile.session.name.view()) + "." + std::string(key);
}

void check_profiles(const Checker& checker) {
    const auto silence = checker.config.transport.silence_timeout;
    const auto& versions = checker.config.supported_versions;
    for (const ProfileConfig& profile : checker.config.profiles) {
        if (profile.ping_interval >= silence && checker.applies({"ocpp.silence_timeout"})) {
            checker.report(path_of(profile, "ping_interval"),
                           "got " + print_duration(*profile.ping_interval) + ", allowed is less than ocpp.silence_timeout (" +
                               print_duration(silence) + "); lower it, or raise that: else idle charge points are cut off");
        }
        if (!profile.default_version) {
            continue;
        }
        const std::string key = path_of(profile, "default_version");
        const std::string got = "got " + quote_shortened(*profile.default_version);
        if (profile.session.match.charge_point.empty() || profile.session.match.asks_for_boot()) {
            checker.report(key, got +
                                    ", allowed with a match by id alone: nothing else is known when it counts; give these charge "
                                    "points a profile of their own that matches by id, or remove it");
        } else if (!profile.default_version->empty() && checker.applies({"ocpp.supported_versions"}) &&
                   std::ranges::find(versions, *profile.default_version) == versions.end()) {
            checker.report(key, got + ", allowed is one of ocpp.supported_versions or \"\"; change one of them");
        }
    }
}

void check_sizes(const Checker& checker) {
    const auto& transport = checker.config.transport;
    if (checker.applies({"limits.incomplete_bytes", "limits.message_bytes"}) &&
        transport.incomplete_bytes_max < transport.message_bytes_max) {
        checker.report("limits.incomplete_bytes", "got " + std::to_string(transport.incomplete_bytes_max) +
                                                      ", allowed is at least limits.message_bytes (" +
                                                      std::to_string(transport.message_bytes_max) + "); raise it, or lower that");
    }
}

void check_topics(const Checker& checker) {
    const bus::Config& bus = checker.config.bus;
    const std::array<std::pair<std::string_view, const std::string*>, 4> topics = {{
        {"kafka.upstream_topic", &bus.upstream_topic},
        {"kafka.downstream_topic", &bus.downstream_topic},
        {"kafka.results_topic", &bus.results_topic},
        {"kafka.dead_letter_topic", &bus.dead_letter_topic},
    }};
    for (std::size_t i = 0; i < topics.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (*topics[i].second == *topics[j].second && checker.applies({topics[i].first, topics[j].first})) {
                checker.report(topics[i].first, "got " + quote_shortened(*topics[i].second) + ", which is " +
                                                    std::string(topics[j].first) + " too (" +
                                                    std::string(checker.origins.place(topics[j].first)) +
                                                    "); each needs its own topic");
            }
        }
    }
}

void check_versions(const Checker& checker) {
    const auto& versions = checker.config.supported_versions;
    const std::string& standard = checker.config.default_version;
    if (checker.applies({"ocpp.supported_versions", "ocpp.default_version"}) && !standard.empty() &&
        std::find(versions.begin(), versions.end(), standard) == versions.end()) {
        checker.report("ocpp.default_version", "got " + quote_shortened(standard) +
                                                   ", allowed is one of ocpp.supported_versions or \"\"; change one of them");
    }
}

std::string unreadable(const std::string& file, const std::string& why) {
    return "got " + quote_shortened(file) + ", which cannot be used: " + why + "; name a readable file";
}

void read_transaction_key(const Checker& checker) {
    constexpr std::string_view kKey = "ocpp.transaction_key_file";
    Config& config = checker.config;
    if (!checker.applies({kKey})) {
        return;
    }
    if (config.transaction_key_file.empty()) {
        if (config.bus.kind == bus::BrokerKind::kafka) {
            checker.report(kKey,
                           "got nothing, required with broker.kind kafka; name a file with a secret of at least 16 bytes, the "
                           "same on every pod (openssl rand -hex 32 makes one)");
        }
        config.ocpp.transaction_key = base::random_bytes(32);
        return;
    }
    auto secret = read_small_file(config.transaction_key_file, kSecretFileBytesMax);
    if (!secret) {
        checker.report(kKey, unreadable(config.transaction_key_file, secret.error()));
        return;
    }
    if (secret->ends_with('\n')) {
        secret->pop_back();
    }
    if (secret->size() < kTransactionKeyBytesMin) {
        checker.report(kKey, "got " + quote_shortened(config.transaction_key_file) + " with " + std::to_string(secret->size()) +
                                 " bytes, allowed is 16 or more; put a longer secret into it (openssl rand -hex 32 makes one)");
        return;
    }
    config.ocpp.transaction_key = std::move(*secret);
}

// Read in every mode, so that a mistake shows before the mode is changed; required in one.
void read_webhook(const Checker& checker) {
    constexpr std::string_view kUrl = "decisions.webhook_url";
    constexpr std::string_view kSecret = "decisions.webhook_secret_file";
    Config& config = checker.config;
    const bool is_used = config.decisions.mode == decisions::Mode::webhook;
    if (checker.applies({kUrl}) && !config.webhook_url.empty()) {
        config.decisions.webhook.url = net::parse_http_url(config.webhook_url).value();
    } else if (checker.applies({kUrl}) && is_used) {
        checker.report(kUrl,
                       "got nothing, required with decisions.mode webhook; name where the back end is asked "
                       "(http://host:port/path)");
    }
    if (!checker.applies({kSecret})) {
        return;
    }
    if (config.webhook_secret_file.empty()) {
        if (is_used) {
            checker.report(kSecret,
                           "got nothing, required with decisions.mode webhook; name a file with a secret that the back "
                           "end knows too (openssl rand -hex 32 makes one)");
        }
        return;
    }
    const auto content = read_small_file(config.webhook_secret_file, kSecretFileBytesMax);
    if (!content) {
        checker.report(kSecret, unreadable(config.webhook_secret_file, content.error()));
        return;
    }
    auto secret = decisions::secret_of(*content);
    if (!secret) {
        checker.report(kSecret, "got " + quote_shortened(config.webhook_secret_file) + ", which " + secret.error() +
                                    "; put a longer secret into it (openssl rand -hex 32 makes one)");
        return;
    }
    config.decisions.webhook.secret = *std::move(secret);
}

void check_webhook_timeout(const Checker& checker) {
    const auto timeout = checker.config.decisions.webhook.timeout;
    if (checker.config.decisions.mode == decisions::Mode::webhook &&
        checker.applies({"decisions.webhook_timeout", "durability.answer_timeout"}) &&
        timeout >= checker.config.ocpp.answer_timeout) {
        checker.report("decisions.webhook_timeout",
                       "got " + print_duration(timeout) + ", allowed is less than durability.answer_timeout (" +
                           print_duration(checker.config.ocpp.answer_timeout) +
                           "); lower it, or raise that: else a connection is closed before decisions.fallback decides");
    }
}

void check_extra_actions(const Checker& checker) {
    const ocpp::Config& ocpp = checker.config.ocpp;
    if (checker.applies({"durability.extra_actions", "ocpp.heartbeat_events"}) && !ocpp.heartbeat_events &&
        ocpp.extra_durable_actions.contains("Heartbeat")) {
        checker.report("durability.extra_actions",
                       "got Heartbeat, which has no event to wait for; set ocpp.heartbeat_events, or leave it out");
    }
}

std::string protocol_of(const std::string& version) { return version.empty() ? "" : "ocpp" + version; }

void derive_profiles(Config& config) {
    config.ocpp.profiles.clear();
    config.transport.manners.clear();
    config.transport.default_protocols.clear();
    for (const ProfileConfig& profile : config.profiles) {
        config.ocpp.profiles.push_back(profile.session);
        config.transport.manners.push_back({.ping_interval = profile.ping_interval.value_or(config.transport.ping_interval),
                                            .close = profile.close_style.value_or(transport::CloseStyle::frame)});
        if (profile.default_version) {
            config.transport.default_protocols.push_back(
                {.charge_point = profile.session.match.charge_point, .protocol = protocol_of(*profile.default_version)});
        }
    }
}

void derive(Config& config) {
    config.transport.connections_max = config.max_connections;
    config.transport.protocols.clear();
    for (const std::string& version : config.supported_versions) {
        config.transport.protocols.push_back(protocol_of(version));
    }
    config.transport.default_protocol = protocol_of(config.default_version);
    config.ocpp.everyone_may_charge = config.decisions.mode == decisions::Mode::accept;
    derive_profiles(config);
}

}  // namespace

void check_and_derive(Config& config, const Origins& origins, Mistakes& mistakes) {
    const Checker checker{config, origins, mistakes};
    check_ports(checker);
    check_timeouts(checker);
    check_sizes(checker);
    check_topics(checker);
    check_versions(checker);
    check_profiles(checker);
    read_transaction_key(checker);
    read_webhook(checker);
    check_webhook_timeout(checker);
    check_extra_actions(checker);
    derive(config);
}

base::Result<std::string, std::string> read_small_file(const std::string& name, std::size_t bytes_max) {
    // Not blocking: a pipe without a writer must not hang the start.
    const net::Descriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) {
        return tl::unexpected<std::string>(std::strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
        return tl::unexpected<std::string>("it is a folder");
    }
    std::string content(bytes_max + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t got = ::read(file.get(), content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return tl::unexpected<std::string>(std::strerror(errno));
        }
        if (got == 0) {
            content.resize(size);
            return content;
        }
        size += static_cast<std::size_t>(got);
    }
    return tl::unexpected<std::string>("it is larger than " + std::to_string(bytes_max) + " bytes");
}

}  // namespace app
