#include "app/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "app/command_line.h"
#include "app/config/keys.h"
#include "app/config/values.h"
#include "app/config/yaml.h"

namespace app {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

base::Result<LoadedConfig, Mistakes> load(const std::string& yaml, const Environment& environment = {}) {
    return load_config(ConfigFile{"gw.yaml", yaml}, environment);
}

Config good(const std::string& yaml, const Environment& environment = {}) {
    auto loaded = load(yaml, environment);
    if (!loaded) {
        ADD_FAILURE() << testing::PrintToString(loaded.error());
        return {};
    }
    return std::move(loaded->config);
}

Mistakes mistakes_of(const std::string& yaml, const Environment& environment = {}) {
    auto loaded = load(yaml, environment);
    if (loaded) {
        ADD_FAILURE() << "no mistake found in\n" << yaml;
        return {};
    }
    return std::move(loaded.error());
}

class TempFile {
public:
    explicit TempFile(const std::string& content) : name_(testing::TempDir() + "config_test_XXXXXX") {
        const int descriptor = ::mkstemp(name_.data());
        EXPECT_GE(descriptor, 0);
        ::close(descriptor);
        std::ofstream(name_, std::ios::binary) << content;
    }
    ~TempFile() { std::remove(name_.c_str()); }
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;
    const std::string& name() const { return name_; }

private:
    std::string name_;
};

const std::string kSecret = "0123456789abcdef";

// Precedence

TEST(Config, WithoutFileAndEnvironmentHasTheDefaultsOfTheContract) {
    const auto loaded = load_config(std::nullopt, {});
    ASSERT_TRUE(loaded);
    const Config& config = loaded->config;
    EXPECT_FALSE(config.pod.text().empty());
    EXPECT_EQ(config.server.host, "0.0.0.0");
    EXPECT_EQ(config.server.port, 8080);
    EXPECT_EQ(config.api.host, "127.0.0.1");
    EXPECT_EQ(config.api.port, 8081);
    EXPECT_EQ(config.metrics.port, 9090);
    EXPECT_EQ(config.max_connections, 100'000U);
    EXPECT_EQ(config.shards, 0U);
    EXPECT_THAT(config.transport.paths, ElementsAre("/ocpp", "/ws"));
    EXPECT_THAT(config.transport.protocols, ElementsAre("ocpp1.6"));
    EXPECT_EQ(config.transport.default_protocol, "ocpp1.6");
    EXPECT_EQ(config.transport.connections_max, 100'000U);
    EXPECT_EQ(config.transport.message_bytes_max, 262'144U);
    EXPECT_EQ(config.transport.handshake_timeout, 5s);
    EXPECT_EQ(config.transport.ping_interval, 50s);
    EXPECT_EQ(config.transport.silence_timeout, 660s);
    EXPECT_EQ(config.ocpp.heartbeat_interval, 300s);
    EXPECT_EQ(config.ocpp.answer_timeout, 15s);
    EXPECT_EQ(config.ocpp.durable_window, 16U);
    EXPECT_EQ(config.bus.kind, bus::BrokerKind::embedded);
    EXPECT_EQ(config.bus.upstream_topic, "ocpp-events-up");
    EXPECT_EQ(config.event_buffer_bytes, 268'435'456U);
    EXPECT_EQ(config.event_waiting_bytes, 67'108'864U);
    EXPECT_EQ(config.drain.grace, 60s);
    EXPECT_EQ(config.log_level, base::LogLevel::info);
    EXPECT_THAT(loaded->warnings, IsEmpty());
}

TEST(Config, AnEmptyFileIsLikeNone) {
    for (const std::string_view text : {"", "\n", "# only a comment\n", "---\n", "~"}) {
        EXPECT_EQ(good(std::string(text)).server.port, 8080) << text;
    }
}

TEST(Config, EnvironmentBeatsFileBeatsDefault) {
    const std::string yaml = "server: {port: 1000}\napi:\n  port: 2000\n";
    const Config config = good(yaml, {{"CPG_SERVER_PORT", "3000"}});
    EXPECT_EQ(config.server.port, 3000);
    EXPECT_EQ(config.api.port, 2000);
    EXPECT_EQ(config.metrics.port, 9090);
}

TEST(Config, TakesAValueOfEachKindFromTheFile) {
    const TempFile key(kSecret);
    const Config config = good(R"(
pod_id: gateway-0
server: { host: "::1", paths: [/a, /b/c] }
broker: { kind: kafka }
kafka:
  brokers: [kafka-1:9092, "[::1]:9093", kafka_3]
  properties: { security.protocol: sasl_ssl, sasl.password: "pass: word" }
ocpp:
  heartbeat_interval: 5m
  heartbeat_events: true
  validation: observe
  default_version: ""
  ping_interval: 0
  transaction_key_file: )" + key.name() +
                               R"(
durability: { answer_timeout: 1500ms, extra_actions: [SecurityEventNotification] }
log: { level: debug, format: text }
)");
    EXPECT_EQ(config.pod.text(), "gateway-0");
    EXPECT_EQ(config.server.host, "::1");
    EXPECT_THAT(config.transport.paths, ElementsAre("/a", "/b/c"));
    EXPECT_EQ(config.bus.kind, bus::BrokerKind::kafka);
    EXPECT_THAT(config.bus.brokers, ElementsAre("kafka-1:9092", "[::1]:9093", "kafka_3"));
    EXPECT_EQ(config.bus.properties.at("sasl.password"), "pass: word");
    EXPECT_EQ(config.ocpp.heartbeat_interval, 300s);
    EXPECT_TRUE(config.ocpp.heartbeat_events);
    EXPECT_EQ(config.ocpp.validation, ocpp::Validation::observe);
    EXPECT_EQ(config.transport.default_protocol, "");
    EXPECT_EQ(config.transport.ping_interval, 0s);
    EXPECT_EQ(config.ocpp.answer_timeout, 1500ms);
    EXPECT_TRUE(config.ocpp.extra_durable_actions.contains("SecurityEventNotification"));
    EXPECT_EQ(config.ocpp.transaction_key, kSecret);
    EXPECT_EQ(config.log_level, base::LogLevel::debug);
    EXPECT_EQ(config.log_format, base::LogFormat::text);
}

TEST(Config, ListsInTheEnvironmentAreCommaSeparated) {
    EXPECT_THAT(good("", {{"CPG_KAFKA_BROKERS", "a:1, b:2 ,c:3"}}).bus.brokers, ElementsAre("a:1", "b:2", "c:3"));
    EXPECT_THAT(
        good("durability: {extra_actions: [Authorize]}", {{"CPG_DURABILITY_EXTRA_ACTIONS", ""}}).ocpp.extra_durable_actions,
        IsEmpty());
    EXPECT_THAT(mistakes_of("", {{"CPG_KAFKA_BROKERS", "a:1,,b:2"}}), ElementsAre(HasSubstr("got \"\"")));
}

TEST(Config, EveryKeyHasAVariableOfItsOwn) {
    std::set<std::string> names;
    for (const Key& key : all_keys()) {
        EXPECT_TRUE(names.insert(variable_name(key)).second) << key.path;
    }
    EXPECT_TRUE(names.contains("CPG_OCPP_TRANSACTION_KEY_FILE"));
    EXPECT_TRUE(names.contains("CPG_POD_ID"));
}

TEST(Config, UnknownVariablesAreWarnings) {
    const auto loaded = load("", {{"CPG_SERVER_PROT", "1"}, {"CPG_KAFKA_PROPERTIES", "a"}, {"PATH", "/bin"}, {"CPGX", "1"}});
    ASSERT_TRUE(loaded);
    EXPECT_THAT(loaded->warnings, ElementsAre(HasSubstr("CPG_KAFKA_PROPERTIES"), HasSubstr("CPG_SERVER_PROT")));
}

// Mistakes

TEST(ConfigMistakes, SayPlaceKeyWhatWasGivenWhatIsAllowedAndTheRemedy) {
    EXPECT_THAT(
        mistakes_of("server:\n  port: 70000\n"),
        ElementsAre("gw.yaml:2:9: server.port: got \"70000\", allowed is a whole number from 0 to 65535; correct it, or remove "
                    "it for the default 8080"));
    EXPECT_THAT(
        mistakes_of("", {{"CPG_LOG_LEVEL", "loud"}}),
        ElementsAre("CPG_LOG_LEVEL: log.level: got \"loud\", allowed is debug, info, warn or error; correct it, or unset it for "
                    "the default info"));
}

TEST(ConfigMistakes, AreAllReportedAtOnce) {
    const auto mistakes = mistakes_of(
        "pod_id: 'a b'\nserver:\n  prot: 1\n  host: 300.1.1.1\nlog: {level: loud, level: info}\nocpp: {ping_interval: 10}\nnew: "
        "1\n",
        {{"CPG_API_PORT", "-1"}, {"CPG_DRAIN_GRACE", "soon"}});
    EXPECT_THAT(mistakes, SizeIs(9));
    EXPECT_THAT(mistakes, Contains(StartsWith("gw.yaml:1:9: pod_id")));
    EXPECT_THAT(mistakes, Contains(StartsWith("gw.yaml:3:3: \"server.prot\"")));
    EXPECT_THAT(mistakes, Contains(StartsWith("gw.yaml:4:9: server.host")));
    EXPECT_THAT(mistakes, Contains(StartsWith("gw.yaml:5:14: log.level")));
    EXPECT_THAT(mistakes, Contains(AllOf(StartsWith("gw.yaml:5:20: "), HasSubstr("twice"))));
    EXPECT_THAT(mistakes, Contains(StartsWith("gw.yaml:6:23: ocpp.ping_interval")));
    EXPECT_THAT(mistakes, Contains(StartsWith("gw.yaml:7:1: \"new\"")));
    EXPECT_THAT(mistakes, Contains(StartsWith("CPG_API_PORT: api.port")));
    EXPECT_THAT(mistakes, Contains(StartsWith("CPG_DRAIN_GRACE: drain.grace")));
}

TEST(ConfigMistakes, AnUnknownKeyIsToldTheNearestOne) {
    EXPECT_THAT(mistakes_of("server: {max_conections: 5}"), ElementsAre(HasSubstr("did you mean server.max_connections?")));
    EXPECT_THAT(mistakes_of("sever: {port: 5}"), ElementsAre(HasSubstr("did you mean server?")));
    EXPECT_THAT(mistakes_of("server: {heartbeat_interval: 5s}"), ElementsAre(HasSubstr("did you mean ocpp.heartbeat_interval?")));
    EXPECT_THAT(mistakes_of("level: debug"), ElementsAre(HasSubstr("did you mean log.level?")));
    EXPECT_THAT(mistakes_of("tls: {enabled: true}"), ElementsAre(Not(HasSubstr("did you mean"))));
}

TEST(ConfigMistakes, AKeyGivenTwiceIsOneEvenWithTheSameValue) {
    EXPECT_THAT(mistakes_of("server: {port: 1}\nserver: {port: 1}\n"),
                ElementsAre(AllOf(StartsWith("gw.yaml:2:1: \"server\" is given twice"), HasSubstr("line 1"))));
    EXPECT_THAT(mistakes_of("kafka:\n  properties:\n    a: 1\n    a: 2\n"), ElementsAre(HasSubstr("\"kafka.properties.a\"")));
}

TEST(ConfigMistakes, TheTrapsOfYamlAreNotFollowed) {
    for (const std::string_view number :
         {"010", "0x10", "1_000", "1e3", "+5", "-5", "5.0", "' 5'", "99999999999999999999999", ".inf"}) {
        EXPECT_THAT(mistakes_of("server: {shards: " + std::string(number) + "}"), SizeIs(1)) << number;
    }
    for (const std::string_view flag : {"yes", "no", "on", "off", "True", "TRUE", "1", "y"}) {
        EXPECT_THAT(mistakes_of("kafka: {create_topics: " + std::string(flag) + "}"), SizeIs(1)) << flag;
    }
    EXPECT_EQ(good("ocpp: {default_version: 1.6}").default_version, "1.6");
}

TEST(ConfigMistakes, DurationsNeedAWholeNumberAndAUnitInRange) {
    for (const std::string_view time :
         {"15", "1.5m", "1h30m", "5 s", "s", "10d", "-5s", "999ms", "6m", "0", "9999999999999999999h"}) {
        EXPECT_THAT(mistakes_of("durability: {answer_timeout: " + std::string(time) + "}"),
                    ElementsAre(HasSubstr("a duration from 1s to 5m")))
            << time;
    }
    EXPECT_THAT(mistakes_of("ocpp: {heartbeat_interval: 10500ms}"), ElementsAre(HasSubstr("in whole seconds")));
    EXPECT_EQ(good("ocpp: {heartbeat_interval: 24h}").ocpp.heartbeat_interval, 24h);
    EXPECT_EQ(good("limits: {write_timeout: 250ms}").transport.write_timeout, 250ms);
}

TEST(ConfigMistakes, AWrongShapeIsNamed) {
    EXPECT_THAT(mistakes_of("server: {port: [1]}"), ElementsAre(HasSubstr("got a list")));
    EXPECT_THAT(mistakes_of("server: {port: {a: 1}}"), ElementsAre(HasSubstr("got a map")));
    EXPECT_THAT(mistakes_of("server: {port: }"), ElementsAre(HasSubstr("got nothing")));
    EXPECT_THAT(mistakes_of("server: {paths: /ocpp}"), ElementsAre(HasSubstr("got a single value")));
    EXPECT_THAT(mistakes_of("server: {paths: [[/ocpp]]}"), ElementsAre(HasSubstr("not a plain value")));
    EXPECT_THAT(mistakes_of("server: 5"), ElementsAre(HasSubstr("server is a section")));
    EXPECT_THAT(mistakes_of("kafka: {properties: [a]}"), ElementsAre(HasSubstr("got a list")));
    EXPECT_THAT(mistakes_of("kafka: {properties: {a: [b]}}"), ElementsAre(HasSubstr("name: value")));
    EXPECT_THAT(mistakes_of("[1, 2]"), ElementsAre(HasSubstr("not a map of keys")));
    EXPECT_THAT(mistakes_of("{[1]: 2}"), ElementsAre(HasSubstr("a key that is not a name")));
}

TEST(ConfigMistakes, ASectionWithAllItsKeysCommentedOutIsEmpty) { EXPECT_EQ(good("server:\n  # port: 1\n").server.port, 8080); }

TEST(ConfigMistakes, HostsAreAddressesOrNames) {
    for (const std::string_view host : {"0.0.0.0", "::", "fe80::1", "gateway", "a.example", "kafka_1", "x-1.y"}) {
        EXPECT_TRUE(is_host(host)) << host;
    }
    for (const std::string_view host :
         {"", "256.1.1.1", "1.2.3", "-a", "a-", "a..b", "a.", "a b", "a:1", "[::1]", "http://a", "a/b"}) {
        EXPECT_FALSE(is_host(host)) << host;
    }
    EXPECT_FALSE(is_host(std::string_view("a\0b", 3)));
    for (const std::string_view broker :
         {"a:0", "a:65536", "a:", ":9092", "::1:9092", "[::1]", "[::1]:", "[a]:1x", "[a]:1", "a:1:2"}) {
        EXPECT_FALSE(is_broker(broker)) << broker;
    }
}

TEST(ConfigMistakes, ATextThatALibraryInCWouldReadToItsFirstNulOnlyIsRefused) {
    EXPECT_THAT(mistakes_of("server: {host: \"127.0.0.1\\0.example\"}"), ElementsAre(HasSubstr("server.host")));
    EXPECT_THAT(mistakes_of("kafka: {brokers: [\"10.0.0.1\\0:9092\"]}"), ElementsAre(HasSubstr("kafka.brokers")));
    EXPECT_THAT(mistakes_of("kafka: {properties: {client.id: \"a\\0b\"}}"),
                ElementsAre(AllOf(HasSubstr("kafka.properties"), HasSubstr("a text with a NUL"))));
}

TEST(ConfigMistakes, PathsCannotHideOtherRoutes) {
    for (const std::string_view path :
         {"/", "ocpp", "/ocpp/", "//a", "/a//b", "/health", "/connections", "/a b", "/a?b", "/%41", "/.."}) {
        EXPECT_FALSE(is_url_path(path)) << path;
    }
    EXPECT_THAT(mistakes_of("server: {paths: []}"), ElementsAre(HasSubstr("a list of 0")));
    EXPECT_THAT(mistakes_of("server: {paths: [/a, /a]}"), ElementsAre(HasSubstr("\"/a\" twice")));
}

TEST(ConfigMistakes, SettingsOfKafkaThatCarryOurPromisesAreRefused) {
    for (const std::string_view name : {"acks", "enable.idempotence", "message.timeout.ms", "bootstrap.servers"}) {
        EXPECT_THAT(mistakes_of("kafka: {properties: {" + std::string(name) + ": '1'}}"),
                    ElementsAre(HasSubstr("the gateway sets itself")));
    }
}

TEST(ConfigMistakes, WhatIsNotReadableAsYamlIsToldWithItsPlace) {
    EXPECT_THAT(mistakes_of("server:\n  port: [1\n"), ElementsAre(StartsWith("gw.yaml:")));
    EXPECT_THAT(mistakes_of("server:\n\tport: 1\n"), ElementsAre(StartsWith("gw.yaml:2:")));
    EXPECT_THAT(mistakes_of("a: 1\n---\nb: 2\n"), ElementsAre(AllOf(HasSubstr("gw.yaml:"), HasSubstr("second document"))));
}

TEST(ConfigMistakes, AreOneLineEachWhateverTheFileSays) {
    const auto mistakes = mistakes_of("\"a\\nb\\e[31m\": 1\nlog: {level: \"x\\r\\ny\"}\n", {{"CPG_API_HOST", "a\nb"}});
    EXPECT_THAT(mistakes, SizeIs(3));
    for (const std::string& mistake : mistakes) {
        EXPECT_EQ(mistake.find_first_of("\r\n\x1b"), std::string::npos) << mistake;
    }
}

// Rules between keys

TEST(ConfigRules, KafkaRequiresATransactionKeyFile) {
    EXPECT_THAT(mistakes_of("broker: {kind: kafka}"),
                ElementsAre(AllOf(HasSubstr("ocpp.transaction_key_file"), HasSubstr("required with broker.kind kafka"))));
}

TEST(ConfigRules, TheEmbeddedBrokerMakesItsOwnTransactionKey) {
    const Config one = good("");
    EXPECT_EQ(one.ocpp.transaction_key.size(), 32U);
    EXPECT_NE(one.ocpp.transaction_key, good("").ocpp.transaction_key);
}

TEST(ConfigRules, OneNewlineAtTheEndOfTheTransactionKeyDoesNotCount) {
    const TempFile file(kSecret + "\n");
    EXPECT_EQ(good("", {{"CPG_OCPP_TRANSACTION_KEY_FILE", file.name()}}).ocpp.transaction_key, kSecret);
}

TEST(ConfigRules, ATransactionKeyThatIsShortLongOrUnreadableIsAMistake) {
    const TempFile brief("0123456789abcde\n");
    EXPECT_THAT(mistakes_of("", {{"CPG_OCPP_TRANSACTION_KEY_FILE", brief.name()}}), ElementsAre(HasSubstr("15 bytes")));
    const TempFile large(std::string(5000, 'x'));
    EXPECT_THAT(mistakes_of("", {{"CPG_OCPP_TRANSACTION_KEY_FILE", large.name()}}), ElementsAre(HasSubstr("larger than 4096")));
    EXPECT_THAT(mistakes_of("ocpp:\n  transaction_key_file: /nowhere/at/all\n"), ElementsAre(StartsWith("gw.yaml:2:25: ")));
    EXPECT_THAT(mistakes_of("ocpp: {transaction_key_file: /}"), ElementsAre(HasSubstr("folder")));
}

const std::string kWebhook = "decisions: {mode: webhook, webhook_url: 'http://back-end:8000/decide', webhook_secret_file: ";

TEST(ConfigRules, AWebhookNeedsAUrlAndASecret) {
    EXPECT_THAT(mistakes_of("decisions: {mode: webhook}"),
                UnorderedElementsAre(
                    AllOf(HasSubstr("decisions.webhook_url"), HasSubstr("required with decisions.mode webhook")),
                    AllOf(HasSubstr("decisions.webhook_secret_file"), HasSubstr("required with decisions.mode webhook"))));
}

TEST(ConfigRules, AWebhookIsReadFromItsUrlAndItsSecretsFile) {
    const TempFile secret(kSecret + "\n");
    const auto& webhook = good(kWebhook + secret.name() + "}").decisions.webhook;
    EXPECT_EQ(webhook.url.authority(), "back-end:8000");
    EXPECT_EQ(webhook.url.target, "/decide");
    EXPECT_EQ(webhook.secret, kSecret);
    EXPECT_EQ(webhook.timeout, 3s);
    EXPECT_EQ(webhook.cache_time_max, 1h);
    EXPECT_EQ(webhook.cached_max, 100'000U);
}

TEST(ConfigRules, AWebhookIsAskedOverHttpOnly) {
    EXPECT_THAT(mistakes_of("decisions: {webhook_url: 'https://back-end/decide'}"),
                ElementsAre(AllOf(HasSubstr("decisions.webhook_url"), HasSubstr("https needs a release with TLS"))));
    for (const std::string url : {"back-end:8000", "ftp://back-end", "http://", "http://a b", "http://me@back-end"}) {
        EXPECT_THAT(mistakes_of("decisions: {webhook_url: '" + url + "'}"), SizeIs(1)) << url;
    }
}

TEST(ConfigRules, AWebhooksSecretThatIsShortOrUnreadableIsAMistake) {
    const TempFile brief("0123456789abcde");
    EXPECT_THAT(mistakes_of(kWebhook + brief.name() + "}"), ElementsAre(HasSubstr("15 bytes")));
    const TempFile odd("whsec_###");
    EXPECT_THAT(mistakes_of(kWebhook + odd.name() + "}"), ElementsAre(HasSubstr("base64")));
    EXPECT_THAT(mistakes_of(kWebhook + "/nowhere/at/all}"), ElementsAre(HasSubstr("cannot be used")));
}

TEST(ConfigRules, AWebhookAnswersBeforeTheConnectionIsClosed) {
    const TempFile secret(kSecret);
    const std::string yaml = kWebhook + secret.name() + ", webhook_timeout: 5s}\ndurability: {answer_timeout: ";
    EXPECT_THAT(mistakes_of(yaml + "5s}"), ElementsAre(HasSubstr("less than durability.answer_timeout")));
    EXPECT_EQ(good(yaml + "6s}").decisions.webhook.timeout, 5s);
}

TEST(ConfigRules, PortsDifferUnlessTheyAreZero) {
    EXPECT_THAT(mistakes_of("server: {port: 9090}"), ElementsAre(AllOf(HasSubstr("metrics.port"), HasSubstr("server.port"))));
    EXPECT_THAT(mistakes_of("server: {port: 5}\napi: {port: 5}\nmetrics: {port: 5}"), SizeIs(3));
    EXPECT_EQ(good("server: {port: 0}\napi: {port: 0}\nmetrics: {port: 0}").api.port, 0);
}

TEST(ConfigRules, SilenceIsLongerThanThePauseBetweenPings) {
    EXPECT_THAT(mistakes_of("ocpp: {ping_interval: 60s, silence_timeout: 1m}"), ElementsAre(HasSubstr("ocpp.silence_timeout")));
    EXPECT_EQ(good("ocpp: {ping_interval: 0, silence_timeout: 2s}").transport.silence_timeout, 2s);
}

TEST(ConfigRules, ARuleIsSilentWhereItsKeyHasAMistakeAlready) {
    EXPECT_THAT(mistakes_of("ocpp: {ping_interval: soon, silence_timeout: 20s}"), SizeIs(1));
}

TEST(ConfigRules, TheDefaultVersionIsOneOfThoseServed) {
    EXPECT_THAT(mistakes_of("ocpp: {default_version: '9.9'}"), ElementsAre(HasSubstr("ocpp.default_version")));
    EXPECT_THAT(mistakes_of("ocpp: {supported_versions: ['9.9']}"), ElementsAre(HasSubstr("ocpp.supported_versions")));
}

TEST(ConfigRules, ExtraActionsAreThoseThatAChargePointMaySend) {
    for (const std::string_view action : {"RemoteStartTransaction", "authorize", "Nonsense", "''"}) {
        EXPECT_THAT(mistakes_of("durability: {extra_actions: [" + std::string(action) + "]}"),
                    ElementsAre(HasSubstr("OCPP actions that a charge point may send")))
            << action;
    }
}

TEST(ConfigRules, AHeartbeatIsWithheldOnlyWhereItHasAnEvent) {
    EXPECT_THAT(mistakes_of("durability: {extra_actions: [Heartbeat]}"), ElementsAre(HasSubstr("set ocpp.heartbeat_events")));
    EXPECT_TRUE(good("{durability: {extra_actions: [Heartbeat]}, ocpp: {heartbeat_events: true}}").ocpp.heartbeat_events);
}

TEST(ConfigRules, AMessageFitsIntoWhatMayBeIncomplete) {
    EXPECT_THAT(mistakes_of("limits: {message_bytes: 200000, incomplete_bytes: 100000}"),
                ElementsAre(HasSubstr("limits.incomplete_bytes")));
}

TEST(ConfigRules, ConnectionsAreClampedToTheDescriptors) {
    Config config = good("");
    EXPECT_THAT(clamp_to_descriptors(config, 20'000).value_or(""),
                AllOf(HasSubstr("100000"), HasSubstr("16380"), HasSubstr("2340"), HasSubstr("ulimit")));
    EXPECT_EQ(config.max_connections, 16'380U);
    EXPECT_EQ(config.transport.connections_max, 16'380U);
    EXPECT_EQ(config.transport.pending_upgrades_max, 2'340U);
    EXPECT_EQ(clamp_to_descriptors(config, 1'000'000), std::nullopt);
    EXPECT_TRUE(clamp_to_descriptors(config, 10));
    EXPECT_EQ(config.max_connections, 1U);
    EXPECT_EQ(config.transport.pending_upgrades_max, 1U);
}

TEST(ConfigRules, HalfOpenUpgradesGiveWayToConnections) {
    Config config = good("server: {max_connections: 15000}");
    EXPECT_THAT(clamp_to_descriptors(config, 20'000).value_or(""),
                AllOf(HasSubstr("limits.pending_upgrades is lowered to 3720"), Not(HasSubstr("max_connections"))));
    EXPECT_EQ(config.max_connections, 15'000U);
    EXPECT_EQ(config.transport.pending_upgrades_max, 3'720U);
}

// Profiles

const std::string kProfiles = R"(
ocpp:
  call_pacing: 1s
  profiles:
    old-acme:
      match: { vendor: "Acme*", model: One, firmware: "0.*", id: "DE*" }
      ping_interval: 0
      close_style: abrupt
      call_pacing: 500ms
      validation: observe
      time_zone: +05:30
    nameless:
      match: { id: "OLD-*" }
      default_version: ""
    acme:
      match: { vendor: acme }
      close_style: going_away
      time_zone: "-03:00"
    assigned: {}
)";

TEST(ConfigProfiles, AreReadInTheOrderOfTheFile) {
    const Config config = good(kProfiles);
    ASSERT_THAT(config.ocpp.profiles, SizeIs(4));
    const ocpp::Profile& old_acme = config.ocpp.profiles[0];
    EXPECT_EQ(old_acme.name.view(), "old-acme");
    EXPECT_EQ(old_acme.match.vendor, "Acme*");
    EXPECT_EQ(old_acme.match.model, "One");
    EXPECT_EQ(old_acme.match.firmware, "0.*");
    EXPECT_EQ(old_acme.match.charge_point, "DE*");
    EXPECT_EQ(old_acme.call_pacing, 500ms);
    EXPECT_EQ(old_acme.validation, ocpp::Validation::observe);
    EXPECT_EQ(old_acme.time_zone, 330min);
    const ocpp::Profile& acme = config.ocpp.profiles[2];
    EXPECT_EQ(acme.name.view(), "acme");
    EXPECT_EQ(acme.call_pacing, std::nullopt);
    EXPECT_EQ(acme.time_zone, -180min);
    EXPECT_FALSE(config.ocpp.profiles[3].match.asks_for_anything());
}

TEST(ConfigProfiles, TellTheConnectionsWhatIsTheirs) {
    const transport::Config transport = good(kProfiles).transport;
    ASSERT_THAT(transport.manners, SizeIs(4));
    EXPECT_EQ(transport.manners[0].ping_interval, 0ms);
    EXPECT_EQ(transport.manners[0].close, transport::CloseStyle::abrupt);
    EXPECT_EQ(transport.manners[2].ping_interval, 50s);
    EXPECT_EQ(transport.manners[2].close, transport::CloseStyle::going_away);
    EXPECT_EQ(transport.manners[3].close, transport::CloseStyle::frame);
    ASSERT_THAT(transport.default_protocols, SizeIs(1));
    EXPECT_EQ(transport.default_protocols[0].charge_point, "OLD-*");
    EXPECT_EQ(transport.default_protocols[0].protocol, "");
    EXPECT_THAT(good("ocpp: {profiles: }").transport.manners, IsEmpty());
}

std::string profile_of(const std::string& members) { return "ocpp: {profiles: {acme: {" + members + "}}}"; }

TEST(ConfigProfiles, MistakesNameTheKeyAndTheRemedy) {
    EXPECT_THAT(mistakes_of("ocpp:\n  profiles:\n    acme:\n      validation: loose\n"),
                ElementsAre("gw.yaml:4:19: ocpp.profiles.acme.validation: got \"loose\", allowed is strict, lenient or observe; "
                            "correct it, or remove it"));
    EXPECT_THAT(mistakes_of(profile_of("match: {vendor: ''}")),
                ElementsAre(HasSubstr("ocpp.profiles.acme.match.vendor: got \"\"")));
    EXPECT_THAT(mistakes_of(profile_of("match: {id: [a]}")), ElementsAre(HasSubstr("got a list")));
    EXPECT_THAT(mistakes_of(profile_of("ping_interval: often, call_pacing: 2m, close_style: rude")), SizeIs(3));
    EXPECT_THAT(mistakes_of("ocpp: {profiles: {'a b': {}}}"), ElementsAre(HasSubstr("got the name \"a b\"")));
    EXPECT_THAT(mistakes_of("ocpp: {profiles: {acme: 5}}"), ElementsAre(HasSubstr("ocpp.profiles.acme is a profile")));
    EXPECT_THAT(mistakes_of("ocpp: {profiles: [acme]}"), ElementsAre(HasSubstr("ocpp.profiles: got a list")));
    EXPECT_THAT(mistakes_of(profile_of("match: '*'")), ElementsAre(HasSubstr("ocpp.profiles.acme.match is a section")));
}

TEST(ConfigProfiles, AnUnknownKeyIsToldTheNearestOne) {
    EXPECT_THAT(mistakes_of(profile_of("ping_intervall: 5s")),
                ElementsAre(HasSubstr("did you mean ocpp.profiles.acme.ping_interval?")));
    EXPECT_THAT(mistakes_of(profile_of("vendor: Acme")), ElementsAre(HasSubstr("did you mean ocpp.profiles.acme.match.vendor?")));
    EXPECT_THAT(mistakes_of(profile_of("mach: {vendor: Acme}")),
                ElementsAre(HasSubstr("did you mean ocpp.profiles.acme.match?")));
    EXPECT_THAT(mistakes_of(profile_of("colour: blue")),
                ElementsAre(AllOf(HasSubstr("\"ocpp.profiles.acme.colour\""), HasSubstr("docs/profiles.md"))));
}

TEST(ConfigProfiles, NothingIsGivenTwice) {
    EXPECT_THAT(mistakes_of("ocpp: {profiles: {a: {}, a: {}}}"), ElementsAre(HasSubstr("\"ocpp.profiles.a\" is given twice")));
    EXPECT_THAT(mistakes_of(profile_of("validation: strict, validation: strict")),
                ElementsAre(HasSubstr("\"ocpp.profiles.acme.validation\" is given twice")));
    EXPECT_THAT(mistakes_of(profile_of("match: {id: a, id: a}")),
                ElementsAre(HasSubstr("\"ocpp.profiles.acme.match.id\" is given twice")));
}

TEST(ConfigProfiles, AreAsManyAsANumberOfOneByteCanTell) {
    std::string yaml = "ocpp:\n  profiles:\n";
    for (std::size_t i = 0; i < ocpp::kProfilesMax; ++i) {
        yaml += "    p" + std::to_string(i) + ": {}\n";
    }
    EXPECT_THAT(good(yaml).profiles, SizeIs(ocpp::kProfilesMax));
    EXPECT_THAT(mistakes_of(yaml + "    more: {}\n"), ElementsAre(HasSubstr("got 101 of them")));
}

TEST(ConfigProfiles, ADefaultVersionIsForIdsAlone) {
    for (const std::string match : {"", "match: {vendor: Acme}, ", "match: {id: 'A*', vendor: Acme}, "}) {
        EXPECT_THAT(mistakes_of(profile_of(match + "default_version: '1.6'")),
                    ElementsAre(AllOf(HasSubstr("ocpp.profiles.acme.default_version"), HasSubstr("a match by id alone"))))
            << match;
    }
    EXPECT_EQ(good(profile_of("match: {id: 'A*'}, default_version: 1.6")).transport.default_protocols.at(0).protocol, "ocpp1.6");
    EXPECT_THAT(mistakes_of(profile_of("match: {id: 'A*'}, default_version: 9.9")), SizeIs(1));
}

TEST(ConfigProfiles, PingMoreOftenThanSilenceIsTolerated) {
    EXPECT_THAT(
        mistakes_of("ocpp: {silence_timeout: 60s, profiles: {acme: {ping_interval: 60s}}}"),
        UnorderedElementsAre(AllOf(HasSubstr("ocpp.profiles.acme.ping_interval"), HasSubstr("ocpp.silence_timeout (1m)"))));
    EXPECT_THAT(good("ocpp: {silence_timeout: 60s, profiles: {acme: {ping_interval: 59s}}}").profiles, SizeIs(1));
}

TEST(ConfigProfiles, ATimeZoneIsAFixedOffset) {
    for (const std::string_view zone :
         {"Europe/Berlin", "CET", "Z", "2", "+2", "+0200", "+02:60", "+14:01", "+15:00", "02:00", "+0a:00"}) {
        EXPECT_THAT(mistakes_of(profile_of("time_zone: '" + std::string(zone) + "'")),
                    ElementsAre(HasSubstr("names of zones (Europe/Berlin) are not known here")))
            << zone;
    }
    EXPECT_EQ(good(profile_of("time_zone: +14:00")).ocpp.profiles[0].time_zone, 14h);
    EXPECT_EQ(good(profile_of("time_zone: -00:30")).ocpp.profiles[0].time_zone, -30min);
}

TEST(ConfigProfiles, AreOnlyInTheFile) {
    const auto loaded = load("", {{"CPG_OCPP_PROFILES", "a"}});
    ASSERT_TRUE(loaded);
    EXPECT_THAT(loaded->warnings, ElementsAre(AllOf(HasSubstr("CPG_OCPP_PROFILES"), HasSubstr("only the file can give"))));
}

TEST(ConfigProfiles, ArePrintedAsTheyAreReadBack) {
    const std::string printed = print_config(good(kProfiles));
    EXPECT_THAT(printed,
                HasSubstr(R"(profiles: {"old-acme": {match: {id: "DE*", vendor: "Acme*", model: "One", firmware: "0.*"}, )"
                          R"(ping_interval: 0s, close_style: abrupt, call_pacing: 500ms, validation: observe, )"
                          R"(time_zone: "+05:30"}, "nameless": {match: {id: "OLD-*"}, default_version: ""}, )"
                          R"("acme": {match: {vendor: "acme"}, close_style: going_away, time_zone: "-03:00"}, )"
                          R"("assigned": {match: {}}})"));
    EXPECT_EQ(print_config(good(printed)), printed);
}

// Printing

TEST(PrintConfig, IsReadBackAsTheSameConfiguration) {
    const TempFile key(kSecret);
    const std::string yaml = R"(
pod_id: gateway-7
server: { host: "::", port: 1, paths: [/a], max_connections: 5, shards: 2 }
broker: { kind: kafka }
kafka: { brokers: ["a:1", "b:2"], properties: { statistics.interval.ms: "0", ssl.ca.location: "/a \"b\"\\c" } }
ocpp: { default_version: "", ping_interval: 1500ms, heartbeat_events: true, transaction_key_file: )" +
                             key.name() + R"( }
durability: { extra_actions: [LogStatusNotification, Authorize], accept_weak: true }
log: { level: error, format: text }
)";
    const std::string printed = print_config(good(yaml));
    const Config again = good(printed);
    EXPECT_EQ(print_config(again), printed);
    EXPECT_EQ(again.pod.text(), "gateway-7");
    EXPECT_EQ(again.transport.ping_interval, 1500ms);
    EXPECT_EQ(again.bus.properties.at("ssl.ca.location"), "/a \"b\"\\c");
    EXPECT_EQ(again.ocpp.transaction_key, kSecret);
    EXPECT_TRUE(again.bus.accept_weak);
}

TEST(PrintConfig, ShowsEveryKeyOnce) {
    const auto root = parse_yaml(print_config(good("")));
    ASSERT_TRUE(root);
    std::size_t keys = 0;
    for (std::size_t i = 0; i < root->items.size(); i += 2) {
        const YamlNode& value = root->items[i + 1];
        keys += value.kind == YamlNode::Kind::map ? value.items.size() / 2 : 1;
    }
    EXPECT_EQ(keys, all_keys().size());
}

TEST(PrintConfig, ShowsNoSecret) {
    const TempFile key(kSecret);
    const std::string printed = print_config(good("ocpp: {transaction_key_file: " + key.name() + R"(}
kafka: {properties: {sasl.password: hunter2, ssl.key.pem: hunter3, ssl.keystore.password: hunter4, ssl.key.location: /k}}
)"));
    EXPECT_THAT(printed, Not(HasSubstr("hunter")));
    EXPECT_THAT(printed, Not(HasSubstr(kSecret)));
    EXPECT_THAT(printed,
                AllOf(HasSubstr(key.name()), HasSubstr(R"("ssl.key.location": "/k")"), HasSubstr(std::string(kMaskedSecret))));
    EXPECT_THAT(mistakes_of(printed), ElementsAre(HasSubstr("as --print-config masks it")));
}

TEST(ConfigMistakes, ShowNoSecret) {
    const auto mistakes = mistakes_of("kafka: {properties: {sasl.password: hunter2, acks: 1}}");
    EXPECT_THAT(mistakes, ElementsAre(Not(HasSubstr("hunter"))));
}

// Hostile files

TEST(HostileYaml, DeepNestingIsAMistake) {
    for (const std::string_view opening : {"[", "{", "- ", "? ", "a: {", "[{"}) {
        std::string text;
        for (int i = 0; i < 100'000; ++i) {
            text += opening;
        }
        EXPECT_THAT(mistakes_of(text), SizeIs(1)) << opening;
    }
}

TEST(HostileYaml, AnchorsAliasesAndTagsAreRefused) {
    EXPECT_THAT(mistakes_of("a: &x [1]\nb: [*x, *x]\n"), ElementsAre(HasSubstr("anchors")));
    EXPECT_THAT(mistakes_of("a: *x\n"), SizeIs(1));
    EXPECT_THAT(mistakes_of("server: {port: !!int 5}"), ElementsAre(HasSubstr("tags")));
    EXPECT_THAT(mistakes_of("server: {<<: {port: 5}}"), ElementsAre(HasSubstr("\"server.<<\"")));
    EXPECT_THAT(mistakes_of("a: &a [&b [&c [*a, *b, *c]]]"), SizeIs(1));
}

TEST(HostileYaml, HugeScalarsAndManyValuesAreMistakesOfBoundedLength) {
    const auto value = mistakes_of("pod_id: " + std::string(900'000, 'x'));
    ASSERT_THAT(value, SizeIs(1));
    EXPECT_LT(value[0].size(), 500U);
    const auto name = mistakes_of(std::string(900, 'x') + ": 1");
    ASSERT_THAT(name, SizeIs(1));
    EXPECT_LT(name[0].size(), 500U);
    std::string list = "server: {paths: [";
    for (int i = 0; i < 100'000; ++i) {
        list += "/a,";
    }
    EXPECT_THAT(mistakes_of(list + "]}"), ElementsAre(HasSubstr("more than 10000 values")));
}

TEST(HostileYaml, BinaryIsAMistake) {
    EXPECT_THAT(mistakes_of("\x7f"
                            "ELF\xff\xfe"),
                ElementsAre(HasSubstr("UTF-8")));
    EXPECT_THAT(mistakes_of(std::string("server: {port: 1}\0", 18)), ElementsAre(HasSubstr("UTF-8")));
    EXPECT_THAT(mistakes_of("\xff\xfe"
                            "a"),
                SizeIs(1));
}

TEST(HostileYaml, NothingThatIsCutOffOrScrambledCrashes) {
    const std::string yaml = print_config(good("kafka: {properties: {client.id: \"b\\u00e9\"}}"));
    for (std::size_t size = 0; size < yaml.size(); size += 3) {
        (void)load(yaml.substr(0, size));
        std::string scrambled = yaml;
        scrambled[size] = "[]{}:,&*!|>'\"%@`#?-\n\t"[size % 21];
        (void)load(scrambled);
    }
}

// Command line

struct Outcome {
    std::variant<LoadedConfig, ExitCode> result;
    std::string out;
    std::string errors;
    [[nodiscard]] int code() const {
        const auto* code = std::get_if<ExitCode>(&result);
        return code == nullptr ? -1 : static_cast<int>(*code);
    }
};

Outcome run(std::vector<const char*> arguments, const Environment& environment = {}) {
    arguments.insert(arguments.begin(), "charge-point-gateway");
    std::ostringstream out;
    std::ostringstream errors;
    auto result = read_command_line(static_cast<int>(arguments.size()), arguments.data(), environment, out, errors);
    return {std::move(result), out.str(), errors.str()};
}

TEST(CommandLine, WithoutOptionsGivesTheConfigurationToRunWith) {
    const Outcome outcome = run({});
    EXPECT_TRUE(std::holds_alternative<LoadedConfig>(outcome.result));
    EXPECT_EQ(outcome.out + outcome.errors, "");
}

TEST(CommandLine, CheckConfigSaysOkAndEnds) {
    const TempFile file("server: {port: 5}");
    const Outcome outcome = run({"--config", file.name().c_str(), "--check-config"}, {{"CPG_X", "1"}});
    EXPECT_EQ(outcome.code(), 0);
    EXPECT_EQ(outcome.out, "configuration ok\n");
    EXPECT_THAT(outcome.errors, AllOf(StartsWith("warning: "), HasSubstr("CPG_X")));
}

TEST(CommandLine, MistakesGoToStandardErrorAndEndWithOne) {
    const TempFile file("server: {port: x, host: ''}");
    for (const auto& arguments : {std::vector<const char*>{"--config", file.name().c_str(), "--check-config"},
                                  std::vector<const char*>{"--config", file.name().c_str(), "--print-config"},
                                  std::vector<const char*>{"--config", file.name().c_str()}}) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code(), 1);
        EXPECT_EQ(outcome.out, "");
        EXPECT_THAT(outcome.errors, AllOf(HasSubstr("server.port"), HasSubstr("server.host"), HasSubstr(file.name() + ":1:16"),
                                          HasSubstr("configuration: 2 mistakes\n")));
    }
}

TEST(CommandLine, AFileThatCannotBeReadIsAMistakeBesideTheOthers) {
    const Outcome outcome = run({"--config", "/nowhere/gw.yaml"}, {{"CPG_API_PORT", "x"}});
    EXPECT_EQ(outcome.code(), 1);
    EXPECT_THAT(outcome.errors, AllOf(HasSubstr("/nowhere/gw.yaml: No such file"), HasSubstr("CPG_API_PORT")));
    EXPECT_EQ(run({"--config", ""}).code(), 1);
    const TempFile large(std::string(kConfigFileBytesMax + 1, '#'));
    EXPECT_THAT(run({"--config", large.name().c_str()}).errors, HasSubstr("larger than"));
}

TEST(CommandLine, PrintConfigIsTakenBackByConfig) {
    const Outcome printed = run({"--print-config"}, {{"CPG_SERVER_PORT", "4711"}});
    EXPECT_EQ(printed.code(), 0);
    const TempFile file(printed.out);
    const Outcome again = run({"--print-config", "--config", file.name().c_str()});
    EXPECT_EQ(again.out, printed.out);
    EXPECT_THAT(again.out, HasSubstr("port: 4711"));
}

TEST(CommandLine, VersionAndHelpEndWithZeroAndNonsenseWithOne) {
    EXPECT_EQ(run({"--version"}).code(), 0);
    EXPECT_THAT(run({"--version"}).out, StartsWith("charge-point-gateway "));
    EXPECT_EQ(run({"--help"}).code(), 0);
    EXPECT_THAT(run({"--help"}).out, HasSubstr("--check-config"));
    EXPECT_EQ(run({"--nonsense"}).code(), 1);
    EXPECT_EQ(run({"--config"}).code(), 1);
}

// The documents. CPG_UPDATE_DOCS=1 writes the tables anew.

void expect_table(const std::string& document, std::string_view head, const std::string& rows) {
    std::ifstream file{document};
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t begin = text.find(head);
    ASSERT_NE(begin, std::string::npos);
    const std::size_t end = text.find("\n\n", begin) + 1;
    const std::string expected = text.substr(0, begin + head.size()) + rows + text.substr(end);
    if (std::getenv("CPG_UPDATE_DOCS") != nullptr) {
        std::ofstream{document} << expected;
    } else {
        EXPECT_EQ(text, expected) << "run app_test with CPG_UPDATE_DOCS=1";
    }
}

TEST(ConfigurationDocument, ShowsTheTableOfAllKeys) {
    expect_table("docs/configuration.md", "|---|---|---|---|---|\n", key_table_markdown());
}

TEST(ConfigurationDocument, ShowsTheTableOfAProfilesKeys) {
    expect_table("docs/profiles.md", "| key of a profile | allowed | what it does |\n|---|---|---|\n", profile_table_markdown());
}

}  // namespace
}  // namespace app
