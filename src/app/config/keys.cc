#include "app/config/keys.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>

#include "app/config/values.h"
#include "bus/properties.h"
#include "net/http_client.h"
#include "ocpp/version.h"

namespace app {
namespace {

using Taken = base::Result<void, std::string>;

tl::unexpected<std::string> not_allowed(std::string what) { return tl::unexpected<std::string>(std::move(what)); }

// A rule for texts: what it tests, and how people are told.
struct TextRule {
    bool (*holds)(std::string_view);
    std::string allowed;
};

constexpr std::string_view kMatchPrefix = "match.";   // of what a profile asks for
constexpr std::string_view kProtocolPrefix = "ocpp";  // of a sub-protocol's name: ocpp1.6

bool is_version(std::string_view text) {
    const auto& protocols = ocpp::supported_protocols();
    return std::find(protocols.begin(), protocols.end(), std::string(kProtocolPrefix) + std::string(text)) != protocols.end();
}
bool is_version_or_empty(std::string_view text) { return text.empty() || is_version(text); }

// Anything else in durability.extra_actions would quietly do nothing.
bool is_sent_by_charge_points(std::string_view action) {
    const auto versions = ocpp::versions();
    return std::any_of(versions.begin(), versions.end(), [&](const ocpp::Version* version) {
        const ocpp::Action* found = version->find(action);
        return found != nullptr && found->sent_by != ocpp::SentBy::gateway;
    });
}

std::string built_versions() {
    std::string versions;
    for (const std::string& protocol : ocpp::supported_protocols()) {
        versions += (versions.empty() ? "" : ", ") + protocol.substr(kProtocolPrefix.size());
    }
    return versions;
}

bool is_http_url_or_empty(std::string_view text) { return text.empty() || net::parse_http_url(text).has_value(); }

// An event carries a message twice, as sent and in its normal form, and must stay below ocpp::Config::event_bytes_max.
constexpr std::uint64_t kMessageBytesMax = 400'000;

bool looks_secret(std::string_view property) {
    if (property.ends_with(".location")) {
        return false;
    }
    constexpr std::array<std::string_view, 7> kSigns = {"password",          "secret", "token", "credential", "pem", "jaas",
                                                        "oauthbearer.config"};
    return std::any_of(kSigns.begin(), kSigns.end(),
                       [&](std::string_view sign) { return property.find(sign) != std::string_view::npos; });
}

// What a member holds: a profile's are optional.
template <class Member>
struct Holds {
    using Value = Member;
};
template <class Member>
struct Holds<std::optional<Member>> {
    using Value = Member;
};
template <class Into, class At>
using ValueAt = typename Holds<std::remove_cvref_t<std::invoke_result_t<At, Into&>>>::Value;

// `print` is for what is there.
template <class Into>
std::function<std::string(const Into&)> printer(auto at, auto print) {
    return [at, print](const Into& config) -> std::string {
        const auto& member = at(config);
        if constexpr (std::same_as<std::remove_cvref_t<decltype(member)>, ValueAt<Into, decltype(at)>>) {
            return print(member);
        } else {
            return member ? print(*member) : std::string();
        }
    };
}

template <class Into = Config>
BasicKey<Into> text(std::string path, auto at, TextRule rule, std::string help) {
    return {.path = std::move(path),
            .allowed = rule.allowed,
            .help = std::move(help),
            .set = [at, rule](Into& config, const GivenValue& given) -> Taken {
                if (!rule.holds(given.text)) {
                    return not_allowed(quote_shortened(given.text));
                }
                at(config) = ValueAt<Into, decltype(at)>(given.text);
                return {};
            },
            .print = printer<Into>(at, [](const auto& value) {
                if constexpr (std::same_as<std::remove_cvref_t<decltype(value)>, model::PodId>) {
                    return quote(value.text());
                } else {
                    return quote(value);
                }
            })};
}

template <class Into = Config>
BasicKey<Into> integer(std::string path, auto at, std::uint64_t low, std::uint64_t high, std::string help) {
    return {.path = std::move(path),
            .allowed = "a whole number from " + std::to_string(low) + " to " + std::to_string(high),
            .help = std::move(help),
            .set = [at, low, high](Into& config, const GivenValue& given) -> Taken {
                const auto number = parse_integer(given.text);
                if (!number || *number < low || *number > high) {
                    return not_allowed(quote_shortened(given.text));
                }
                at(config) = static_cast<ValueAt<Into, decltype(at)>>(*number);
                return {};
            },
            .print = printer<Into>(at, [](auto value) { return std::to_string(value); })};
}

enum class Zero { refused, allowed };

template <class Into = Config>
BasicKey<Into> duration(std::string path, auto at, std::chrono::milliseconds low, std::chrono::milliseconds high,
                        std::string help, Zero zero = Zero::refused) {
    using Unit = ValueAt<Into, decltype(at)>;
    std::string allowed = std::string(zero == Zero::allowed ? "0, or " : "") + "a duration from " + print_duration(low) + " to " +
                          print_duration(high) + (std::same_as<Unit, std::chrono::seconds> ? " in whole seconds" : "");
    return {.path = std::move(path),
            .allowed = std::move(allowed),
            .help = std::move(help),
            .set = [at, low, high, zero](Into& config, const GivenValue& given) -> Taken {
                const auto time = parse_duration(given.text);
                const bool is_zero = time && time->count() == 0 && zero == Zero::allowed;
                if (!time || (!is_zero && (*time < low || *time > high)) || *time != std::chrono::duration_cast<Unit>(*time)) {
                    return not_allowed(quote_shortened(given.text));
                }
                at(config) = std::chrono::duration_cast<Unit>(*time);
                return {};
            },
            .print = printer<Into>(at, [](const auto& value) { return print_duration(value); })};
}

template <class Into = Config>
BasicKey<Into> flag(std::string path, auto at, std::string help) {
    return {.path = std::move(path),
            .allowed = "true or false",
            .help = std::move(help),
            .set = [at](Into& config, const GivenValue& given) -> Taken {
                const auto flag = parse_flag(given.text);
                if (!flag) {
                    return not_allowed(quote_shortened(given.text));
                }
                const bool value = *flag;  // `at` may give an optional of one
                at(config) = value;
                return {};
            },
            .print = printer<Into>(at, [](bool value) { return std::string(value ? "true" : "false"); })};
}

template <class Enum, class Into = Config>
BasicKey<Into> choice(std::string path, auto at, std::vector<std::pair<std::string, Enum>> names, std::string help) {
    std::string allowed;
    for (std::size_t i = 0; i < names.size(); ++i) {
        allowed += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i].first;
    }
    return {.path = std::move(path),
            .allowed = std::move(allowed),
            .help = std::move(help),
            .set = [at, names](Into& config, const GivenValue& given) -> Taken {
                const auto found = std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.first == given.text; });
                if (found == names.end()) {
                    return not_allowed(quote_shortened(given.text));
                }
                at(config) = found->second;
                return {};
            },
            .print = printer<Into>(at, [names](const Enum& value) {
                return std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.second == value; })->first;
            })};
}

// Of different texts, from `low` to `high` of them.
Key list(std::string path, auto at, TextRule rule, std::size_t low, std::size_t high, std::string help) {
    using List = std::remove_cvref_t<decltype(at(std::declval<Config&>()))>;
    return {.path = std::move(path),
            .shape = KeyShape::list,
            .allowed = "a list of " + std::to_string(low) + " to " + std::to_string(high) + ", each once: " + rule.allowed,
            .help = std::move(help),
            .set = [at, rule, low, high](Config& config, const GivenValue& given) -> Taken {
                if (given.items.size() < low || given.items.size() > high) {
                    return not_allowed("a list of " + std::to_string(given.items.size()));
                }
                std::set<std::string_view> seen;
                for (const std::string& item : given.items) {
                    if (!rule.holds(item)) {
                        return not_allowed(quote_shortened(item));
                    }
                    if (!seen.insert(item).second) {
                        return not_allowed(quote_shortened(item) + " twice");
                    }
                }
                at(config) = List(given.items.begin(), given.items.end());
                return {};
            },
            .print =
                [at](const Config& config) {
                    std::string items;
                    for (const std::string& item : at(config)) {
                        items += (items.empty() ? "" : ", ") + quote(item);
                    }
                    return "[" + items + "]";
                }};
}

base::Result<void, std::string> check_property(const std::string& name, const std::string& value) {
    if (!is_property_name(name)) {
        return not_allowed("the name " + quote_shortened(name));
    }
    if (value == kMaskedSecret) {
        return not_allowed(quote_shortened(name) + " as --print-config masks it, not the real value");
    }
    if (const std::string problem = bus::property_problem(name, value); !problem.empty()) {
        return not_allowed(quote_shortened(name) + ": " + problem);
    }
    return {};
}

Key properties(std::string path, auto at, std::string help) {
    return {.path = std::move(path),
            .shape = KeyShape::map,
            .allowed = "a map of librdkafka's settings to texts, without those that the gateway sets itself",
            .help = std::move(help),
            .set = [at](Config& config, const GivenValue& given) -> Taken {
                for (const auto& [name, value] : given.members) {
                    if (auto checked = check_property(name, value); !checked) {
                        return checked;
                    }
                }
                at(config) = given.members;
                return {};
            },
            .print =
                [at](const Config& config) {
                    std::string members;
                    for (const auto& [name, value] : at(config)) {
                        const std::string shown = looks_secret(name) ? std::string(kMaskedSecret) : value;
                        members += (members.empty() ? "" : ", ") + quote(name) + ": " + quote(shown);
                    }
                    return "{" + members + "}";
                }};
}

// {name: {match: {vendor: "Acme*"}, ping_interval: 30s}, …}
std::string print_profile(const ProfileConfig& profile) {
    std::string members;
    std::string matched;
    for (const ProfileKey& key : profile_keys()) {
        const std::string value = key.print(profile);
        const bool is_match = key.path.starts_with(kMatchPrefix);
        std::string& into = is_match ? matched : members;
        if (!value.empty()) {
            into += (into.empty() ? "" : ", ") + key.path.substr(is_match ? kMatchPrefix.size() : 0) + ": " + value;
        }
    }
    return "{match: {" + matched + "}" + (members.empty() ? "" : ", ") + members + "}";
}

Key profiles(std::string path, auto at, std::string help) {
    return {.path = std::move(path),
            .shape = KeyShape::profiles,
            .allowed = "a map of up to " + std::to_string(ocpp::kProfilesMax) + " names to profiles (docs/profiles.md)",
            .help = std::move(help),
            .set = [at](Config& config, const GivenValue& given) -> Taken {
                if (given.profiles.size() > ocpp::kProfilesMax) {
                    return not_allowed(std::to_string(given.profiles.size()) + " of them");
                }
                at(config) = given.profiles;
                return {};
            },
            .print =
                [at](const Config& config) {
                    std::string members;
                    for (const ProfileConfig& profile : at(config)) {
                        const std::string name = quote(profile.session.name.view());
                        members += (members.empty() ? "" : ", ") + name + ": " + print_profile(profile);
                    }
                    return "{" + members + "}";
                }};
}

// One that asks for something; what asks for nothing is empty.
ProfileKey pattern(std::string path, auto at, std::string help) {
    return {.path = std::move(path),
            .allowed = "a text of 1 to 255 bytes; * stands for any characters",
            .help = std::move(help),
            .set = [at](ProfileConfig& profile, const GivenValue& given) -> Taken {
                if (!is_pattern(given.text)) {
                    return not_allowed(quote_shortened(given.text));
                }
                at(profile) = given.text;
                return {};
            },
            .print = [at](const ProfileConfig& profile) { return at(profile).empty() ? std::string() : quote(at(profile)); }};
}

ProfileKey utc_offset(std::string path, auto at, std::string help) {
    return {
        .path = std::move(path),
        .allowed = "a fixed offset from UTC, from \"-14:00\" to \"+14:00\"; names of zones (Europe/Berlin) are not known here",
        .help = std::move(help),
        .set = [at](ProfileConfig& profile, const GivenValue& given) -> Taken {
            const auto east = parse_utc_offset(given.text);
            if (!east) {
                return not_allowed(quote_shortened(given.text));
            }
            at(profile) = *east;
            return {};
        },
        .print = printer<ProfileConfig>(at, [](std::chrono::minutes east) { return quote(print_utc_offset(east)); })};
}

// The keys that a profile has too.

template <class Into = Config>
BasicKey<Into> validation(std::string path, auto at, std::string help) {
    using ocpp::Validation;
    return choice<Validation, Into>(
        std::move(path), at, {{"strict", Validation::strict}, {"lenient", Validation::lenient}, {"observe", Validation::observe}},
        std::move(help));
}

template <class Into = Config>
BasicKey<Into> call_pacing(std::string path, auto at, std::string help) {
    return duration<Into>(std::move(path), at, std::chrono::milliseconds(1), std::chrono::seconds(60), std::move(help),
                          Zero::allowed);
}

template <class Into = Config>
BasicKey<Into> unresponsive_calls(std::string path, auto at, std::string help) {
    return integer<Into>(std::move(path), at, 0, 1000, std::move(help));
}

template <class Into = Config>
BasicKey<Into> ping_interval(std::string path, auto at, std::string help) {
    return duration<Into>(std::move(path), at, std::chrono::seconds(1), std::chrono::hours(24), std::move(help), Zero::allowed);
}

template <class Into = Config>
BasicKey<Into> default_version(std::string path, auto at, std::string help) {
    const TextRule version_or_none{is_version_or_empty, "one of " + built_versions() + ", or \"\" for none"};
    return text<Into>(std::move(path), at, version_or_none, std::move(help));
}

// The member of a Config or of a const Config, whichever it is called with.
#define AT(member) [](auto& config) -> auto& { return config.member; }  // NOLINT(bugprone-macro-parentheses)

std::vector<Key> make_keys() {
    using namespace std::chrono_literals;
    using base::LogFormat, base::LogLevel, bus::BrokerKind, decisions::Fallback;
    using DecisionsMode = decisions::Mode;
    constexpr std::uint64_t kMiB = 1'048'576;
    const TextRule host{is_host, "an IP address or a host name"};
    const TextRule pod_name{is_pod_id, "1 to 100 letters, digits, '.', '_' or '-'"};
    const TextRule topic{is_topic, "1 to 249 letters, digits, '.', '_' or '-'"};
    const TextRule file_name{is_file_name, "the name of a file, or nothing"};
    const TextRule url{is_http_url_or_empty, "http://host[:port][/path], or \"\" for none; https needs a release with TLS"};
    const TextRule url_path{is_url_path, "paths like /ocpp, without a slash at the end; /health and /connections are taken"};
    const TextRule broker_address{is_broker, "host:port"};
    const TextRule action{is_sent_by_charge_points, "OCPP actions that a charge point may send"};
    const TextRule version{is_version, built_versions()};
    return {
        text("pod_id", AT(pod), pod_name, "Name of this pod in events and metrics; default: the host name."),

        text("server.host", AT(server.host), host, "Address for charge points."),
        integer("server.port", AT(server.port), 0, 65'535, "Port for charge points; 0 takes a free one."),
        list("server.paths", AT(transport.paths), url_path, 1, 16, "What stands before the charge point's id in the URL."),
        integer("server.max_connections", AT(max_connections), 1, 10'000'000,
                "Charge points of this pod; lowered to what the descriptor limit allows, with a warning."),
        integer("server.shards", AT(shards), 0, 1024, "Threads that serve charge points; 0: one per core."),

        text("api.host", AT(api.host), host, "Address of the HTTP API."),
        integer("api.port", AT(api.port), 0, 65'535, "Port of the HTTP API; 0 takes a free one."),
        text("metrics.host", AT(metrics.host), host, "Address of the metrics page."),
        integer("metrics.port", AT(metrics.port), 0, 65'535, "Port of the metrics page; 0 takes a free one."),

        choice<RegistryKind>("registry.kind", AT(registry), {{"memory", RegistryKind::memory}},
                             "Where it is known who holds which charge point."),
        choice<BrokerKind>("broker.kind", AT(bus.kind), {{"embedded", BrokerKind::embedded}, {"kafka", BrokerKind::kafka}},
                           "embedded: a broker inside this process, for trying out; nothing survives it. kafka: a real one."),

        list("kafka.brokers", AT(bus.brokers), broker_address, 1, 100, "Brokers to begin with."),
        text("kafka.upstream_topic", AT(bus.upstream_topic), topic, "Topic of the events."),
        text("kafka.downstream_topic", AT(bus.downstream_topic), topic, "Topic of the commands."),
        text("kafka.results_topic", AT(bus.results_topic), topic, "Topic of what became of the commands."),
        text("kafka.dead_letter_topic", AT(bus.dead_letter_topic), topic, "Topic of the commands that did not work."),
        integer("kafka.partitions", AT(bus.partitions), 1, 10'000,
                "Partitions of the commands' topic, exactly: with another number there the pod is not ready (embedded: 8)."),
        integer("kafka.event_partitions", AT(bus.event_partitions), 1, 10'000,
                "Partitions of another topic that is created here; an existing topic is taken as it is."),
        flag("kafka.create_topics", AT(bus.create_topics), "Create topics that are missing."),
        properties("kafka.properties", AT(bus.properties), "librdkafka's own settings, for example security.protocol."),

        list("ocpp.supported_versions", AT(supported_versions), version, 1, 8, "OCPP versions that are offered, best first."),
        default_version("ocpp.default_version", AT(default_version),
                        "Serves a request without the sub-protocol header; \"\" refuses it."),
        duration("ocpp.heartbeat_interval", AT(ocpp.heartbeat_interval), 10s, 24h, "Told to charge points at BootNotification."),
        flag("ocpp.heartbeat_events", AT(ocpp.heartbeat_events), "Publish an event for every Heartbeat."),
        validation("ocpp.validation", AT(ocpp.validation),
                   "What becomes of a message that breaks its schema, unless it is billed. strict: refused; lenient: "
                   "served and flagged, unless a field is missing or of a wrong type; observe: served and flagged."),
        duration("ocpp.call_timeout", AT(commands.call_timeout), 1s, 24h,
                 "How long a command waits for the charge point's answer, where it does not say itself; from sending."),
        call_pacing("ocpp.call_pacing", AT(ocpp.call_pacing),
                    "Between the end of one command and the next one to the same charge point; 0: none."),
        unresponsive_calls(
            "ocpp.unresponsive_calls", AT(ocpp.unresponsive_calls),
            "So many commands unanswered one after the other, on a live connection, make a device.unresponsive event; 0: none."),
        flag("ocpp.close_unresponsive", AT(ocpp.close_unresponsive), "Such a connection is closed (1012): connect again."),
        ping_interval("ocpp.ping_interval", AT(transport.ping_interval), "Between WebSocket pings, jittered by 10 %; 0: none."),
        duration("ocpp.silence_timeout", AT(transport.silence_timeout), 2s, 48h,
                 "A connection from which nothing at all came for so long is closed; longer than ocpp.ping_interval."),
        profiles("ocpp.profiles", AT(profiles), "Settings of their own for charge points of one make, or with ids of one form."),
        text("ocpp.transaction_key_file", AT(transaction_key_file), file_name,
             "Secret (16 to 4096 bytes) from which 1.6 transaction ids are made, the same on every pod; required with "
             "broker.kind kafka."),

        duration("commands.reconnect_grace", AT(commands.reconnect_grace), 0s, 10min,
                 "How long after its last connection a charge point is not yet offline."),
        duration("commands.default_expiry", AT(commands.default_expiry), 1s, 24h * 365,
                 "Last moment to send a command that does not name one: so long after it was made."),
        duration("commands.default_wait_expiry", AT(commands.default_wait_expiry), 1s, 24h * 365,
                 "The same with ifOffline: wait."),

        duration("durability.answer_timeout", AT(ocpp.answer_timeout), 1s, 5min,
                 "How long an answer waits for Kafka, or a question for its decision, before the connection is closed."),
        list("durability.extra_actions", AT(ocpp.extra_durable_actions), action, 0, 100,
             "OCPP actions answered only when Kafka has their event, besides the built-in ones."),
        flag("durability.accept_weak", AT(bus.accept_weak),
             "Serve on a topic with fewer than 3 replicas, min.insync.replicas below 2 or unclean election."),
        choice<DecisionsMode>(
            "decisions.mode", AT(decisions.mode),
            {{"accept", DecisionsMode::accept}, {"registry", DecisionsMode::registry}, {"webhook", DecisionsMode::webhook}},
            "Who decides about id tags and charge points. accept: all are welcome. registry: those that were "
            "given through the API. webhook: a back end, asked over HTTP (docs/webhook.md)."),
        choice<Fallback>("decisions.fallback", AT(decisions.fallback),
                         {{"accept", Fallback::accept}, {"reject", Fallback::reject}},
                         "Where nobody can be asked. accept: all are welcome meanwhile. reject: id tags are Invalid, and charge "
                         "points are Pending until they ask again."),
        duration("decisions.boot_retry_interval", AT(decisions.boot_retry_interval), 1s, 24h,
                 "Told with Pending and Rejected: when to send the next BootNotification."),
        text("decisions.webhook_url", AT(webhook_url), url, "Where questions are sent; required with decisions.mode webhook."),
        text("decisions.webhook_secret_file", AT(webhook_secret_file), file_name,
             "Secret (16 to 4096 bytes, or whsec_ and base64) that signs the questions; required with decisions.mode webhook."),
        duration("decisions.webhook_timeout", AT(decisions.webhook.timeout), 100ms, 60s,
                 "From a question to its answer; then decisions.fallback decides. Less than durability.answer_timeout."),
        integer("decisions.webhook_concurrency", AT(decisions.webhook.concurrency), 1, 256,
                "Questions under way at one time, each on a connection of its own."),
        integer("decisions.webhook_queue", AT(decisions.webhook.queue), 1, 1'000'000,
                "Questions that wait for one of these; beyond it decisions.fallback decides."),

        integer("cache.max_size", AT(decisions.webhook.cached_max), 1, 10'000'000,
                "Decisions of the webhook that are kept; those that were granted, and no others, are."),
        duration("cache.ttl", AT(decisions.webhook.cache_time_max), 1s, 24h * 7,
                 "How long one is kept at most; 60s where its answer does not say (cacheSeconds). 0: none is kept.",
                 Zero::allowed),

        integer("limits.message_bytes", AT(transport.message_bytes_max), 1024, kMessageBytesMax,
                "One message of a charge point, all fragments together."),
        integer("limits.handshake_bytes", AT(transport.handshake_bytes_max), 512, 65'536, "The upgrade request."),
        integer("limits.handshake_headers", AT(transport.handshake_headers_max), 8, 1024, "Header lines of the upgrade request."),
        duration(
            "limits.handshake_timeout", AT(transport.handshake_timeout), 100ms, 5min,
            "From accept to the complete upgrade request. A socket that is late ends up to half as long again later: thousands "
            "do not end at once."),
        integer("limits.pending_upgrades", AT(transport.pending_upgrades_max), 1, 10'000'000,
                "Sockets of this pod that have not sent their upgrade request yet, or were refused, beside "
                "server.max_connections; beyond it a new one takes the place of any of them."),
        integer("limits.fragments", AT(transport.fragments_max), 1, 65'536, "Fragments of one message."),
        duration("limits.message_timeout", AT(transport.message_timeout), 100ms, 1h,
                 "From a message's first byte to its last; beyond it the connection is closed (1008)."),
        integer("limits.incomplete_bytes", AT(transport.incomplete_bytes_max), 65'536, 65'536 * kMiB,
                "All that one shard has read and not looked at whole: incomplete messages, and those that wait for their turn."),
        integer("limits.frames_per_turn", AT(transport.frames_per_turn), 1, 65'536,
                "Messages, pings and pongs that are taken from one connection before all others have their turn."),
        integer("limits.messages_per_second", AT(ocpp.messages_per_second), 1, 1'000'000,
                "Calls of one charge point; sent faster, they are read later. Answers to commands are not counted."),
        integer("limits.refusals_per_second", AT(ocpp.refusals_per_second), 1, 1'000'000,
                "The same for what is no OCPP or is refused (CALLERROR)."),
        duration("limits.message_burst", AT(ocpp.message_burst), 1s, 1h,
                 "So much of both may come at once, as after a time without connection: 20s of 50 are 1,000."),
        integer("limits.outbox_bytes", AT(transport.outbox_bytes_max), 4096, 1024 * kMiB,
                "What waits to be sent to one charge point; beyond it the connection is closed."),
        integer("limits.outbox_pause_bytes", AT(transport.outbox_pause_bytes), 1024, 1024 * kMiB,
                "While so much waits to be sent to one charge point, it is read no further."),
        duration("limits.write_timeout", AT(transport.write_timeout), 100ms, 10min,
                 "Without a byte taken by a charge point that something waits for."),
        duration("limits.close_timeout", AT(transport.close_timeout), 100ms, 5min,
                 "Between our close frame and the charge point's."),
        integer("limits.durable_window", AT(ocpp.durable_window), 1, 1024,
                "Unanswered calls of one charge point; while there are as many, it is read no further."),
        integer("limits.commands_per_charge_point", AT(commands.commands_per_charge_point), 1, 100'000,
                "Commands of one charge point that have not ended; beyond it they are rejected. Urgent ones have 20 more."),
        integer("limits.command_bytes", AT(commands.bytes_max), 128 * kMiB, 1'048'576 * kMiB,
                "Commands of this pod that have not ended; beyond it low, then normal ones are rejected."),
        integer("limits.event_buffer_bytes", AT(event_buffer_bytes), kMiB, 1'048'576 * kMiB,
                "Events of this pod that Kafka does not have yet."),
        integer("limits.event_waiting_bytes", AT(event_waiting_bytes), kMiB, 1'048'576 * kMiB,
                "Events of this pod that wait for a place in that buffer."),

        integer("drain.rate", AT(drain.rate), 1, 1'000'000, "Connections closed per second at shutdown."),
        duration("drain.grace", AT(drain.grace), 1s, 1h, "For the whole shutdown."),

        choice<LogLevel>(
            "log.level", AT(log_level),
            {{"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warn", LogLevel::warn}, {"error", LogLevel::error}},
            "The lowest level that is written."),
        choice<LogFormat>("log.format", AT(log_format), {{"json", LogFormat::json}, {"text", LogFormat::text}},
                          "json: one object per line; text: for people."),
    };
}

std::vector<ProfileKey> make_profile_keys() {
    using transport::CloseStyle;
    return {
        pattern("match.id", AT(session.match.charge_point), "The charge point's id, in its letters' case."),
        pattern("match.vendor", AT(session.match.vendor), "chargePointVendor of its BootNotification, in either case."),
        pattern("match.model", AT(session.match.model), "chargePointModel, likewise."),
        pattern("match.firmware", AT(session.match.firmware), "firmwareVersion, likewise."),
        ping_interval<ProfileConfig>("ping_interval", AT(ping_interval), "Instead of `ocpp.ping_interval`; 0: none."),
        choice<CloseStyle, ProfileConfig>(
            "close_style", AT(close_style),
            {{"frame", CloseStyle::frame}, {"going_away", CloseStyle::going_away}, {"abrupt", CloseStyle::abrupt}},
            "How we close its connection. frame (without a profile): with a close frame and the code that says why. going_away: "
            "likewise, with 1001 for the younger 1012 and 1013. abrupt: TCP is ended without a close frame."),
        call_pacing<ProfileConfig>("call_pacing", AT(session.call_pacing), "Instead of `ocpp.call_pacing`; 0: none."),
        unresponsive_calls<ProfileConfig>("unresponsive_calls", AT(session.unresponsive_calls),
                                          "Instead of `ocpp.unresponsive_calls`; 0: none."),
        flag<ProfileConfig>("close_unresponsive", AT(session.close_unresponsive), "Instead of `ocpp.close_unresponsive`."),
        validation<ProfileConfig>("validation", AT(session.validation), "Instead of `ocpp.validation`."),
        default_version<ProfileConfig>("default_version", AT(default_version),
                                       "Instead of `ocpp.default_version`; only with a match by `id` alone, for nothing else is "
                                       "known then."),
        utc_offset("time_zone", AT(session.time_zone), "In which its times without a zone are read; UTC where not given."),
    };
}

#undef AT

}  // namespace

const std::vector<Key>& all_keys() {
    static const std::vector<Key> the_keys = make_keys();
    return the_keys;
}

const std::vector<ProfileKey>& profile_keys() {
    static const std::vector<ProfileKey> the_keys = make_profile_keys();
    return the_keys;
}

std::string nearest_path(const std::vector<std::string_view>& paths, std::string_view path) {
    constexpr std::size_t kPathBytesMax = 100;  // of a name that could still be a slip of the finger
    if (path.size() > kPathBytesMax) {
        return {};
    }
    std::string nearest;
    std::size_t nearest_distance = std::max<std::size_t>(2, path.size() / 4) + 1;
    const auto consider = [&](std::string_view candidate, std::size_t distance) {
        if (distance < nearest_distance) {
            nearest = candidate;
            nearest_distance = distance;
        }
    };
    for (const std::string_view candidate : paths) {
        consider(candidate, edit_distance(path, candidate));
        const std::size_t dot = candidate.find('.');
        if (dot != std::string_view::npos && path.find('.') == std::string_view::npos) {
            consider(candidate.substr(0, dot), edit_distance(path, candidate.substr(0, dot)));
        }
        // The right name in the wrong section.
        if (dot != std::string_view::npos && path.substr(path.find('.') + 1) == candidate.substr(dot + 1)) {
            consider(candidate, 2);
        }
    }
    return nearest;
}

std::string variable_name(const Key& key) {
    std::string name = "CPG_";
    for (const char c : key.path) {
        name += c == '.' || c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

bool has_variable(const Key& key) { return key.shape == KeyShape::scalar || key.shape == KeyShape::list; }

std::string key_table_markdown() {
    const Config defaults;
    std::string rows;
    for (const Key& key : all_keys()) {
        const std::string variable = has_variable(key) ? "`" + variable_name(key) + "`" : "only in the file";
        const std::string value = key.path == "pod_id" ? "the host name" : "`" + key.print(defaults) + "`";
        rows += "| `" + key.path + "` | " + variable + " | " + value + " | " + key.allowed + " | " + key.help + " |\n";
    }
    return rows;
}

std::string profile_table_markdown() {
    std::string rows;
    for (const ProfileKey& key : profile_keys()) {
        rows += "| `" + key.path + "` | " + key.allowed + " | " + key.help + " |\n";
    }
    return rows;
}

}  // namespace app
