// Peers that flood, that read or write slowly, and that end one direction before the other: what they cost is bounded, what
// is due to them is sent, and whoever behaves is served meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "support/transport/endpoint_harness.h"

namespace transport {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;
using testing::StartsWith;

constexpr int kFlood = 2'000;

std::string flood(int count = kFlood) {
    std::string bytes;
    for (int i = 0; i < count; ++i) {
        bytes += frames::text(std::to_string(i));
    }
    return bytes;
}

std::string echoes(int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) {
        bytes += bare(Opcode::text, std::to_string(i));
    }
    return bytes;
}

TEST(HostilePeers, AFloodIsServedAFewFramesAtATimeAndInOrder) {
    EndpointHarness at([](Config& config) { config.frames_per_turn = 4; });
    auto flooding = at.connected("A");
    auto bystander = at.connected("B");
    flooding.write(flood());
    bystander.write(frames::text("one"));
    ASSERT_TRUE(flooding.written_all);
    ASSERT_TRUE(at.eventually([&] { return at.owner.messages.size() == kFlood + 1; }));
    const auto one = std::ranges::find(at.owner.messages, "one");
    EXPECT_THAT(one - at.owner.messages.begin(), Le(4));
    EXPECT_TRUE(at.eventually([&] { return flooding.frames_in().size() >= echoes(kFlood).size(); }));
    EXPECT_EQ(flooding.frames_in(), echoes(kFlood));
}

TEST(HostilePeers, WhatCameBeforeTheEndIsAnsweredThoughItWaitsForItsTurn) {
    EndpointHarness at([](Config& config) { config.frames_per_turn = 1; });
    auto peer = at.connected();
    peer.write(flood(100) + frames::close(1000));
    peer.end_writing();
    ASSERT_TRUE(at.eventually([&] { return peer.ended(); }));
    EXPECT_EQ(peer.frames_in(), echoes(100) + bare_close(1000));
    ASSERT_THAT(at.owner.closed, SizeIs(1));
    EXPECT_EQ(at.owner.closed[0].second.by, ClosedBy::peer);
}

// The pong is written before the frame behind it is looked at, and tells that the peer is gone.
TEST(HostilePeers, APeerThatBreaksOffBehindAPingAndAnEndIsGoneOnce) {
    for (const std::string& last : {frames::close(1000), std::string("\x83\x80\0\0\0\0", 6), frames::text("one")}) {
        EndpointHarness at;
        auto peer = at.connected();
        peer.write(frames::ping("x") + last);
        peer.break_off();
        ASSERT_TRUE(at.eventually([&] { return at.owner.closed.size() == 1; }));
        EXPECT_TRUE(at.never([&] { return at.owner.closed.size() > 1; }));
        EXPECT_EQ(at.endpoint->connections(), 0U);
        EXPECT_TRUE(at.connected("B").written_all) << "the endpoint serves others";
    }
}

TEST(HostilePeers, FramesThatWaitForTheirTurnAreCountedAsIncomplete) {
    EndpointHarness at([](Config& config) { config.incomplete_bytes_max = 10'000; });
    at.owner.received = [&](ConnectionKey key, std::string_view) { at.endpoint->pause_reading(key); };
    auto peer = at.connected();
    peer.write(flood());
    ASSERT_TRUE(at.eventually([&] { return at.owner.closed.size() == 1; }));
    EXPECT_EQ(at.owner.closed[0].second.code, 1013);
    EXPECT_EQ(at.errors(ConnectionError::too_many), 1);
    EXPECT_THAT(at.owner.messages, SizeIs(1));
}

TEST(HostilePeers, ASlowReaderIsReadNoFurtherUntilItHasTakenItsAnswers) {
    constexpr std::size_t kAnswer = 60'000;
    constexpr std::size_t kCalls = 500;
    EndpointHarness at([](Config& config) { config.outbox_bytes_max = 10 * kAnswer; });
    const std::string answer(kAnswer, 'x');
    at.owner.received = [&](ConnectionKey key, std::string_view) { at.endpoint->send(key, answer); };
    auto peer = at.connected();
    peer.write(flood(kCalls));
    EXPECT_TRUE(at.never([&] { return at.owner.messages.size() == kCalls || !at.owner.closed.empty(); }));
    ASSERT_TRUE(at.eventually([&] { return peer.in().size() >= kCalls * kAnswer; }));
    EXPECT_THAT(at.owner.messages, SizeIs(kCalls));
    EXPECT_THAT(at.owner.closed, IsEmpty());
}

TEST(HostilePeers, AMessageThatDoesNotEndInTimeEndsItsConnection) {
    EndpointHarness at([](Config& config) { config.message_timeout = 200ms; });
    auto slow = at.connected("A");
    auto bystander = at.connected("B");
    slow.write(frames::text("done") + frames::text("hello").substr(0, 3));
    bystander.write(frames::first_fragment("a") + frames::last_fragment("b"));
    ASSERT_TRUE(at.eventually([&] { return slow.ended(); }));
    EXPECT_EQ(slow.frames_in(), bare(Opcode::text, "done") + bare_close(1008, "the message took too long"));
    EXPECT_EQ(at.errors(ConnectionError::slow_writer), 1);
    ASSERT_THAT(at.owner.closed, SizeIs(1));
    EXPECT_EQ(at.owner.closed[0].second.by, ClosedBy::us);
    bystander.write(frames::text("still here"));
    EXPECT_TRUE(at.eventually([&] { return at.owner.messages.size() == 3; }));
}

TEST(HostilePeers, ARequestIsAnsweredThoughItsSenderHasEndedItsDirection) {
    EndpointHarness at;
    ConnectionKey asked{};
    at.owner.requested = [&](ConnectionKey key, const PlainRequest&) { asked = key; };
    RawPeer peer(at.port);
    peer.write("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.end_writing();
    ASSERT_TRUE(at.eventually([&] { return asked != ConnectionKey{}; }));
    EXPECT_TRUE(at.never([&] { return peer.ended(); }));
    at.endpoint->respond(asked, {.status = 200, .body = "{}"});
    ASSERT_TRUE(at.eventually([&] { return peer.ended(); }));
    EXPECT_THAT(peer.in(), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(peer.in(), EndsWith("{}"));
}

TEST(HostilePeers, AnUpgradeIsAnsweredThoughItsSenderHasEndedItsDirection) {
    EndpointHarness at;
    at.owner.upgraded = [](ConnectionKey) {};
    RawPeer peer(at.port);
    peer.write(upgrade_request());
    peer.end_writing();
    ASSERT_TRUE(at.eventually([&] { return !at.owner.upgrades.empty(); }));
    EXPECT_TRUE(at.never([&] { return !at.owner.closed.empty(); }));
    at.endpoint->accept(at.last_key());
    ASSERT_TRUE(at.eventually([&] { return peer.ended(); }));
    EXPECT_THAT(peer.in(), StartsWith("HTTP/1.1 101 "));
    ASSERT_THAT(at.owner.closed, SizeIs(1));
    EXPECT_EQ(at.owner.closed[0].second.by, ClosedBy::network);
}

TEST(HostilePeers, WhatIsDueGoesOutThoughThePeerSaidCloseAndEndedItsDirection) {
    constexpr std::size_t kBytes = 20'000'000;
    EndpointHarness at([](Config& config) { config.outbox_bytes_max = config.outbox_pause_bytes = 2 * kBytes; });
    auto peer = at.connected();
    at.endpoint->send(at.last_key(), std::string(kBytes, 'x'));
    peer.write(frames::close(1000));
    peer.end_writing();
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    EXPECT_TRUE(at.never([&] { return at.pod_connections == 0; })) << "gone with what it was still to send";
    ASSERT_TRUE(at.eventually([&] { return peer.ended(); }));
    EXPECT_THAT(peer.in(), EndsWith(bare_close(1000)));
    EXPECT_GT(peer.in().size(), kBytes);
    EXPECT_TRUE(at.eventually([&] { return at.pod_connections == 0; }));
}

}  // namespace
}  // namespace transport
