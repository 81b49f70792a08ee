// Input: any bytes, taken as UTF-8, as JSON, as a text to be written into JSON, as a time and as a number. The readers of
// `base` and `ocpp` say what simdjson, or a slow reading of the same rules, says.
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/json_text.h"
#include "base/json_writer.h"
#include "base/mended_json.h"
#include "base/time.h"
#include "base/utf8.h"
#include "fuzz/json.h"
#include "fuzz/target.h"
#include "transport/utf8_check.h"

namespace fuzz {
namespace {

namespace dom = simdjson::dom;

// --- UTF-8 ---

void check_utf8(std::string_view text, Choices& choices) {
    const bool is_utf8 = simdjson::validate_utf8(text.data(), text.size());
    CHECK(base::is_utf8(text) == is_utf8, "UTF-8 is what simdjson calls so");
    transport::Utf8Check arriving;
    bool fed = true;
    for (const std::string_view piece : choices.pieces_of(text, 3)) {
        fed = arriving.feed(piece);
    }
    CHECK((fed && arriving.is_complete()) == is_utf8, "in pieces, too");
    const std::size_t bytes_max = choices.below(text.size() + 1);
    const std::string_view prefix = base::utf8_prefix(text, bytes_max);
    CHECK(prefix.size() <= bytes_max && text.starts_with(prefix), "a prefix is one");
    CHECK(!is_utf8 || (base::is_utf8(prefix) && prefix.size() + 4 > bytes_max), "and cuts no character in two");
}

// --- JSON, read ---

// What the grammar leaves open and simdjson does not: numbers that no type of its holds.
bool is_refused_for_a_number(simdjson::error_code error) {
    return error == simdjson::NUMBER_ERROR || error == simdjson::NUMBER_OUT_OF_RANGE;
}

void walk(base::JsonCursor& cursor, std::string& out) {
    if (cursor.kind() == base::JsonKind::object) {
        cursor.enter();
        out += '{';
        for (const char* comma = ""; const auto key = cursor.next_member(); comma = ",") {
            out.append(comma).append(*key) += ':';
            walk(cursor, out);
        }
        out += '}';
    } else if (cursor.kind() == base::JsonKind::array) {
        cursor.enter();
        out += '[';
        for (const char* comma = ""; cursor.next_element(); comma = ",") {
            out += comma;
            walk(cursor, out);
        }
        out += ']';
    } else {
        out += cursor.value();
    }
}

void check_grammatical(std::string_view json) {
    base::JsonCursor cursor(json);
    std::string walked;
    walk(cursor, walked);
    CHECK(walked == minified(json), "a cursor passes everything");
    if (const base::JsonKind kind = base::json_kind(json); kind == base::JsonKind::object || kind == base::JsonKind::array) {
        CHECK(base::balanced_end(json, 0) == json.size(), "its brackets are balanced");
        CHECK(base::mended_json(json) == minified(json), "nothing in it needs mending");
    }
}

void check_string(std::string_view token, const dom::element& element) {
    std::string_view text;
    base::TextArena arena;
    if (element.get(text) == simdjson::SUCCESS) {
        CHECK(base::decoded_string(token, arena) == text, "a string is decoded as simdjson does");
        base::JsonCursor cursor(token);
        CHECK(cursor.string(arena) == text && cursor.rest().empty(), "by a cursor, too");
    }
}

void check_json(std::string_view text) {
    text = text.substr(base::skip_blanks(text, 0));
    const auto span = base::grammatical_value(text, 0);
    const std::string_view behind = span ? text.substr(span->end) : std::string_view();
    const bool grammatical = span && base::skip_blanks(behind, 0) == behind.size();
    dom::parser parser;
    dom::element root;
    const simdjson::error_code error = parser.allocate(text.size() + 1, base::kJsonDepthMax + 1)
                                           ? simdjson::MEMALLOC
                                           : parser.parse(text.data(), text.size()).get(root);
    if (error == simdjson::SUCCESS) {
        CHECK(grammatical || is_portable_json(text), "what simdjson takes is grammatical");
    } else if (grammatical) {
        CHECK(is_refused_for_a_number(error) || !span->surrogates_paired, "what is grammatical simdjson takes");
    }
    if (grammatical) {
        const std::string_view value = text.substr(0, span->end);
        CHECK(base::is_portable_json(value) == span->surrogates_paired, "with its surrogates paired it is portable");
        check_grammatical(value);
        if (error == simdjson::SUCCESS && span->surrogates_paired) {
            check_string(value, root);
        }
    }
    const std::string mended = base::mended_json(text);
    const auto whole = base::grammatical_value(mended, 0);
    CHECK(whole && whole->end == mended.size(), "what was mended is JSON");
    static_cast<void>(base::balanced_end(text, 0));
    static_cast<void>(base::member_text(text, "status"));
}

// --- JSON, written ---

// As the writer does it: what is no UTF-8 becomes U+FFFD, byte by byte.
std::string repaired(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = base::utf8_sequence_length(text);
        out += length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

template <class Number>
Number number_of_bytes(std::string_view bytes) {
    Number number{};
    std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
    return number;
}

void check_written(std::string_view text) {
    const auto real = number_of_bytes<double>(text);
    const auto integer = number_of_bytes<std::int64_t>(text);
    std::string json;
    base::JsonWriter(json).begin_array().value(text).value(real).value(integer).null().end_array();
    CHECK(base::is_portable_json(json), "what is written is JSON");
    dom::parser parser;
    dom::element root;
    if (parser.parse(json).get(root) != simdjson::SUCCESS) {
        CHECK(std::fabs(real) >= 0x1p63, "simdjson takes what is written, but for a double in more digits than an integer has");
        return;
    }
    std::string_view read;
    CHECK(root.at(0).get(read) == simdjson::SUCCESS && read == repaired(text), "a text is read as it was written");
    double real_read = 0;
    CHECK(!std::isfinite(real) || (root.at(1).get(real_read) == simdjson::SUCCESS && real_read == real), "so is a number");
    std::int64_t integer_read = 0;
    CHECK(root.at(2).get(integer_read) == simdjson::SUCCESS && integer_read == integer, "so is an integer");
}

// --- times ---

int digits(std::string_view text, std::size_t at, std::size_t count) {
    int number = 0;
    for (const char c : text.substr(at, count)) {
        number = number * 10 + (c - '0');
    }
    return number;
}

// Seconds of a text that is known to be a time, by the C library's calendar.
std::int64_t slow_seconds(std::string_view text) {
    text.remove_prefix(text.find_first_of("0123456789"));
    std::tm date{};
    date.tm_year = digits(text, 0, 4) - 1900;
    date.tm_mon = digits(text, 5, 2) - 1;
    date.tm_mday = digits(text, 8, 2);
    std::int64_t seconds =
        timegm(&date) + digits(text, 11, 2) * 3600 + digits(text, 14, 2) * 60 + std::min(digits(text, 17, 2), 59);
    if (const std::size_t sign = text.find_first_of("+-", 19); sign != std::string_view::npos) {
        const std::size_t minutes = text.find_first_of("0123456789", sign + 3);
        const int east = digits(text, sign + 1, 2) * 60 + (minutes == std::string_view::npos ? 0 : digits(text, minutes, 2));
        seconds -= (text[sign] == '-' ? -60 : 60) * east;
    }
    return seconds;
}

void check_time(std::string_view text) {
    using std::chrono::microseconds;
    using std::chrono::milliseconds;
    if (const auto time = base::parse_rfc3339(text)) {
        CHECK(std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count() == slow_seconds(text),
              "a time is that of its text");
        const auto again = base::parse_rfc3339(base::to_rfc3339(*time, base::Fractions::milliseconds));
        CHECK(again && *again == std::chrono::floor<milliseconds>(*time), "and is read as it was written");
        const base::TimeForm form = base::form_of_time(text);
        CHECK((form.spaced || form.blank_for_t) == (text.find_first_of(" \t\r\n") != std::string_view::npos),
              "blanks in it are told");
        CHECK(form.without_zone == (text.find_first_of("Zz+") == std::string_view::npos && std::ranges::count(text, '-') == 2),
              "so is that it has no zone");
    }
    // Whatever a clock says is written as a time of four digits of a year.
    const base::WallTime time{microseconds(number_of_bytes<std::int64_t>(text))};
    const std::string written = base::to_rfc3339(time, base::Fractions::none);
    CHECK(written.size() == 20 && base::parse_rfc3339(written), "a time of any clock can be read");
}

}  // namespace

void check(std::string_view input) {
    Choices choices(input);
    check_utf8(input, choices);
    check_json(input);
    check_written(input);
    check_time(input);
}

}  // namespace fuzz
