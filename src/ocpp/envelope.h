// The frame around a message: type, id, action, payload (OCPP-J 1.6 4.2). simdjson's DOM checks the whole frame. What is JSON and
// no DOM takes (a number beyond 64 bits, as some ICCIDs are; a surrogate without its partner) is checked with a stand-in. What
// is no JSON goes to a reader that looks for the envelope only, so that the id is still answered and the frame is told.
// Views point into the frame and into this thread's parser: an Envelope is dead when the next frame is read.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string_view>

#include "model/quirk.h"

namespace ocpp {

enum class MessageType : std::uint8_t { none, call, call_result, call_error, other };

struct Envelope {
    MessageType type = MessageType::none;
    std::string_view id{};      // the JSON token as received, echoed byte for byte; empty: none that can be read
    std::string_view action{};  // decoded; empty: none
    // The payload's text as received, without blanks around it; `{}` where the frame has none.
    std::string_view payload = "{}";
    bool payload_is_json = true;         // may stand in an event as it is
    bool payload_is_grammatical = true;  // can be walked by JsonCursor: what is told apart from the above are lone surrogates
    bool readable = false;               // the frame is JSON
    bool as_written = true;              // `body` says what was sent; otherwise values are to be read from the payload's text
    bool as_due = false;                 // readable, and exactly the elements that its type has
    // Empty where the payload is not there or the DOM does not take it.
    simdjson::dom::element body{};
    bool has_body = false;
    model::Quirks quirks{};      // of a CALL's frame and id
    std::string_view problem{};  // why it is not readable, in words; static
};

// 64 bytes behind `frame` must be readable. A byte order mark, and blanks and NULs at the end, are trimmed.
[[nodiscard]] Envelope read_envelope(std::string_view frame);

// What read_envelope sees of a frame.
[[nodiscard]] std::string_view trimmed(std::string_view frame);

}  // namespace ocpp
