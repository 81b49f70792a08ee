// Input: what a client sends before there is a WebSocket. However it is cut, the head's end is found in the same place; what
// is let in has a charge point id that may stand in paths, logs and keys; and every response is one whole HTTP message,
// whatever of the request it repeats.
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/check.h"
#include "base/utf8.h"
#include "fuzz/target.h"
#include "transport/upgrade.h"

namespace fuzz {
namespace {

using transport::HeadScan;
using Found = HeadScan::Found;

// As a connection does it: what came so far is looked at again with every piece.
HeadScan scan(std::string_view input, const std::vector<std::string_view>& pieces) {
    std::size_t scanned = 0;
    for (const std::string_view piece : pieces) {
        const std::string so_far(input.substr(0, static_cast<std::size_t>(piece.data() - input.data()) + piece.size()));
        const HeadScan found = transport::scan_head(so_far, scanned);
        if (found.found != Found::incomplete) {
            return found;
        }
        scanned = so_far.size();
    }
    return {};
}

// The value of a header of ours, which stands there once.
std::string_view header(std::string_view head, std::string_view name) {
    const std::size_t at = head.find(std::string("\r\n") + std::string(name) + ": ");
    CHECK(at != std::string_view::npos, "a response has the header");
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

void check_response(const std::string& response) {
    const HeadScan head = transport::scan_head(response, 0);
    CHECK(head.found == Found::complete && response.starts_with("HTTP/1.1 "), "a response has a head");
    const std::string_view length = header(response, "Content-Length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    CHECK(response.size() - head.size == size, "a response has the length that it tells");
    CHECK(base::is_utf8(response), "a response is UTF-8");
}

void check_refusal(const transport::Refusal& refusal) {
    switch (refusal.status) {
        case 400:
        case 404:
        case 405:
        case 414:
        case 426:
        case 431: break;
        default: CHECK(false, "a refusal has a status of a client's mistake");
    }
    check_response(response_text(refusal));
}

// What the answer names was asked for, letter by letter, and is what is served but for its capitals.
void check_protocol(const transport::Upgrade& upgrade, std::string_view asked, const transport::Config& config) {
    using model::Quirk;
    const std::string& served = upgrade.request.protocol;
    const bool is_missing = upgrade.quirks.has(Quirk::sub_protocol_missing);
    CHECK(!is_missing || served == config.default_protocol, "the protocol assumed is the default");
    if (is_missing || served.empty()) {
        CHECK(upgrade.response.find("Sec-WebSocket-Protocol") == std::string::npos, "nothing is named that was not asked for");
        return;
    }
    const std::string named(header(upgrade.response, "Sec-WebSocket-Protocol"));
    CHECK(asked.find(named) != std::string_view::npos, "the answer names what was asked for");
    CHECK((named != served) == upgrade.quirks.has(Quirk::sub_protocol_in_capitals), "capitals are a quirk");
    std::string small = named;
    for (char& c : small) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    CHECK(small == served, "nothing but capitals differs");
}

void check_upgrade(const transport::Upgrade& upgrade, std::string_view asked, const transport::Config& config) {
    const std::string_view id = upgrade.request.charge_point.text();
    CHECK(!id.empty() && id.size() <= config.charge_point_id_bytes_max && base::is_utf8(id), "an id is a short text");
    for (const char c : id) {
        CHECK(static_cast<std::uint8_t>(c) >= 0x20 && c != 0x7F && c != '/', "an id is one segment without control characters");
    }
    const HeadScan head = transport::scan_head(upgrade.response, 0);
    CHECK(head.found == Found::complete && head.size == upgrade.response.size(), "a 101 is a head and nothing else");
    CHECK(upgrade.response.starts_with("HTTP/1.1 101 "), "a 101 says so");
    check_protocol(upgrade, asked, config);
    const std::string_view line = asked.substr(0, asked.find("\r\n"));
    CHECK(upgrade.quirks.has(model::Quirk::path_absolute) != line.starts_with("GET /"), "an absolute target is a quirk");
    CHECK(!upgrade.quirks.has(model::Quirk::path_escapes) || line.find('%') != std::string_view::npos, "no escape, no quirk");
}

}  // namespace

void check(std::string_view input) {
    Choices choices(input);
    const transport::Config config{.protocols = {"ocpp1.6", "ocpp2.0.1"}, .handshake_headers_max = 8};
    const HeadScan whole = scan(input, {input});
    for (const std::size_t size_mean : {1, 16}) {
        const HeadScan pieces = scan(input, choices.pieces_of(input, size_mean));
        CHECK(pieces.found == whole.found && pieces.size == whole.size, "pieces of a head are as the whole");
    }
    check_refusal(transport::refuse_long_head(input));
    if (whole.found != Found::complete) {
        return;
    }
    const std::string_view asked = input.substr(0, whole.size);
    const transport::Judgement judgement = transport::judge_request(asked, config);
    if (const auto* upgrade = std::get_if<transport::Upgrade>(&judgement)) {
        check_upgrade(*upgrade, asked, config);
    } else if (const auto* refusal = std::get_if<transport::Refusal>(&judgement)) {
        check_refusal(*refusal);
    } else {
        const auto& request = std::get<transport::PlainRequest>(judgement);
        CHECK(request.method == "GET" && request.target.starts_with('/'), "a plain request is a GET of a path");
    }
}

}  // namespace fuzz
