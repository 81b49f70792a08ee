// JSON as text: where a value ends, whether it is grammatical, what stands in it. simdjson's DOM checks frames and gives
// typed values, but keeps neither the text of numbers nor anything of a frame that it refuses; this is for both.
// Bounded: nesting is followed to kJsonDepthMax, and no function looks at a byte more than a few times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// Containers inside each other, the frame's own array included. OCPP needs 8; deeper is an attack or a mistake.
inline constexpr std::size_t kJsonDepthMax = 16;

inline constexpr std::string_view kJsonBlanks = " \t\r\n";

enum class JsonKind : std::uint8_t { none, object, array, string, number, boolean, null };

// By the first byte of a value.
[[nodiscard]] JsonKind json_kind(std::string_view value);

struct JsonSpan {
    std::size_t end = 0;            // one past the value
    bool surrogates_paired = true;  // no \uD800-style escape stands alone
};

// The value that begins at `at` (no blanks before it) by RFC 8259's grammar and UTF-8, or nothing.
[[nodiscard]] std::optional<JsonSpan> grammatical_value(std::string_view text, std::size_t at,
                                                        std::size_t depth_max = kJsonDepthMax);

// The same for the whole text.
[[nodiscard]] bool is_grammatical(std::string_view text);

// The same for the whole text, and every surrogate has its partner: such text may stand in any JSON document.
[[nodiscard]] bool is_portable_json(std::string_view text);

// One past the bracket that closes the one at `at`, by counting brackets outside of strings. For text that is not
// grammatical; nothing where no bracket closes it.
[[nodiscard]] std::optional<std::size_t> balanced_end(std::string_view text, std::size_t at);

[[nodiscard]] constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

[[nodiscard]] constexpr std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && is_blank(text[at])) {
        ++at;
    }
    return at;
}

// Where decoded strings live that cannot be views into the frame.
using TextArena = std::list<std::string>;

// The text of a grammatical JSON string (quotes included in `token`): a view into it, or into the arena where it has
// escapes. A surrogate without its partner becomes U+FFFD.
[[nodiscard]] std::string_view decoded_string(std::string_view token, TextArena& arena);

// The value of a member of a grammatical object, as its text; empty where there is none or `object` is no object.
[[nodiscard]] std::string_view member_text(std::string_view object, std::string_view name);

// Walks grammatical JSON front to back, each byte once. The caller keeps the order: enter, then members or elements
// until there is none, each read by enter, value() or string(). Never beyond the text, whatever is in it.
class JsonCursor {
public:
    explicit JsonCursor(std::string_view text) : text_(text), at_(skip_blanks(text, 0)) {}

    [[nodiscard]] JsonKind kind() const { return json_kind(text_.substr(at_)); }
    void enter() { ++at_; }
    // The key as a token with its quotes; nothing at the object's end, which is passed.
    [[nodiscard]] std::optional<std::string_view> next_member();
    // False at the array's end, which is passed.
    [[nodiscard]] bool next_element();
    // The text of the value here, which is passed.
    std::string_view value();
    // The string here, decoded, which is passed.
    std::string_view string(TextArena& arena);
    // From here to the end of the text.
    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

private:
    [[nodiscard]] bool at_item(char closing);

    std::string_view text_;
    std::size_t at_;
};

}  // namespace base
