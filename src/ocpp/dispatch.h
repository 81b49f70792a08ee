// From a frame to the handler that understands it: the version's action table, the field check, and what is refused.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "ocpp/envelope.h"
#include "ocpp/version.h"

namespace ocpp {

// A CALL that is served.
struct Call {
    const Action* action;
    Request request;
};

// Anything else: told as protocol.error, and answered with a CALLERROR where it is a CALL with an id.
struct Refusal {
    std::string_view code;
    std::string description;
    std::string path{};
};

[[nodiscard]] std::variant<Call, Refusal> understand(const Version& version, const Envelope& envelope, Validation validation);

// By the table or by configuration: answered once the log has the event.
[[nodiscard]] bool is_durable(const Action& action, const Config& config);

}  // namespace ocpp
