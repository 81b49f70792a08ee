// The calendar is walked by hand: gcc 12 has no std::chrono::parse, and timestamps are written and read for every message.
#include "base/time.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace base {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

// What four digits of a year can say.
constexpr WallTime kEarliest = sys_days{std::chrono::year{0} / 1 / 1};
constexpr WallTime kLatest = sys_days{std::chrono::year{9999} / 12 / 31} + days{1} - microseconds{1};

// `count` decimal digits of `number` at `at`; answers the place behind them.
char* put_digits(char* at, unsigned number, int count) {
    for (int place = count - 1; place >= 0; --place) {
        at[place] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
    return at + count;
}

char* put(char* at, char c) {
    *at = c;
    return at + 1;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// Reads from the front of a text; after the first thing that is not there, nothing is there any more.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    unsigned digits(std::size_t count) {
        unsigned number = 0;
        for (std::size_t i = 0; i < count; ++i) {
            number = number * 10 + digit();
        }
        return number;
    }

    bool take_any_of(std::string_view characters) {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    void require_any_of(std::string_view characters) { failed_ = !take_any_of(characters) || failed_; }

    void skip_blanks() {
        while (!rest_.empty() && is_blank(rest_.front())) {
            rest_.remove_prefix(1);
        }
    }

    [[nodiscard]] bool digit_follows() const { return !rest_.empty() && is_digit(rest_.front()); }

private:
    unsigned digit() {
        if (!digit_follows()) {
            failed_ = true;
            return 0;
        }
        const auto value = static_cast<unsigned>(rest_.front() - '0');
        rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
    bool failed_ = false;
};

std::optional<sys_days> read_date(Scanner& scanner) {
    const auto year = static_cast<int>(scanner.digits(4));
    scanner.require_any_of("-");
    const unsigned month = scanner.digits(2);
    scanner.require_any_of("-");
    const unsigned day = scanner.digits(2);
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    if (scanner.failed() || !date.ok()) {
        return std::nullopt;
    }
    return sys_days{date};
}

// Decimals beyond the microsecond are read and dropped.
microseconds read_fraction(Scanner& scanner) {
    unsigned value = scanner.digits(1);
    int places = 1;
    while (scanner.digit_follows()) {
        const unsigned digit = scanner.digits(1);
        if (places < 6) {
            value = value * 10 + digit;
            ++places;
        }
    }
    for (; places < 6; ++places) {
        value *= 10;
    }
    return microseconds{value};
}

std::optional<microseconds> read_time_of_day(Scanner& scanner) {
    const unsigned hour = scanner.digits(2);
    scanner.require_any_of(":");
    const unsigned minute = scanner.digits(2);
    scanner.require_any_of(":");
    const unsigned second = scanner.digits(2);
    const microseconds fraction = scanner.take_any_of(".") ? read_fraction(scanner) : microseconds{0};
    if (scanner.failed() || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    return hours{hour} + minutes{minute} + seconds{std::min(second, 59U)} + fraction;
}

std::optional<minutes> read_zone(Scanner& scanner, minutes without_one) {
    if (scanner.at_end()) {
        return without_one;
    }
    if (scanner.take_any_of("Zz")) {
        return minutes{0};
    }
    const bool west = scanner.take_any_of("-");
    if (!west) {
        scanner.require_any_of("+");
    }
    const unsigned hour = scanner.digits(2);
    unsigned minute = 0;
    if (!scanner.at_end()) {
        (void)scanner.take_any_of(":");
        minute = scanner.digits(2);
    }
    if (scanner.failed() || hour > 23 || minute > 59) {
        return std::nullopt;
    }
    const minutes east = hours{hour} + minutes{minute};
    return west ? -east : east;
}

}  // namespace

Now read_clock() {
    return {std::chrono::steady_clock::now(), std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now())};
}

void append_rfc3339(std::string& out, WallTime time, Fractions fractions) {
    time = std::clamp(time, kEarliest, kLatest);
    const sys_days day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date{day};
    const auto in_day = static_cast<unsigned long long>((time - day).count());
    const auto second = static_cast<unsigned>(in_day / 1'000'000);

    std::array<char, 24> text{};
    char* at = put_digits(text.data(), static_cast<unsigned>(static_cast<int>(date.year())), 4);
    at = put_digits(put(at, '-'), static_cast<unsigned>(date.month()), 2);
    at = put_digits(put(at, '-'), static_cast<unsigned>(date.day()), 2);
    at = put_digits(put(at, 'T'), second / 3600, 2);
    at = put_digits(put(at, ':'), second / 60 % 60, 2);
    at = put_digits(put(at, ':'), second % 60, 2);
    if (fractions == Fractions::milliseconds) {
        at = put_digits(put(at, '.'), static_cast<unsigned>(in_day % 1'000'000 / 1000), 3);
    }
    at = put(at, 'Z');
    out.append(text.data(), at);
}

std::string to_rfc3339(WallTime time, Fractions fractions) {
    std::string text;
    append_rfc3339(text, time, fractions);
    return text;
}

std::optional<WallTime> parse_rfc3339(std::string_view text, minutes east_without_zone) {
    Scanner scanner(without_blanks(text));
    const std::optional<sys_days> day = read_date(scanner);
    scanner.require_any_of("Tt ");
    const std::optional<microseconds> in_day = read_time_of_day(scanner);
    if (!day || !in_day) {
        return std::nullopt;
    }
    scanner.skip_blanks();
    const std::optional<minutes> east = read_zone(scanner, east_without_zone);
    if (!east || !scanner.at_end()) {
        return std::nullopt;
    }
    const WallTime time = *day + *in_day - *east;
    if (time < kEarliest || time > kLatest) {
        return std::nullopt;
    }
    return time;
}

TimeForm form_of_time(std::string_view text) {
    constexpr std::size_t kSeparator = std::string_view("2026-11-20").size();
    constexpr std::size_t kSeconds = std::string_view("2026-11-20T10:00:00").size();
    constexpr std::size_t kUsualFraction = std::string_view(".123").size();
    const std::string_view time = without_blanks(text);
    const std::string_view behind = time.substr(kSeconds);
    std::size_t fraction = behind.starts_with('.') ? 1 : 0;
    while (fraction > 0 && fraction < behind.size() && is_digit(behind[fraction])) {
        ++fraction;
    }
    const std::string_view zone = without_blanks(behind.substr(fraction));
    const bool is_whole = zone.size() == std::string_view("Z").size() || zone.size() == std::string_view("+01:00").size();
    return {.without_zone = zone.empty(),
            .short_zone = !zone.empty() && !is_whole,
            .blank_for_t = time[kSeparator] == ' ',
            .spaced = time.size() < text.size() || fraction + zone.size() < behind.size(),
            .long_fraction = fraction > kUsualFraction};
}

}  // namespace base
