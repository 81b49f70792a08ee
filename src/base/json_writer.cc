#include "base/json_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/utf8.h"

namespace base {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

std::size_t plain_bytes(std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && is_plain(static_cast<unsigned char>(text[count]))) {
        ++count;
    }
    return count;
}

// Eight bytes as a number in which the lowest bit that is set belongs to the first byte that is not plain. A subtraction sets
// the highest bit of a byte that is below what is subtracted; a byte that borrows from the next one is such a byte itself.
std::uint64_t not_plain(const char* eight_bytes) {
    static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");
    constexpr std::uint64_t kEach = 0x0101010101010101U;
    std::uint64_t word = 0;
    std::memcpy(&word, eight_bytes, sizeof word);
    const std::uint64_t controls = word - kEach * 0x20;
    const std::uint64_t quotes = (word ^ kEach * '"') - kEach;
    const std::uint64_t backslashes = (word ^ kEach * '\\') - kEach;
    return (word | controls | quotes | backslashes) & kEach * 0x80;
}

void append_escaped(std::string& out, unsigned char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default:
            out += "\\u00";
            out += kHex[c >> 4U];
            out += kHex[c & 15U];
    }
}

// A comma is due unless the text so far ends in an opening bracket or a colon, which no complete value does.
bool comma_is_due(const std::string& text, std::size_t start) {
    if (text.size() == start) {
        return false;
    }
    const char last = text.back();
    return last != '{' && last != '[' && last != ':';
}

// The place of `bytes` more at the end of the text, which the caller fills: cheaper than appending piece by piece.
char* lengthened(std::string& text, std::size_t bytes) {
    const std::size_t size = text.size();
    text.resize(size + bytes);
    return text.data() + size;
}

// These return one past what they put there.
char* put_quoted(char* at, std::string_view text) {
    *at++ = '"';
    at += text.copy(at, text.size());
    *at++ = '"';
    return at;
}

char* put_key(char* at, std::string_view name, bool with_comma) {
    if (with_comma) {
        *at++ = ',';
    }
    at = put_quoted(at, name);
    *at++ = ':';
    return at;
}

}  // namespace

std::size_t plain_json_prefix(std::string_view text) {
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    if (text.size() < kWord) {
        return plain_bytes(text);
    }
    // The last eight bytes may overlap the ones before: those are known to be plain by then.
    const std::size_t last = text.size() - kWord;
    for (std::size_t at = 0;; at = std::min(at + kWord, last)) {
        if (const std::uint64_t found = not_plain(text.data() + at); found != 0) {
            return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
        }
        if (at == last) {
            return text.size();
        }
    }
}

void append_json_string(std::string& out, std::string_view text) {
    if (plain_json_prefix(text) == text.size()) {
        put_quoted(lengthened(out, text.size() + 2), text);
        return;
    }
    out += '"';
    while (true) {
        const std::size_t plain = plain_json_prefix(text);
        out.append(text.data(), plain);
        text.remove_prefix(plain);
        if (text.empty()) {
            break;
        }
        std::size_t length = utf8_sequence_length(text);
        if (length == 1) {
            append_escaped(out, static_cast<unsigned char>(text.front()));
        } else if (length > 1) {
            out.append(text.data(), length);
        } else {
            out += kReplacement;
            length = 1;
        }
        text.remove_prefix(length);
    }
    out += '"';
}

void JsonWriter::comma() {
    if (comma_is_due(out_, start_)) {
        out_ += ',';
    }
}

JsonWriter& JsonWriter::key(std::string_view name) {
    const bool with_comma = comma_is_due(out_, start_);
    put_key(lengthened(out_, name.size() + (with_comma ? 4 : 3)), name, with_comma);
    return *this;
}

std::string_view JsonWriter::limited(std::string_view text) {
    if (text.size() <= text_bytes_max_) [[likely]] {
        return text;
    }
    has_cut_a_text_ = true;
    return utf8_prefix(text, text_bytes_max_);
}

JsonWriter& JsonWriter::member(std::string_view name, std::string_view text) {
    text = limited(text);
    if (plain_json_prefix(text) != text.size()) {
        return key(name).value(text);
    }
    const bool with_comma = comma_is_due(out_, start_);
    char* const at = lengthened(out_, name.size() + text.size() + (with_comma ? 6 : 5));
    put_quoted(put_key(at, name, with_comma), text);
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    comma();
    append_json_string(out_, limited(text));
    return *this;
}

JsonWriter& JsonWriter::value(double number) {
    if (!std::isfinite(number)) {
        return null();
    }
    comma();
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out_.append(digits.data(), end);
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    comma();
    out_.append(json);
    return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
    comma();
    out_ += bracket;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ += bracket;
    return *this;
}

JsonWriter& JsonWriter::integer(long long number) {
    comma();
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out_.append(digits.data(), end);
    return *this;
}

JsonWriter& JsonWriter::unsigned_integer(unsigned long long number) {
    comma();
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out_.append(digits.data(), end);
    return *this;
}

}  // namespace base
