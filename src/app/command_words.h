// Commands and reports in the words of the two rooms that must not know each other: `commands` (the Ledger) and `ocpp` (the
// Session). Pure functions; the tickets are the same on both sides.
#pragma once

#include "base/time.h"
#include "commands/ledger.h"
#include "ocpp/command.h"

namespace app {

[[nodiscard]] ocpp::Command to_session(commands::Deliver deliver);
[[nodiscard]] commands::Report to_ledger(ocpp::Report report);

}  // namespace app
