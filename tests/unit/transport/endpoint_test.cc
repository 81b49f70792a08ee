#include "transport/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <memory>
#include <vector>

#include "base/time.h"
#include "support/transport/endpoint_harness.h"
#include "transport/websocket_codec.h"

namespace transport {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

TEST(Endpoint, UpgradesAndEchoes) {
    EndpointHarness at;
    auto peer = at.connected("CP%20007");
    ASSERT_THAT(at.owner.upgrades, SizeIs(1));
    EXPECT_EQ(at.owner.upgrades[0].second.charge_point.text(), "CP 007");
    EXPECT_EQ(at.owner.upgrades[0].second.protocol, "ocpp1.6");
    EXPECT_THAT(at.owner.upgrades[0].second.remote_address, StartsWith("127.0.0.1:"));
    EXPECT_EQ(at.endpoint->connections(), 1U);
    EXPECT_EQ(at.counters.active_connections.value(), 1);

    peer.write(frames::text("one") + frames::ping("two") + frames::first_fragment("th") + frames::last_fragment("ree"));
    const auto expected = bare(Opcode::text, "one") + bare(Opcode::pong, "two") + bare(Opcode::text, "three");
    EXPECT_TRUE(at.eventually([&] { return peer.frames_in() == expected; }));
    EXPECT_GE(at.endpoint->last_received_at(at.last_key()), at.loop.now().mono - 10s);
    EXPECT_EQ(at.endpoint->remote_address(at.last_key()), at.owner.upgrades[0].second.remote_address);
}

TEST(Endpoint, CarriesMessagesLargerThanItsReadBuffer) {
    EndpointHarness at;
    auto peer = at.connected();
    const std::string large(200'000, 'x');
    peer.write(frames::text(large));
    ASSERT_TRUE(peer.written_all);
    EXPECT_TRUE(at.eventually([&] { return peer.frames_in() == bare(Opcode::text, large); }));
}

TEST(Endpoint, TakesARequestInPiecesAndFramesThatCameWithIt) {
    EndpointHarness at;
    ConnectionKey waiting{};
    at.owner.upgraded = [&](ConnectionKey key) { waiting = key; };
    RawPeer peer(at.port);
    const auto bytes = upgrade_request() + frames::text("early") + frames::text("bird");
    for (const char byte : bytes.substr(0, 150)) {
        peer.write({&byte, 1});
        at.loop.run_one(1ms);
    }
    peer.write(bytes.substr(150));
    ASSERT_TRUE(at.eventually([&] { return waiting != ConnectionKey{}; }));
    EXPECT_TRUE(at.never([&] { return !at.owner.messages.empty() || !peer.in().empty(); }));
    at.endpoint->accept(waiting);
    EXPECT_TRUE(at.eventually([&] { return peer.frames_in() == bare(Opcode::text, "early") + bare(Opcode::text, "bird"); }));
}

TEST(Endpoint, AnswersPlainRequestsAndRefusals) {
    EndpointHarness at;
    at.owner.requested = [&](ConnectionKey key, const PlainRequest&) {
        at.endpoint->respond(key, {.body = R"({"status":"ok"})", .retry_after = {}});
    };
    const std::pair<std::string, std::string> cases[] = {
        {"GET /health HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n"},
        {"GET /other HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 Not Found\r\n"},
        {"GET /ocpp/CP-1 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 426 Upgrade Required\r\n"},
        {"GET /health HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400 Bad Request\r\n"},
        {"\x16\x03\x01", "HTTP/1.1 400 Bad Request\r\n"},
        {"GET /" + std::string(9000, 'x'), "HTTP/1.1 414 "},
        {"GET / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", "HTTP/1.1 431 "},
    };
    for (const auto& [request, answer] : cases) {
        RawPeer peer(at.port);
        peer.write(request);
        peer.end_writing();
        EXPECT_TRUE(at.eventually([&] { return peer.ended(); })) << request;
        EXPECT_THAT(peer.in(), StartsWith(answer)) << request;
    }
    EXPECT_THAT(at.owner.closed, IsEmpty());
    EXPECT_EQ(at.endpoint->connections(), 0U);
}

TEST(Endpoint, RefusesAsItsOwnerSays) {
    EndpointHarness at;
    at.owner.upgraded = [&](ConnectionKey key) { at.endpoint->refuse(key, {.status = 503, .body = {}, .retry_after = 9s}); };
    RawPeer peer(at.port);
    peer.write(upgrade_request());
    ASSERT_TRUE(at.eventually([&] { return peer.ended(); }));
    EXPECT_THAT(peer.in(), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(peer.in(), HasSubstr("\r\nRetry-After: 9\r\n"));
    EXPECT_THAT(at.owner.closed, SizeIs(1));
    EXPECT_EQ(at.counters.active_connections.value(), 0);
}

TEST(Endpoint, ClosesAHandshakeThatTakesTooLong) {
    EndpointHarness at([](Config& config) { config.handshake_timeout = 100ms; });
    RawPeer peer(at.port);
    peer.write("GET /ocpp/CP-1 HTTP/1.1\r\nHost:");
    ASSERT_TRUE(at.eventually([&] { return !peer.in().empty(); }));
    EXPECT_THAT(peer.in(), StartsWith("HTTP/1.1 408 "));
    peer.end_writing();
    EXPECT_TRUE(at.eventually([&] { return peer.ended(); }));
    EXPECT_EQ(at.errors(ConnectionError::handshake_timeout), 1);
}

TEST(Endpoint, SpreadsTheEndsOfHandshakesThatBeganTogether) {
    EndpointHarness at([](Config& config) { config.handshake_timeout = 1s; });
    std::vector<std::unique_ptr<RawPeer>> peers(64);
    for (auto& peer : peers) {
        peer = std::make_unique<RawPeer>(at.port);
    }
    ASSERT_TRUE(at.eventually([&] { return at.errors(ConnectionError::handshake_timeout) > 0; }));
    const base::MonoTime first = base::read_clock().mono;
    ASSERT_TRUE(at.eventually([&] { return at.errors(ConnectionError::handshake_timeout) == 64; }));
    EXPECT_GT(base::read_clock().mono - first, 250ms);  // half of what they are spread over
}

TEST(Endpoint, CountsTheQuirksOfAnUpgradeOnceItIsAccepted) {
    EndpointHarness at;
    const std::string counter = R"(gateway_tolerated_quirks_total{quirk="path_slashes"} )";
    const auto accepting = std::exchange(
        at.owner.upgraded, [&](ConnectionKey key) { at.endpoint->refuse(key, {.status = 503, .body = {}, .retry_after = {}}); });
    RawPeer refused(at.port);
    refused.write(upgrade_request("/CP-1"));
    ASSERT_TRUE(at.eventually([&] { return refused.ended(); }));
    EXPECT_THAT(at.metrics.text(), HasSubstr(counter + "0\n"));
    at.owner.upgraded = accepting;
    auto peer = at.connected("/CP-1");
    EXPECT_THAT(at.metrics.text(), HasSubstr(counter + "1\n"));
}

TEST(Endpoint, RefusesWhenItsOwnerDoesNotDecide) {
    EndpointHarness at([](Config& config) { config.handshake_timeout = 100ms; });
    at.owner.upgraded = [](ConnectionKey) {};
    RawPeer peer(at.port);
    peer.write(upgrade_request());
    ASSERT_TRUE(at.eventually([&] { return !peer.in().empty(); }));
    EXPECT_THAT(peer.in(), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(at.owner.closed, SizeIs(1));
    at.endpoint->accept(at.last_key());  // too late: ignored
    EXPECT_EQ(at.endpoint->connections(), 0U);
}

TEST(Endpoint, CompletesTheHandshakeAndClosesWithoutACommonProtocol) {
    EndpointHarness at;
    RawPeer peer(at.port);
    peer.write(upgrade_request("CP-1", "ocpp9.9"));
    const auto close = bare_close(1002, "no common sub-protocol");
    ASSERT_TRUE(at.eventually([&] { return peer.frames_in() == close; }));
    EXPECT_THAT(peer.in(), StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(peer.in(), Not(HasSubstr("Sec-WebSocket-Protocol")));
    peer.write(frames::close(1002));
    peer.end_writing();
    EXPECT_TRUE(at.eventually([&] { return peer.ended(); }));
    EXPECT_THAT(at.owner.upgrades, IsEmpty());
    EXPECT_EQ(at.errors(ConnectionError::no_common_protocol), 1);
}

TEST(Endpoint, ClosesForViolationsWithTheirCodeAndTellsTheOwner) {
    const std::pair<std::string, std::uint16_t> cases[] = {{"\x81\x02hi", 1002},
                                                           {frames::binary("x"), 1003},
                                                           {frames::text("\xff"), 1007},
                                                           {frames::text(std::string(300, 'x')), 1009}};
    for (const auto& [bytes, code] : cases) {
        EndpointHarness at([](Config& config) { config.message_bytes_max = 256; });
        auto peer = at.connected();
        peer.write(bytes + frames::text("late"));
        ASSERT_TRUE(at.eventually([&] { return peer.ended(); }));
        EXPECT_THAT(peer.frames_in(), StartsWith(bare_close(code).substr(0, 1)));
        EXPECT_EQ(peer.frames_in().substr(2, 2), frames::big_endian(code, 2));
        peer.hang_up();
        ASSERT_THAT(at.owner.closed, SizeIs(1));
        EXPECT_EQ(at.owner.closed[0].second.code, code);
        EXPECT_EQ(at.owner.closed[0].second.by, ClosedBy::us);
        EXPECT_THAT(at.owner.messages, IsEmpty());
    }
}

TEST(Endpoint, CarriesBinaryMessagesForAnOwnerThatTakesThem) {
    EndpointHarness at;
    at.owner.received_binary = [&](ConnectionKey key, std::string_view bytes) {
        return at.endpoint->send_binary(key, bytes), true;
    };
    auto peer = at.connected();
    peer.write(frames::binary("\xff") + frames::text("text"));
    EXPECT_TRUE(at.eventually([&] { return peer.frames_in() == bare(Opcode::binary, "\xff") + bare(Opcode::text, "text"); }));
}

TEST(Endpoint, AnswersThePeersCloseAndEnds) {
    EndpointHarness at;
    auto peer = at.connected();
    peer.write(frames::text("last words") + frames::close(1001, "going"));
    ASSERT_TRUE(at.eventually([&] { return peer.ended(); }));
    EXPECT_EQ(peer.frames_in(), bare(Opcode::text, "last words") + bare_close(1001));
    ASSERT_THAT(at.owner.closed, SizeIs(1));
    EXPECT_EQ(at.owner.closed[0].second.by, ClosedBy::peer);
    EXPECT_EQ(at.owner.closed[0].second.code, 1001);
    EXPECT_EQ(at.owner.closed[0].second.reason, "going");
    EXPECT_EQ(at.endpoint->connections(), 0U);
    EXPECT_EQ(at.counters.active_connections.value(), 0);
}

TEST(Endpoint, ClosesWithAHandshakeAndReadsNoFurtherMessage) {
    EndpointHarness at;
    auto peer = at.connected();
    at.endpoint->close(at.last_key(), 1008, "replaced");
    at.endpoint->send(at.last_key(), "after the close");
    ASSERT_TRUE(at.eventually([&] { return peer.frames_in() == bare_close(1008, "replaced"); }));
    peer.write(frames::text("crossing") + frames::ping("x"));
    EXPECT_TRUE(at.never([&] { return !at.owner.closed.empty(); }));
    peer.write(frames::close(1008));
    ASSERT_TRUE(at.eventually([&] { return peer.ended(); }));
    EXPECT_EQ(peer.frames_in(), bare_close(1008, "replaced"));
    ASSERT_THAT(at.owner.closed, SizeIs(1));
    EXPECT_EQ(at.owner.closed[0].second.by, ClosedBy::us);
    EXPECT_EQ(at.owner.closed[0].second.code, 1008);
    EXPECT_THAT(at.owner.messages, IsEmpty());
}

TEST(Endpoint, EndsAConnectionWhoseCloseIsNotAnswered) {
    EndpointHarness at([](Config& config) { config.close_timeout = 100ms; });
    auto peer = at.connected();
    at.endpoint->close(at.last_key(), 1012, "");
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    EXPECT_EQ(at.owner.closed[0].second.code, 1012);
    EXPECT_TRUE(at.eventually([&] { return peer.ended(); }));
}

TEST(Endpoint, KeepsMessagesInOrderWhileReadingIsPaused) {
    EndpointHarness at;
    auto peer = at.connected();
    at.owner.received = [&](ConnectionKey key, std::string_view) { at.endpoint->pause_reading(key); };
    peer.write(frames::text("1") + frames::text("2") + frames::text("3").substr(0, 4));
    ASSERT_TRUE(at.eventually([&] { return !at.owner.messages.empty(); }));
    peer.write(frames::text("3").substr(4) + frames::text("4"));
    EXPECT_TRUE(at.never([&] { return at.owner.messages.size() > 1; }));
    for (std::size_t count = 2; count <= 4; ++count) {
        at.endpoint->resume_reading(at.last_key());
        EXPECT_THAT(at.owner.messages, SizeIs(count - 1)) << "nothing is told from within resume_reading()";
        ASSERT_TRUE(at.eventually([&] { return at.owner.messages.size() == count; }));
    }
    EXPECT_THAT(at.owner.messages, ElementsAre("1", "2", "3", "4"));
}

TEST(Endpoint, ClosesAPausedConnectionWithoutDeliveringTheRest) {
    EndpointHarness at;
    auto peer = at.connected();
    at.owner.received = [&](ConnectionKey key, std::string_view) { at.endpoint->pause_reading(key); };
    peer.write(frames::text("1") + frames::text("2") + frames::close(1000));
    ASSERT_TRUE(at.eventually([&] { return !at.owner.messages.empty(); }));
    at.endpoint->close(at.last_key(), 1008, "replaced");
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    EXPECT_THAT(at.owner.messages, ElementsAre("1"));
    EXPECT_EQ(at.owner.closed[0].second.code, 1008);
}

TEST(Endpoint, HearsAHangUpWhilePaused) {
    EndpointHarness at;
    auto peer = at.connected();
    at.endpoint->pause_reading(at.last_key());
    peer.hang_up();
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    EXPECT_EQ(at.owner.closed[0].second.by, ClosedBy::network);
    EXPECT_EQ(at.owner.closed[0].second.code, 1006);
}

TEST(Endpoint, ClosesASlowReaderOnceItsOutboxIsFull) {
    EndpointHarness at([](Config& config) { config.outbox_bytes_max = 100'000; });
    auto peer = at.connected();
    const std::string message(60'000, 'x');
    for (int i = 0; i < 2'000 && at.errors(ConnectionError::slow_reader) == 0; ++i) {
        at.endpoint->send(at.last_key(), message);
        EXPECT_THAT(at.owner.closed, IsEmpty()) << "the owner is not called from within send()";
    }
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    EXPECT_EQ(at.owner.closed[0].second.by, ClosedBy::us);
    EXPECT_EQ(at.errors(ConnectionError::slow_reader), 1);
    // Service goes on.
    auto other = at.connected();
    other.write(frames::text("hello"));
    EXPECT_TRUE(at.eventually([&] { return other.frames_in() == bare(Opcode::text, "hello"); }));
}

TEST(Endpoint, ClosesAPeerThatTakesNothingForTooLong) {
    EndpointHarness at([](Config& config) {
        config.outbox_bytes_max = 100'000'000;
        config.write_timeout = 200ms;
    });
    auto peer = at.connected();
    for (int i = 0; i < 200; ++i) {
        at.endpoint->send(at.last_key(), std::string(60'000, 'x'));
    }
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    EXPECT_EQ(at.errors(ConnectionError::slow_reader), 1);
}

TEST(Endpoint, SendsAllOfABacklogInOrderToAPeerThatReads) {
    EndpointHarness at([](Config& config) { config.outbox_bytes_max = 100'000'000; });
    auto peer = at.connected();
    std::string expected;
    for (int i = 0; i < 200; ++i) {
        const std::string message(60'000, static_cast<char>('a' + i % 26));
        at.endpoint->send(at.last_key(), message);
        expected += bare(Opcode::text, message);
    }
    at.endpoint->close(at.last_key(), 1012, "bye");
    expected += bare_close(1012, "bye");
    ASSERT_TRUE(at.eventually([&] { return peer.in().size() >= expected.size() + 100; }));
    EXPECT_TRUE(at.eventually([&] { return peer.frames_in().size() == expected.size(); }));
    EXPECT_TRUE(peer.frames_in() == expected);
}

TEST(Endpoint, PingsAndEndsAConnectionThatIsSilent) {
    EndpointHarness at([](Config& config) {
        config.ping_interval = 100ms;
        config.silence_timeout = 400ms;
    });
    auto peer = at.connected();
    const auto ping = bare(Opcode::ping, "");
    ASSERT_TRUE(at.eventually([&] { return peer.frames_in().starts_with(ping + ping); }));
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    EXPECT_EQ(at.errors(ConnectionError::silence), 1);
}

TEST(Endpoint, PingsAConnectionAsItsMannersSay) {
    EndpointHarness at([](Config& config) {
        config.ping_interval = 0ms;
        config.manners = {{.ping_interval = 100ms}, {.ping_interval = 1h}};
    });
    auto peer = at.connected();
    const auto ping = bare(Opcode::ping, "");
    EXPECT_TRUE(at.never([&] { return !peer.frames_in().empty(); }));
    at.endpoint->set_manners(at.last_key(), 1);
    ASSERT_TRUE(at.eventually([&] { return peer.frames_in().starts_with(ping + ping); }));
    at.endpoint->set_manners(at.last_key(), 2);
    const auto so_far = peer.frames_in();
    EXPECT_FALSE(net::run_until(at.loop, [&] { return peer.frames_in() != so_far; }, 300ms));
}

TEST(Endpoint, ClosesAbruptlyThoseThatMakeNothingOfACloseFrame) {
    EndpointHarness at([](Config& config) { config.manners = {{.close = CloseStyle::abrupt}}; });
    auto peer = at.connected();
    at.endpoint->set_manners(at.last_key(), 1);
    at.endpoint->send(at.last_key(), "the last words");
    at.endpoint->close(at.last_key(), 1012, "service restart");
    ASSERT_TRUE(at.eventually([&] { return peer.ended(); }));
    EXPECT_EQ(peer.frames_in(), bare(Opcode::text, "the last words"));
    peer.write(frames::text("crossing"));
    peer.hang_up();
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    EXPECT_EQ(at.owner.closed[0].second.by, ClosedBy::us);
    EXPECT_EQ(at.owner.closed[0].second.code, 1006) << "no close frame was seen";
    EXPECT_EQ(at.owner.closed[0].second.reason, "service restart");
    EXPECT_THAT(at.owner.messages, IsEmpty());
}

TEST(Endpoint, ClosesAbruptlyForAViolationAndWithAFullOutboxToo) {
    EndpointHarness at([](Config& config) {
        config.manners = {{.close = CloseStyle::abrupt}};
        config.outbox_bytes_max = 64 << 20;
    });
    auto violator = at.connected("CP-1");
    at.endpoint->set_manners(at.last_key(), 1);
    violator.write(frames::text("\xff"));
    ASSERT_TRUE(at.eventually([&] { return violator.ended(); }));
    EXPECT_EQ(violator.frames_in(), "");

    auto reader = at.connected("CP-2");
    at.endpoint->set_manners(at.last_key(), 1);
    const std::string large(16 << 20, 'x');
    at.endpoint->send(at.last_key(), large);
    at.endpoint->close(at.last_key(), 1012, "");
    ASSERT_TRUE(at.eventually([&] { return reader.ended(); }));
    EXPECT_TRUE(reader.frames_in() == bare(Opcode::text, large));
}

TEST(Endpoint, TellsThoseThatDoNotKnowYoungerCodesToGoAway) {
    EndpointHarness at([](Config& config) { config.manners = {{.close = CloseStyle::going_away}}; });
    for (const auto& [code, told] :
         {std::pair{1012, 1001}, std::pair{1013, 1001}, std::pair{1008, 1008}, std::pair{1000, 1000}}) {
        auto peer = at.connected();
        at.endpoint->set_manners(at.last_key(), 1);
        at.endpoint->close(at.last_key(), static_cast<std::uint16_t>(code), "why");
        const auto frame = bare_close(static_cast<std::uint16_t>(told), "why");
        EXPECT_TRUE(at.eventually([&] { return peer.frames_in() == frame; })) << code;
    }
}

TEST(Endpoint, CountsNoSilenceWhileReadingIsPaused) {
    EndpointHarness at([](Config& config) { config.silence_timeout = 100ms; });
    auto peer = at.connected();
    at.endpoint->pause_reading(at.last_key());
    EXPECT_FALSE(net::run_until(at.loop, [&] { return !at.owner.closed.empty(); }, 400ms));
    at.endpoint->resume_reading(at.last_key());
    EXPECT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
}

TEST(Endpoint, AnswersWhatIsAboveItsConnectionsMaxWith503) {
    EndpointHarness at([](Config& config) { config.connections_max = 2; });
    auto first = at.connected();
    auto second = at.connected();
    RawPeer third(at.port);
    third.write(upgrade_request());
    ASSERT_TRUE(at.eventually([&] { return third.ended(); }));
    EXPECT_THAT(third.in(), StartsWith("HTTP/1.1 503 "));
    third.hang_up();
    first.hang_up();
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    auto fourth = at.connected();
    EXPECT_THAT(fourth.in(), StartsWith("HTTP/1.1 101 "));
}

TEST(Endpoint, LetsAChargePointInThoughAllPlacesForUpgradesAreTaken) {
    EndpointHarness at([](Config& config) { config.pending_upgrades_max = 3; });
    std::vector<RawPeer> silent;
    for (int i = 0; i < 3; ++i) {
        silent.emplace_back(at.port).write("GET /ocpp/CP-1 HTTP/1.1\r\n");
    }
    auto real = at.connected("CP-2");
    EXPECT_THAT(real.in(), StartsWith("HTTP/1.1 101 "));
    const auto ended = [&] { return std::count_if(silent.begin(), silent.end(), [](RawPeer& peer) { return peer.ended(); }); };
    EXPECT_EQ(ended(), 1);
    EXPECT_EQ(at.errors(ConnectionError::half_open), 1);
    // A charge point that has its upgrade is never closed for a newer socket's sake.
    for (int i = 0; i < 20; ++i) {
        silent.emplace_back(at.port);
    }
    EXPECT_TRUE(at.eventually([&] { return ended() == 20; }));
    real.write(frames::text("hello"));
    EXPECT_TRUE(at.eventually([&] { return real.frames_in() == bare(Opcode::text, "hello"); }));
}

TEST(Endpoint, CountsNoHalfOpenSocketAsAConnection) {
    EndpointHarness at([](Config& config) { config.connections_max = 1; });
    std::vector<RawPeer> silent;
    for (int i = 0; i < 10; ++i) {
        silent.emplace_back(at.port).write("GET /ocpp/CP-1 HTTP/1.1\r\n");
    }
    auto real = at.connected("CP-2");
    EXPECT_THAT(real.in(), StartsWith("HTTP/1.1 101 "));
    EXPECT_EQ(at.pod_connections, 1U);
    RawPeer health(at.port);
    health.write("GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(at.eventually([&] { return health.in().starts_with("HTTP/1.1 404 "); })) << "a full pod still says that it lives";
    real.hang_up();
    EXPECT_TRUE(at.eventually([&] { return at.pod_connections == 0; }));
}

TEST(Endpoint, ClosesTheConnectionThatUsesUpTheMemoryForIncompleteMessages) {
    EndpointHarness at([](Config& config) { config.incomplete_bytes_max = 50'000; });
    auto first = at.connected();
    auto second = at.connected();
    first.write(frames::first_fragment(std::string(20'000, 'x')));
    second.write(frames::first_fragment(std::string(40'000, 'x')));
    ASSERT_TRUE(at.eventually([&] { return at.owner.closed.size() == 1; }));
    EXPECT_EQ(at.owner.closed[0].second.code, 1013);
    EXPECT_EQ(at.errors(ConnectionError::too_many), 1);
    auto third = at.connected();
    third.write(frames::first_fragment(std::string(20'000, 'x')) + frames::last_fragment("y"));
    EXPECT_TRUE(at.eventually([&] { return at.owner.messages.size() == 1; }));
}

TEST(Endpoint, LetsItsOwnerCloseAnyConnectionFromAnyCall) {
    EndpointHarness at;
    auto first = at.connected("A");
    auto second = at.connected("B");
    const auto keys = std::pair(at.owner.upgrades[0].first, at.owner.upgrades[1].first);
    at.owner.received = [&](ConnectionKey, std::string_view) {
        at.endpoint->send(keys.first, "bye");
        at.endpoint->close(keys.first, 1012, "");
        at.endpoint->close(keys.second, 1012, "");
        at.endpoint->close(keys.second, 1013, "twice");
    };
    at.owner.ended = [&](ConnectionKey key) {
        at.endpoint->send(key, "to the dead");
        at.endpoint->close(key, 1000, "");
        at.endpoint->resume_reading(key);
    };
    first.write(frames::text("go") + frames::text("ignored"));
    ASSERT_TRUE(at.eventually([&] { return !first.frames_in().empty() && !second.frames_in().empty(); }));
    first.write(frames::close(1012));
    second.hang_up();
    ASSERT_TRUE(at.eventually([&] { return at.owner.closed.size() == 2; }));
    EXPECT_THAT(at.owner.messages, ElementsAre("go"));
    EXPECT_EQ(at.owner.closed[0].second.code, 1012);
    EXPECT_EQ(at.owner.closed[1].second.code, 1012);
    EXPECT_TRUE(at.never([&] { return at.owner.closed.size() > 2; }));
}

TEST(Endpoint, NeverReusesAKeyButItsSlot) {
    EndpointHarness at;
    auto first = at.connected();
    const auto key = at.last_key();
    first.hang_up();
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    auto second = at.connected();
    EXPECT_NE(at.last_key(), key);
    EXPECT_EQ(slot(at.last_key()), slot(key));
    at.endpoint->close(key, 1000, "");
    EXPECT_TRUE(at.never([&] { return !second.frames_in().empty(); }));
}

TEST(Endpoint, PausesAcceptingWhileDescriptorsAreExhaustedAndRecovers) {
    EndpointHarness at;
    auto first = at.connected();
    RawPeer waiting(at.port);
    waiting.write(upgrade_request());
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    // No number is free below this one: accepting fails with EMFILE.
    const net::Descriptor next(dup(0));
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(next.get());
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    const bool paused = at.eventually([&] { return at.errors(ConnectionError::descriptors) >= 1; });
    first.write(frames::text("still served"));
    const bool served = at.eventually([&] { return !first.frames_in().empty(); });
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_TRUE(paused);
    EXPECT_TRUE(served);
    EXPECT_TRUE(at.eventually([&] { return waiting.in().starts_with("HTTP/1.1 101 "); }));
}

TEST(Endpoint, StopsAcceptingAndKeepsWhatItHas) {
    EndpointHarness at;
    auto first = at.connected();
    at.endpoint->stop_accepting();
    RawPeer late(at.port);
    first.write(frames::text("still here"));
    EXPECT_TRUE(at.eventually([&] { return first.frames_in() == bare(Opcode::text, "still here"); }));
    EXPECT_TRUE(late.ended());
}

TEST(Endpoint, MayBeDestroyedWithOpenConnectionsAndWorkLeft) {
    EndpointHarness at;
    auto first = at.connected();
    auto second = at.connected();
    first.hang_up();
    at.endpoint->send(at.owner.upgrades[0].first, "x");
    at.endpoint->close(at.last_key(), 1012, "");
    at.endpoint.reset();
    EXPECT_TRUE(at.eventually([&] { return second.ended(); }));
    EXPECT_EQ(at.counters.active_connections.value(), 0);
}

}  // namespace
}  // namespace transport
