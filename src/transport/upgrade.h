// The HTTP/1.1 request that a connection begins with: found, parsed (Beast's parser, fed by hand) and judged, without a
// socket. Beast accepts much that has no place here (300 header lines, two Hosts, folded lines, a body, HTTP/1.0); the
// limits of Config and the rules below are ours. RFC 9112 section 3, RFC 6455 section 4.2, OCPP-J 1.6 section 3.
//
// Also the responses: 101, and the plain ones that end a connection before it became a WebSocket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/quirk.h"
#include "transport/endpoint.h"

namespace transport {

// Looks for the end of the request's head. Line ends are CR LF and nothing else, and there is no NUL: a server in front of
// us that reads such bytes differently is how requests get smuggled.
struct HeadScan {
    enum class Found : std::uint8_t { incomplete, complete, malformed };
    Found found = Found::incomplete;
    std::size_t size = 0;  // of the complete head, with the empty line
};
// `scanned` bytes of `bytes` were looked at by an earlier call that found the head incomplete.
[[nodiscard]] HeadScan scan_head(std::string_view bytes, std::size_t scanned);

using HeaderLines = std::vector<std::pair<std::string, std::string>>;

// Why the request is answered with something else than 101.
struct Refusal {
    unsigned status = 400;
    std::string detail;  // for people, in the problem document and in the log
    HeaderLines headers{};
};

// A well-formed upgrade of a charge point's path. `request.remote_address` is the caller's to fill in.
struct Upgrade {
    UpgradeRequest request;
    std::string response;    // the whole 101, to be sent once the owner has accepted
    model::Quirks quirks{};  // to be counted then
};

using Judgement = std::variant<Upgrade, PlainRequest, Refusal>;

// `head` is what scan_head() found complete.
[[nodiscard]] Judgement judge_request(std::string_view head, const Config& config);

// Of a head that exceeds config.handshake_bytes_max before it ends: 414 where even the request line does, else 431.
[[nodiscard]] Refusal refuse_long_head(std::string_view bytes);

// Whole responses after which the connection ends. An error without a body gets a problem document (RFC 9457).
[[nodiscard]] std::string response_text(const Refusal& refusal);
[[nodiscard]] std::string response_text(const PlainResponse& response);

// The value of Sec-WebSocket-Accept for a client's Sec-WebSocket-Key: a client checks it, a server sends it.
[[nodiscard]] std::string websocket_accept(std::string_view key);

}  // namespace transport
