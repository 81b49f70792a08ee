// What the central system sent, cut into its parts. The views lie in the frame. (The grammar is ocpp's; its envelope
// reader serves the other side and does not tell the payload of an answer.)
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace simulator {

struct Received {
    enum class Kind : std::uint8_t { call, answer, call_error, unreadable };

    Kind kind = Kind::unreadable;
    std::string_view id;       // as written, with its quotes
    std::string_view action;   // of a CALL
    std::string_view payload;  // JSON text of a CALL or an answer
};

[[nodiscard]] Received read_frame(std::string_view frame);

// A member of the JSON object `object`, which is well-formed, as it is written: texts with their quotes. Empty when there
// is none, or when `object` is no object.
[[nodiscard]] std::string_view member(std::string_view object, std::string_view name);
// The same as a whole number or as a text without escapes; empty when it is something else.
[[nodiscard]] std::optional<std::int64_t> integer_member(std::string_view object, std::string_view name);
[[nodiscard]] std::string_view text_member(std::string_view object, std::string_view name);

}  // namespace simulator
