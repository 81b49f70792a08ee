#include "sim/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

namespace sim {

void History::mix(std::string_view text) {
    for (const char each : text) {
        hash_ = (hash_ ^ static_cast<unsigned char>(each)) * 1'099'511'628'211U;
    }
    hash_ = (hash_ ^ 0xffU) * 1'099'511'628'211U;
}

void History::note(std::string_view command, std::string_view charge_point, std::string text) {
    const milliseconds at = timeline_.since_start();
    hash_ = (hash_ ^ static_cast<std::uint64_t>(at.count())) * 1'099'511'628'211U;
    mix(command);
    mix(charge_point);
    mix(text);
    lines_.push_back({at, std::string(command), std::string(charge_point), std::move(text)});
}

void History::print(const Line& line, std::ostream& out) {
    const std::string& who = line.command.empty() ? line.charge_point : line.command;
    out << fmt::format("{:>9.3f}  {:<8} {}\n", static_cast<double>(line.at.count()) / 1000, who.empty() ? "-" : who, line.text);
}

void History::print(std::ostream& out) const {
    for (const Line& line : lines_) print(line, out);
}

void History::print_of(std::string_view command, std::ostream& out) const {
    const auto is_its = [&](const Line& line) { return line.command == command; };
    const auto first = std::ranges::find_if(lines_, is_its);
    const auto end = std::find_if(lines_.rbegin(), lines_.rend(), is_its).base();
    const std::string charge_point = first == lines_.end() ? std::string() : first->charge_point;
    for (auto line = first; line < end; ++line) {
        if (is_its(*line) || (line->command.empty() && (line->charge_point.empty() || line->charge_point == charge_point))) {
            print(*line, out);
        }
    }
}

}  // namespace sim
