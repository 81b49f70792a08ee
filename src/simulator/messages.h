// The OCPP 1.6 messages that a simulated charge point sends, as JSON text. Every function appends to `out`. Units are in
// the names; timestamps are written in UTC with milliseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace simulator {

enum class Action : std::uint8_t {
    boot_notification,
    heartbeat,
    status_notification,
    authorize,
    start_transaction,
    meter_values,
    stop_transaction,
};
inline constexpr std::size_t kActions = 7;
inline constexpr std::array<Action, kActions> kAllActions = {
    Action::boot_notification, Action::heartbeat,    Action::status_notification, Action::authorize,
    Action::start_transaction, Action::meter_values, Action::stop_transaction,
};

[[nodiscard]] std::string_view name(Action action);

// When a central system answers: at once by itself, once the message has a place, once it is stored for good.
enum class AnswerClass : std::uint8_t { local, prompt, durable };
inline constexpr std::size_t kAnswerClasses = 3;
[[nodiscard]] AnswerClass answer_class(Action action);
[[nodiscard]] inline bool is_durable(Action action) { return answer_class(action) == AnswerClass::durable; }

// What the meter shows at one moment.
struct Reading {
    base::WallTime at{};
    std::uint64_t register_tenths_wh = 0;
    unsigned power_w = 0;
    unsigned state_of_charge = 0;  // percent
};

// `[2,"id","Action",` + payload + `]`.
void append_call(std::string& out, std::string_view id, Action action, std::string_view payload);
// For a command that this program does not know. `id_token` is written as it came, with its quotes.
void append_not_supported(std::string& out, std::string_view id_token, std::string_view action);

void append_boot_notification(std::string& out, std::string_view serial_number);
void append_status(std::string& out, unsigned connector_id, std::string_view status, base::WallTime at);
void append_authorize(std::string& out, std::string_view id_tag);

struct StartOfTransaction {
    std::string_view id_tag;
    std::uint64_t meter_start_wh = 0;
    base::WallTime at{};
};
void append_start_transaction(std::string& out, const StartOfTransaction& start);

// Outside a transaction `transaction_id` is null.
void append_meter_values(std::string& out, const std::int64_t* transaction_id, const Reading& reading);

struct EndOfTransaction {
    std::int64_t transaction_id = 0;
    std::string_view id_tag;
    std::string_view reason;
    Reading begin;
    Reading end;
    bool with_transaction_data = false;
};
void append_stop_transaction(std::string& out, const EndOfTransaction& stop);

}  // namespace simulator
