#include "transport/websocket_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/transport/frames.h"

namespace transport {
namespace {

using frames::big_endian;
using frames::kFin;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Incoming::Kind;

struct Told {
    Kind kind;
    std::string payload;
    std::uint16_t code = 0;
    Opcode opcode = Opcode::text;

    friend bool operator==(const Told&, const Told&) = default;
    friend void PrintTo(const Told& told, std::ostream* out) {
        *out << "kind " << static_cast<int>(told.kind) << " code " << told.code << " '" << told.payload << "'";
    }
};

Told message(std::string text) { return {.kind = Kind::message, .payload = std::move(text)}; }

class Peer {
public:
    explicit Peer(CodecLimits limits = {}, Role role = Role::server) : limits_(limits), codec_(role, limits_) {}

    // One read of the network.
    void reads(std::string_view bytes) {
        std::string buffer(bytes);
        buffer.append(kPayloadSlack, '!');
        std::span<char> unread(buffer.data(), bytes.size());
        while (true) {
            const Incoming in = codec_.next(unread);
            if (in.kind == Kind::nothing) {
                EXPECT_TRUE(unread.empty());
                return;
            }
            told_.push_back({in.kind, in.kind == Kind::violation ? "" : std::string(in.payload), in.code,
                             in.kind == Kind::message ? in.opcode : Opcode::text});
        }
    }

    [[nodiscard]] const std::vector<Told>& told() const { return told_; }
    [[nodiscard]] std::size_t buffered() const { return codec_.buffered_bytes(); }

private:
    CodecLimits limits_;
    WebSocketCodec codec_;
    std::vector<Told> told_;
};

std::vector<Told> told_of(std::string_view bytes, CodecLimits limits = {}) {
    Peer peer(limits);
    peer.reads(bytes);
    return peer.told();
}

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

TEST(WebSocketCodec, TakesLengthsAtTheBordersOfTheirForms) {
    for (const std::size_t size : {0U, 1U, 7U, 8U, 125U, 126U, 127U, 65'535U, 65'536U, 100'000U}) {
        const std::string text(size, 'x');
        EXPECT_EQ(told_of(frames::text(text)), std::vector{message(text)}) << size;
    }
}

TEST(WebSocketCodec, TellsBinaryMessagesAsBinary) {
    EXPECT_THAT(told_of(frames::binary("\xff\xfe")), ElementsAre(Told{Kind::message, "\xff\xfe", 0, Opcode::binary}));
}

TEST(WebSocketCodec, PutsFragmentsTogetherAroundControlFrames) {
    const auto told =
        told_of(frames::first_fragment("Hello") + frames::ping("p") + frames::middle_fragment(", ") + frames::pong("q") +
                frames::middle_fragment("") + frames::last_fragment("world") + frames::text("next"));
    EXPECT_THAT(told, ElementsAre(Told{Kind::ping, "p"}, Told{Kind::pong, "q"}, message("Hello, world"), message("next")));
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

struct Violation {
    std::string name;
    std::string bytes;
    std::uint16_t code;
};
void PrintTo(const Violation& violation, std::ostream* out) { *out << violation.name; }

class WebSocketCodecViolation : public testing::TestWithParam<Violation> {};

TEST_P(WebSocketCodecViolation, IsToldAtOnceAndNothingAfterIt) {
    const auto told = told_of(GetParam().bytes + frames::text("late"));
    ASSERT_THAT(told, testing::SizeIs(1));
    EXPECT_EQ(told[0].kind, Kind::violation);
    EXPECT_EQ(told[0].code, GetParam().code);
}

TEST_P(WebSocketCodecViolation, IsToldWhenTheBytesComeOneByOne) {
    Peer peer;
    for (const char byte : GetParam().bytes) {
        peer.reads({&byte, 1});
    }
    ASSERT_THAT(peer.told(), testing::SizeIs(1));
    EXPECT_EQ(peer.told()[0].code, GetParam().code);
    EXPECT_EQ(peer.buffered(), 0U);
}

std::vector<Violation> violations() {
    const std::string deep = std::string(126, 'x');
    return {
        {"unmasked", "\x81\x02hi", 1002},
        {"rsv1", frames::masked(kFin | 0x41, "x"), 1002},
        {"rsv2", frames::masked(kFin | 0x21, "x"), 1002},
        {"rsv3", frames::masked(kFin | 0x11, "x"), 1002},
        {"opcode_3", frames::masked(kFin | 0x3, "x"), 1002},
        {"opcode_7", frames::masked(kFin | 0x7, "x"), 1002},
        {"opcode_b", frames::masked(kFin | 0xB, "x"), 1002},
        {"opcode_f", frames::masked(kFin | 0xF, "x"), 1002},
        {"length_16_for_125", frames::raw(kFin | 0x1, 126, big_endian(125, 2), std::string(125, 'x')), 1002},
        {"length_64_for_65535", frames::raw(kFin | 0x1, 127, big_endian(65'535, 8), {}), 1002},
        {"length_64_bits", frames::raw(kFin | 0x1, 127, big_endian(1ULL << 63, 8), {}), 1002},
        {"length_63_bits", frames::raw(kFin | 0x1, 127, big_endian((1ULL << 63) - 1, 8), {}), 1009},
        {"announced_too_long", frames::raw(kFin | 0x1, 127, big_endian(262'145, 8), {}), 1009},
        {"ping_of_126", frames::raw(kFin | 0x9, 126, big_endian(126, 2), deep), 1002},
        {"fragmented_ping", frames::masked(0x9, "x"), 1002},
        {"fragmented_close", frames::masked(0x8, big_endian(1000, 2)), 1002},
        {"continuation_of_nothing", frames::last_fragment("x"), 1002},
        {"message_within_message", frames::first_fragment("x") + frames::text("y"), 1002},
        {"binary_within_message", frames::first_fragment("x") + frames::masked(0x2, "y"), 1002},
        {"latin1", frames::text("\xe4"), 1007},
        {"overlong", frames::text("\xc0\x80"), 1007},
        {"surrogate", frames::text("\xed\xa0\x80"), 1007},
        {"above_10ffff", frames::text("\xf4\x90\x80\x80"), 1007},
        {"ends_inside_character", frames::text("\xe2\x82"), 1007},
        {"fragments_end_inside_character", frames::first_fragment("\xe2") + frames::last_fragment("\x82"), 1007},
        {"close_of_one_byte", frames::masked(kFin | 0x8, "x"), 1002},
        {"close_0", frames::close(0), 1002},
        {"close_999", frames::close(999), 1002},
        {"close_1004", frames::close(1004), 1002},
        {"close_1005", frames::close(1005), 1002},
        {"close_1006", frames::close(1006), 1002},
        {"close_1015", frames::close(1015), 1002},
        {"close_1016", frames::close(1016), 1002},
        {"close_2999", frames::close(2999), 1002},
        {"close_5000", frames::close(5000), 1002},
        {"close_65535", frames::close(65'535), 1002},
        {"close_with_bad_reason", frames::close(1000, "\xce\xba\xed\xa0\x80"), 1007},
    };
}

INSTANTIATE_TEST_SUITE_P(All, WebSocketCodecViolation, testing::ValuesIn(violations()),
                         [](const auto& param) { return param.param.name; });

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

TEST(WebSocketCodec, TellsCloseWithCodeAndReasonAndNothingAfterIt) {
    EXPECT_THAT(told_of(frames::close(1000, "bye") + frames::text("late")), ElementsAre(Told{Kind::close, "bye", 1000}));
    EXPECT_THAT(told_of(frames::masked(kFin | 0x8, "")), ElementsAre(Told{Kind::close, "", close_code::kNone}));
    for (const std::uint16_t code : {1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
        EXPECT_THAT(told_of(frames::close(code)), ElementsAre(Told{Kind::close, "", code}));
    }
    EXPECT_THAT(told_of(frames::first_fragment("cut") + frames::close(1000)), ElementsAre(Told{Kind::close, "", 1000}));
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
