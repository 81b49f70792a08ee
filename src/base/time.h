// Time as values. Deadlines are monotonic; what people and charge points read is wall-clock time in UTC.
// Sans-I/O code never reads a clock: its callers pass `Now`, read once per turn of a loop by read_clock().
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace base {

using MonoTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

struct Now {
    MonoTime mono;
    WallTime wall;
};

[[nodiscard]] Now read_clock();

enum class Fractions { none, milliseconds };

// Appends `2026-11-20T10:00:00Z` or, with milliseconds, `2026-11-20T10:00:00.123Z` (RFC 3339, UTC).
void append_rfc3339(std::string& out, WallTime time, Fractions fractions);
[[nodiscard]] std::string to_rfc3339(WallTime time, Fractions fractions);

// Reads a date-time of RFC 3339 and what the field makes of it: a blank or `t` for `T`, any number of decimals
// (kept to the microsecond), `Z`, `+hh:mm`, `+hhmm`, `+hh`, or no zone (then so far east of UTC), blanks before the zone
// and around the whole. The calendar is checked; a leap second counts as the second before. Empty for anything else.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text,
                                                    std::chrono::minutes east_without_zone = std::chrono::minutes(0));

// What is odd about a text that parse_rfc3339 takes.
struct TimeForm {
    bool without_zone = false;
    bool short_zone = false;  // +hh, +hhmm
    bool blank_for_t = false;
    bool spaced = false;         // blanks elsewhere
    bool long_fraction = false;  // more than three decimals, which RFC 3339 allows

    bool operator==(const TimeForm&) const = default;
    [[nodiscard]] bool is_rfc3339() const { return !without_zone && !short_zone && !blank_for_t && !spaced; }
};
[[nodiscard]] TimeForm form_of_time(std::string_view text);

}  // namespace base
