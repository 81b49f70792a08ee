// What can be sent to a 1.6 charge point: the CALLs of the Core profile and TriggerMessage by their own names, and the
// version-independent names that map to them (contract, "Commands").
#pragma once

#include <span>

#include "ocpp/version.h"

namespace ocpp::v16 {

[[nodiscard]] std::span<const CommandEntry> commands();

}  // namespace ocpp::v16
