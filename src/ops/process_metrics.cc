#include "ops/process_metrics.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace ops {
namespace {

std::string content_of(const char* path) {
    const std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void append_metric(std::string& out, std::string_view name, std::string_view type, std::string_view help, double value) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
}

// Seconds since 1970 at which the machine was booted: `btime` of /proc/stat.
std::optional<double> boot_time() {
    constexpr std::string_view kName = "\nbtime ";
    const std::string text = content_of("/proc/stat");
    const std::size_t at = text.find(kName);
    if (at == std::string::npos) return std::nullopt;
    std::uint64_t seconds = 0;
    const auto result = std::from_chars(text.data() + at + kName.size(), text.data() + text.size(), seconds);
    if (result.ec != std::errc()) return std::nullopt;
    return static_cast<double>(seconds);
}

std::optional<double> open_descriptors() {
    std::error_code error;
    std::filesystem::directory_iterator entries("/proc/self/fd", error);
    if (error) return std::nullopt;
    double count = -1;  // the directory itself is open while it is read
    while (entries != std::filesystem::directory_iterator()) {
        ++count;
        entries.increment(error);
        if (error) return std::nullopt;
    }
    return count;
}

void append_stat(std::string& out, const ProcessStat& stat) {
    const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
    append_metric(out, "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.",
                  static_cast<double>(stat.user_ticks + stat.system_ticks) / ticks_per_second);
    append_metric(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
                  static_cast<double>(stat.resident_pages) * page_bytes);
    append_metric(out, "process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.",
                  static_cast<double>(stat.virtual_bytes));
    if (const auto boot = boot_time()) {
        append_metric(out, "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.",
                      *boot + static_cast<double>(stat.start_ticks) / ticks_per_second);
    }
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
    // Numbers of proc(5), counted from the first member behind the name, which is number 3.
    constexpr std::size_t kUserTicks = 14 - 3, kSystemTicks = 15 - 3, kStartTicks = 22 - 3, kVirtualBytes = 23 - 3,
                          kResident = 24 - 3;
    const std::size_t bracket = text.rfind(')');
    if (bracket == std::string_view::npos) return std::nullopt;
    text.remove_prefix(bracket + 1);

    ProcessStat stat;
    for (std::size_t member = 0; member <= kResident; ++member) {
        text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \n")));
        const std::string_view word = text.substr(0, text.find_first_of(" \n"));
        text.remove_prefix(word.size());
        std::uint64_t* into = member == kUserTicks      ? &stat.user_ticks
                              : member == kSystemTicks  ? &stat.system_ticks
                              : member == kStartTicks   ? &stat.start_ticks
                              : member == kVirtualBytes ? &stat.virtual_bytes
                              : member == kResident     ? &stat.resident_pages
                                                        : nullptr;
        if (into == nullptr) continue;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *into);
        if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
    }
    return stat;
}

std::string process_metrics_text() {
    std::string text;
    if (const auto stat = parse_process_stat(content_of("/proc/self/stat"))) append_stat(text, *stat);
    if (const auto count = open_descriptors()) {
        append_metric(text, "process_open_fds", "gauge", "Number of open file descriptors.", *count);
    }
    if (rlimit limit{}; ::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        append_metric(text, "process_max_fds", "gauge", "Maximum number of open file descriptors.",
                      static_cast<double>(limit.rlim_cur));
    }
    return text;
}

}  // namespace ops
