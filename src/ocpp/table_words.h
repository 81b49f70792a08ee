// The words in which the tables of a protocol version are written, so that they read like the tables of the specification:
//
//   inline constexpr std::array kReserveNowRequest{
//       required("connectorId", integer()),
//       required("idTag", text(20)),
//       optional("parentIdTag", text(20)),
//   };
#pragma once

#include <array>

#include "ocpp/field_table.h"

namespace ocpp::words {

// Of what kind a value is.
[[nodiscard]] constexpr Field text() { return {.name = {}, .type = FieldType::text}; }
[[nodiscard]] constexpr Field text(std::uint16_t length_max) {
    return {.name = {}, .type = FieldType::text, .length_max = length_max};
}
// Not empty.
[[nodiscard]] constexpr Field filled_text(std::uint16_t length_max = 0) {
    return {.name = {}, .type = FieldType::text, .length_max = length_max, .count_min = 1};
}
[[nodiscard]] constexpr Field one_of(std::span<const std::string_view> values) {
    return {.name = {}, .type = FieldType::text, .values = values};
}
[[nodiscard]] constexpr Field date_time() { return {.name = {}, .type = FieldType::date_time}; }
[[nodiscard]] constexpr Field uri(std::uint16_t length_max = 0) {
    return {.name = {}, .type = FieldType::uri, .length_max = length_max};
}
[[nodiscard]] constexpr Field opaque() { return {.name = {}, .type = FieldType::opaque}; }
[[nodiscard]] constexpr Field integer() { return {.name = {}, .type = FieldType::integer}; }
[[nodiscard]] constexpr Field tenths() { return {.name = {}, .type = FieldType::tenths}; }
[[nodiscard]] constexpr Field boolean() { return {.name = {}, .type = FieldType::boolean}; }
[[nodiscard]] constexpr Field object(const Shape& of) { return {.name = {}, .type = FieldType::object, .nested = &of}; }
[[nodiscard]] constexpr Field list(const Shape& of, std::uint8_t count_min = 0) {
    return {.name = {}, .type = FieldType::list, .nested = &of, .count_min = count_min};
}
[[nodiscard]] constexpr Field texts(std::uint16_t length_max) {
    return {.name = {}, .type = FieldType::texts, .length_max = length_max};
}

[[nodiscard]] constexpr Field filled_texts(std::uint16_t length_max) {
    return {.name = {}, .type = FieldType::texts, .length_max = length_max, .count_min = 1};
}

[[nodiscard]] constexpr Field required(std::string_view name, Field what) {
    what.name = name;
    what.need = Need::required;
    return what;
}
[[nodiscard]] constexpr Field optional(std::string_view name, Field what) {
    what.name = name;
    return what;
}

// The values of an enumeration.
template <std::size_t N>
[[nodiscard]] constexpr std::array<std::string_view, N> values(const std::string_view (&names)[N]) {
    return std::to_array(names);
}

// A message without fields.
inline constexpr std::array<Field, 0> kNothing{};

// Where a table has the field of that name; a name that it does not have does not compile.
[[nodiscard]] consteval std::size_t place_of(std::string_view name, std::span<const Field> fields) {
    std::size_t place = 0;
    while (fields[place].name != name) {
        ++place;
    }
    return place;
}

}  // namespace ocpp::words
