// The log: one JSON object per line on standard error (or plain text for people, log.format: text). Every field is escaped
// here: no string can break a line or forge one, and long values are cut to kLogFieldBytesMax. Of one message 200 lines are
// written at once, then 20 a second; the next one says how many were `suppressed`. Any thread. A device can cause at most warn.
//
//   base::log_warn("frame refused", {{"charge_point", id}, {"code", "NotImplemented"}});
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace base {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { json, text };

inline constexpr std::size_t kLogFieldBytesMax = 1024;

struct LogField {
    std::string_view key;
    std::variant<std::string_view, long long, double, bool> value;

    LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
    LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
    LogField(std::string_view k, bool v) : key(k), value(v) {}
    LogField(std::string_view k, double v) : key(k), value(v) {}
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    LogField(std::string_view k, T v) : key(k), value(static_cast<long long>(v)) {}
};
using LogFields = std::initializer_list<LogField>;

// Called once at start, again at a reload. Before it: level info, format json.
void configure_log(LogLevel level, LogFormat format);
[[nodiscard]] bool log_enabled(LogLevel level);

void log(LogLevel level, std::string_view message, LogFields fields = {});

inline void log_debug(std::string_view message, LogFields fields = {}) { log(LogLevel::debug, message, fields); }
inline void log_info(std::string_view message, LogFields fields = {}) { log(LogLevel::info, message, fields); }
inline void log_warn(std::string_view message, LogFields fields = {}) { log(LogLevel::warn, message, fields); }
inline void log_error(std::string_view message, LogFields fields = {}) { log(LogLevel::error, message, fields); }

}  // namespace base
