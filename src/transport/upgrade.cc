#include "transport/upgrade.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <optional>

#include "base/glob.h"
#include "base/utf8.h"
#include "net/http_problem.h"

namespace transport {

namespace http = boost::beast::http;
using boost::beast::iequals;

namespace {

using Request = http::request<http::empty_body>;

void note(model::Quirks& quirks, model::Quirk quirk, bool met) {
    if (met) {
        quirks.add(quirk);
    }
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

Refusal bad_request(std::string detail) { return {.status = 400, .detail = std::move(detail)}; }

Refusal upgrade_required(std::string detail) {
    return {.status = 426,
            .detail = std::move(detail),
            .headers = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Version", "13"}}};
}

// Header lines start after the request line; a line that starts with a blank continues the one before (obsolete folding).
std::optional<Refusal> refuse_lines(std::string_view head, const Config& config) {
    std::size_t headers = 0;
    for (std::size_t at = head.find("\r\n"); at + 2 < head.size() - 2; at = head.find("\r\n", at + 2)) {
        ++headers;
        if (head[at + 2] == ' ' || head[at + 2] == '\t') {
            return bad_request("a header line is folded");
        }
    }
    if (headers > config.handshake_headers_max) {
        return Refusal{.status = 431, .detail = "too many header lines"};
    }
    return std::nullopt;
}

std::size_t count(const Request& request, http::field field) { return request.count(field); }

std::optional<Refusal> refuse_headers(const Request& request) {
    if (request.version() != 11) {
        return bad_request("HTTP/1.1 is needed");
    }
    if (request.method() != http::verb::get) {
        return Refusal{.status = 405, .detail = "only GET is served here", .headers = {{"Allow", "GET"}}};
    }
    if (count(request, http::field::host) != 1) {
        return bad_request("exactly one Host header is needed");
    }
    if (request.has_content_length() && view(request[http::field::content_length]) != "0") {
        return bad_request("a request with a body");
    }
    if (count(request, http::field::transfer_encoding) != 0) {
        return bad_request("a request with a body");
    }
    if (count(request, http::field::sec_websocket_key) > 1 || count(request, http::field::sec_websocket_version) > 1) {
        return bad_request("a Sec-WebSocket header twice");
    }
    return std::nullopt;
}

// The path and query of a target in origin form (`/ocpp/1`) or absolute form (`http://host/ocpp/1`); empty if neither.
std::string_view origin_form(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://", "ws://", "wss://"}) {
        if (target.size() > scheme.size() && iequals({target.data(), scheme.size()}, {scheme.data(), scheme.size()})) {
            const std::size_t path = target.find('/', scheme.size());
            return path == std::string_view::npos ? "/" : target.substr(path);
        }
    }
    return target.starts_with('/') ? target : std::string_view{};
}

// Non-empty segments: doubled and trailing slashes count as one and none.
std::vector<std::string_view> segments(std::string_view path) {
    std::vector<std::string_view> found;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end > 0) {
            found.push_back(path.substr(0, end));
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return found;
}

bool has_spare_slashes(std::string_view path) { return path.ends_with('/') || path.find("//") != std::string_view::npos; }

// The one segment behind one of the configured prefixes, still encoded.
std::optional<std::string_view> charge_point_segment(std::string_view path, const Config& config) {
    const auto have = segments(path);
    for (const std::string& prefix : config.paths) {
        const auto want = segments(prefix);
        if (have.size() == want.size() + 1 && std::equal(want.begin(), want.end(), have.begin())) {
            return have.back();
        }
    }
    return std::nullopt;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// RFC 3986 section 2.3: these never need an escape.
bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

struct Decoded {
    std::string text;
    bool needlessly = false;  // something was encoded that needs no escape
};

std::optional<Decoded> percent_decoded(std::string_view text) {
    Decoded decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.text.push_back(text[i]);
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        decoded.text.push_back(static_cast<char>(high << 4 | low));
        decoded.needlessly = decoded.needlessly || is_unreserved(decoded.text.back());
        i += 2;
    }
    return decoded;
}

// C0, DEL, and C1 as UTF-8 writes it (C2 80 to C2 9F).
bool has_control_characters(std::string_view utf8) {
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(utf8[i]);
        if (byte < 0x20 || byte == 0x7F) {
            return true;
        }
        if (byte == 0xC2 && i + 1 < utf8.size() && static_cast<std::uint8_t>(utf8[i + 1]) < 0xA0) {
            return true;
        }
    }
    return false;
}

base::Result<std::string, Refusal> charge_point_id(std::string_view segment, const Config& config, model::Quirks& quirks) {
    auto decoded = percent_decoded(segment);
    const auto refuse = [](const char* why) { return tl::unexpected(bad_request(why)); };
    if (!decoded) {
        return refuse("the charge point id has a broken percent escape");
    }
    std::string& id = decoded->text;
    if (id.size() > config.charge_point_id_bytes_max) {
        return refuse("the charge point id is too long");
    }
    if (!base::is_utf8(id)) {
        return refuse("the charge point id is not UTF-8");
    }
    if (has_control_characters(id)) {
        return refuse("the charge point id has control characters");
    }
    if (id.find('/') != std::string::npos || id == "." || id == "..") {
        return refuse("the charge point id is not one path segment");
    }
    note(quirks, model::Quirk::path_escapes, decoded->needlessly);
    return std::move(id);
}

// Calls `visit` with every element of every line of a comma-separated header; stops when it says true.
template <class Visit>
bool any_element(const Request& request, http::field field, Visit visit) {
    const auto lines = request.equal_range(field);
    for (auto line = lines.first; line != lines.second; ++line) {
        std::string_view rest = view(line->value());
        while (!rest.empty()) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            std::string_view element = rest.substr(0, comma);
            rest.remove_prefix(std::min(comma + 1, rest.size()));
            const std::size_t first = std::min(element.find_first_not_of(" \t"), element.size());
            element.remove_prefix(first);
            element = element.substr(0, element.find_last_not_of(" \t") + 1);
            if (!element.empty() && visit(element)) {
                return true;
            }
        }
    }
    return false;
}

bool has_token(const Request& request, http::field field, std::string_view token) {
    return any_element(request, field, [&](std::string_view element) {
        return iequals({element.data(), element.size()}, {token.data(), token.size()});
    });
}

// 16 bytes in base64: 22 digits and two signs of padding.
bool is_websocket_key(std::string_view key) {
    const auto is_digit = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    };
    return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, is_digit);
}

std::optional<Refusal> refuse_upgrade(const Request& request) {
    if (!has_token(request, http::field::upgrade, "websocket")) {
        return upgrade_required("this path is for charge points and needs a WebSocket upgrade");
    }
    if (!has_token(request, http::field::connection, "upgrade")) {
        return bad_request("the Connection header does not say Upgrade");
    }
    if (view(request[http::field::sec_websocket_version]) != "13") {
        return upgrade_required("WebSocket version 13 is needed");
    }
    if (!is_websocket_key(view(request[http::field::sec_websocket_key]))) {
        return bad_request("Sec-WebSocket-Key is not 16 bytes in base64");
    }
    return std::nullopt;
}

struct ChosenProtocol {
    std::string name;     // as it is served; empty: none in common
    std::string offered;  // as the client spelled it: the answer names only what was offered
};

const std::string& default_protocol_of(std::string_view charge_point, const Config& config) {
    const auto found = std::find_if(config.default_protocols.begin(), config.default_protocols.end(), [&](const auto& other) {
        return base::matches_glob(other.charge_point, charge_point, base::Letters::exact);
    });
    return found != config.default_protocols.end() ? found->protocol : config.default_protocol;
}

// The first of the client's list that is served.
ChosenProtocol choose_protocol(const Request& request, std::string_view charge_point, const Config& config,
                               model::Quirks& quirks) {
    ChosenProtocol chosen;
    bool any_offered = false;
    any_element(request, http::field::sec_websocket_protocol, [&](std::string_view element) {
        any_offered = true;
        const auto served = std::find_if(config.protocols.begin(), config.protocols.end(), [&](const std::string& protocol) {
            return iequals({element.data(), element.size()}, {protocol.data(), protocol.size()});
        });
        if (served == config.protocols.end()) {
            return false;
        }
        chosen = {.name = *served, .offered = std::string(element)};
        return true;
    });
    if (!any_offered) {
        chosen.name = default_protocol_of(charge_point, config);
    }
    note(quirks, model::Quirk::sub_protocol_missing, !any_offered);
    note(quirks, model::Quirk::sub_protocol_in_capitals, any_offered && chosen.offered != chosen.name);
    note(quirks, model::Quirk::sub_protocol_lines, count(request, http::field::sec_websocket_protocol) > 1);
    return chosen;
}

std::string switching_protocols(std::string_view key, const ChosenProtocol& protocol) {
    std::string text =
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        websocket_accept(key) + "\r\n";
    if (!protocol.offered.empty()) {
        text += "Sec-WebSocket-Protocol: " + protocol.offered + "\r\n";
    }
    return text + "\r\n";
}

Judgement judge_upgrade(const Request& request, std::string_view path, std::string_view segment, const Config& config) {
    if (auto refusal = refuse_upgrade(request)) {
        return std::move(*refusal);
    }
    Upgrade upgrade;
    auto id = charge_point_id(segment, config, upgrade.quirks);
    if (!id) {
        return std::move(id.error());
    }
    note(upgrade.quirks, model::Quirk::path_absolute, !view(request.target()).starts_with('/'));
    note(upgrade.quirks, model::Quirk::path_slashes, has_spare_slashes(path));
    auto protocol = choose_protocol(request, *id, config, upgrade.quirks);
    upgrade.response = switching_protocols(view(request[http::field::sec_websocket_key]), protocol);
    upgrade.request.charge_point = model::ChargePointId(*id);
    upgrade.request.protocol = std::move(protocol.name);
    return upgrade;
}

void append_head(std::string& out, unsigned status, const HeaderLines& headers, std::string_view content_type, std::size_t size) {
    out += "HTTP/1.1 " + std::to_string(status) + ' ';
    out += net::http_phrase(status);
    out += "\r\n";
    bool says_connection = false;
    for (const auto& [name, value] : headers) {
        out += name + ": " + value + "\r\n";
        says_connection = says_connection || name == "Connection";
    }
    if (!says_connection) {
        out += "Connection: close\r\n";
    }
    out += "Content-Type: ";
    out += content_type;
    out += "\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
}

}  // namespace

HeadScan scan_head(std::string_view bytes, std::size_t scanned) {
    // Whatever speaks another protocol (TLS on the plain port) is told at once, not at the deadline, and the same however its
    // bytes arrive: a whole head in one piece is no better.
    if (!bytes.empty() && (bytes.front() < 'A' || bytes.front() > 'Z')) {
        return {.found = HeadScan::Found::malformed};
    }
    // The last byte of what was scanned may have been a CR that waits for its LF.
    for (std::size_t i = scanned == 0 ? 0 : scanned - 1; i < bytes.size(); ++i) {
        const char c = bytes[i];
        const bool bare_lf = c == '\n' && (i == 0 || bytes[i - 1] != '\r');
        const bool bare_cr = c == '\r' && i + 1 < bytes.size() && bytes[i + 1] != '\n';
        if (c == '\0' || bare_lf || bare_cr) {
            return {.found = HeadScan::Found::malformed};
        }
        if (c == '\n' && i >= 3 && bytes[i - 2] == '\n') {
            return {.found = HeadScan::Found::complete, .size = i + 1};
        }
    }
    return {};
}

Judgement judge_request(std::string_view head, const Config& config) {
    if (auto refusal = refuse_lines(head, config)) {
        return std::move(*refusal);
    }
    http::request_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(head.size()));
    boost::beast::error_code error;
    parser.put(boost::asio::buffer(head.data(), head.size()), error);
    // An error after the head is about a body, which is refused below by its own name.
    if (!parser.is_header_done()) {
        return bad_request("not an HTTP/1.1 request");
    }
    const Request& request = parser.get();
    if (auto refusal = refuse_headers(request)) {
        return std::move(*refusal);
    }
    const std::string_view target = origin_form(view(request.target()));
    if (target.empty() || target.find('#') != std::string_view::npos) {
        return bad_request("the request target is no path");
    }
    const std::string_view path = target.substr(0, target.find('?'));
    if (const auto segment = charge_point_segment(path, config)) {
        return judge_upgrade(request, path, *segment, config);
    }
    if (has_token(request, http::field::upgrade, "websocket")) {
        return Refusal{.status = 404, .detail = "no charge point path"};
    }
    return PlainRequest{.method = "GET", .target = std::string(target)};
}

Refusal refuse_long_head(std::string_view bytes) {
    if (bytes.find("\r\n") == std::string_view::npos) {
        return {.status = 414, .detail = "the request line is longer than the limit"};
    }
    return {.status = 431, .detail = "the request's head is longer than the limit"};
}

std::string response_text(const Refusal& refusal) {
    const auto problem = net::problem_response({.status = refusal.status, .detail = refusal.detail, .members = {}});
    std::string text;
    append_head(text, refusal.status, refusal.headers, problem.content_type, problem.body.size());
    return text + problem.body;
}

std::string response_text(const PlainResponse& response) {
    HeaderLines headers;
    if (response.retry_after) {
        headers.emplace_back("Retry-After", std::to_string(response.retry_after->count()));
    }
    if (response.status >= 400 && response.body.empty()) {
        return response_text(Refusal{.status = response.status, .detail = {}, .headers = std::move(headers)});
    }
    std::string text;
    append_head(text, response.status, headers, response.content_type, response.body.size());
    return text + response.body;
}

std::string websocket_accept(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    unsigned int size = digest.size();
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 29> base64{};
    const int length = EVP_EncodeBlock(base64.data(), digest.data(), SHA_DIGEST_LENGTH);
    return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length)};
}

}  // namespace transport
