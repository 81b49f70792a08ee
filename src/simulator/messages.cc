#include "simulator/messages.h"

#include <fmt/format.h>

#include <iterator>

#include "base/json_writer.h"

namespace simulator {

namespace {

constexpr unsigned kConnector = 1;
constexpr unsigned kVoltage = 230;

struct Sample {
    std::string_view measurand;
    std::string_view unit;
    std::string_view phase;
    std::string_view location;
};

void append_time(base::JsonWriter& json, base::WallTime at) {
    json.key("timestamp").value(base::to_rfc3339(at, base::Fractions::milliseconds));
}

// Values are text in OCPP 1.6, and real meters send decimals with trailing zeros: 12.50 stays 12.50.
void append_sample(base::JsonWriter& json, std::string_view value, std::string_view context, const Sample& sample) {
    json.begin_object();
    json.member("value", value).member("context", context).member("format", "Raw").member("measurand", sample.measurand);
    json.member_if("phase", sample.phase).member_if("location", sample.location).member("unit", sample.unit);
    json.end_object();
}

class Decimal {
public:
    Decimal(std::uint64_t number, unsigned divisor, int decimals)
        : size_(static_cast<std::size_t>(
              fmt::format_to_n(text_, sizeof text_, "{}.{:0{}}", number / divisor, number % divisor, decimals).size)) {}
    [[nodiscard]] std::string_view text() const { return {text_, size_}; }

private:
    char text_[40];
    std::size_t size_;
};

void append_register(base::JsonWriter& json, const Reading& reading, std::string_view context) {
    append_sample(json, Decimal(reading.register_tenths_wh * 10, 100, 2).text(), context,
                  {.measurand = "Energy.Active.Import.Register", .unit = "Wh", .phase = {}, .location = "Outlet"});
}

void append_meter_value(base::JsonWriter& json, const Reading& reading, std::string_view context) {
    json.begin_object();
    append_time(json, reading.at);
    json.key("sampledValue").begin_array();
    append_register(json, reading, context);
    if (context == "Sample.Periodic" || context == "Sample.Clock") {
        append_sample(json, Decimal(reading.power_w, 1000, 3).text(), context,
                      {.measurand = "Power.Active.Import", .unit = "kW", .phase = {}, .location = "Outlet"});
        append_sample(json, Decimal(reading.power_w * 10U / kVoltage, 10, 1).text(), context,
                      {.measurand = "Current.Import", .unit = "A", .phase = "L1", .location = {}});
        append_sample(json, Decimal(kVoltage * 10 + reading.power_w % 17, 10, 1).text(), context,
                      {.measurand = "Voltage", .unit = "V", .phase = "L1-N", .location = {}});
        append_sample(json, fmt::to_string(reading.state_of_charge), context,
                      {.measurand = "SoC", .unit = "Percent", .phase = {}, .location = "EV"});
    }
    json.end_array().end_object();
}

}  // namespace

std::string_view name(Action action) {
    switch (action) {
        case Action::boot_notification: return "BootNotification";
        case Action::heartbeat: return "Heartbeat";
        case Action::status_notification: return "StatusNotification";
        case Action::authorize: return "Authorize";
        case Action::start_transaction: return "StartTransaction";
        case Action::meter_values: return "MeterValues";
        case Action::stop_transaction: return "StopTransaction";
    }
    return "";
}

AnswerClass answer_class(Action action) {
    switch (action) {
        case Action::heartbeat: return AnswerClass::local;
        case Action::boot_notification:
        case Action::status_notification:
        case Action::authorize: return AnswerClass::prompt;
        case Action::start_transaction:
        case Action::meter_values:
        case Action::stop_transaction: return AnswerClass::durable;
    }
    return AnswerClass::prompt;
}

void append_call(std::string& out, std::string_view id, Action action, std::string_view payload) {
    fmt::format_to(std::back_inserter(out), R"([2,"{}","{}",{}])", id, name(action), payload);
}

void append_not_supported(std::string& out, std::string_view id_token, std::string_view action) {
    base::JsonWriter json(out);
    json.begin_array().value(4).raw(id_token).value("NotSupported");
    json.value(fmt::format("the simulator does not obey {}", action.substr(0, 64))).begin_object().end_object().end_array();
}

void append_boot_notification(std::string& out, std::string_view serial_number) {
    base::JsonWriter json(out);
    json.begin_object().member("chargePointVendor", "Simulator").member("chargePointModel", "One connector");
    json.member("chargePointSerialNumber", serial_number.substr(0, 25)).member("firmwareVersion", CPG_VERSION);
    json.member("meterType", "Simulated meter").end_object();
}

void append_status(std::string& out, unsigned connector_id, std::string_view status, base::WallTime at) {
    base::JsonWriter json(out);
    json.begin_object().member("connectorId", connector_id).member("errorCode", "NoError").member("status", status);
    append_time(json, at);
    json.end_object();
}

void append_authorize(std::string& out, std::string_view id_tag) {
    base::JsonWriter(out).begin_object().member("idTag", id_tag).end_object();
}

void append_start_transaction(std::string& out, const StartOfTransaction& start) {
    base::JsonWriter json(out);
    json.begin_object()
        .member("connectorId", kConnector)
        .member("idTag", start.id_tag)
        .member("meterStart", start.meter_start_wh);
    append_time(json, start.at);
    json.end_object();
}

void append_meter_values(std::string& out, const std::int64_t* transaction_id, const Reading& reading) {
    base::JsonWriter json(out);
    json.begin_object().member("connectorId", kConnector);
    if (transaction_id != nullptr) {
        json.member("transactionId", *transaction_id);
    }
    json.key("meterValue").begin_array();
    append_meter_value(json, reading, transaction_id != nullptr ? "Sample.Periodic" : "Sample.Clock");
    json.end_array().end_object();
}

void append_stop_transaction(std::string& out, const EndOfTransaction& stop) {
    base::JsonWriter json(out);
    json.begin_object().member("transactionId", stop.transaction_id).member("idTag", stop.id_tag);
    json.member("meterStop", stop.end.register_tenths_wh / 10);
    append_time(json, stop.end.at);
    json.member("reason", stop.reason);
    if (stop.with_transaction_data) {
        json.key("transactionData").begin_array();
        append_meter_value(json, stop.begin, "Transaction.Begin");
        append_meter_value(json, stop.end, "Transaction.End");
        json.end_array();
    }
    json.end_object();
}

}  // namespace simulator
