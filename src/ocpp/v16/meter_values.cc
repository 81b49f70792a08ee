// Meter values and their normal form (OCPP 1.6 7.31-7.44). They are read from the payload's text: a value is told as it
// was sent, also where it was a number, and also out of a payload that the DOM refuses.
#include <array>
#include <utility>

#include "ocpp/v16/handlers.h"
#include "ocpp/v16/tables/core.h"

namespace ocpp::v16 {
namespace {

using words::place_of;

enum MeterField : std::size_t {
    connectorId = place_of("connectorId", tables::kMeterValuesRequest),
    transactionId = place_of("transactionId", tables::kMeterValuesRequest)
};
enum SampleField : std::size_t {
    value = place_of("value", tables::kSampledValueFields),
    context = place_of("context", tables::kSampledValueFields),
    format = place_of("format", tables::kSampledValueFields),
    measurand = place_of("measurand", tables::kSampledValueFields),
    phase = place_of("phase", tables::kSampledValueFields),
    location = place_of("location", tables::kSampledValueFields),
    unit = place_of("unit", tables::kSampledValueFields)
};
constexpr const auto& kSampleFields = tables::kSampledValueFields;

std::string_view or_default(std::string_view sent, std::string_view otherwise) { return sent.empty() ? otherwise : sent; }

// In our words; one that 1.6 does not know as it was sent.
std::string_view format_of(std::string_view sent) {
    return sent.empty() || sent == "Raw" ? "raw" : sent == "SignedData" ? "signed" : sent;
}

// The text here, or the number or truth value as it was sent; nothing of another type. It is passed.
std::optional<std::string_view> text_as_sent(base::JsonCursor& cursor, base::TextArena& arena) {
    switch (cursor.kind()) {
        case base::JsonKind::string: return cursor.string(arena);
        case base::JsonKind::number:
        case base::JsonKind::boolean: return cursor.value();
        default: cursor.value(); return std::nullopt;
    }
}

// The value's place in kSampleFields; kSampleFields.size() for any other key.
std::size_t sample_field(std::string_view key) {
    std::size_t i = 0;
    while (i < kSampleFields.size() && kSampleFields[i].name != key) {
        ++i;
    }
    return i;
}

model::Sample read_sample(base::JsonCursor& cursor, base::TextArena& arena) {
    std::array<std::string_view, kSampleFields.size()> sent;
    cursor.enter();
    while (const auto key = cursor.next_member()) {
        const std::size_t field = sample_field(base::decoded_string(*key, arena));
        const auto text = text_as_sent(cursor, arena);
        if (text && field < sent.size() && sent[field].empty()) {
            sent[field] = *text;
        }
    }
    const std::string_view measured = or_default(sent[measurand], "Energy.Active.Import.Register");
    const bool is_energy = measured.starts_with("Energy.");
    return {.measurand = measured,
            .value = sent[value],
            .format = format_of(sent[format]),
            .unit = or_default(sent[unit], is_energy ? "Wh" : ""),
            .phase = sent[phase],
            .location = or_default(sent[location], "Outlet"),
            .context = or_default(sent[context], "Sample.Periodic")};
}

// The objects of the list here, or the one that stands where a list is due. It is passed.
template <class Read>
void for_each_object(base::JsonCursor& cursor, Read read) {
    const auto read_one = [&] {
        if (cursor.kind() == base::JsonKind::object) {
            read();
        } else {
            cursor.value();
        }
    };
    if (cursor.kind() != base::JsonKind::array) {
        read_one();
        return;
    }
    cursor.enter();
    while (cursor.next_element()) {
        read_one();
    }
}

// One without a value says nothing.
void read_samples(base::JsonCursor& cursor, model::MeterReading& reading, base::TextArena& arena) {
    for_each_object(cursor, [&] {
        if (const model::Sample sample = read_sample(cursor, arena); !sample.value.empty()) {
            reading.samples.push_back(sample);
        }
    });
}

model::MeterReading read_reading(base::JsonCursor& cursor, base::TextArena& arena) {
    model::MeterReading reading;
    cursor.enter();
    while (const auto token = cursor.next_member()) {
        const std::string_view key = base::decoded_string(*token, arena);
        if (key == "sampledValue") {
            read_samples(cursor, reading, arena);
        } else if (key == "timestamp" && reading.timestamp.empty()) {
            reading.timestamp = text_as_sent(cursor, arena).value_or("");
        } else {
            cursor.value();
        }
    }
    return reading;
}

model::Meter read_readings(base::JsonCursor& cursor, base::TextArena& arena) {
    model::Meter meter;
    for_each_object(cursor, [&] { meter.push_back(read_reading(cursor, arena)); });
    return meter;
}

}  // namespace

Handled handle_meter_values(Request& request, const CallContext& call) {
    model::Meter meter = read_meter(request, "meterValue", call);
    if (!meter.empty()) {
        note_replay(request, meter.back().timestamp, call);
    }
    return Told{.fact = model::MeterValues{.connector_id = request.integer(connectorId),
                                           .transaction_id = transaction_id(request, transactionId),
                                           .meter = std::move(meter)},
                .answer = "{}"};
}

model::Meter read_meter(Request& request, std::string_view name, const CallContext& call) {
    base::JsonCursor cursor(request.walkable);
    if (cursor.kind() != base::JsonKind::object) {
        return {};
    }
    model::Meter meter;
    cursor.enter();
    while (const auto key = cursor.next_member()) {
        if (base::decoded_string(*key, request.arena) == name) {
            meter = read_readings(cursor, request.arena);
            break;
        }
        cursor.value();
    }
    for (const model::MeterReading& reading : meter) {
        doubt_clock(request, reading.timestamp, call);
    }
    return meter;
}

}  // namespace ocpp::v16
