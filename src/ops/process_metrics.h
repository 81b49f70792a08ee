// What Linux tells of this process, under the names that Prometheus' own client libraries use. Read from /proc when asked for,
// so that a scrape sees the present; what cannot be read is left out of the page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ops {

// The members of /proc/self/stat that are needed, in the kernel's units (proc(5)).
struct ProcessStat {
    std::uint64_t user_ticks = 0;
    std::uint64_t system_ticks = 0;
    std::uint64_t start_ticks = 0;  // after boot
    std::uint64_t virtual_bytes = 0;
    std::uint64_t resident_pages = 0;
};

// The second member is the program's name in brackets, which may itself hold blanks and brackets.
[[nodiscard]] std::optional<ProcessStat> parse_process_stat(std::string_view text);

// Lines in Prometheus' text format 0.0.4.
[[nodiscard]] std::string process_metrics_text();

}  // namespace ops
