// SHA-256 and HMAC-SHA-256 (OpenSSL's), for ids that must be equal on every pod and not guessable; FNV-1a to spread.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace base {

using Digest = std::array<std::uint8_t, 32>;

// Parts are hashed with their lengths before them, so that ("ab", "c") and ("a", "bc") differ.
[[nodiscard]] Digest sha256(std::initializer_list<std::string_view> parts);
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts);
// Of the text as it is, as others compute it.
[[nodiscard]] Digest hmac_sha256_of_text(std::string_view key, std::string_view text);

// Of the FNV-1a family, 32 bits: by it a pod's id chooses a partition.
[[nodiscard]] std::uint32_t fnv1a32(std::string_view text);

[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace base
