// What a text must be to be the name of something, whatever names it: names travel in URLs, keys, logs and headers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "model/json_members.h"

namespace model {

// What is wrong with it, continuing its name ("must not be empty"); nothing where it can be one.
[[nodiscard]] std::optional<std::string> name_problem(std::string_view name, std::size_t bytes_max);
// The same of a member's value, which must be a string.
[[nodiscard]] std::optional<std::string> name_problem(const JsonMember& member, std::size_t bytes_max);

}  // namespace model
