// The client's side of a WebSocket upgrade (RFC 6455 section 4.1) for OCPP 1.6, as plain functions on text.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/listener.h"

namespace simulator {

inline constexpr std::string_view kProtocol = "ocpp1.6";

// Where charge points connect to: `ws://host[:port]/path`. The id of a charge point becomes one more segment of the path.
struct Url {
    net::Address address;
    std::string authority;  // as written: what the Host header says
    std::string path;       // without a slash at its end
};
[[nodiscard]] base::Result<Url> parse_url(std::string_view text);

// 16 bytes in Base64, made of `nonce`. Nobody guesses a simulated handshake, so 64 bits of randomness do.
[[nodiscard]] std::string upgrade_key(std::uint64_t nonce);
[[nodiscard]] std::string upgrade_request(const Url& url, std::string_view charge_point, std::string_view key);

struct UpgradeAnswer {
    enum class Kind : std::uint8_t { incomplete, upgraded, refused, wrong };

    static constexpr std::size_t kBytesMax = 8192;
    static constexpr std::chrono::seconds kRetryAfterMax{3600};

    Kind kind = Kind::incomplete;
    unsigned status = 0;
    std::optional<std::chrono::seconds> retry_after;  // told in seconds; a date is ignored
    std::size_t consumed = 0;                         // bytes of the answer; what follows are frames
    std::string_view problem;                         // why the answer is wrong
};
// `received` is everything that came so far.
[[nodiscard]] UpgradeAnswer read_upgrade_answer(std::string_view received, std::string_view key);

}  // namespace simulator
