#include "base/json_text.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/utf8.h"

namespace base {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<unsigned> hex_digit(char c) {
    if (is_digit(c)) {
        return static_cast<unsigned>(c - '0');
    }
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'f') {
        return static_cast<unsigned>(lower - 'a') + 10;
    }
    return std::nullopt;
}

// The four digits at `at` of a \u escape.
std::optional<unsigned> code_unit(std::string_view text, std::size_t at) {
    unsigned unit = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        const auto digit = i < text.size() ? hex_digit(text[i]) : std::nullopt;
        if (!digit) {
            return std::nullopt;
        }
        unit = unit * 16 + *digit;
    }
    return unit;
}

bool is_high_surrogate(unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; }

// The low surrogate's escape at `at`, if one stands there.
std::optional<unsigned> low_surrogate(std::string_view text, std::size_t at) {
    if (text.substr(at, 2) != "\\u") {
        return std::nullopt;
    }
    const auto unit = code_unit(text, at + 2);
    return unit && is_low_surrogate(*unit) ? unit : std::nullopt;
}

// Recursive descent over RFC 8259. Its depth is bounded, so the stack is.
class Grammar {
public:
    Grammar(std::string_view text, std::size_t at, std::size_t depth_max) : text_(text), at_(at), depth_max_(depth_max) {}

    bool value(std::size_t depth) {
        switch (json_kind(text_.substr(at_))) {
            case JsonKind::object: return depth < depth_max_ && object(depth + 1);
            case JsonKind::array: return depth < depth_max_ && array(depth + 1);
            case JsonKind::string: return string();
            case JsonKind::number: return number();
            case JsonKind::boolean: return word("true") || word("false");
            case JsonKind::null: return word("null");
            case JsonKind::none: return false;
        }
        return false;
    }

    [[nodiscard]] JsonSpan span() const { return {at_, surrogates_paired_}; }

private:
    [[nodiscard]] char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (here() != c) {
            return false;
        }
        ++at_;
        return true;
    }
    bool word(std::string_view what) {
        if (text_.substr(at_, what.size()) != what) {
            return false;
        }
        at_ += what.size();
        return true;
    }
    void blanks() { at_ = skip_blanks(text_, at_); }

    bool object(std::size_t depth) {
        ++at_;
        blanks();
        if (take('}')) {
            return true;
        }
        do {
            blanks();
            if (here() != '"' || !string()) {
                return false;
            }
            blanks();
            if (!take(':')) {
                return false;
            }
            blanks();
            if (!value(depth)) {
                return false;
            }
            blanks();
        } while (take(','));
        return take('}');
    }

    bool array(std::size_t depth) {
        ++at_;
        blanks();
        if (take(']')) {
            return true;
        }
        do {
            blanks();
            if (!value(depth)) {
                return false;
            }
            blanks();
        } while (take(','));
        return take(']');
    }

    bool digits() {
        const std::size_t start = at_;
        while (is_digit(here())) {
            ++at_;
        }
        return at_ > start;
    }

    bool number() {
        take('-');
        if (!take('0') && !digits()) {
            return false;
        }
        if (take('.') && !digits()) {
            return false;
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            return digits();
        }
        return true;
    }

    bool string() {
        ++at_;
        while (at_ < text_.size()) {
            at_ += plain_json_prefix(text_.substr(at_));
            if (at_ == text_.size()) {
                break;
            }
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') {
                ++at_;
                return true;
            }
            if (c == '\\') {
                if (!escape()) {
                    return false;
                }
            } else if (const std::size_t length = utf8_sequence_length(text_.substr(at_)); length > 1) {
                at_ += length;
            } else {
                return false;
            }
        }
        return false;
    }

    bool escape() {
        ++at_;
        const char c = here();
        ++at_;
        if (c != 'u') {
            return c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
        }
        const auto unit = code_unit(text_, at_);
        if (!unit) {
            return false;
        }
        at_ += 4;
        if (is_high_surrogate(*unit) && low_surrogate(text_, at_)) {
            at_ += 6;
        } else if (is_high_surrogate(*unit) || is_low_surrogate(*unit)) {
            surrogates_paired_ = false;
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_;
    const std::size_t depth_max_;
    bool surrogates_paired_ = true;
};

void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6U));
        out += static_cast<char>(0x80 | (code & 0x3FU));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | (code >> 12U));
        out += static_cast<char>(0x80 | ((code >> 6U) & 0x3FU));
        out += static_cast<char>(0x80 | (code & 0x3FU));
    } else {
        out += static_cast<char>(0xF0 | (code >> 18U));
        out += static_cast<char>(0x80 | ((code >> 12U) & 0x3FU));
        out += static_cast<char>(0x80 | ((code >> 6U) & 0x3FU));
        out += static_cast<char>(0x80 | (code & 0x3FU));
    }
}

// Decodes the \u escape whose digits begin at `at`; returns one past it.
std::size_t append_unicode_escape(std::string& out, std::string_view text, std::size_t at) {
    const unsigned unit = code_unit(text, at).value_or(0xFFFD);
    at += 4;
    if (is_high_surrogate(unit)) {
        if (const auto low = low_surrogate(text, at)) {
            append_utf8(out, 0x10000 + ((unit - 0xD800) << 10U) + (*low - 0xDC00));
            return at + 6;
        }
    }
    if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
        out += kReplacement;
    } else {
        append_utf8(out, unit);
    }
    return at;
}

std::string without_escapes(std::string_view inner) {
    std::string out;
    out.reserve(inner.size());
    std::size_t at = 0;
    while (at < inner.size()) {
        const std::size_t backslash = inner.find('\\', at);
        out += inner.substr(at, backslash - at);
        if (backslash == std::string_view::npos || backslash + 1 >= inner.size()) {
            break;
        }
        const char c = inner[backslash + 1];
        at = backslash + 2;
        switch (c) {
            case 'b': out += '\b'; break;
            case 'f': out += '\f'; break;
            case 'n': out += '\n'; break;
            case 'r': out += '\r'; break;
            case 't': out += '\t'; break;
            case 'u': at = append_unicode_escape(out, inner, at); break;
            default: out += c;
        }
    }
    return out;
}

// One past the closing quote of the string that begins at `at`, or the end of the text.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        at += plain_json_prefix(text.substr(at));
        if (at == text.size()) {
            break;
        }
        if (text[at] == '"') {
            return at + 1;
        }
        at += text[at] == '\\' ? 1 : 0;
    }
    return text.size();
}

// Numbers and words end where punctuation or a blank stands; at least one byte is passed.
std::size_t end_of_word(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        const char c = text[at];
        if (c == ',' || c == ']' || c == '}' || is_blank(c)) {
            return at;
        }
    }
    return text.size();
}

std::size_t end_of_value(std::string_view text, std::size_t at) {
    const char first = at < text.size() ? text[at] : '\0';
    if (first == '"') {
        return end_of_string(text, at);
    }
    return first == '{' || first == '[' ? balanced_end(text, at).value_or(text.size()) : end_of_word(text, at);
}

}  // namespace

JsonKind json_kind(std::string_view value) {
    if (value.empty()) {
        return JsonKind::none;
    }
    switch (value.front()) {
        case '{': return JsonKind::object;
        case '[': return JsonKind::array;
        case '"': return JsonKind::string;
        case 't':
        case 'f': return JsonKind::boolean;
        case 'n': return JsonKind::null;
        default: return value.front() == '-' || is_digit(value.front()) ? JsonKind::number : JsonKind::none;
    }
}

std::optional<JsonSpan> grammatical_value(std::string_view text, std::size_t at, std::size_t depth_max) {
    Grammar grammar(text, at, depth_max);
    return at < text.size() && grammar.value(0) ? std::optional(grammar.span()) : std::nullopt;
}

bool is_grammatical(std::string_view text) {
    const auto span = grammatical_value(text, 0);
    return span && span->end == text.size();
}

bool is_portable_json(std::string_view text) {
    const auto span = grammatical_value(text, 0);
    return span && span->surrogates_paired && span->end == text.size();
}

std::optional<std::size_t> balanced_end(std::string_view text, std::size_t at) {
    std::size_t open = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = end_of_string(text, at);
            continue;
        }
        ++at;
        if (c == '{' || c == '[') {
            ++open;
        } else if (c == '}' || c == ']') {
            if (open <= 1) {
                return open == 1 ? std::optional(at) : std::nullopt;
            }
            --open;
        }
    }
    return std::nullopt;
}

std::string_view decoded_string(std::string_view token, TextArena& arena) {
    if (token.size() < 2) {
        return {};
    }
    const std::string_view inner = token.substr(1, token.size() - 2);
    if (inner.find('\\') == std::string_view::npos) {
        return inner;
    }
    return arena.emplace_back(without_escapes(inner));
}

std::string_view member_text(std::string_view object, std::string_view name) {
    JsonCursor cursor(object);
    if (cursor.kind() != JsonKind::object) {
        return {};
    }
    cursor.enter();
    TextArena arena;
    while (const auto key = cursor.next_member()) {
        const std::string_view value = cursor.value();
        if (decoded_string(*key, arena) == name) {
            return value;
        }
    }
    return {};
}

std::optional<std::string_view> JsonCursor::next_member() {
    if (!at_item('}')) {
        return std::nullopt;
    }
    const std::string_view key = value();
    at_ = skip_blanks(text_, at_);
    if (at_ < text_.size() && text_[at_] == ':') {
        at_ = skip_blanks(text_, at_ + 1);
    }
    return key;
}

bool JsonCursor::next_element() { return at_item(']'); }

bool JsonCursor::at_item(char closing) {
    at_ = skip_blanks(text_, at_);
    if (at_ < text_.size() && text_[at_] == ',') {
        at_ = skip_blanks(text_, at_ + 1);
    }
    if (at_ < text_.size() && text_[at_] == closing) {
        ++at_;
        return false;
    }
    return at_ < text_.size();
}

std::string_view JsonCursor::value() {
    const std::size_t end = end_of_value(text_, at_);
    const std::string_view text = text_.substr(at_, end - at_);
    at_ = end;
    return text;
}

std::string_view JsonCursor::string(TextArena& arena) {
    const std::string_view after_quote = text_.substr(std::min(at_ + 1, text_.size()));
    const std::size_t plain = plain_json_prefix(after_quote);
    if (kind() != JsonKind::string || plain == after_quote.size() || after_quote[plain] != '"') {
        return decoded_string(value(), arena);
    }
    at_ += plain + 2;
    return after_quote.substr(0, plain);
}

}  // namespace base
