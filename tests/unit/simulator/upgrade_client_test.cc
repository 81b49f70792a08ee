#include "simulator/upgrade_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simulator {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Kind = UpgradeAnswer::Kind;

// The example of RFC 6455 section 1.3.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kGood =
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n";

std::string good_with(std::string_view from, std::string_view to) {
    std::string text(kGood);
    return text.replace(text.find(from), from.size(), to);
}

TEST(UpgradeClient, TakesAGoodAnswerAndLeavesTheFramesBehindIt) {
    const UpgradeAnswer answer = read_upgrade_answer(std::string(kGood) + "frames", kKey);

    EXPECT_EQ(answer.kind, Kind::upgraded);
    EXPECT_EQ(answer.consumed, kGood.size());
}

TEST(UpgradeClient, WaitsForTheRestOfAnIncompleteAnswer) {
    for (std::size_t size = 0; size < kGood.size(); ++size) {
        EXPECT_EQ(read_upgrade_answer(kGood.substr(0, size), kKey).kind, Kind::incomplete) << size;
    }
}

TEST(UpgradeClient, RefusesAnAnswerThatIsWrong) {
    for (const std::string& answer :
         {good_with("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "AAAALMBiTxaQ9kYGzzhZRbK+xOo="), good_with("ocpp1.6", "ocpp2.0.1"),
          good_with("Sec-WebSocket-Protocol: ocpp1.6\r\n", ""), good_with("WebSocket", "h2c"),
          good_with("Connection: Upgrade\r\n", ""), good_with("HTTP/1.1", "HTTP/1.0"),
          good_with("\r\nup", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\nup"),
          std::string(UpgradeAnswer::kBytesMax, 'x')}) {
        const UpgradeAnswer read = read_upgrade_answer(answer, kKey);
        EXPECT_EQ(read.kind, Kind::wrong) << answer;
        EXPECT_FALSE(read.problem.empty());
    }
}

TEST(UpgradeClient, ReadsRetryAfterOfARefusal) {
    const UpgradeAnswer answer =
        read_upgrade_answer("HTTP/1.1 503 Service Unavailable\r\nretry-after:  17 \r\nContent-Length: 0\r\n\r\n", kKey);

    EXPECT_EQ(answer.kind, Kind::refused);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.retry_after, 17s);
}

TEST(UpgradeClient, TakesNoRetryAfterButASensibleOne) {
    EXPECT_EQ(read_upgrade_answer("HTTP/1.1 503 x\r\nRetry-After: 4000000000\r\n\r\n", kKey).retry_after,
              UpgradeAnswer::kRetryAfterMax);
    EXPECT_EQ(read_upgrade_answer("HTTP/1.1 503 x\r\nRetry-After: Fri, 20 Nov 2026\r\n\r\n", kKey).retry_after, std::nullopt);
    EXPECT_EQ(read_upgrade_answer("HTTP/1.1 404 x\r\n\r\n", kKey).retry_after, std::nullopt);
}

TEST(UpgradeClient, AsksForTheChargePointsPathPercentEncoded) {
    const auto url = parse_url("ws://gateway.example:8080/ocpp/");
    ASSERT_TRUE(url);

    const std::string request = upgrade_request(*url, "RDAM|1 ä", kKey);

    EXPECT_THAT(request, testing::StartsWith("GET /ocpp/RDAM%7C1%20%C3%A4 HTTP/1.1\r\nHost: gateway.example:8080\r\n"));
    EXPECT_THAT(request, HasSubstr("\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"));
    EXPECT_THAT(request, testing::EndsWith("\r\n\r\n"));
}

TEST(UpgradeClient, MakesKeysOfSixteenBytes) {
    EXPECT_EQ(upgrade_key(1).size(), 24);
    EXPECT_NE(upgrade_key(1), upgrade_key(2));
}

TEST(Url, IsTakenApart) {
    const auto plain = parse_url("ws://localhost");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->address.host, "localhost");
    EXPECT_EQ(plain->address.port, 80);
    EXPECT_EQ(plain->path, "");

    const auto v6 = parse_url("ws://[::1]:9000/a/b");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->address.host, "::1");
    EXPECT_EQ(v6->address.port, 9000);
    EXPECT_EQ(v6->path, "/a/b");
}

TEST(Url, MistakesAreNamed) {
    EXPECT_THAT(parse_url("wss://host/ocpp").error().message, HasSubstr("wss:// is not supported"));
    EXPECT_THAT(parse_url("ws://:80/x").error().message, HasSubstr("names no host"));
    EXPECT_THAT(parse_url("ws://host:0/x").error().message, HasSubstr("port"));
    EXPECT_THAT(parse_url("ws://host:70000/x").error().message, HasSubstr("port"));
    EXPECT_THAT(parse_url("ws://host/x?y=1").error().message, HasSubstr("more than a path"));
}

}  // namespace
}  // namespace simulator
