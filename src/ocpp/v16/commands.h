// The version-independent names by which commands can be sent to a 1.6 charge point (contract, "Commands"), and the CALLs that
// they become. Where 1.6 has a message of the Core profiles and one of the security whitepaper for the same, the latter is
// taken only for what the former cannot say: charge points without the whitepaper are many.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ocpp/version.h"

namespace ocpp::v16 {

[[nodiscard]] std::span<const CommandEntry> commands();

// Version::triggered_by.
[[nodiscard]] std::string triggered_by(std::string_view action, std::string_view payload);

}  // namespace ocpp::v16
