// Checks UTF-8 (RFC 3629) that arrives in pieces: a text message's fragments, and a frame's bytes as the network cuts them.
// Four bytes of state; says no with the first byte that cannot continue a well-formed text.
#pragma once

#include <cstdint>
#include <string_view>

namespace transport {

class Utf8Check {
public:
    // False from the first wrong byte on.
    bool feed(std::string_view bytes);
    // False in the middle of a sequence.
    [[nodiscard]] bool is_complete() const { return missing_ == 0; }

private:
    bool start_sequence(std::uint8_t byte);

    std::uint8_t missing_ = 0;     // continuation bytes that must follow
    std::uint8_t lowest_ = 0x80;   // bounds of the next one: they rule out overlong forms, surrogates and
    std::uint8_t highest_ = 0xBF;  // everything above U+10FFFF
    bool wrong_ = false;
};

}  // namespace transport
