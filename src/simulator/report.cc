#include "simulator/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace simulator {

namespace {

// 15000 as 15,000, whatever the locale.
std::string grouped(std::uint64_t number) {
    std::string text = fmt::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) {
        text.insert(at - 3, 1, ',');
    }
    return text;
}

std::string milliseconds(std::chrono::microseconds duration) {
    return fmt::format("{:.1f} ms", static_cast<double>(duration.count()) / 1e3);
}

std::string seconds(std::chrono::milliseconds duration) {
    return fmt::format("{:.1f} s", static_cast<double>(duration.count()) / 1e3);
}

void append_messages(std::string& out, const Statistics& statistics) {
    fmt::format_to(std::back_inserter(out), "messages              {:>12} {:>12}\n", "sent", "answered");
    for (const Action action : kAllActions) {
        const auto index = static_cast<std::size_t>(action);
        fmt::format_to(std::back_inserter(out), "  {:<20}{:>12} {:>12}\n", name(action), grouped(statistics.sent[index]),
                       grouped(statistics.answered[index]));
    }
    fmt::format_to(std::back_inserter(out), "  {} CALLERRORs, {} time-outs, {} unreadable, {} answers without a call\n",
                   grouped(statistics.call_errors), grouped(statistics.time_outs), grouped(statistics.unreadable),
                   grouped(statistics.unknown_answers));
    fmt::format_to(std::back_inserter(out), "commands              {} obeyed, {} refused, {} not answered; {} restarts\n",
                   grouped(statistics.commands_obeyed), grouped(statistics.commands_refused),
                   grouped(statistics.commands_ignored), grouped(statistics.restarts));
}

void append_answer_times(std::string& out, const Statistics& statistics) {
    constexpr std::array<std::string_view, kAnswerClasses> kNames = {"local", "prompt", "durable"};
    out +=
        "answer times          "
        "      median          p99\n";
    for (std::size_t i = 0; i < kAnswerClasses; ++i) {
        const DurationHistogram& times = statistics.answer_times[i];
        if (times.count() != 0) {
            fmt::format_to(std::back_inserter(out), "  {:<20}{:>12} {:>12}\n", kNames[i], milliseconds(times.quantile(0.5)),
                           milliseconds(times.quantile(0.99)));
        }
    }
}

}  // namespace

std::string ProgressLine::next(const Statistics& statistics, std::uint64_t count, std::chrono::milliseconds since_start) {
    const double elapsed = std::max(1e-3, static_cast<double>((since_start - last_at_).count()) / 1e3);
    last_at_ = since_start;
    const std::uint64_t sent = statistics.sent_total();
    const std::uint64_t answered = statistics.answered_total();
    const auto per_second = [elapsed](std::uint64_t now, std::uint64_t& before) {
        return grouped(static_cast<std::uint64_t>(std::llround(static_cast<double>(now - std::exchange(before, now)) / elapsed)));
    };
    return fmt::format(
        "{:>4} s  connected {}/{}  sent {}/s  answered {}/s  withheld {}  transactions {}  reconnects {}  errors {}",
        since_start.count() / 1000, grouped(statistics.connected), grouped(count), per_second(sent, sent_),
        per_second(answered, answered_), grouped(statistics.durable_open), grouped(statistics.transactions),
        grouped(statistics.reconnections), grouped(statistics.errors()));
}

std::string summary(const Statistics& statistics, std::uint64_t count, std::chrono::milliseconds since_start) {
    std::string out;
    auto to = std::back_inserter(out);
    fmt::format_to(to, "charge points         {} of {} have left after {}; {} were never accepted\n",
                   grouped(statistics.finished), grouped(count), seconds(since_start), grouped(statistics.never_accepted));
    fmt::format_to(to, "connections           {}, {} at once, {} of them again; {} ended by the other side\n",
                   grouped(statistics.connections), grouped(statistics.connected_most), grouped(statistics.reconnections),
                   grouped(statistics.closes_unexpected));
    fmt::format_to(to, "  not made            {} failed, {} refused, {} postponed (503)\n", grouped(statistics.connect_failures),
                   grouped(statistics.upgrades_refused), grouped(statistics.upgrades_postponed));
    append_messages(out, statistics);
    append_answer_times(out, statistics);
    fmt::format_to(to, "transactions          {} completed; {} times an id tag was refused, {} boots were postponed\n",
                   grouped(statistics.transactions), grouped(statistics.refused_by_decision),
                   grouped(statistics.boots_postponed));
    fmt::format_to(to, "billing messages      {} made, {} answered, {} given up, {} had no place\n",
                   grouped(statistics.durable_made), grouped(statistics.durable_answered), grouped(statistics.durable_discarded),
                   grouped(statistics.durable_skipped));
    fmt::format_to(to, "lost                  {}\n", grouped(statistics.lost()));
    fmt::format_to(
        to, "result                {}\n",
        statistics.succeeded(count) ? "every charge point did what it should" : "not every charge point did what it should");
    return out;
}

}  // namespace simulator
