// Writes JSON by appending to a string: no tree, no allocation of its own. The caller keeps the order of calls right
// (key before value inside objects); commas are the writer's business. Strings are escaped as RFC 8259 asks and no
// further, so that a text read from JSON grows by nothing; bytes that are not UTF-8 become U+FFFD, so that whatever a device
// sent, the result is valid JSON.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace base {

void append_json_string(std::string& out, std::string_view text);

// How many bytes at the front are ASCII that stands in a JSON string as it is. Eight are looked at at a time.
[[nodiscard]] std::size_t plain_json_prefix(std::string_view text);

class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out), start_(out.size()) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    // A name of ours: nothing in it needs an escape.
    JsonWriter& key(std::string_view name);

    // Longer texts are cut to so many bytes from here on, between characters.
    void limit_texts(std::size_t bytes_max) { text_bytes_max_ = bytes_max; }
    [[nodiscard]] bool has_cut_a_text() const { return has_cut_a_text_; }

    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    template <std::integral T>
    JsonWriter& value(T number) {
        if constexpr (std::same_as<T, bool>) {
            return raw(number ? "true" : "false");
        } else if constexpr (std::signed_integral<T>) {
            return integer(static_cast<long long>(number));
        } else {
            return unsigned_integer(static_cast<unsigned long long>(number));
        }
    }
    JsonWriter& value(double number);
    JsonWriter& null() { return raw("null"); }
    // JSON text that is known to be valid, taken as it is.
    JsonWriter& raw(std::string_view json);

    template <class T>
        requires(!std::convertible_to<const T&, std::string_view>)
    JsonWriter& member(std::string_view name, const T& what) {
        return key(name).value(what);
    }
    JsonWriter& member(std::string_view name, std::string_view text);
    // Left out when absent; empty text counts as absent.
    template <class T>
    JsonWriter& member_if(std::string_view name, const std::optional<T>& what) {
        return what ? member(name, *what) : *this;
    }
    JsonWriter& member_if(std::string_view name, std::string_view text) { return text.empty() ? *this : member(name, text); }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    JsonWriter& integer(long long number);
    JsonWriter& unsigned_integer(unsigned long long number);
    void comma();
    [[nodiscard]] std::string_view limited(std::string_view text);

    std::string& out_;
    std::size_t start_;
    std::size_t text_bytes_max_ = std::string_view::npos;
    bool has_cut_a_text_ = false;
};

}  // namespace base
