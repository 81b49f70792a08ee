#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>

#include "base/check.h"

namespace base {
namespace {

// One buffer of all parts, each with its length in front: short texts, hashed in one call.
std::string framed(std::initializer_list<std::string_view> parts) {
    std::size_t bytes = 0;
    for (const std::string_view part : parts) {
        bytes += sizeof(std::uint64_t) + part.size();
    }
    std::string text;
    text.reserve(bytes);
    for (const std::string_view part : parts) {
        std::array<char, sizeof(std::uint64_t)> length{};
        for (std::size_t i = 0; i < length.size(); ++i) {
            length[i] = static_cast<char>(static_cast<std::uint64_t>(part.size()) >> (8 * i));
        }
        text.append(length.data(), length.size());
        text += part;
    }
    return text;
}

// Fetched once: OpenSSL 3 would look EVP_sha256() up, under locks, each time.
const EVP_MD* sha256_algorithm() {
    static const EVP_MD* const the_algorithm = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
    return the_algorithm;
}

}  // namespace

Digest sha256(std::initializer_list<std::string_view> parts) {
    const std::string text = framed(parts);
    Digest digest{};
    CHECK(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, sha256_algorithm(), nullptr) == 1,
          "SHA-256 is always there");
    return digest;
}

Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
    return hmac_sha256_of_text(key, framed(parts));
}

Digest hmac_sha256_of_text(std::string_view key, std::string_view text) {
    Digest digest{};
    unsigned size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    CHECK(HMAC(sha256_algorithm(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest.data(), &size) != nullptr,
          "HMAC-SHA-256 is always there");
    return digest;
}

std::uint32_t fnv1a32(std::string_view text) {
    std::uint32_t hash = 2'166'136'261U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
    }
    return hash;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(bytes.size() * 2, '0');
    char* at = text.data();
    for (const std::uint8_t byte : bytes) {
        *at++ = kDigits[byte >> 4U];
        *at++ = kDigits[byte & 15U];
    }
    return text;
}

}  // namespace base
