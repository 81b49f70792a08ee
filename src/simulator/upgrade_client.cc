#include "simulator/upgrade_client.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/random.h"
#include "transport/upgrade.h"

namespace simulator {

namespace {

constexpr std::uint16_t kDefaultPort = 80;

std::string base64(const unsigned char* bytes, std::size_t size) {
    std::string text(4 * ((size + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends with a NUL
    text.resize(
        static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size))));
    return text;
}

std::string percent_encoded(std::string_view segment) {
    std::string out;
    for (const char c : segment) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::strchr("-_.~", c) != nullptr;
        if (plain && c != '\0') {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The value of the first header of this name in the lines of `head`; empty when there is none.
std::string_view header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
        at += 2;
        const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) {
            return trimmed(line.substr(colon + 1));
        }
    }
    return {};
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

UpgradeAnswer wrong(std::string_view problem) {
    UpgradeAnswer answer;
    answer.kind = UpgradeAnswer::Kind::wrong;
    answer.problem = problem;
    return answer;
}

UpgradeAnswer refused(unsigned status, std::string_view head) {
    UpgradeAnswer answer;
    answer.kind = UpgradeAnswer::Kind::refused;
    answer.status = status;
    if (const auto seconds = whole_number<std::uint32_t>(header(head, "Retry-After"))) {
        answer.retry_after = std::min(std::chrono::seconds(*seconds), UpgradeAnswer::kRetryAfterMax);
    }
    return answer;
}

}  // namespace

base::Result<Url> parse_url(std::string_view text) {
    constexpr std::string_view kScheme = "ws://";
    if (!text.starts_with(kScheme)) {
        return base::fail(fmt::format("'{}' does not begin with ws:// (wss:// is not supported)", text));
    }
    std::string_view rest = text.substr(kScheme.size());
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    Url url{.address = {.host = {}, .port = kDefaultPort},
            .authority = std::string(rest.substr(0, slash)),
            .path = std::string(rest.substr(slash))};
    while (url.path.ends_with('/')) {
        url.path.pop_back();
    }
    const std::string_view authority = url.authority;
    const std::size_t bracket = authority.find(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        const auto port = whole_number<std::uint16_t>(authority.substr(colon + 1));
        if (!port || *port == 0) {
            return base::fail(fmt::format("'{}' has no port from 1 to 65535 behind its colon", text));
        }
        url.address.port = *port;
    }
    std::string_view host = authority.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    if (host.empty()) {
        return base::fail(fmt::format("'{}' names no host", text));
    }
    if (url.path.find_first_of("?# ") != std::string::npos) {
        return base::fail(fmt::format("'{}' has more than a path: the id of the charge point becomes its last segment", text));
    }
    url.address.host = host;
    return url;
}

std::string upgrade_key(std::uint64_t nonce) {
    base::SplitMix stream(nonce);
    const std::array<std::uint64_t, 2> bytes = {stream.next(), stream.next()};
    return base64(reinterpret_cast<const unsigned char*>(bytes.data()), sizeof bytes);
}

std::string upgrade_request(const Url& url, std::string_view charge_point, std::string_view key) {
    return fmt::format(
        "GET {}/{} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: {}\r\nSec-WebSocket-Protocol: {}\r\nUser-Agent: charge-point-simulator/" CPG_VERSION "\r\n\r\n",
        url.path, percent_encoded(charge_point), url.authority, key, kProtocol);
}

UpgradeAnswer read_upgrade_answer(std::string_view received, std::string_view key) {
    const std::size_t end = received.substr(0, UpgradeAnswer::kBytesMax).find("\r\n\r\n");
    if (end == std::string_view::npos) {
        return received.size() < UpgradeAnswer::kBytesMax ? UpgradeAnswer{} : wrong("the answer to the upgrade is too long");
    }
    const std::string_view head = received.substr(0, end);
    constexpr std::string_view kVersion = "HTTP/1.1 ";
    const auto status = head.starts_with(kVersion) ? whole_number<unsigned>(head.substr(kVersion.size(), 3)) : std::nullopt;
    if (!status) {
        return wrong("the answer to the upgrade is not HTTP/1.1");
    }
    if (*status != 101) {
        return refused(*status, head);
    }
    if (!equal_ignoring_case(header(head, "Upgrade"), "websocket") ||
        !equal_ignoring_case(header(head, "Connection"), "upgrade")) {
        return wrong("the 101 is no upgrade to websocket");
    }
    if (header(head, "Sec-WebSocket-Accept") != transport::websocket_accept(key)) {
        return wrong("Sec-WebSocket-Accept is not made of our key");
    }
    if (header(head, "Sec-WebSocket-Protocol") != kProtocol) {
        return wrong("the sub-protocol ocpp1.6 was not accepted");
    }
    if (!header(head, "Sec-WebSocket-Extensions").empty()) {
        return wrong("an extension was chosen that was not offered");
    }
    UpgradeAnswer answer;
    answer.kind = UpgradeAnswer::Kind::upgraded;
    answer.status = *status;
    answer.consumed = end + 4;
    return answer;
}

}  // namespace simulator
