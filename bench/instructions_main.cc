// bench-instructions: a charge point's messages on one thread and without a socket, from masked bytes to the answer's frame:
// codec, Session, event text, Outgoing with a log that takes everything at once. bench/instructions.py counts, under valgrind,
// the instructions that serve_counted() takes: unlike time they are the same in every run.
//
//   bench-instructions KIND MESSAGES
//
// Every message differs (id, time, values), and some are served before, uncounted, so that what is made once is made.

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "app/outgoing.h"
#include "base/metrics.h"
#include "base/time.h"
#include "ocpp/counters.h"
#include "ocpp/session.h"
#include "transport/websocket_codec.h"

namespace {

constexpr std::size_t kUncounted = 200;
constexpr std::size_t kMessagesMax = 1'000'000;
constexpr std::int32_t kPartition = 3;
constexpr std::size_t kPartitions = 8;
const base::WallTime kStart = *base::parse_rfc3339("2026-11-20T10:00:00.123Z");
constexpr auto kBetweenMessages = std::chrono::milliseconds(997);

base::Now time_of(std::size_t number) {
    const auto since = static_cast<std::int64_t>(number) * kBetweenMessages;
    return {.mono = base::MonoTime(std::chrono::hours(1) + since), .wall = kStart + since};
}

std::string heartbeat(std::size_t /*number*/) { return "{}"; }

std::string status_notification(std::size_t number) {
    constexpr std::string_view kStatuses[] = {"Available", "Preparing", "Charging", "SuspendedEV", "Finishing"};
    return fmt::format(R"({{"connectorId":{},"errorCode":"NoError","status":"{}","timestamp":"{}"}})", 1 + number % 2,
                       kStatuses[number % std::size(kStatuses)],
                       base::to_rfc3339(time_of(number).wall, base::Fractions::milliseconds));
}

std::string sample(std::string_view value, std::string_view rest) {
    return fmt::format(R"({{"value":"{}","context":"Sample.Periodic","format":"Raw",{}}})", value, rest);
}

std::string meter_values(std::size_t number) {
    return fmt::format(
        R"({{"connectorId":1,"transactionId":{},"meterValue":[{{"timestamp":"{}","sampledValue":[{},{},{},{},{}]}}]}})",
        100'000'000 + number / 50, base::to_rfc3339(time_of(number).wall, base::Fractions::milliseconds),
        sample(fmt::format("{}.{:02}", 1'250'000 + number * 3, number % 100),
               R"("measurand":"Energy.Active.Import.Register","location":"Outlet","unit":"Wh")"),
        sample(fmt::format("{}.{:03}", 7 + number % 4, number % 1000),
               R"("measurand":"Power.Active.Import","location":"Outlet","unit":"kW")"),
        sample(fmt::format("{}.{}", 10 + number % 6, number % 10), R"("measurand":"Current.Import","phase":"L1","unit":"A")"),
        sample(fmt::format("{}.{}", 228 + number % 5, number % 10), R"("measurand":"Voltage","phase":"L1-N","unit":"V")"),
        sample(fmt::format("{}", 20 + number % 80), R"("measurand":"SoC","location":"EV","unit":"Percent")"));
}

struct Kind {
    std::string_view action;
    std::string (*payload)(std::size_t number);
    std::size_t events;  // of one message
};
constexpr Kind kKinds[] = {
    {"Heartbeat", heartbeat, 0}, {"StatusNotification", status_notification, 1}, {"MeterValues", meter_values, 1}};

// One masked frame as it lies in a read buffer.
std::string frame_of(const Kind& kind, std::size_t number) {
    const auto mixed = static_cast<std::uint32_t>(number * 2'654'435'761U);
    const std::string call =
        fmt::format(R"([2,"{:08x}-9d1c-4f2b-8a67-{:012x}","{}",{}])", mixed, number, kind.action, kind.payload(number));
    const transport::MaskKey key{static_cast<std::uint8_t>(mixed), static_cast<std::uint8_t>(mixed >> 8U),
                                 static_cast<std::uint8_t>(mixed >> 16U), static_cast<std::uint8_t>(mixed >> 24U)};
    std::string frame;
    transport::append_masked_frame(frame, transport::Opcode::text, call, key);
    return frame;
}

std::vector<std::string> frames_of(const Kind& kind, std::size_t first, std::size_t count) {
    std::vector<std::string> frames;
    for (std::size_t number = first; number < first + count; ++number) {
        frames.push_back(frame_of(kind, number));
        frames.back().reserve(frames.back().size() + transport::kPayloadSlack);
    }
    return frames;
}

// A connection of a charge point, and what a shard does for it; the log has every event as soon as it is handed over.
class Station {
public:
    Station() {
        ocpp::Effects effects;
        session_.on_open({.epoch = model::Epoch{1'795'168'800'123'456}, .remote_address = "127.0.0.1:43210"}, time_of(0),
                         effects);
        perform(effects, time_of(0));
        events_ = 0;
    }

    void receive(std::span<char> bytes, base::Now now) {
        while (true) {
            const transport::Incoming in = codec_.next(bytes);
            if (in.kind != transport::Incoming::Kind::message) {
                break;
            }
            session_.on_frame(in.payload, now, effects_);
            perform(effects_, now);
            effects_.clear();
        }
    }

    // Of what was received so far.
    [[nodiscard]] std::size_t answers() const { return answers_; }
    [[nodiscard]] std::size_t events() const { return events_; }

private:
    // By index, each moved out first: performing one may append more.
    void perform(ocpp::Effects& effects, base::Now now) {
        for (std::size_t i = 0; i < effects.size(); ++i) {
            ocpp::Effect effect = std::move(effects[i]);
            if (const auto* frame = std::get_if<ocpp::SendFrame>(&effect)) {
                send(*frame);
            } else if (auto* publish = std::get_if<ocpp::Publish>(&effect)) {
                this->publish(*publish, now, effects);
            }
        }
    }

    void send(const ocpp::SendFrame& effect) {
        sent_.clear();
        transport::append_frame(sent_, transport::Opcode::text, effect.text);
        ++answers_;
    }

    void publish(ocpp::Publish& effect, base::Now now, ocpp::Effects& effects) {
        const auto offered = outgoing_.offer(std::move(effect.event), kPartition, {.ticket = effect.ticket}, now.mono);
        if (offered == app::Outgoing::Offered::placed && effect.ticket != 0) {
            session_.on_published(effect.ticket, ocpp::Outcome::placed, now, effects);
        }
        app::Tells tells;
        while (const auto next = outgoing_.next()) {
            outgoing_.handed_over(next->cookie);
            events_ += outgoing_.on_delivery(next->cookie, bus::DeliveryOutcome::logged, tells) ? 1 : 0;
        }
        for (const app::Tell& tell : tells) {
            session_.on_published(tell.waiter.ticket, tell.outcome, now, effects);
        }
    }

    const ocpp::Config config_;
    const model::PodId pod_{"gateway-0"};
    base::Metrics metrics_;
    const ocpp::Counters counters_ = ocpp::Counters::make(metrics_);
    const transport::CodecLimits limits_;
    transport::WebSocketCodec codec_{transport::Role::server, limits_};
    ocpp::Session session_{config_, pod_, counters_, model::ChargePointId("CP-0001234"), "ocpp1.6", 7};
    app::Outgoing outgoing_{{}, kPartitions};
    ocpp::Effects effects_;
    std::string sent_;
    std::size_t answers_ = 0;
    std::size_t events_ = 0;
};

void serve(Station& station, std::vector<std::string>& frames, std::size_t first) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
        station.receive(frames[i], time_of(first + i));
    }
}

// The name that valgrind looks for.
[[gnu::noinline]] void serve_counted(Station& station, std::vector<std::string>& frames, std::size_t first) {
    serve(station, frames, first);
}

const Kind* kind_of(std::string_view action) {
    for (const Kind& kind : kKinds) {
        if (kind.action == action) {
            return &kind;
        }
    }
    return nullptr;
}

std::optional<std::size_t> messages_of(std::string_view text) {
    std::size_t messages = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), messages);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    return is_number && messages > 0 && messages <= kMessagesMax ? std::optional(messages) : std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    const Kind* kind = argc == 3 ? kind_of(argv[1]) : nullptr;
    const auto messages = argc == 3 ? messages_of(argv[2]) : std::nullopt;
    if (kind == nullptr || !messages) {
        fmt::print(stderr, "usage: bench-instructions Heartbeat|StatusNotification|MeterValues MESSAGES\n");
        return 2;
    }
    Station station;
    auto uncounted = frames_of(*kind, 1, kUncounted);
    auto counted = frames_of(*kind, 1 + kUncounted, *messages);
    fmt::print("{} bytes in a frame\n", counted.back().size());
    serve(station, uncounted, 1);
    serve_counted(station, counted, 1 + kUncounted);
    const std::size_t all = kUncounted + *messages;
    if (station.answers() != all || station.events() != all * kind->events) {
        fmt::print(stderr, "{} messages, {} answers, {} events: not every message was served\n", all, station.answers(),
                   station.events());
        return 1;
    }
    return 0;
}
