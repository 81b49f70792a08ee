// mock-broker: librdkafka's mock cluster in a process of its own, for tests that need a Kafka to misbehave.
//
// Prints `listening 127.0.0.1:PORT` on standard output, then obeys one command per line of standard input and answers each
// with `ok` or `error WHY`. It ends at the end of the input. Its log goes to standard error.
//
//   topic NAME PARTITIONS        creates a topic (the mock answers no CreateTopics; a topic not created so gets 4 partitions
//                                when a producer first asks for it)
//   errors API CODE [COUNT]      the next COUNT (1) requests of that kind fail with CODE; further `errors` queue behind them.
//                                API: produce fetch listoffsets metadata offsetcommit offsetfetch findcoordinator joingroup
//                                heartbeat apiversions initproducerid, or Kafka's number. CODE: librdkafka's name
//                                (REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS, MSG_SIZE_TOO_LARGE, _TRANSPORT = hang up …) or number
//   clear API                    forgets the errors of that kind that have not come yet
//   rtt MS                       every answer comes MS milliseconds later
//   down / up                    refuses connections (those that stand are cut) / takes them again; the stored records stay
//
// A fatal producer: `errors produce REQUEST_TIMED_OUT` and then `errors produce OUT_OF_ORDER_SEQUENCE_NUMBER`.
// A gateway on it needs broker.kind: kafka and durability.accept_weak: true, because the mock cannot tell a topic's settings.
#include <charconv>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "broker_faults.h"
#include "bus/embedded_broker.h"

namespace {

using Words = std::vector<std::string>;

Words split(const std::string& line) {
    std::istringstream in(line);
    Words words;
    for (std::string word; in >> word;) {
        words.push_back(word);
    }
    return words;
}

std::optional<int> number(const std::string& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && value >= 0 ? std::optional(value) : std::nullopt;
}

std::string create_topic(bus::EmbeddedBroker& broker, const Words& words) {
    const auto partitions = words.size() == 3 ? number(words[2]) : std::nullopt;
    if (!partitions) {
        return "error: topic NAME PARTITIONS";
    }
    const auto created = broker.create_topic(words[1], *partitions);
    return created ? "ok" : "error " + created.error().message;
}

std::string push_errors(const bus::EmbeddedBroker& broker, const Words& words) {
    if (words.size() != 3 && words.size() != 4) {
        return "error: errors API CODE [COUNT]";
    }
    const auto api = bus::faults::api_key(words[1]);
    const auto code = bus::faults::error_code(words[2]);
    const auto count = words.size() == 4 ? number(words[3]) : 1;
    if (!api || !code || !count) {
        return "error unknown " + (!api ? "API " + words[1] : !code ? "CODE " + words[2] : "COUNT " + words[3]);
    }
    bus::faults::push_errors(broker, *api, std::vector(static_cast<std::size_t>(*count), *code));
    return "ok";
}

std::string clear_errors(const bus::EmbeddedBroker& broker, const Words& words) {
    const auto api = words.size() == 2 ? bus::faults::api_key(words[1]) : std::nullopt;
    if (!api) {
        return "error: clear API";
    }
    bus::faults::clear_errors(broker, *api);
    return "ok";
}

std::string set_rtt(const bus::EmbeddedBroker& broker, const Words& words) {
    const auto time = words.size() == 2 ? number(words[1]) : std::nullopt;
    if (!time) {
        return "error: rtt MS";
    }
    bus::faults::answer_after(broker, *time);
    return "ok";
}

std::string obey(bus::EmbeddedBroker& broker, const Words& words) {
    const std::string verb = words.empty() ? "" : words[0];
    if (verb == "topic") {
        return create_topic(broker, words);
    }
    if (verb == "errors") {
        return push_errors(broker, words);
    }
    if (verb == "clear") {
        return clear_errors(broker, words);
    }
    if (verb == "rtt") {
        return set_rtt(broker, words);
    }
    if (verb == "down" || verb == "up") {
        verb == "down" ? bus::faults::go_down(broker) : bus::faults::come_up(broker);
        return "ok";
    }
    return "error unknown command: " + verb;
}

}  // namespace

int main() {
    const auto broker = bus::EmbeddedBroker::create();
    if (!broker) {
        std::cerr << broker.error().message << "\n";
        return 1;
    }
    std::cout << "listening " << (*broker)->address() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << obey(**broker, split(line)) << std::endl;
    }
    return 0;
}
