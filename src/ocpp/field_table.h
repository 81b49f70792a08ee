// What a payload must hold, as tables, and the one interpreter that reads payloads by them. The interpreter finds every
// fault with its kind, which is the schema's word, its JSON path and its quirk, which is the field's word; what is done about
// a fault is the caller's: some refuse a message, others are served, flagged and counted. Reading fills one Value per field in a
// single pass; first of duplicate keys wins, as in the DOM.
#pragma once

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "model/quirk.h"

namespace ocpp {

enum class FieldType : std::uint8_t {
    text,
    date_time,  // as text, by RFC 3339
    uri,        // as text, by RFC 3986, with a scheme
    opaque,     // as text, which charge points' makers fill as they like
    integer,
    tenths,  // a number that is a multiple of 0.1
    boolean,
    object,
    list,  // of objects
    texts  // a list of texts; length_max and count_min are those of each
};
enum class Need : std::uint8_t { optional, required };

struct Shape;

struct Field {
    std::string_view name;
    FieldType type = FieldType::text;
    Need need = Need::optional;
    std::uint16_t length_max = 0;                // characters; 0: no limit
    std::span<const std::string_view> values{};  // empty: any text
    const Shape* nested = nullptr;               // of an object, or of a list's elements
    std::uint8_t count_min = 0;                  // of a list's elements; of texts 1, where they may not be empty
};

inline constexpr std::size_t kFieldsMax = 16;

struct Shape {
    constexpr Shape() = default;
    // Implicit: a message's shape is the list of its fields.
    template <std::size_t N>
    constexpr Shape(const std::array<Field, N>& of) : fields(of) {
        static_assert(N <= kFieldsMax);
    }

    std::span<const Field> fields;  // they outlive it
};

enum class FaultKind : std::uint8_t {
    missing,
    wrong_type,
    too_long,
    too_few,
    unknown_value,
    not_a_time,
    without_zone,
    not_a_uri,
    too_precise,
    unknown_field,
    duplicate,
    loose,  // readers differ about it: 1.0 for an integer; a blank for the T of a time, +03 for its zone
};

struct Fault {
    FaultKind kind;
    std::string path;                                  // JSON pointer into the payload
    std::string due;                                   // what is due there, in words
    model::Quirk quirk = model::Quirk::value_unknown;  // what it is where a charge point sent it
};

// Which faults stand against a message.
enum class Refuse : std::uint8_t {
    nothing,
    unservable,  // what leaves nothing to serve: a required field that is missing, a value that cannot be read as its field's
    schema,      // all that the published schema forbids
    anything     // loose ones too, which are no faults otherwise: of what we send
};
[[nodiscard]] constexpr bool refuses(Refuse refuse, model::Quirk quirk) {
    return refuse == Refuse::unservable ? quirk == model::Quirk::field_missing || quirk == model::Quirk::value_type
                                        : refuse != Refuse::nothing;
}

// Collects faults. Texts are made for the first refusing one only, or for all where they are asked for. Quirks are more than
// faults: an empty text and a long fraction break no schema.
class Faults {
public:
    enum class Keep : std::uint8_t { refusal, all };
    static constexpr std::size_t kKeptMax = 32;

    explicit Faults(Refuse refuse, Keep keep = Keep::refusal) : refuse_(refuse), keep_(keep) {}

    [[nodiscard]] bool none() const { return count_ == 0; }
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] const std::optional<Fault>& refusal() const { return refusal_; }
    [[nodiscard]] const std::vector<Fault>& all() const { return all_; }
    [[nodiscard]] const model::Quirks& quirks() const { return quirks_; }

    // For the interpreter.
    struct Place {
        const Place* parent = nullptr;
        std::string_view name{};
        std::size_t index = 0;
    };
    void add(FaultKind kind, model::Quirk quirk, const Place& place, const Field* field);
    void note(model::Quirk quirk) { quirks_.add(quirk); }

private:
    Refuse refuse_;
    Keep keep_;
    std::size_t count_ = 0;
    model::Quirks quirks_;
    std::optional<Fault> refusal_;
    std::vector<Fault> all_;
};

// Code points, which is what length limits count.
[[nodiscard]] std::size_t characters(std::string_view utf8);

// A field's value: as sent, or where it was sent as another type and can be read as the field's all the same, as that. `other`:
// there, but of no use as text or number.
struct Value {
    enum class Kind : std::uint8_t { absent, text, integer, natural, real, other };
    Kind kind = Kind::absent;
    std::string_view text;
    std::int64_t integer = 0;
    std::uint64_t natural = 0;  // beyond 63 bit
    double real = 0;

    [[nodiscard]] std::string_view as_text() const { return kind == Kind::text ? text : std::string_view(); }
    [[nodiscard]] std::optional<std::int64_t> as_integer() const {
        return kind == Kind::integer ? std::optional(integer) : std::nullopt;
    }
};
using Values = std::array<Value, kFieldsMax>;

// What a number's text says; `other` where neither 64 bits nor a double hold it.
[[nodiscard]] Value number_of_text(std::string_view text);

// The DOM's view of a payload: values by the shape's order, faults told. Where something else stands for a text that
// is taken as it was written (is_text_as_written) it is left as it is: the DOM does not know that, read_object_text does.
void read_object(const Shape& shape, simdjson::dom::object object, Values& values, Faults& faults);
// Of the payload null, which counts as {} (OCPP-J 1.6 4.2.1): no values, and the faults of what is missing.
void read_null(const Shape& shape, Faults& faults);

// A value that is no text stands where one is due, and counts as its own text in the payload.
[[nodiscard]] inline bool is_text_as_written(const model::Quirks& quirks) {
    return quirks.has(model::Quirk::text_as_number) || quirks.has(model::Quirk::text_as_json);
}

// The same values out of grammatical text, also of such as the DOM refuses (integers beyond 64 bit, 1e400), without a check.
void read_object_text(const Shape& shape, std::string_view object, Values& values, base::TextArena& arena);

}  // namespace ocpp
