#include "app/config/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>

#include "base/json_writer.h"
#include "base/utf8.h"
#include "model/id_tag.h"

namespace app {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name_character(char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; }

bool is_name(std::string_view text, std::size_t size_max) {
    return !text.empty() && text.size() <= size_max && std::all_of(text.begin(), text.end(), is_name_character);
}

// UTF-8 without control characters.
bool is_plain(std::string_view text) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    return base::is_utf8(text) && std::none_of(text.begin(), text.end(), is_control);
}

bool is_ip_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return inet_pton(AF_INET, text.c_str(), address.data()) == 1 || inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

bool is_host_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

// What is neither looks like a mistyped IPv4 address: 300.1.1.1.
bool is_all_digits_and_dots(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
}

bool is_port(std::string_view text) {
    const auto port = parse_integer(text);
    return port && *port >= 1 && *port <= 65'535;
}

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> kUnits = {{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

}  // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text) {
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit) || (text.size() > 1 && text.front() == '0')) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    return number;
}

std::optional<bool> parse_flag(std::string_view text) {
    if (text == "true") {
        return true;
    }
    if (text == "false") {
        return false;
    }
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    if (text == "0") {
        return std::chrono::milliseconds{0};
    }
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_integer(text.substr(0, digits));
    const std::string_view unit_name = text.substr(digits);
    const auto* const unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == unit_name; });
    // The longest duration is far beyond every key's range; above it the product could overflow.
    constexpr std::uint64_t kNumberMax = 1'000'000'000;
    if (!number || *number > kNumberMax || unit == kUnits.end()) {
        return std::nullopt;
    }
    return std::chrono::milliseconds{static_cast<std::int64_t>(*number) * unit->milliseconds};
}

std::string print_duration(std::chrono::milliseconds duration) {
    if (duration.count() == 0) {
        return "0s";
    }
    const auto* const unit =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return duration.count() % u.milliseconds == 0; });
    return std::to_string(duration.count() / unit->milliseconds) + std::string(unit->name);
}

std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text) {
    constexpr std::string_view kForm = "+hh:mm";
    constexpr std::chrono::minutes kFarthest = std::chrono::hours(14);
    if (text.size() != kForm.size() || (text[0] != '+' && text[0] != '-') || text[3] != ':' || !is_digit(text[1]) ||
        !is_digit(text[2]) || !is_digit(text[4]) || text[4] > '5' || !is_digit(text[5])) {
        return std::nullopt;
    }
    const auto number = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    const std::chrono::minutes offset = std::chrono::hours(number(1)) + std::chrono::minutes(number(4));
    return offset > kFarthest ? std::nullopt : std::optional(text[0] == '-' ? -offset : offset);
}

std::string print_utc_offset(std::chrono::minutes east) {
    const auto minutes = std::chrono::abs(east).count();
    const auto two_digits = [](auto number) { return std::string(number < 10 ? "0" : "") + std::to_string(number); };
    return (east.count() < 0 ? "-" : "+") + two_digits(minutes / 60) + ":" + two_digits(minutes % 60);
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> items;
    if (text.find_first_not_of(" \t") == std::string_view::npos) {
        return items;
    }
    for (;;) {
        const std::size_t comma = text.find(',');
        std::string_view item = text.substr(0, comma);
        const std::size_t first = std::min(item.find_first_not_of(" \t"), item.size());
        item.remove_prefix(first);
        item = item.substr(0, item.find_last_not_of(" \t") + 1);
        items.emplace_back(item);
        if (comma == std::string_view::npos) {
            return items;
        }
        text.remove_prefix(comma + 1);
    }
}

bool is_host(std::string_view text) {
    // inet_pton and the resolver read to the first NUL: what stands behind one would be no part of the address.
    if (text.empty() || text.size() > 253 || text.find('\0') != std::string_view::npos) {
        return false;
    }
    if (is_ip_address(std::string(text))) {
        return true;
    }
    if (is_all_digits_and_dots(text)) {
        return false;
    }
    std::size_t from = 0;
    while (from <= text.size()) {
        const std::size_t dot = std::min(text.find('.', from), text.size());
        if (!is_host_label(text.substr(from, dot - from))) {
            return false;
        }
        from = dot + 1;
    }
    return true;
}

bool is_broker(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find("]:");
        return end != std::string_view::npos && text.find(':') < end && is_host(text.substr(1, end - 1)) &&
               is_port(text.substr(end + 2));
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return is_host(text);
    }
    return is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

bool is_topic(std::string_view text) { return is_name(text, 249) && text != "." && text != ".."; }

bool is_url_path(std::string_view text) {
    const auto fits = [](char c) { return is_name_character(c) || c == '~' || c == '/'; };
    return text.size() >= 2 && text.size() <= 255 && text.front() == '/' && text.back() != '/' &&
           text.find("//") == std::string_view::npos && std::all_of(text.begin(), text.end(), fits) &&
           text.find("/.") == std::string_view::npos && text != "/health" && text != "/connections";
}

bool is_pod_id(std::string_view text) { return is_name(text, 100); }

bool is_file_name(std::string_view text) { return text.size() <= 4096 && is_plain(text); }

bool is_profile_name(std::string_view text) { return is_name(text, model::kProfileNameBytesMax); }

bool is_pattern(std::string_view text) { return !text.empty() && text.size() <= 255 && is_plain(text); }

bool is_property_name(std::string_view text) { return is_name(text, 100); }

std::size_t edit_distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < one.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t replaced = diagonal + (one[i] == other[j] ? 0 : 1);
            diagonal = std::exchange(row[j + 1], std::min({row[j + 1] + 1, row[j] + 1, replaced}));
        }
    }
    return row.back();
}

std::string quote(std::string_view text) {
    std::string out;
    base::append_json_string(out, text);
    return out;
}

std::string quote_shortened(std::string_view text) {
    constexpr std::size_t kShownBytesMax = 100;
    return text.size() > kShownBytesMax ? quote(std::string(base::utf8_prefix(text, kShownBytesMax)) + "…") : quote(text);
}

}  // namespace app
