// Which commands may be sent again when it is not known whether the charge point got them: those that leave it as one run
// of them does and are answered the same. All others, and names that are not in the table, are sent at most once.
#pragma once

#include <cstdint>
#include <string_view>

namespace commands {

enum class Repeat : std::uint8_t { forbidden, allowed };

// By OCPP action or version-independent name.
[[nodiscard]] Repeat repeat_of(std::string_view command_name);

}  // namespace commands
