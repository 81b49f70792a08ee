#include "model/quirk.h"

#include <bit>
#include <string>

namespace model {
namespace {

using enum Quirk;

// clang-format off
constexpr std::array<QuirkEntry, kQuirks> kTable{{
    {sub_protocol_missing, "subprotocol_missing", "asks for no sub-protocol", "served as `ocpp.default_version`, or its profile's"},
    {sub_protocol_in_capitals, "subprotocol_in_capitals", "spells the sub-protocol `OCPP1.6`", "served, answered as spelled"},
    {sub_protocol_lines, "subprotocol_lines", "names its sub-protocols in several header lines", "read as one list"},
    {path_slashes, "path_slashes", "doubles slashes in the path, or ends it with one", "they count as one, and as none"},
    {path_absolute, "path_absolute", "asks for `ws://host/path` instead of `/path`", "the path is read from it"},
    {path_escapes, "path_escapes", "percent-encodes characters of its id that need no encoding", "decoded once"},
    {frame_ends, "frame_ends", "ends the frame with a NUL, or begins it with a byte order mark", "cut off"},
    {frame_elements, "frame_elements", "sends more or fewer elements than a CALL has",
     "those beyond the fourth are not read; without a payload only billing is served"},
    {frame_broken, "frame_broken",
     "sends a frame that is no JSON (cut off, NaN for a number, a raw line break in a text), or nested too deep",
     "billing is stored with its text, told as far as it can be read, and flagged `unreadable`; others are refused"},
    {message_id_empty, "message_id_empty", "sends an empty message id", "echoed"},
    {message_id_long, "message_id_long", "sends a message id of more than 36 characters", "echoed byte for byte"},
    {message_id_not_text, "message_id_not_text", "sends a message id that is no text", "echoed byte for byte"},
    {message_id_reused, "message_id_reused", "uses the last message id for another message", "a message of its own"},
    {message_resent, "message_resent", "sends its last message again, id and all", "the same answer again, no second event"},
    {payload_null, "payload_null", "sends `null` for an empty payload", "read as `{}`"},
    {field_missing, "field_missing", "leaves a required field out", "billing is stored and flagged; others are refused unless `observe`"},
    {field_null, "field_null", "sends `null` for an optional field", "as left out"},
    {field_empty, "field_empty", "sends an empty text, for whatever is due",
     "as left out in the event; for a required number it is another type"},
    {field_too_long, "field_too_long", "sends a text longer than its field", "taken whole"},
    {field_unknown, "field_unknown", "sends fields that the action does not have", "they stay in `data.ocpp.payload`"},
    {field_doubled, "field_doubled", "sends a field twice", "the first one counts; all of a reading's `sampledValue`"},
    {half_character, "half_character", "sends half a surrogate pair (`\\ud800`)",
     "U+FFFD stands for it, and in the event a text for the payload"},
    {value_unknown, "value_unknown", "sends a value that its field does not know", "told as sent"},
    {value_type, "value_type", "sends another type that cannot be read as the field's",
     "billing is stored and flagged; others are refused unless `observe`"},
    {number_as_text, "number_as_text", "sends `\"1\"` for 1, `\"true\"` or 1 for true", "read as the number or truth value"},
    {text_as_number, "text_as_number", "sends 12 for `\"12\"`", "the text is what was sent"},
    {text_as_json, "text_as_json", "sends an object or a list for the text of a DataTransfer's data", "the text is its JSON, as sent"},
    {integer_as_decimal, "integer_as_decimal", "sends 1.0 for 1", "read"},
    {time_without_zone, "time_without_zone", "sends a time without a zone", "read in the profile's `time_zone`, UTC without one"},
    {time_zone, "time_zone", "sends a zone as `+03` or `+0300`", "read"},
    {time_blank, "time_blank", "puts blanks into a time: for its T, before its zone, around it", "read"},
    {time_fraction, "time_fraction", "sends more than three decimals of a second", "read to the microsecond"},
    {time_unreadable, "time_unreadable", "sends a time that is none", "told as sent, flagged `clockSuspect`"},
    {transaction_id_unknown, "transaction_id_unknown", "sends the transaction id -1 or 0: it never got one", "answered as if valid"},
    {before_boot, "before_boot", "has never been here and begins with something else than BootNotification", "served"},
    {answer_schema, "answer_schema", "answers our CALL with a payload that breaks its schema", "taken as it is"},
    {answer_late, "answer_late", "answers our CALL after its deadline", "told as a late result"},
    {answer_unasked, "answer_unasked", "answers no CALL of ours, or one twice", "a protocol.error event"},
    {error_elements, "error_elements", "sends a CALLERROR of fewer than five elements", "what is missing is empty"},
    {error_code, "error_code", "answers with an error code that its version does not have", "told as sent"},
}};
// clang-format on

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (static_cast<std::size_t>(kTable[i].quirk) != i) {
            return false;
        }
    }
    return true;
}
static_assert(is_in_order());

}  // namespace

std::span<const QuirkEntry> quirks() { return kTable; }

QuirkCounters QuirkCounters::make(base::Metrics& metrics) {
    QuirkCounters made;
    for (const QuirkEntry& entry : kTable) {
        made.counters_[static_cast<std::size_t>(entry.quirk)] = metrics.counter(
            "gateway_tolerated_quirks_total", "What the specification forbids and was served all the same, by quirk.",
            {{"quirk", std::string(entry.name)}});
    }
    return made;
}

void Quirks::count(const QuirkCounters& counters) const {
    for (std::uint64_t rest = bits_; rest != 0; rest &= rest - 1) {
        counters.count(static_cast<Quirk>(std::countr_zero(rest)));
    }
}

}  // namespace model
