// A codec that is fed and what it told, as values that a test can compare.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/websocket_codec.h"

namespace transport {

struct Told {
    Incoming::Kind kind;
    std::string payload;  // empty for a violation: the words are free
    std::uint16_t code = 0;
    Opcode opcode = Opcode::text;  // of a message

    friend bool operator==(const Told&, const Told&) = default;
    friend void PrintTo(const Told& told, std::ostream* out) {
        *out << "kind " << static_cast<int>(told.kind) << " code " << told.code << " '" << told.payload << "'";
    }
};

inline Told message(std::string text) { return {.kind = Incoming::Kind::message, .payload = std::move(text)}; }

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
            if (in.kind == Incoming::Kind::nothing) {
                EXPECT_TRUE(unread.empty());
                return;
            }
            told_.push_back({in.kind, in.kind == Incoming::Kind::violation ? "" : std::string(in.payload), in.code,
                             in.kind == Incoming::Kind::message ? in.opcode : Opcode::text});
        }
    }
    // As many reads as it takes with `size` bytes each.
    void reads_in_pieces(std::string_view bytes, std::size_t size) {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
            reads(bytes.substr(0, size));
        }
    }

    [[nodiscard]] const std::vector<Told>& told() const { return told_; }
    [[nodiscard]] std::size_t buffered() const { return codec_.buffered_bytes(); }

private:
    CodecLimits limits_;
    WebSocketCodec codec_;
    std::vector<Told> told_;
};

inline std::vector<Told> told_of(std::string_view bytes, CodecLimits limits = {}) {
    Peer peer(limits);
    peer.reads(bytes);
    return peer.told();
}

}  // namespace transport
