#include "transport/websocket_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/transport/codec_peer.h"
#include "support/transport/frames.h"

namespace transport {
namespace {

using frames::big_endian;
using frames::kFin;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Incoming::Kind;

TEST(WebSocketCodec, GivesAWholeMessageAsAViewIntoTheReadBuffer) {
    const CodecLimits limits;
    WebSocketCodec codec(Role::server, limits);
    std::string buffer = frames::text("[2,\"1\",\"Heartbeat\",{}]");
    std::span<char> unread(buffer);

    const Incoming in = codec.next(unread);

    EXPECT_EQ(in.kind, Kind::message);
    EXPECT_EQ(in.payload, "[2,\"1\",\"Heartbeat\",{}]");
    EXPECT_EQ(in.payload.data(), buffer.data() + 6);
    EXPECT_EQ(codec.buffered_bytes(), 0U);
    EXPECT_TRUE(unread.empty());
    EXPECT_LE(sizeof(WebSocketCodec), 24U);
}

TEST(WebSocketCodec, TellsTheSameHoweverTheNetworkCutsTheBytes) {
    const std::string bytes = frames::text("first") + frames::first_fragment("frag \xe2\x82") +
                              frames::ping(std::string(125, 'p')) + frames::middle_fragment("\xac ") +
                              frames::last_fragment(std::string(200, 'm')) + frames::binary("\x01\x02") + frames::text("") +
                              frames::close(1000, "bye");
    const auto expected = told_of(bytes);
    ASSERT_EQ(expected.size(), 6U);

    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        Peer peer;
        peer.reads(std::string_view(bytes).substr(0, cut));
        peer.reads(std::string_view(bytes).substr(cut));
        ASSERT_EQ(peer.told(), expected) << "cut at " << cut;
    }
    Peer byte_by_byte;
    for (const char byte : bytes) {
        byte_by_byte.reads({&byte, 1});
    }
    EXPECT_EQ(byte_by_byte.told(), expected);
}

TEST(WebSocketCodec, TellsTheSameForRandomCutsOfRandomMessages) {
    std::mt19937 random(20'261'124);
    for (int round = 0; round < 200; ++round) {
        std::string bytes;
        std::vector<Told> expected;
        for (int i = 0; i < 8; ++i) {
            const std::string text(random() % 300, static_cast<char>('a' + random() % 26));
            const std::size_t cut = random() % (text.size() + 1);
            bytes += random() % 2 == 0 ? frames::text(text)
                                       : frames::first_fragment(text.substr(0, cut)) + frames::last_fragment(text.substr(cut));
            expected.push_back(message(text));
        }
        Peer peer;
        for (std::string_view rest = bytes; !rest.empty();) {
            const std::size_t count = 1 + random() % 100;
            peer.reads(rest.substr(0, count));
            rest.remove_prefix(std::min(count, rest.size()));
        }
        ASSERT_EQ(peer.told(), expected) << "round " << round;
        ASSERT_EQ(peer.buffered(), 0U);
    }
}

TEST(WebSocketCodec, GivesMemoryBackOnceAnIncompleteMessageIsComplete) {
    const std::string frame = frames::text(std::string(10'000, 'x'));
    Peer peer;
    peer.reads(std::string_view(frame).substr(0, 5'000));
    EXPECT_GT(peer.buffered(), 4'900U);
    EXPECT_LT(peer.buffered(), 6'000U);
    peer.reads(std::string_view(frame).substr(5'000));
    EXPECT_THAT(peer.told(), ElementsAre(message(std::string(10'000, 'x'))));
    EXPECT_EQ(peer.buffered(), 0U);
}

TEST(WebSocketCodec, KeepsReadableSlackBehindEveryPayload) {
    const CodecLimits limits;
    WebSocketCodec codec(Role::server, limits);
    std::string bytes = frames::first_fragment("ab") + frames::last_fragment("cd");
    std::span<char> unread(bytes);
    const Incoming in = codec.next(unread);
    ASSERT_EQ(in.payload, "abcd");
    // Under AddressSanitizer this is a proof.
    unsigned sum = 0;
    for (std::size_t i = 0; i < kPayloadSlack; ++i) {
        sum += static_cast<unsigned char>(in.payload.data()[in.payload.size() + i]);
    }
    EXPECT_LT(sum, 256 * kPayloadSlack);
}

TEST(WebSocketCodec, RefusesWrongUtf8InTheMiddleOfAFrameThatIsStillArriving) {
    const std::string frame = frames::text("good \xce\xba\xf4\x90\x80\x80 never sent");
    Peer peer;
    peer.reads(std::string_view(frame).substr(0, 6 + 8));
    EXPECT_THAT(peer.told(), IsEmpty());
    peer.reads(std::string_view(frame).substr(6 + 8, 1));
    ASSERT_THAT(peer.told(), testing::SizeIs(1));
    EXPECT_EQ(peer.told()[0].code, 1007);
}

TEST(WebSocketCodec, RefusesWrongUtf8InAFragmentBeforeTheMessageEnds) {
    const auto told = told_of(frames::first_fragment("\xce\xba") + frames::middle_fragment("\xff"));
    ASSERT_THAT(told, testing::SizeIs(1));
    EXPECT_EQ(told[0].code, 1007);
}

TEST(WebSocketCodec, HoldsTheLimitOverAllFragmentsTogether) {
    const CodecLimits limits{.message_bytes_max = 10};
    EXPECT_THAT(told_of(frames::first_fragment("12345") + frames::last_fragment("67890"), limits),
                ElementsAre(message("1234567890")));
    const auto told = told_of(frames::first_fragment("12345") + frames::last_fragment("678901"), limits);
    ASSERT_THAT(told, testing::SizeIs(1));
    EXPECT_EQ(told[0].code, 1009);
    EXPECT_EQ(told_of(frames::text("12345678901"), limits)[0].code, 1009);
}

TEST(WebSocketCodec, RefusesAnAnnouncedLengthAboveTheLimitWithoutMemory) {
    Peer peer;
    peer.reads(frames::raw(0x1, 127, big_endian(1ULL << 40, 8), {}));
    ASSERT_THAT(peer.told(), testing::SizeIs(1));
    EXPECT_EQ(peer.told()[0].code, 1009);
    EXPECT_EQ(peer.buffered(), 0U);
}

TEST(WebSocketCodec, AllocatesForWhatArrivedNotForWhatWasAnnounced) {
    Peer peer;
    peer.reads(frames::raw(kFin | 0x1, 127, big_endian(200'000, 8), "x"));
    EXPECT_LT(peer.buffered(), 1'000U);
}

TEST(WebSocketCodec, CountsFragmentsAlsoEmptyOnes) {
    const CodecLimits limits{.fragments_max = 3};
    const std::string three = frames::first_fragment("") + frames::middle_fragment("") + frames::last_fragment("x");
    EXPECT_THAT(told_of(three + three, limits), ElementsAre(message("x"), message("x")));
    const auto told = told_of(
        frames::first_fragment("") + frames::middle_fragment("") + frames::middle_fragment("") + frames::last_fragment("x"),
        limits);
    ASSERT_THAT(told, testing::SizeIs(1));
    EXPECT_EQ(told[0].code, 1009);
}

TEST(WebSocketCodec, TakesSixtyFiveThousandFragmentsWhereTheLimitAllows) {
    std::string bytes = frames::first_fragment("x");
    for (int i = 0; i < 65'534; ++i) {
        bytes += frames::middle_fragment("x");
    }
    bytes += frames::last_fragment("x");
    EXPECT_EQ(told_of(bytes, {.fragments_max = 65'536}), std::vector{message(std::string(65'536, 'x'))});
}

TEST(WebSocketCodec, AsAClientTakesBareFramesOnly) {
    std::string bare;
    append_frame(bare, Opcode::text, "from the server");
    Peer client({}, Role::client);
    client.reads(bare);
    client.reads(frames::text("masked"));
    ASSERT_THAT(client.told(), testing::SizeIs(2));
    EXPECT_EQ(client.told()[0], message("from the server"));
    EXPECT_EQ(client.told()[1].code, 1002);
}

TEST(WebSocketCodec, WritesMaskedFramesThatAServerReads) {
    for (const std::size_t size : {0U, 5U, 125U, 126U, 65'535U, 65'536U}) {
        const std::string text(size, 'y');
        std::string bytes;
        append_masked_frame(bytes, Opcode::text, text, {0x12, 0x34, 0x56, 0x78});
        EXPECT_EQ(told_of(bytes), std::vector{message(text)}) << size;
    }
}

TEST(WebSocketCodec, CutsALongCloseReasonAtACharacter) {
    const std::string payload = close_payload(1008, std::string(122, 'x') + "\xc3\xa4");
    EXPECT_EQ(payload, "\x03\xf0" + std::string(122, 'x'));
    EXPECT_EQ(close_payload(close_code::kNone, "unused"), "");
}

}  // namespace
}  // namespace transport
