// Input: the bytes that a connection receives. However the network cuts them, the codec tells the same; what it tells keeps
// RFC 6455 and the limits; and what it told, written as frames, is read again as the same.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/utf8.h"
#include "fuzz/target.h"
#include "transport/websocket_codec.h"

namespace fuzz {
namespace {

using transport::CodecLimits;
using transport::Incoming;
using transport::Opcode;
using transport::Role;
using transport::WebSocketCodec;
using Kind = Incoming::Kind;

struct Told {
    Kind kind;
    Opcode opcode;
    std::uint16_t code;
    std::string payload;  // empty for a violation, whose words are free

    friend bool operator==(const Told&, const Told&) = default;
};

void check_rules(const Incoming& in, const CodecLimits& limits) {
    switch (in.kind) {
        case Kind::message:
            CHECK(in.payload.size() <= limits.message_bytes_max, "a message keeps the limit");
            CHECK(in.opcode == Opcode::binary || base::is_utf8(in.payload), "a text is UTF-8");
            break;
        case Kind::close:
            CHECK(in.code == transport::close_code::kNone ? in.payload.empty() : transport::is_valid_close_code(in.code),
                  "a close code is one that may be sent");
            CHECK(base::is_utf8(in.payload), "a reason is UTF-8");
            [[fallthrough]];
        case Kind::ping:
        case Kind::pong: CHECK(in.payload.size() <= 125, "a control frame is small"); break;
        case Kind::violation: CHECK(transport::is_valid_close_code(in.code), "a violation has a code for the peer"); break;
        case Kind::nothing: break;
    }
}

std::vector<Told> read(Role role, const CodecLimits& limits, const std::vector<std::string_view>& pieces) {
    WebSocketCodec codec(role, limits);
    std::vector<Told> told;
    bool ended = false;
    for (const std::string_view piece : pieces) {
        Slack buffer(piece);
        std::span<char> unread = buffer.bytes();
        while (true) {
            const Incoming in = codec.next(unread);
            if (in.kind == Kind::nothing) {
                break;
            }
            CHECK(!ended, "nothing is told after the end");
            check_rules(in, limits);
            ended = in.kind == Kind::close || in.kind == Kind::violation;
            const bool is_message = in.kind == Kind::message;
            told.push_back({in.kind, is_message ? in.opcode : Opcode::text, in.code,
                            in.kind == Kind::violation ? std::string() : std::string(in.payload)});
        }
        CHECK(unread.empty(), "everything is taken");
        CHECK(codec.buffered_bytes() <= 2 * limits.message_bytes_max + 1024, "what is kept has a bound");
        CHECK(!ended || codec.buffered_bytes() == 0, "nothing is kept after the end");
    }
    return told;
}

Opcode opcode_of(const Told& told) {
    switch (told.kind) {
        case Kind::ping: return Opcode::ping;
        case Kind::pong: return Opcode::pong;
        case Kind::close: return Opcode::close;
        default: return told.opcode;
    }
}

void check_written(Role reader, const CodecLimits& limits, std::vector<Told> told) {
    std::erase_if(told, [](const Told& each) { return each.kind == Kind::violation; });
    std::string bytes;
    for (const Told& each : told) {
        const std::string payload = each.kind == Kind::close ? transport::close_payload(each.code, each.payload) : each.payload;
        if (reader == Role::server) {
            transport::append_masked_frame(bytes, opcode_of(each), payload, {1, 0x80, 0xFF, 0});
        } else {
            transport::append_frame(bytes, opcode_of(each), payload);
        }
    }
    CHECK(read(reader, limits, {bytes}) == told, "what is written is read as the same");
}

}  // namespace

void check(std::string_view input) {
    Choices choices(input);
    const CodecLimits limits{.message_bytes_max = choices.below(2) == 0 ? 300U : 70'000U, .fragments_max = 1 + choices.below(5)};
    for (const Role role : {Role::server, Role::client}) {
        const auto whole = read(role, limits, {input});
        CHECK(read(role, limits, choices.pieces_of(input, 1)) == whole, "small pieces tell what the whole does");
        CHECK(read(role, limits, choices.pieces_of(input, 20)) == whole, "pieces tell what the whole does");
        check_written(role, limits, whole);
        check_written(role == Role::server ? Role::client : Role::server, limits, whole);
    }
}

}  // namespace fuzz
