// Meter values and their normal form (OCPP 1.6 7.31-7.44). They are read from the payload's text: a value is told as it
// was sent, also where it was a number, and also out of a payload that the DOM refuses.
#include <array>

#include "ocpp/v16/handlers.h"

namespace ocpp::v16 {
namespace {

enum MeterField : std::size_t { connectorId, transactionId, meterValue };

constexpr std::array<std::string_view, 8> kContextNames{"Sample.Periodic",  "Sample.Clock", "Transaction.Begin",
                                                        "Transaction.End",  "Trigger",      "Interruption.Begin",
                                                        "Interruption.End", "Other"};
constexpr std::array<std::string_view, 2> kFormatNames{"Raw", "SignedData"};
constexpr std::array<std::string_view, 22> kMeasurandNames{"Energy.Active.Import.Register",
                                                           "Energy.Active.Export.Register",
                                                           "Energy.Reactive.Export.Register",
                                                           "Energy.Reactive.Import.Register",
                                                           "Energy.Active.Export.Interval",
                                                           "Energy.Active.Import.Interval",
                                                           "Energy.Reactive.Export.Interval",
                                                           "Energy.Reactive.Import.Interval",
                                                           "Power.Active.Export",
                                                           "Power.Active.Import",
                                                           "Power.Offered",
                                                           "Power.Reactive.Export",
                                                           "Power.Reactive.Import",
                                                           "Power.Factor",
                                                           "Current.Import",
                                                           "Current.Export",
                                                           "Current.Offered",
                                                           "Voltage",
                                                           "Frequency",
                                                           "Temperature",
                                                           "SoC",
                                                           "RPM"};
constexpr std::array<std::string_view, 10> kPhaseNames{"L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"};
constexpr std::array<std::string_view, 5> kLocationNames{"Outlet", "Cable", "EV", "Inlet", "Body"};
constexpr std::array<std::string_view, 17> kUnitNames{"Wh", "kWh",     "varh",    "kvarh",      "W",      "kW",
                                                      "VA", "kVA",     "var",     "kvar",       "A",      "V",
                                                      "K",  "Celcius", "Celsius", "Fahrenheit", "Percent"};

enum SampleField : std::size_t { value, context, format, measurand, phase, location, unit };
constexpr std::array kSampleFields{
    Field{"value", FieldType::text, Need::required},
    Field{"context", FieldType::text, Need::optional, 0, kContextNames},
    Field{"format", FieldType::text, Need::optional, 0, kFormatNames},
    Field{"measurand", FieldType::text, Need::optional, 0, kMeasurandNames},
    Field{"phase", FieldType::text, Need::optional, 0, kPhaseNames},
    Field{"location", FieldType::text, Need::optional, 0, kLocationNames},
    Field{"unit", FieldType::text, Need::optional, 0, kUnitNames},
};
constexpr Shape kSample{kSampleFields};

constexpr std::array kReadingFields{
    Field{"timestamp", FieldType::date_time, Need::required},
    Field{"sampledValue", FieldType::list, Need::required, 0, {}, &kSample},
};

constexpr std::array kFields{
    Field{"connectorId", FieldType::integer, Need::required},
    Field{"transactionId", FieldType::integer},
    Field{"meterValue", FieldType::list, Need::required, 0, {}, &kMeterValue},
};

std::string_view or_default(std::string_view sent, std::string_view otherwise) { return sent.empty() ? otherwise : sent; }

// The value's place in kSampleFields; kSampleFields.size() for any other key.
std::size_t sample_field(std::string_view key) {
    std::size_t i = 0;
    while (i < kSampleFields.size() && kSampleFields[i].name != key) {
        ++i;
    }
    return i;
}

model::Sample read_sample(JsonCursor& cursor, TextArena& arena) {
    std::array<std::string_view, kSampleFields.size()> sent;
    cursor.enter();
    while (const auto key = cursor.next_member()) {
        const std::size_t field = sample_field(decoded_string(*key, arena));
        const JsonKind kind = cursor.kind();
        const bool as_text = kind == JsonKind::string;
        const std::string_view text = as_text ? cursor.string(arena) : cursor.value();
        const bool counts = field < sent.size() && (as_text || (kind == JsonKind::number && field == value));
        if (counts && sent[field].empty()) {
            sent[field] = text;
        }
    }
    const std::string_view measured = or_default(sent[measurand], kMeasurandNames.front());
    const bool is_energy = measured.starts_with("Energy.");
    return {.measurand = measured,
            .value = sent[value],
            .format = sent[format] == "SignedData" ? "signed" : "raw",
            .unit = or_default(sent[unit], is_energy ? "Wh" : ""),
            .phase = sent[phase],
            .location = or_default(sent[location], "Outlet"),
            .context = or_default(sent[context], "Sample.Periodic")};
}

void read_samples(JsonCursor& cursor, model::MeterReading& reading, TextArena& arena) {
    if (cursor.kind() != JsonKind::array) {
        cursor.value();
        return;
    }
    cursor.enter();
    while (cursor.next_element()) {
        if (cursor.kind() == JsonKind::object) {
            reading.samples.push_back(read_sample(cursor, arena));
        } else {
            cursor.value();
        }
    }
}

model::MeterReading read_reading(JsonCursor& cursor, TextArena& arena) {
    model::MeterReading reading;
    cursor.enter();
    while (const auto token = cursor.next_member()) {
        const std::string_view key = decoded_string(*token, arena);
        if (key == "sampledValue") {
            read_samples(cursor, reading, arena);
        } else if (key == "timestamp" && reading.timestamp.empty() && cursor.kind() == JsonKind::string) {
            reading.timestamp = cursor.string(arena);
        } else {
            cursor.value();
        }
    }
    return reading;
}

model::Meter read_readings(JsonCursor& cursor, TextArena& arena) {
    model::Meter meter;
    cursor.enter();
    while (cursor.next_element()) {
        if (cursor.kind() == JsonKind::object) {
            meter.push_back(read_reading(cursor, arena));
        } else {
            cursor.value();
        }
    }
    return meter;
}

}  // namespace

const Shape kMeterValue{kReadingFields};
const Shape kMeterValuesRequest{kFields};

Handled handle_meter_values(Request& request, const CallContext& call) {
    return Told{.fact = model::MeterValues{.connector_id = request.integer(connectorId),
                                           .transaction_id = transaction_id(request.values[transactionId]),
                                           .meter = read_meter(request, "meterValue", call)},
                .answer = "{}"};
}

model::Meter read_meter(Request& request, std::string_view name, const CallContext& call) {
    JsonCursor cursor(request.payload);
    if (!request.grammatical || cursor.kind() != JsonKind::object) {
        return {};
    }
    model::Meter meter;
    cursor.enter();
    while (const auto key = cursor.next_member()) {
        if (cursor.kind() == JsonKind::array && decoded_string(*key, request.arena) == name) {
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
