#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/hash.h"
#include "base/json_writer.h"
#include "base/time.h"
#include "base/utf8.h"

namespace base {
namespace {

std::atomic<LogLevel> lowest_level{LogLevel::info};
std::atomic<LogFormat> current_format{LogFormat::json};

// What others can cause they can cause a thousand times a second, and would fill the disk. Lines of debug are not limited.
constexpr unsigned kLinesPerSecond = 20;
constexpr std::chrono::seconds kLinesBurst{10};

// How far ahead of the clock the lines of each kind are, each worth its part of a second. Kinds are told apart by a hash; two
// that share a place share a limit. Lines are rare, so a lock is cheap.
class LineLimit {
public:
    // How many were left out before this one; nothing where this one is, too.
    std::optional<unsigned> take(std::string_view message, MonoTime now) {
        const std::scoped_lock lock(mutex_);
        Kind& kind = kinds_[std::hash<std::string_view>{}(message) % kinds_.size()];
        if (kind.paid_until > now + kLinesBurst) {
            ++kind.suppressed;
            return std::nullopt;
        }
        kind.paid_until = std::max(kind.paid_until, now) + std::chrono::nanoseconds(std::chrono::seconds(1)) / kLinesPerSecond;
        return std::exchange(kind.suppressed, 0);
    }

private:
    struct Kind {
        MonoTime paid_until{};
        unsigned suppressed = 0;
    };
    std::mutex mutex_;
    std::array<Kind, 1024> kinds_{};
};

// Never destroyed, like the sink.
LineLimit& line_limit() {
    static auto* const the_limit = new LineLimit;
    return *the_limit;
}

std::string_view name_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return "debug";
        case LogLevel::info: return "info";
        case LogLevel::warn: return "warn";
        case LogLevel::error: return "error";
    }
    return "error";
}

// Never destroyed: other static objects may log while the program ends.
spdlog::sinks::stderr_sink_mt& sink() {
    static auto* const the_sink = [] {
        auto* made = new spdlog::sinks::stderr_sink_mt;
        made->set_pattern("%v");  // lines come finished: spdlog's own pattern for JSON does not escape
        return made;
    }();
    return *the_sink;
}

// DEL and U+0080 to U+009F, which JSON lets stand: a terminal makes of them what it makes of ESC sequences. They are only ever
// inside JSON strings here, where an escape means the same.
void escape_terminal_controls(std::string& line) {
    const auto is_control = [&line](std::size_t at) {
        return line[at] == '\x7F' ||
               (line[at] == '\xC2' && at + 1 < line.size() && static_cast<unsigned char>(line[at + 1]) < 0xA0);
    };
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (is_control(at)) {
            const bool is_del = line[at] == '\x7F';
            const auto code = static_cast<std::uint8_t>(is_del ? 0x7F : static_cast<unsigned char>(line[at + 1]));
            line.replace(at, is_del ? 1 : 2, "\\u00" + to_hex({&code, 1}));
        }
    }
}

// What does not fit is cut, with a mark that tells how long the value was.
std::string cut(std::string_view text) {
    std::string kept(utf8_prefix(text, kLogFieldBytesMax));
    kept += "… (";
    kept += std::to_string(text.size());
    kept += " bytes)";
    return kept;
}

void write_text(JsonWriter& writer, std::string_view text) {
    if (text.size() > kLogFieldBytesMax) {
        writer.value(cut(text));
    } else {
        writer.value(text);
    }
}

void write_value(JsonWriter& writer, const LogField& field) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        write_text(writer, *text);
    } else if (const auto* number = std::get_if<long long>(&field.value)) {
        writer.value(*number);
    } else if (const auto* real = std::get_if<double>(&field.value)) {
        writer.value(*real);
    } else {
        writer.value(std::get<bool>(field.value));
    }
}

void append_json_line(std::string& line, LogLevel level, std::string_view message, LogFields fields, unsigned suppressed) {
    JsonWriter writer(line);
    writer.begin_object();
    writer.member("time", to_rfc3339(read_clock().wall, Fractions::milliseconds));
    writer.member("level", name_of(level));
    writer.key("message");
    write_text(writer, message);
    for (const LogField& field : fields) {
        writer.key(field.key);
        write_value(writer, field);
    }
    if (suppressed > 0) {
        writer.member("suppressed", suppressed);
    }
    writer.end_object();
}

// For people: `time level message key=value …`. Texts are JSON strings, so that nothing in them can look like a field or
// a line; the message goes without its quotes.
void append_text_line(std::string& line, LogLevel level, std::string_view message, LogFields fields, unsigned suppressed) {
    append_rfc3339(line, read_clock().wall, Fractions::milliseconds);
    line += ' ';
    line += name_of(level);
    line.append(std::string_view("debug").size() - name_of(level).size() + 1, ' ');
    std::string quoted;
    JsonWriter message_writer(quoted);
    write_text(message_writer, message);
    line.append(quoted, 1, quoted.size() - 2);
    for (const LogField& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        std::string value;
        JsonWriter value_writer(value);
        write_value(value_writer, field);
        line += value;
    }
    if (suppressed > 0) {
        line += " suppressed=" + std::to_string(suppressed);
    }
}

}  // namespace

void configure_log(LogLevel level, LogFormat format) {
    lowest_level.store(level, std::memory_order_relaxed);
    current_format.store(format, std::memory_order_relaxed);
}

bool log_enabled(LogLevel level) { return level >= lowest_level.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view message, LogFields fields) {
    if (!log_enabled(level)) {
        return;
    }
    const std::optional<unsigned> suppressed = level == LogLevel::debug ? 0 : line_limit().take(message, read_clock().mono);
    if (!suppressed) {
        return;
    }
    thread_local std::string line;  // its memory is kept: a line is bounded, so it stays small
    line.clear();
    if (current_format.load(std::memory_order_relaxed) == LogFormat::json) {
        append_json_line(line, level, message, fields, *suppressed);
    } else {
        append_text_line(line, level, message, fields, *suppressed);
    }
    escape_terminal_controls(line);
    // One fwrite on an unbuffered stream under the sink's lock: a line is written whole.
    sink().log(spdlog::details::log_msg({}, spdlog::level::info, line));
}

}  // namespace base
