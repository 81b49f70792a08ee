// The charge point's answer to a call of ours, cut into its parts: [3,"id",{payload}] or [4,"id","code","description",{details}]
// (OCPP-J 1.6 4.2.2, 4.2.3). What an answer must hold differs too much in the field for a whole command to fail over it: the
// charge point has acted, and so one with a type and an id is an answer, be the rest of it broken. Views point into the frame.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_text.h"

namespace ocpp {

struct Answer {
    bool is_error = false;
    std::string_view id;       // the JSON token as received
    std::string_view payload;  // text as received, grammatical or not; `{}` where there is none
    std::string_view code;     // tokens; of a CALLERROR, empty where there is none
    std::string_view description;
    std::string_view details;
    bool is_short = false;  // fewer elements than are due
};

// By its first bytes: whether reading the frame as an answer is worth while.
[[nodiscard]] bool looks_like_answer(std::string_view frame);

// Nothing where the frame is no answer, or has no id that can be read.
[[nodiscard]] std::optional<Answer> read_answer(std::string_view frame);

// As it is, or as a JSON string of its text where it may not stand in a JSON document (a lone surrogate, a broken answer).
[[nodiscard]] std::string portable_json(std::string_view text);

}  // namespace ocpp
