// What the interpreter of the field tables is held against: a slow reading of the same tables.
#pragma once

#include <simdjson.h>

#include <string_view>

#include "ocpp/field_table.h"

namespace fuzz {

// Whether a payload is what the table wants of what we send ourselves.
[[nodiscard]] bool fits(const ocpp::Shape& shape, const simdjson::dom::object& object);

// The interpreter finds a fault just where the slow reading does, whatever is refused, and the values that it reads from the DOM
// are those that it reads from the text. Nothing is held of a payload that the DOM does not take.
void check_payload(const ocpp::Shape& shape, std::string_view payload);

}  // namespace fuzz
