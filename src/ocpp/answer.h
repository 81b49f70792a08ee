// The charge point's answer to a call of ours, cut into its parts: [3,"id",{payload}] or [4,"id","code","description",{details}]
// (OCPP-J 1.6 4.2.2, 4.2.3). The grammar is checked and nothing else: what an answer must hold differs too much in the field
// for a whole command to fail over it. Views point into the frame.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ocpp/json_text.h"

namespace ocpp {

struct Answer {
    bool is_error = false;
    std::string_view id;       // the JSON token as received
    std::string_view payload;  // text as received; `{}` where there is none
    std::string_view code;     // tokens; of a CALLERROR, empty where there is none
    std::string_view description;
    std::string_view details;
    bool is_short = false;  // fewer elements than are due
};

// By its first bytes: whether reading the frame as an answer is worth while.
[[nodiscard]] bool looks_like_answer(std::string_view frame);

// Nothing where the frame is no answer, or not grammatical.
[[nodiscard]] std::optional<Answer> read_answer(std::string_view frame);

// As it is, or as a JSON string of its text where it may not stand in a JSON document (a lone surrogate).
[[nodiscard]] std::string portable_json(std::string_view text);

}  // namespace ocpp
