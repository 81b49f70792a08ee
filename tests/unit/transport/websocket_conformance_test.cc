// What a server must make of a client's frames, in the order in which the Autobahn testsuite asks it. Every case is told the
// same whether its bytes come in one read, in pieces, byte by byte, or cut in two anywhere; what follows a close frame or a
// violation is not told at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "support/transport/codec_peer.h"
#include "support/transport/frames.h"
#include "transport/websocket_codec.h"

namespace transport {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using frames::big_endian;
using frames::kFin;
using Kind = Incoming::Kind;

// First bytes of control frames.
constexpr std::uint8_t kClose = kFin | 0x8;
constexpr std::uint8_t kPing = kFin | 0x9;
constexpr std::uint8_t kPong = kFin | 0xA;

Told binary(std::string bytes) { return {.kind = Kind::message, .payload = std::move(bytes), .opcode = Opcode::binary}; }
Told ping(std::string payload) { return {.kind = Kind::ping, .payload = std::move(payload)}; }
Told pong(std::string payload) { return {.kind = Kind::pong, .payload = std::move(payload)}; }
Told close(std::uint16_t code, std::string reason = {}) {
    return {.kind = Kind::close, .payload = std::move(reason), .code = code};
}
Told violation(std::uint16_t code) { return {.kind = Kind::violation, .payload = {}, .code = code}; }

void expect_however_cut(const std::string& bytes, const std::vector<Told>& expected) {
    constexpr std::size_t kCutEverywhere = 300;
    for (const std::size_t size : {std::size_t{1}, std::size_t{3}, std::size_t{997}, bytes.size()}) {
        Peer peer;
        peer.reads_in_pieces(bytes, size);
        ASSERT_EQ(peer.told(), expected) << "in pieces of " << size;
        ASSERT_EQ(peer.buffered(), 0U) << "in pieces of " << size;
    }
    for (std::size_t cut = 1; cut < std::min(bytes.size(), kCutEverywhere); ++cut) {
        Peer peer;
        peer.reads(std::string_view(bytes).substr(0, cut));
        peer.reads(std::string_view(bytes).substr(cut));
        ASSERT_EQ(peer.told(), expected) << "cut at " << cut;
    }
}

void expect_told(const std::string& bytes, const std::vector<Told>& expected) {
    SCOPED_TRACE(testing::PrintToString(bytes.substr(0, 80)));
    expect_however_cut(bytes, expected);
    if (!expected.empty() && (expected.back().kind == Kind::close || expected.back().kind == Kind::violation)) {
        expect_however_cut(bytes + frames::text("late") + frames::ping("late") + frames::close(1000), expected);
    }
}

void expect_refused(const std::string& bytes, std::uint16_t code) { expect_told(bytes, {violation(code)}); }

// --- 1: frames of every form of length ---

TEST(WebSocketConformance, TakesMessagesAtTheBordersOfTheFormsOfLength) {
    for (const std::size_t size : {0U, 1U, 7U, 8U, 125U, 126U, 127U, 128U, 65'535U, 65'536U}) {
        const std::string payload(size, '*');
        expect_told(frames::text(payload), {message(payload)});
        expect_told(frames::binary(payload), {binary(payload)});
    }
    expect_told(frames::binary("\x00\xff\xfe\x80"s), {binary("\x00\xff\xfe\x80"s)});
}

TEST(WebSocketConformance, RefusesLengthsThatAreNotInTheirShortestFormOrTooLong) {
    for (const std::uint8_t opcode : {0x1, 0x2}) {
        const std::uint8_t first = kFin | opcode;
        expect_refused(frames::raw(first, 126, big_endian(0, 2), {}), 1002);
        expect_refused(frames::raw(first, 126, big_endian(125, 2), std::string(125, 'x')), 1002);
        expect_refused(frames::raw(first, 127, big_endian(125, 8), std::string(125, 'x')), 1002);
        expect_refused(frames::raw(first, 127, big_endian(65'535, 8), {}), 1002);
        expect_refused(frames::raw(first, 127, big_endian(1ULL << 63, 8), {}), 1002);
        expect_refused(frames::raw(first, 127, big_endian((1ULL << 63) - 1, 8), {}), 1009);
        expect_refused(frames::raw(first, 127, big_endian(CodecLimits{}.message_bytes_max + 1, 8), {}), 1009);
    }
}

TEST(WebSocketConformance, RefusesFramesThatAreNotMasked) {
    for (const std::string_view frame :
         {"\x81\x02hi"sv, "\x82\x00"sv, "\x01\x02hi"sv, "\x89\x00"sv, "\x8a\x00"sv, "\x88\x00"sv, "\x81\x7e\x00\x80"sv}) {
        expect_refused(std::string(frame), 1002);
    }
}

// --- 2: pings and pongs ---

TEST(WebSocketConformance, TellsPingsAndPongsOfUpTo125Bytes) {
    for (const std::string& payload : {""s, "Hello"s, "\x00\xff\xfe\xfd\xfc\xfb\x00\xff"s, std::string(125, '\xfe')}) {
        expect_told(frames::ping(payload), {ping(payload)});
        expect_told(frames::pong(payload) + frames::ping(payload), {pong(payload), ping(payload)});
    }
    std::string bytes;
    std::vector<Told> pings;
    for (const char c : "0123456789"sv) {
        bytes += frames::ping({&c, 1});
        pings.push_back(ping({c}));
    }
    expect_told(bytes, pings);
}

TEST(WebSocketConformance, RefusesControlFramesThatAreLongOrFragmented) {
    for (const std::uint8_t first : {kClose, kPing, kPong}) {
        expect_refused(frames::masked(first, std::string(126, '\xfe')), 1002);
        expect_refused(frames::raw(first, 126, big_endian(5, 2), "Hello"), 1002);
        expect_refused(frames::raw(first, 127, big_endian(65'536, 8), {}), 1002);
        const std::uint8_t not_final = first & 0x0F;
        expect_refused(frames::masked(not_final, {}), 1002);
        expect_refused(frames::masked(not_final, big_endian(1000, 2)) + frames::last_fragment("x"), 1002);
        expect_refused(frames::first_fragment("x") + frames::masked(not_final, {}) + frames::last_fragment("y"), 1002);
    }
}

// --- 3 and 4: reserved bits, reserved opcodes ---

TEST(WebSocketConformance, RefusesReservedBitsInEveryFrame) {
    for (unsigned reserved = 0x10; reserved <= 0x70; reserved += 0x10) {
        for (const unsigned opcode : {0x0, 0x1, 0x2, 0x8, 0x9, 0xA}) {
            const std::string frame = frames::masked(static_cast<std::uint8_t>(kFin | reserved | opcode), {});
            expect_refused(frame, 1002);
            expect_told(frames::text("before") + frame, {message("before"), violation(1002)});
        }
        const std::string last = frames::masked(static_cast<std::uint8_t>(kFin | reserved), "b");
        expect_refused(frames::first_fragment("a") + last, 1002);
    }
}

TEST(WebSocketConformance, RefusesReservedOpcodes) {
    for (const unsigned opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
        for (const unsigned fin : {unsigned{kFin}, 0U}) {
            const std::string frame = frames::masked(static_cast<std::uint8_t>(fin | opcode), "payload");
            expect_refused(frame, 1002);
            expect_told(frames::text("before") + frame + frames::ping({}), {message("before"), violation(1002)});
            expect_refused(frames::first_fragment("a") + frame + frames::last_fragment("b"), 1002);
        }
    }
}

// --- 5: fragments ---

TEST(WebSocketConformance, PutsFragmentsTogetherAroundControlFrames) {
    using frames::first_fragment, frames::last_fragment, frames::middle_fragment;
    expect_told(first_fragment("ab") + last_fragment("cd"), {message("abcd")});
    expect_told(frames::masked(0x2, "\xff") + last_fragment("\xfe"), {binary("\xff\xfe")});
    expect_told(first_fragment("") + middle_fragment("") + last_fragment(""), {message("")});
    expect_told(first_fragment("") + middle_fragment("mid") + last_fragment(""), {message("mid")});
    expect_told(first_fragment("a") + frames::ping("p") + last_fragment("b"), {ping("p"), message("ab")});
    expect_told(first_fragment("a") + frames::pong("q") + frames::ping("p") + middle_fragment("b") + frames::ping("") +
                    last_fragment("c") + frames::text("next"),
                {pong("q"), ping("p"), ping(""), message("abc"), message("next")});
    expect_told(first_fragment("a") + frames::ping(std::string(125, 'p')) + last_fragment(std::string(70'000, 'b')),
                {ping(std::string(125, 'p')), message("a" + std::string(70'000, 'b'))});
    expect_told(first_fragment("a") + last_fragment("b") + first_fragment("c") + last_fragment("d"),
                {message("ab"), message("cd")});
}

TEST(WebSocketConformance, RefusesFragmentsInAnyOtherOrder) {
    using frames::first_fragment, frames::last_fragment, frames::middle_fragment;
    expect_refused(last_fragment("x"), 1002);
    expect_refused(last_fragment(""), 1002);
    expect_refused(middle_fragment("x") + frames::text("y"), 1002);
    expect_refused(middle_fragment("x") + frames::text("y") + last_fragment("z"), 1002);
    expect_refused(first_fragment("a") + frames::text("b"), 1002);
    expect_refused(first_fragment("a") + first_fragment("b") + last_fragment("c"), 1002);
    expect_refused(first_fragment("a") + frames::binary("b"), 1002);
    expect_refused(frames::masked(0x2, "a") + frames::text("b"), 1002);
    expect_told(frames::text("whole") + last_fragment("x"), {message("whole"), violation(1002)});
    expect_told(first_fragment("a") + frames::ping("p") + last_fragment("b") + last_fragment("c"),
                {ping("p"), message("ab"), violation(1002)});
}

// --- 6: UTF-8 ---

// The text as one frame, and as fragments of one byte each with a ping between them.
std::string in_fragments(std::string_view text) {
    std::string bytes = frames::first_fragment({});
    for (const char& byte : text) {
        bytes += frames::middle_fragment({&byte, 1}) + frames::ping({});
    }
    return bytes + frames::last_fragment({});
}

TEST(WebSocketConformance, TakesTextThatIsUtf8HoweverItIsFragmented) {
    for (const std::string_view text :
         {"Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!"sv,
          "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"sv, "\x00"sv, "\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv,
          "\xed\x9f\xbf"sv, "\xee\x80\x80"sv, "\xef\xbf\xbd"sv, "\xef\xbf\xbe"sv, "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv,
          "\xf0\x9f\xbf\xbe"sv, "\xf4\x8f\xbf\xbf"sv}) {
        const std::string around = "a" + std::string(text) + "z";
        expect_told(frames::text(text), {message(std::string(text))});
        expect_told(frames::text(around), {message(around)});
        std::vector<Told> told(around.size(), ping(""));
        told.push_back(message(around));
        expect_told(in_fragments(around), told);
    }
}

TEST(WebSocketConformance, RefusesTextThatIsNotUtf8HoweverItIsFragmented) {
    for (const std::string_view text : {"\x80"sv,
                                        "\xbf"sv,
                                        "\x80\xbf\x80\xbf"sv,
                                        "\xc0 \xc1 "sv,
                                        "\xe0 "sv,
                                        "\xf0 "sv,
                                        "\xf8 "sv,
                                        "\xfc "sv,
                                        "\xfe"sv,
                                        "\xff"sv,
                                        "\xc3"sv,
                                        "\xe2\x82"sv,
                                        "\xf0\x9f\x9a"sv,
                                        "\xc0\x80"sv,
                                        "\xc0\xaf"sv,
                                        "\xc1\xbf"sv,
                                        "\xe0\x80\xaf"sv,
                                        "\xe0\x9f\xbf"sv,
                                        "\xf0\x80\x80\xaf"sv,
                                        "\xf0\x8f\xbf\xbf"sv,
                                        "\xf8\x87\xbf\xbf\xbf"sv,
                                        "\xfc\x83\xbf\xbf\xbf\xbf"sv,
                                        "\xed\xa0\x80"sv,
                                        "\xed\xad\xbf"sv,
                                        "\xed\xbf\xbf"sv,
                                        "\xed\xa0\x80\xed\xb0\x80"sv,
                                        "\xf4\x90\x80\x80"sv,
                                        "\xf7\xbf\xbf\xbf"sv,
                                        "\xce\xba\xed\xa0\x80"sv}) {
        expect_refused(frames::text(text), 1007);
        expect_refused(frames::text("Ladepunkt " + std::string(text)), 1007);
        const auto told = told_of(in_fragments(text));
        EXPECT_EQ(told.back(), violation(1007)) << testing::PrintToString(text);
        EXPECT_TRUE(std::all_of(told.begin(), told.end() - 1, [](const Told& one) { return one == ping(""); }));
    }
    expect_told(frames::binary("\xce\xba\xff"), {binary("\xce\xba\xff")});
    expect_refused(frames::text(std::string(65'536, 'x') + "\xff"), 1007);
}

// --- 7: the end ---

TEST(WebSocketConformance, TellsCloseFramesWithTheirReason) {
    expect_told(frames::masked(kClose, {}), {close(close_code::kNone)});
    expect_told(frames::close(1000), {close(1000)});
    expect_told(frames::close(1001, "going"), {close(1001, "going")});
    expect_told(frames::close(1000, std::string(123, '*')), {close(1000, std::string(123, '*'))});
    expect_told(frames::close(4000, "\xce\xba"), {close(4000, "\xce\xba")});
    expect_told(frames::first_fragment("never finished") + frames::close(1000), {close(1000)});
    expect_told(frames::text("last words") + frames::ping("p") + frames::close(1000),
                {message("last words"), ping("p"), close(1000)});
}

TEST(WebSocketConformance, RefusesCloseFramesThatAreMalformed) {
    expect_refused(frames::masked(kClose, "\x03"), 1002);
    expect_refused(frames::close(1000, std::string(124, '*')), 1002);
    expect_refused(frames::close(1000, "\xce\xba\xed\xa0\x80"), 1007);
    expect_refused(frames::close(1000, "ends inside \xe2\x82"), 1007);
    for (const std::uint16_t code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65'535}) {
        expect_refused(frames::close(code), 1002);
        expect_refused(frames::close(code, "with a reason"), 1002);
    }
}

TEST(WebSocketConformance, TakesTheCloseCodesThatAreRegisteredAndNoOthers) {
    for (unsigned code = 0; code <= 0xFFFF; ++code) {
        const bool registered =
            (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
        const auto on_wire = static_cast<std::uint16_t>(code);
        ASSERT_EQ(told_of(frames::close(on_wire)), std::vector{registered ? close(on_wire) : violation(1002)}) << code;
    }
}

}  // namespace
}  // namespace transport
