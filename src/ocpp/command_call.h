// From a command to the frame that carries it, and from the charge point's answer to what is reported: the version's table
// of commands and its check of payloads, which forgives nothing because what is checked is what we send.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "ocpp/answer.h"
#include "ocpp/command.h"
#include "ocpp/version.h"

namespace ocpp {

// By which name a command was sent: what is needed to understand its answer.
struct Called {
    const Action* action;
    const CommandEntry* as = nullptr;  // null: by the action's own name
};

struct CommandCall {
    Called called;
    std::string frame;
    const Action* asks_for = nullptr;  // the charge point's own CALL that this one triggers
};

// `id` needs no escapes.
[[nodiscard]] std::variant<CommandCall, NotDeliverable> write_call(const Version& version, std::string_view id,
                                                                   const Command& command);

[[nodiscard]] Answered answered(const Called& called, const Answer& answer);
[[nodiscard]] Refused refused(const Answer& answer);

// Whether the answer's payload is what its action's table asks for. One that is not is taken all the same: the charge point has
// acted, and OCPP 1.6 has no way to refuse an answer.
[[nodiscard]] bool fits(const Called& called, const Answer& answer);

}  // namespace ocpp
