// WebSocketCodec: the frames of RFC 6455 as a plain object, without a socket, clock or log. Both roles: a server demands
// masked frames and writes bare ones, a client (the simulator's charge points) demands bare ones and writes masked ones.
//
// In: next() takes bytes off the front of what was read and tells the first thing that they make. Payloads are unmasked in
// place; a message that lies whole in the read buffer is given as a view into it, without a copy. Only what is incomplete
// is copied aside, into memory that exists only as long as the message is incomplete (and until the next call of next()
// or release(), because the view given out may lie in it). Idle state is 24 bytes.
//
//   std::span<char> unread(buffer, count);
//   while (true) {
//       Incoming in = codec.next(unread);
//       if (in.kind == Incoming::Kind::nothing) break;      // everything was taken; read more
//       …                                                   // message, ping, pong, close, violation
//   }
//
// After a close frame or a violation next() swallows whatever comes and tells nothing; what was incomplete is given back.
//
// Held: masking (5.1), RSV bits 0 (5.2; no extension is negotiated), minimal lengths and 63 bits (5.2), control frames of
// at most 125 bytes and whole (5.5), fragments in order (5.4), UTF-8 of text and of close reasons (8.1), checked byte by
// byte as it arrives, close codes (7.4), and two limits: bytes and fragments of one message. An announced length above the
// limit is refused (1009) before anything is allocated for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace transport {

enum class Role : std::uint8_t { server, client };

enum class Opcode : std::uint8_t { continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA };

// Close codes that this program gives or looks at (RFC 6455 section 7.4.1 and IANA's register).
namespace close_code {
inline constexpr std::uint16_t kNormal = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kUnsupportedData = 1003;
inline constexpr std::uint16_t kNone = 1005;      // never on the wire: a close frame without a code
inline constexpr std::uint16_t kAbnormal = 1006;  // never on the wire: the connection ended without a close frame
inline constexpr std::uint16_t kInvalidPayload = 1007;
inline constexpr std::uint16_t kPolicyViolation = 1008;
inline constexpr std::uint16_t kTooBig = 1009;
inline constexpr std::uint16_t kInternalError = 1011;
inline constexpr std::uint16_t kServiceRestart = 1012;
inline constexpr std::uint16_t kTryAgainLater = 1013;
}  // namespace close_code

struct CodecLimits {
    std::size_t message_bytes_max = 262'144;  // all fragments together
    std::size_t fragments_max = 64;           // frames of one message
};

// This many bytes behind every payload given out are readable (the JSON parser looks ahead), provided that as many are
// readable behind what next() was given.
inline constexpr std::size_t kPayloadSlack = 64;

struct Incoming {
    enum class Kind : std::uint8_t {
        nothing,  // what was read holds no further complete thing
        message,  // a whole message: `opcode` is text or binary, `payload` its bytes (text is valid UTF-8)
        ping,     // answer with a pong of the same payload
        pong,
        close,      // `code` (kNone where the frame had none) and the reason as `payload`; it is to be answered with one
        violation,  // close with `code`; `payload` says in English what was wrong
    };

    Kind kind = Kind::nothing;
    Opcode opcode = Opcode::text;
    std::uint16_t code = 0;
    std::string_view payload{};  // valid until the next call of next() or release()
};

class WebSocketCodec {
public:
    // `limits` outlive the codec.
    WebSocketCodec(Role role, const CodecLimits& limits);
    ~WebSocketCodec();
    WebSocketCodec(WebSocketCodec&&) noexcept;
    WebSocketCodec& operator=(WebSocketCodec&&) noexcept;

    Incoming next(std::span<char>& unread);

    // Frees the memory of a message that was given out already; next() does the same.
    void release();

    // Bytes held for what is incomplete, or for what was given out and not released yet. 0 when idle.
    [[nodiscard]] std::size_t buffered_bytes() const;

private:
    struct Header;
    struct Partial;

    Partial& partial();
    [[nodiscard]] bool is_in_frame() const;
    // Nothing where the header is complete and in order; otherwise the violation, or kind nothing with all bytes taken.
    std::optional<Incoming> read_header(std::span<char>& unread, Header& header);
    [[nodiscard]] std::optional<Incoming> refuse_in_context(const Header& header);
    std::optional<Incoming> start_frame(const Header& header, std::span<char>& unread);
    std::optional<Incoming> continue_frame(std::span<char>& unread);
    Incoming whole_message(Opcode opcode, std::string_view payload);
    Incoming finish_control(Opcode opcode, std::string_view payload);
    Incoming finish_close(std::string_view payload);
    Incoming violation(std::uint16_t code, std::string_view what);

    const CodecLimits* limits_;
    std::unique_ptr<Partial> partial_;  // null when idle
    Role role_;
    bool ended_ = false;
};

// Appends one whole, unfragmented frame: what a server sends.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);
// The same masked with `key`, which must be unpredictable on a real network: what a client sends.
using MaskKey = std::array<std::uint8_t, 4>;
void append_masked_frame(std::string& out, Opcode opcode, std::string_view payload, MaskKey key);

// The payload of a close frame: code and reason, the reason cut to 123 bytes at a character's border. Empty for kNone.
[[nodiscard]] std::string close_payload(std::uint16_t code, std::string_view reason);

// Whether a peer may send this code in a close frame.
[[nodiscard]] bool is_valid_close_code(std::uint16_t code);

}  // namespace transport
