#include "transport/websocket_codec.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"
#include "transport/utf8_check.h"

namespace transport {

namespace {

constexpr std::size_t kHeaderBytesMax = 14;
constexpr std::size_t kControlBytesMax = 125;
constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kOpcodeBits = 0x0F;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLengthBits = 0x7F;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 0x8; }

bool is_known(std::uint8_t opcode) { return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA); }

// XORs with the key as it stands `offset` bytes into the payload, eight bytes at a time.
void apply_mask(std::span<char> bytes, MaskKey key, std::uint64_t offset) {
    std::array<std::uint8_t, 8> pattern{};
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        pattern[i] = key[(offset + i) % key.size()];
    }
    std::uint64_t word_mask = 0;
    std::memcpy(&word_mask, pattern.data(), sizeof word_mask);
    std::size_t at = 0;
    for (; at + sizeof word_mask <= bytes.size(); at += sizeof word_mask) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        word ^= word_mask;
        std::memcpy(bytes.data() + at, &word, sizeof word);
    }
    for (; at < bytes.size(); ++at) {
        bytes[at] = static_cast<char>(static_cast<std::uint8_t>(bytes[at]) ^ pattern[at % pattern.size()]);
    }
}

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

std::span<char> take(std::span<char>& unread, std::size_t count) {
    const std::span<char> taken = unread.first(count);
    unread = unread.subspan(count);
    return taken;
}

}  // namespace

struct WebSocketCodec::Header {
    bool fin = false;
    bool masked = false;
    Opcode opcode = Opcode::text;
    MaskKey key{};
    std::uint64_t length = 0;

    enum class Reading : std::uint8_t { incomplete, complete, wrong };
    // Reads a header from the start of `bytes`; `size` is its length once it is complete, `wrong` what is wrong with it.
    Reading read(std::string_view bytes, Role role, std::size_t& size, std::string_view& wrong);

private:
    [[nodiscard]] std::string_view refusal(std::uint8_t first, std::uint8_t second, Role role) const;
};

// What exists only while something is incomplete, or lies here while it is looked at.
struct WebSocketCodec::Partial {
    std::array<char, kHeaderBytesMax> header_bytes{};
    std::uint8_t header_size = 0;

    bool in_frame = false;
    Header frame;
    std::uint64_t taken = 0;  // of the frame's payload

    std::array<char, kControlBytesMax + kPayloadSlack> control{};
    std::uint8_t control_size = 0;

    bool in_message = false;
    bool given_out = false;
    Opcode message_opcode = Opcode::text;
    std::size_t fragments = 0;
    Utf8Check utf8;
    std::string message;

    [[nodiscard]] bool is_idle() const { return header_size == 0 && !in_frame && !in_message; }

    // Grows with what has arrived, not with what was announced, and keeps the slack allocated.
    void append(std::string_view bytes) {
        const std::size_t needed = message.size() + bytes.size() + kPayloadSlack;
        if (needed > message.capacity()) {
            message.reserve(std::max(needed, 2 * message.size()));
        }
        message.append(bytes);
    }
};

std::string_view WebSocketCodec::Header::refusal(std::uint8_t first, std::uint8_t second, Role role) const {
    if ((first & kReserved) != 0) {
        return "a reserved bit is set";
    }
    if (!is_known(first & kOpcodeBits)) {
        return "unknown opcode";
    }
    if (role == Role::server && !masked) {
        return "a client's frame must be masked";
    }
    if (role == Role::client && masked) {
        return "a server's frame must not be masked";
    }
    if (is_control(opcode) && !fin) {
        return "a control frame must not be fragmented";
    }
    if (is_control(opcode) && (second & kLengthBits) > kControlBytesMax) {
        return "a control frame carries at most 125 bytes";
    }
    return {};
}

auto WebSocketCodec::Header::read(std::string_view bytes, Role role, std::size_t& size, std::string_view& wrong) -> Reading {
    if (bytes.size() < 2) {
        return Reading::incomplete;
    }
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
    fin = (byte(0) & kFin) != 0;
    opcode = static_cast<Opcode>(byte(0) & kOpcodeBits);
    masked = (byte(1) & kMasked) != 0;
    if (wrong = refusal(byte(0), byte(1), role); !wrong.empty()) {
        return Reading::wrong;
    }
    const std::uint8_t short_length = byte(1) & kLengthBits;
    const std::size_t length_bytes = short_length == kLength16 ? 2 : short_length == kLength64 ? 8 : 0;
    size = 2 + length_bytes + (masked ? key.size() : 0);
    if (bytes.size() < size) {
        return Reading::incomplete;
    }
    length = length_bytes == 0 ? short_length : 0;
    for (std::size_t i = 0; i < length_bytes; ++i) {
        length = length << 8 | byte(2 + i);
    }
    if ((length_bytes == 2 && length < kLength16) || (length_bytes == 8 && length <= 0xFFFF)) {
        wrong = "the length is not written in its shortest form";
    } else if (length >> 63 != 0) {
        wrong = "the length has more than 63 bits";
    }
    if (masked) {
        std::memcpy(key.data(), bytes.data() + 2 + length_bytes, key.size());
    }
    return wrong.empty() ? Reading::complete : Reading::wrong;
}

WebSocketCodec::WebSocketCodec(Role role, const CodecLimits& limits) : limits_(&limits), role_(role) {}
WebSocketCodec::~WebSocketCodec() = default;
WebSocketCodec::WebSocketCodec(WebSocketCodec&&) noexcept = default;
WebSocketCodec& WebSocketCodec::operator=(WebSocketCodec&&) noexcept = default;

Incoming WebSocketCodec::next(std::span<char>& unread) {
    release();
    if (ended_) {
        unread = {};
        return {};
    }
    while (true) {
        std::optional<Incoming> found;
        if (is_in_frame()) {
            found = continue_frame(unread);
        } else {
            Header header;
            found = read_header(unread, header);
            if (!found) {
                found = start_frame(header, unread);
            }
        }
        if (found) {
            return *found;
        }
    }
}

void WebSocketCodec::release() {
    if (!partial_) {
        return;
    }
    if (partial_->given_out) {
        partial_->given_out = false;
        partial_->message = {};
    }
    if (ended_ || partial_->is_idle()) {
        partial_.reset();
    }
}

std::size_t WebSocketCodec::buffered_bytes() const { return partial_ ? sizeof(Partial) + partial_->message.capacity() : 0; }

WebSocketCodec::Partial& WebSocketCodec::partial() {
    if (!partial_) {
        partial_ = std::make_unique<Partial>();
    }
    return *partial_;
}

bool WebSocketCodec::is_in_frame() const { return partial_ && partial_->in_frame; }

std::optional<Incoming> WebSocketCodec::read_header(std::span<char>& unread, Header& header) {
    std::size_t size = 0;
    std::string_view wrong;
    if (!partial_ || partial_->header_size == 0) {
        const auto reading = header.read(view(unread), role_, size, wrong);
        if (reading == Header::Reading::wrong) {
            return violation(close_code::kProtocolError, wrong);
        }
        if (reading == Header::Reading::complete) {
            take(unread, size);
            return std::nullopt;
        }
    }
    // Cut by the network: its bytes are collected one by one, 14 at most, so that none is taken that belongs to the payload.
    while (!unread.empty()) {
        Partial& rest = partial();
        rest.header_bytes[rest.header_size++] = take(unread, 1).front();
        const auto reading = header.read({rest.header_bytes.data(), rest.header_size}, role_, size, wrong);
        if (reading == Header::Reading::wrong) {
            return violation(close_code::kProtocolError, wrong);
        }
        if (reading == Header::Reading::complete) {
            rest.header_size = 0;
            return std::nullopt;
        }
    }
    return Incoming{};
}

std::optional<Incoming> WebSocketCodec::refuse_in_context(const Header& header) {
    const bool in_message = partial_ && partial_->in_message;
    if (is_control(header.opcode)) {
        return std::nullopt;
    }
    if (header.opcode == Opcode::continuation && !in_message) {
        return violation(close_code::kProtocolError, "a continuation without a message to continue");
    }
    if (header.opcode != Opcode::continuation && in_message) {
        return violation(close_code::kProtocolError, "a new message inside a fragmented one");
    }
    if ((in_message ? partial_->message.size() : 0) + header.length > limits_->message_bytes_max) {
        return violation(close_code::kTooBig, "the message is longer than the limit");
    }
    if ((in_message ? partial_->fragments : 0) + 1 > limits_->fragments_max) {
        return violation(close_code::kTooBig, "the message has more fragments than the limit");
    }
    return std::nullopt;
}

std::optional<Incoming> WebSocketCodec::start_frame(const Header& header, std::span<char>& unread) {
    if (auto refusal = refuse_in_context(header)) {
        return refusal;
    }
    const bool is_alone = is_control(header.opcode) || (header.fin && header.opcode != Opcode::continuation);
    if (is_alone && header.length <= unread.size()) {
        const std::span<char> payload = take(unread, static_cast<std::size_t>(header.length));
        if (header.masked) {
            apply_mask(payload, header.key, 0);
        }
        return is_control(header.opcode) ? finish_control(header.opcode, view(payload))
                                         : whole_message(header.opcode, view(payload));
    }
    Partial& rest = partial();
    rest.in_frame = true;
    rest.frame = header;
    rest.taken = 0;
    rest.control_size = 0;
    if (!is_control(header.opcode)) {
        if (header.opcode != Opcode::continuation) {
            rest.in_message = true;
            rest.message_opcode = header.opcode;
            rest.fragments = 0;
            rest.utf8 = {};
        }
        ++rest.fragments;
    }
    return std::nullopt;
}

std::optional<Incoming> WebSocketCodec::continue_frame(std::span<char>& unread) {
    Partial& rest = *partial_;
    const std::uint64_t missing = rest.frame.length - rest.taken;
    const std::span<char> bytes = take(unread, static_cast<std::size_t>(std::min<std::uint64_t>(missing, unread.size())));
    if (rest.frame.masked) {
        apply_mask(bytes, rest.frame.key, rest.taken);
    }
    rest.taken += bytes.size();
    rest.in_frame = rest.taken < rest.frame.length;
    if (is_control(rest.frame.opcode)) {
        std::copy(bytes.begin(), bytes.end(), rest.control.begin() + rest.control_size);
        rest.control_size = static_cast<std::uint8_t>(rest.control_size + bytes.size());
        return rest.in_frame ? Incoming{} : finish_control(rest.frame.opcode, {rest.control.data(), rest.control_size});
    }
    const bool is_text = rest.message_opcode == Opcode::text;
    if (is_text && !rest.utf8.feed(view(bytes))) {
        return violation(close_code::kInvalidPayload, "text that is not UTF-8");
    }
    rest.append(view(bytes));
    if (rest.in_frame) {
        return Incoming{};
    }
    if (!rest.frame.fin) {
        return std::nullopt;
    }
    if (is_text && !rest.utf8.is_complete()) {
        return violation(close_code::kInvalidPayload, "text that ends inside a character");
    }
    rest.in_message = false;
    rest.given_out = true;
    return Incoming{.kind = Incoming::Kind::message, .opcode = rest.message_opcode, .payload = rest.message};
}

Incoming WebSocketCodec::whole_message(Opcode opcode, std::string_view payload) {
    if (opcode == Opcode::text) {
        Utf8Check check;
        if (!check.feed(payload) || !check.is_complete()) {
            return violation(close_code::kInvalidPayload, "text that is not UTF-8");
        }
    }
    return {.kind = Incoming::Kind::message, .opcode = opcode, .payload = payload};
}

Incoming WebSocketCodec::finish_control(Opcode opcode, std::string_view payload) {
    if (opcode == Opcode::close) {
        return finish_close(payload);
    }
    return {.kind = opcode == Opcode::ping ? Incoming::Kind::ping : Incoming::Kind::pong, .opcode = opcode, .payload = payload};
}

Incoming WebSocketCodec::finish_close(std::string_view payload) {
    if (payload.size() == 1) {
        return violation(close_code::kProtocolError, "a close frame with half a code");
    }
    if (payload.empty()) {
        ended_ = true;
        return {.kind = Incoming::Kind::close, .opcode = Opcode::close, .code = close_code::kNone};
    }
    const auto high = static_cast<std::uint8_t>(payload[0]);
    const auto low = static_cast<std::uint8_t>(payload[1]);
    const auto code = static_cast<std::uint16_t>(high << 8 | low);
    if (!is_valid_close_code(code)) {
        return violation(close_code::kProtocolError, "a close code that must not be sent");
    }
    if (!base::is_utf8(payload.substr(2))) {
        return violation(close_code::kInvalidPayload, "a close reason that is not UTF-8");
    }
    ended_ = true;
    return {.kind = Incoming::Kind::close, .opcode = Opcode::close, .code = code, .payload = payload.substr(2)};
}

Incoming WebSocketCodec::violation(std::uint16_t code, std::string_view what) {
    ended_ = true;
    partial_.reset();
    return {.kind = Incoming::Kind::violation, .code = code, .payload = what};
}

namespace {

void append_header(std::string& out, Opcode opcode, std::size_t length, std::uint8_t mask_bit) {
    out.push_back(static_cast<char>(kFin | static_cast<std::uint8_t>(opcode)));
    int length_bytes = 0;
    if (length < kLength16) {
        out.push_back(static_cast<char>(mask_bit | length));
    } else if (length <= 0xFFFF) {
        out.push_back(static_cast<char>(mask_bit | kLength16));
        length_bytes = 2;
    } else {
        out.push_back(static_cast<char>(mask_bit | kLength64));
        length_bytes = 8;
    }
    for (int shift = 8 * (length_bytes - 1); shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(length) >> shift & 0xFF));
    }
}

}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
    append_header(out, opcode, payload.size(), 0);
    out.append(payload);
}

void append_masked_frame(std::string& out, Opcode opcode, std::string_view payload, MaskKey key) {
    append_header(out, opcode, payload.size(), kMasked);
    out.append(reinterpret_cast<const char*>(key.data()), key.size());
    const std::size_t start = out.size();
    out.append(payload);
    apply_mask(std::span(out).subspan(start), key, 0);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
    if (code == close_code::kNone) {
        return {};
    }
    std::string payload;
    payload.push_back(static_cast<char>(code >> 8));
    payload.push_back(static_cast<char>(code & 0xFF));
    payload.append(base::utf8_prefix(reason, kControlBytesMax - payload.size()));
    return payload;
}

bool is_valid_close_code(std::uint16_t code) {
    if (code >= 3000) {
        return code <= 4999;
    }
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

}  // namespace transport
