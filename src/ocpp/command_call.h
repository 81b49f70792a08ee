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

struct CommandCall {
    const CommandEntry* entry;
    std::string frame;
};

// `id` needs no escapes.
[[nodiscard]] std::variant<CommandCall, NotDeliverable> write_call(const Version& version, std::string_view id,
                                                                   const Command& command);

[[nodiscard]] Answered answered(const CommandEntry& entry, const Answer& answer);
[[nodiscard]] Refused refused(const Answer& answer);

}  // namespace ocpp
