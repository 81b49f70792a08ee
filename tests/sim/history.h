// History: what happened in a run, line by line, for people; its hash tells whether two runs were the same.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "sim/timeline.h"

namespace sim {

class History {
public:
    explicit History(const Timeline& timeline) : timeline_(timeline) {}

    // About a command, a charge point without one, or the whole pod (both empty).
    void note(std::string_view command, std::string_view charge_point, std::string text);
    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] std::size_t size() const { return lines_.size(); }

    void print(std::ostream& out) const;
    // The lines of a command, and those of its charge point and of the pod from the first of them to the last.
    void print_of(std::string_view command, std::ostream& out) const;

private:
    struct Line {
        milliseconds at;
        std::string command;
        std::string charge_point;
        std::string text;
    };
    static void print(const Line& line, std::ostream& out);
    void mix(std::string_view text);

    const Timeline& timeline_;
    std::vector<Line> lines_;
    std::uint64_t hash_ = 14'695'981'039'346'656'037U;  // FNV-1a
};

}  // namespace sim
