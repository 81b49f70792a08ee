#include "transport/utf8_check.h"

#include <cstddef>
#include <cstring>

namespace transport {

namespace {

// The first byte at or after `at` that is not ASCII, eight bytes at a time.
std::size_t skip_ascii(std::string_view bytes, std::size_t at) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080U;
    while (at + sizeof(std::uint64_t) <= bytes.size()) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        if ((word & kHighBits) != 0) {
            break;
        }
        at += sizeof word;
    }
    while (at < bytes.size() && static_cast<std::uint8_t>(bytes[at]) < 0x80) {
        ++at;
    }
    return at;
}

}  // namespace

bool Utf8Check::start_sequence(std::uint8_t byte) {
    if (byte < 0xC2 || byte > 0xF4) {
        return false;
    }
    missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    lowest_ = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    highest_ = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    return true;
}

bool Utf8Check::feed(std::string_view bytes) {
    for (std::size_t at = 0; !wrong_ && at < bytes.size(); ++at) {
        if (missing_ == 0) {
            at = skip_ascii(bytes, at);
            if (at == bytes.size()) {
                break;
            }
            wrong_ = !start_sequence(static_cast<std::uint8_t>(bytes[at]));
            continue;
        }
        const auto byte = static_cast<std::uint8_t>(bytes[at]);
        wrong_ = byte < lowest_ || byte > highest_;
        lowest_ = 0x80;
        highest_ = 0xBF;
        --missing_;
    }
    return !wrong_;
}

}  // namespace transport
