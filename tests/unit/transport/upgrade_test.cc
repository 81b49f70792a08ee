#include "transport/upgrade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Config config() { return {.protocols = {"ocpp1.6", "ocpp2.0.1"}}; }

constexpr std::string_view kUpgradeLines =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

std::string request(std::string_view target, std::string_view lines, std::string_view start = "GET") {
    return std::string(start) + " " + std::string(target) + " HTTP/1.1\r\nHost: gateway\r\n" + std::string(lines) + "\r\n";
}

std::string upgrade_of(std::string_view target, std::string_view more = {}) {
    return request(target, std::string(kUpgradeLines) + std::string(more));
}

Upgrade accepted(const std::string& head) {
    auto judgement = judge_request(head, config());
    const auto* refusal = std::get_if<Refusal>(&judgement);
    EXPECT_EQ(refusal, nullptr) << head << (refusal != nullptr ? refusal->detail : "");
    auto* upgrade = std::get_if<Upgrade>(&judgement);
    return upgrade != nullptr ? *upgrade : Upgrade{};
}

Refusal refused(const std::string& head) {
    auto judgement = judge_request(head, config());
    auto* refusal = std::get_if<Refusal>(&judgement);
    EXPECT_NE(refusal, nullptr) << head;
    return refusal != nullptr ? *refusal : Refusal{.status = 0, .detail = {}};
}

TEST(Upgrade, AnswersTheExampleOfTheRfc) {
    const auto upgrade = accepted(upgrade_of("/ocpp/CP-1", "Sec-WebSocket-Protocol: ocpp1.6\r\n"));
    EXPECT_EQ(upgrade.request.charge_point.text(), "CP-1");
    EXPECT_EQ(upgrade.request.protocol, "ocpp1.6");
    EXPECT_THAT(upgrade.response, HasSubstr("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_THAT(upgrade.response, HasSubstr("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    EXPECT_THAT(upgrade.response, HasSubstr("\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"));
}

TEST(Upgrade, DeclinesExtensionsByNotNamingThem) {
    for (const auto* offer : {"permessage-deflate", "permessage-deflate; client_max_window_bits",
                              "permessage-deflate; server_no_context_takeover; client_max_window_bits=9, x-webkit-deflate-frame",
                              "permessage-deflate\r\nSec-WebSocket-Extensions: bbf-usp-protocol", ""}) {
        const auto upgrade = accepted(upgrade_of("/ocpp/CP-1", "Sec-WebSocket-Extensions: " + std::string(offer) + "\r\n"));
        EXPECT_EQ(upgrade.response, accepted(upgrade_of("/ocpp/CP-1")).response) << offer;
    }
}

TEST(Upgrade, TakesTheChargePointFromThePath) {
    const std::string longest(255, 'x');
    const std::pair<std::string, std::string> cases[] = {
        {"/ocpp/CP-1", "CP-1"},
        {"/ws/CP-1", "CP-1"},
        {"/ocpp//CP-1/", "CP-1"},
        {"//ocpp/CP-1///", "CP-1"},
        {"/ocpp/CP-1?token=x/y", "CP-1"},
        {"http://gateway:8080/ocpp/CP-1", "CP-1"},
        {"WS://gateway/ocpp/CP-1", "CP-1"},
        {"/ocpp/a%20b", "a b"},
        {"/ocpp/%c3%a4", "\xc3\xa4"},
        {"/ocpp/%2541", "%41"},
        {"/ocpp/a+b", "a+b"},
        {"/ocpp/...", "..."},
        {"/ocpp/" + longest, longest},
    };
    for (const auto& [target, id] : cases) {
        EXPECT_EQ(accepted(upgrade_of(target)).request.charge_point.text(), id) << target;
    }
}

TEST(Upgrade, RefusesPathsThatNameNoChargePoint) {
    for (const auto* target :
         {"/", "/ocpp", "/ocpp/", "/ocpp/a/b", "/ocppx/CP-1", "/other/CP-1", "/OCPP/CP-1", "http://gateway"}) {
        EXPECT_EQ(refused(upgrade_of(target)).status, 404U) << target;
    }
    for (const std::string& target :
         {std::string("/ocpp/%2e%2E"), std::string("/ocpp/."), std::string("/ocpp/a%2fb"), std::string("/ocpp/%"),
          std::string("/ocpp/%4"), std::string("/ocpp/%zz"), std::string("/ocpp/%00"), std::string("/ocpp/%0a"),
          std::string("/ocpp/%7f"), std::string("/ocpp/%c2%85"), std::string("/ocpp/%ff"), "/ocpp/" + std::string(256, 'x'),
          std::string("ocpp/CP-1"), std::string("*"), std::string("/ocpp/a#b")}) {
        EXPECT_EQ(refused(upgrade_of(target)).status, 400U) << target;
    }
}

TEST(Upgrade, ChoosesTheFirstOfTheClientsProtocolsThatIsServed) {
    const std::pair<std::string, std::string> cases[] = {
        {"Sec-WebSocket-Protocol: ocpp2.0.1, ocpp1.6\r\n", "ocpp2.0.1"},
        {"Sec-WebSocket-Protocol: ocpp2.0,ocpp1.6\r\n", "ocpp1.6"},
        {"Sec-WebSocket-Protocol: ,\t ocpp1.5 ,,  ocpp1.6\t,\r\n", "ocpp1.6"},
        {"Sec-WebSocket-Protocol: ocpp1.5\r\nsec-websocket-protocol: ocpp1.6\r\n", "ocpp1.6"},
    };
    for (const auto& [lines, protocol] : cases) {
        const auto upgrade = accepted(upgrade_of("/ocpp/1", lines));
        EXPECT_EQ(upgrade.request.protocol, protocol) << lines;
        EXPECT_THAT(upgrade.response, HasSubstr("Sec-WebSocket-Protocol: " + protocol + "\r\n"));
    }
}

TEST(Upgrade, NamesNoProtocolInTheAnswerThatWasNotOffered) {
    const auto none_in_common = accepted(upgrade_of("/ocpp/1", "Sec-WebSocket-Protocol: ocpp1.5, soap\r\n"));
    EXPECT_EQ(none_in_common.request.protocol, "");
    EXPECT_THAT(none_in_common.response, Not(HasSubstr("Sec-WebSocket-Protocol")));

    const auto absent = accepted(upgrade_of("/ocpp/1"));
    EXPECT_EQ(absent.request.protocol, "ocpp1.6");
    EXPECT_THAT(absent.response, Not(HasSubstr("Sec-WebSocket-Protocol")));

    auto strict = config();
    strict.default_protocol = "";
    const auto judgement = judge_request(upgrade_of("/ocpp/1"), strict);
    EXPECT_EQ(std::get<Upgrade>(judgement).request.protocol, "");
}

TEST(Upgrade, AssumesWhatChargePointsWithSuchAnIdSpeak) {
    auto by_id = config();
    by_id.default_protocols = {{.charge_point = "NEW-*", .protocol = "ocpp2.0.1"}, {.charge_point = "N*", .protocol = ""}};
    const auto assumed = [&](const std::string& target, std::string_view lines = "") {
        return std::get<Upgrade>(judge_request(upgrade_of(target, lines), by_id)).request.protocol;
    };
    EXPECT_EQ(assumed("/ocpp/NEW-1"), "ocpp2.0.1");
    EXPECT_EQ(assumed("/ocpp/N%2d1"), "") << "none";
    EXPECT_EQ(assumed("/ocpp/OLD-1"), "ocpp1.6");
    EXPECT_EQ(assumed("/ocpp/NEW-1", "Sec-WebSocket-Protocol: ocpp1.6\r\n"), "ocpp1.6");
}

TEST(Upgrade, ServesASubProtocolInCapitalsAndAnswersItAsSpelled) {
    for (const std::string spelled : {"OCPP1.6", "Ocpp1.6"}) {
        const auto upgrade = accepted(upgrade_of("/ocpp/1", "Sec-WebSocket-Protocol: soap, " + spelled + "\r\n"));
        EXPECT_EQ(upgrade.request.protocol, "ocpp1.6");
        EXPECT_THAT(upgrade.response, HasSubstr("\r\nSec-WebSocket-Protocol: " + spelled + "\r\n"));
    }
}

std::vector<std::string_view> quirks_of(const std::string& head) {
    std::vector<std::string_view> names;
    const model::Quirks met = accepted(head).quirks;
    for (const model::QuirkEntry& entry : model::quirks()) {
        if (met.has(entry.quirk)) {
            names.push_back(entry.name);
        }
    }
    return names;
}

TEST(Upgrade, NamesTheQuirksThatItTolerates) {
    const std::string usual = "Sec-WebSocket-Protocol: ocpp1.6\r\n";
    EXPECT_THAT(quirks_of(upgrade_of("/ocpp/CP%201?a=//", "Sec-WebSocket-Protocol: soap, ocpp1.6\r\n")), IsEmpty());
    EXPECT_THAT(quirks_of(upgrade_of("/ocpp/1")), ElementsAre("subprotocol_missing"));
    EXPECT_THAT(quirks_of(upgrade_of("/ocpp/1", "Sec-WebSocket-Protocol: OCPP1.6\r\n")), ElementsAre("subprotocol_in_capitals"));
    EXPECT_THAT(quirks_of(upgrade_of("/ocpp/1", "Sec-WebSocket-Protocol: soap\r\n" + usual)), ElementsAre("subprotocol_lines"));
    for (const auto* target : {"/ocpp//1", "/ocpp/1/", "//ocpp/1", "//ocpp/1///"}) {
        EXPECT_THAT(quirks_of(upgrade_of(target, usual)), ElementsAre("path_slashes")) << target;
    }
    EXPECT_THAT(quirks_of(upgrade_of("ws://gateway/ocpp/1", usual)), ElementsAre("path_absolute"));
    for (const auto* target : {"/ocpp/%43P-1", "/ocpp/CP%2D1", "/ocpp/CP%7e1", "/ocpp/CP%201%32"}) {
        EXPECT_THAT(quirks_of(upgrade_of(target, usual)), ElementsAre("path_escapes")) << target;
    }
    EXPECT_THAT(
        quirks_of(upgrade_of("ws://gateway//ocpp/%31", "Sec-WebSocket-Protocol: soap\r\nSec-WebSocket-Protocol: OCPP1.6\r\n")),
        ElementsAre("subprotocol_in_capitals", "subprotocol_lines", "path_slashes", "path_absolute", "path_escapes"));
}

TEST(Upgrade, AsksForAnUpgradeToVersion13) {
    const std::string no_version = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (const auto& head : {request("/ocpp/1", ""), request("/ocpp/1", "Upgrade: h2c\r\nConnection: Upgrade\r\n"),
                             request("/ocpp/1", no_version), request("/ocpp/1", no_version + "Sec-WebSocket-Version: 8\r\n")}) {
        const auto refusal = refused(head);
        EXPECT_EQ(refusal.status, 426U) << head;
        const auto text = response_text(refusal);
        EXPECT_THAT(text, HasSubstr("HTTP/1.1 426 Upgrade Required\r\n"));
        EXPECT_THAT(text, HasSubstr("\r\nUpgrade: websocket\r\n"));
        EXPECT_THAT(text, HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
    }
}

TEST(Upgrade, RefusesWhatIsNoProperRequest) {
    const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string rest = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    const std::string version = "Sec-WebSocket-Version: 13\r\n";
    const std::string heads[] = {
        "nonsense\r\n\r\n",
        "GET /ocpp/1 HTTP/1.0\r\nHost: a\r\n" + std::string(kUpgradeLines) + "\r\n",
        "GET /ocpp/1 HTTP/2.0\r\nHost: a\r\n" + std::string(kUpgradeLines) + "\r\n",
        "GET /ocpp/1\r\n\r\n",
        "GET /ocpp/1 HTTP/1.1\r\n" + std::string(kUpgradeLines) + "\r\n",
        upgrade_of("/ocpp/1", "Host: other\r\n"),
        upgrade_of("/ocpp/1", "Content-Length: 5\r\n"),
        upgrade_of("/ocpp/1", "Transfer-Encoding: chunked\r\n"),
        upgrade_of("/ocpp/1", "X-Long: a\r\n b\r\n"),
        upgrade_of("/ocpp/1", " X-Blank: a\r\n"),
        upgrade_of("/ocpp/1", "X Y: a\r\n"),
        upgrade_of("/ocpp/1", key),
        upgrade_of("/ocpp/1", version),
        request("/ocpp/1", rest + version),
        request("/ocpp/1", rest + version + "Sec-WebSocket-Key: short\r\n"),
        request("/ocpp/1", rest + version + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ!!\r\n"),
        request("/ocpp/1", "Upgrade: websocket\r\nConnection: keep-alive\r\n" + key + version),
    };
    for (const auto& head : heads) {
        EXPECT_EQ(refused(head).status, 400U) << head;
    }
    EXPECT_EQ(refused(request("/ocpp/1", kUpgradeLines, "POST")).status, 405U);
    EXPECT_EQ(refused(request("/health", "", "HEAD")).status, 405U);
}

TEST(Upgrade, TakesTokensInAnyCaseAndAmongOthers) {
    accepted(request("/ocpp/1",
                     "Upgrade: foo, WebSocket\r\nConnection: keep-alive, upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n"));
}

TEST(Upgrade, CountsHeaderLines) {
    std::string lines;
    for (int i = 0; i < 59; ++i) {
        lines += "X-" + std::to_string(i) + ": x\r\n";
    }
    accepted(upgrade_of("/ocpp/1", lines));  // 64 with Host and the four of the upgrade
    EXPECT_EQ(refused(upgrade_of("/ocpp/1", lines + "X-One-More: x\r\n")).status, 431U);
}

TEST(Upgrade, TellsAPlainRequestWithItsQuery) {
    const auto judgement = judge_request(request("/health?verbose=1", ""), config());
    EXPECT_EQ(std::get<PlainRequest>(judgement).target, "/health?verbose=1");
}

TEST(Upgrade, FindsTheEndOfTheHeadHoweverItArrives) {
    const std::string head = upgrade_of("/ocpp/1");
    const std::string bytes = head + "\x81";
    EXPECT_EQ(scan_head(bytes, 0).size, head.size());
    for (std::size_t cut = 0; cut < head.size(); ++cut) {
        ASSERT_EQ(scan_head(std::string_view(bytes).substr(0, cut), 0).found, HeadScan::Found::incomplete) << cut;
        ASSERT_EQ(scan_head(bytes, cut).size, head.size()) << cut;
    }
}

TEST(Upgrade, RefusesOtherLineEndsAndNulAtOnce) {
    using std::string_view_literals::operator""sv;
    for (const auto bytes :
         {"GET / HTTP/1.1\nHost: a\n\n"sv, "GET / HTTP/1.1\rHost"sv, "GET /\0 HTTP"sv, "\x16\x03\x01\x02"sv, "get /"sv}) {
        EXPECT_EQ(scan_head(bytes, 0).found, HeadScan::Found::malformed) << bytes;
    }
}

TEST(Upgrade, RefusesWhatBeginsWithoutAMethodHoweverItArrives) {
    for (const std::string& start : {std::string("\r\n"), std::string(" "), std::string("\x16"), std::string("g")}) {
        const std::string bytes = start + upgrade_of("/ocpp/CP-001");
        for (const std::size_t size : {std::size_t{1}, start.size(), bytes.size() / 2, bytes.size()}) {
            EXPECT_EQ(scan_head(std::string_view(bytes).substr(0, size), 0).found, HeadScan::Found::malformed) << bytes << size;
        }
    }
}

TEST(Upgrade, WritesProblemDocumentsAndRetryAfter) {
    const auto text = response_text(PlainResponse{.status = 503, .body = {}, .retry_after = std::chrono::seconds{17}});
    EXPECT_THAT(text, HasSubstr("HTTP/1.1 503 Service Unavailable\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nRetry-After: 17\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nContent-Type: application/problem+json\r\n"));
    EXPECT_THAT(text, HasSubstr("\"status\":503"));
    EXPECT_EQ(refuse_long_head("GET /aaaaaa").status, 414U);
    EXPECT_EQ(refuse_long_head("GET / HTTP/1.1\r\nX: aaaa").status, 431U);
}

}  // namespace
}  // namespace transport
