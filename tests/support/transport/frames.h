// Frames written byte by byte, so that they can also be wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace transport::frames {

inline constexpr std::uint8_t kFin = 0x80;
inline constexpr std::uint8_t kMasked = 0x80;

// `first` is the whole first byte; `length_byte` the second without the mask bit; `extended` its extended length.
inline std::string raw(std::uint8_t first, std::uint8_t length_byte, std::string_view extended, std::string_view payload) {
    constexpr std::string_view kKey = "\x37\xfa\x21\x3d";
    std::string frame{static_cast<char>(first), static_cast<char>(kMasked | length_byte)};
    frame += extended;
    frame += kKey;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        frame.push_back(static_cast<char>(payload[i] ^ kKey[i % kKey.size()]));
    }
    return frame;
}

inline std::string big_endian(std::uint64_t value, int bytes) {
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        text.push_back(static_cast<char>(value >> shift & 0xFF));
    }
    return text;
}

// A client's frame in its shortest form.
inline std::string masked(std::uint8_t first, std::string_view payload) {
    const std::size_t size = payload.size();
    if (size < 126) {
        return raw(first, static_cast<std::uint8_t>(size), {}, payload);
    }
    return size <= 0xFFFF ? raw(first, 126, big_endian(size, 2), payload) : raw(first, 127, big_endian(size, 8), payload);
}

inline std::string text(std::string_view payload) { return masked(kFin | 0x1, payload); }
inline std::string binary(std::string_view payload) { return masked(kFin | 0x2, payload); }
inline std::string ping(std::string_view payload) { return masked(kFin | 0x9, payload); }
inline std::string pong(std::string_view payload) { return masked(kFin | 0xA, payload); }
inline std::string close(std::uint16_t code, std::string_view reason = {}) {
    return masked(kFin | 0x8, big_endian(code, 2) + std::string(reason));
}
inline std::string first_fragment(std::string_view payload) { return masked(0x1, payload); }
inline std::string middle_fragment(std::string_view payload) { return masked(0x0, payload); }
inline std::string last_fragment(std::string_view payload) { return masked(kFin | 0x0, payload); }

}  // namespace transport::frames
