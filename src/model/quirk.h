// The oddities of the field that are served all the same: one table, from which the metric, the docs (docs/quirks.md) and the
// rooms that meet them take their names. A quirk is counted each time, in gateway_tolerated_quirks_total{quirk}; what it
// does to an event is told by the event's flags.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/metrics.h"

namespace model {

enum class Quirk : std::uint8_t {
    // The request that opens the connection.
    sub_protocol_missing,
    sub_protocol_in_capitals,
    sub_protocol_lines,
    path_slashes,
    path_absolute,
    path_escapes,
    // The frame.
    frame_ends,
    frame_elements,
    frame_broken,
    message_id_empty,
    message_id_long,
    message_id_not_text,
    message_id_reused,
    message_resent,
    payload_null,
    // The fields of a payload.
    field_missing,
    field_null,
    field_empty,
    field_too_long,
    field_unknown,
    field_doubled,
    half_character,
    value_unknown,
    value_type,
    number_as_text,
    text_as_number,
    text_as_json,
    integer_as_decimal,
    time_without_zone,
    time_zone,
    time_blank,
    time_fraction,
    time_unreadable,
    transaction_id_unknown,
    // What comes when.
    before_boot,
    // Answers to our CALLs.
    answer_schema,
    answer_late,
    answer_unasked,
    error_elements,
    error_code,
};

struct QuirkEntry {
    Quirk quirk;
    std::string_view name;  // the label `quirk`
    std::string_view what;  // what charge points do
    std::string_view then;  // what the gateway does
};

// All of them, in the order of the enumeration.
[[nodiscard]] std::span<const QuirkEntry> quirks();
inline constexpr std::size_t kQuirks = static_cast<std::size_t>(Quirk::error_code) + 1;

// Made once at start; counts from any thread.
class QuirkCounters {
public:
    static QuirkCounters make(base::Metrics& metrics);
    void count(Quirk quirk) const { counters_[static_cast<std::size_t>(quirk)].add(); }

private:
    std::array<base::Counter, kQuirks> counters_{};
};

// Those of one message, each once.
class Quirks {
public:
    void add(Quirk quirk) { bits_ |= std::uint64_t{1} << static_cast<unsigned>(quirk); }
    void add(const Quirks& others) { bits_ |= others.bits_; }
    [[nodiscard]] bool has(Quirk quirk) const { return (bits_ >> static_cast<unsigned>(quirk) & 1U) != 0; }
    [[nodiscard]] bool none() const { return bits_ == 0; }
    void count(const QuirkCounters& counters) const;

private:
    std::uint64_t bits_ = 0;
};
static_assert(kQuirks <= 64);

}  // namespace model
