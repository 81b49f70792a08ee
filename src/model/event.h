// Business facts and how they become CloudEvents (contract, "Events"). The same fact has the same fields whatever the
// OCPP version said it in. Facts are views: their texts point into the frame or into the reader's buffers, because
// write_event() is called before the frame is let go.
//
// What always holds for the written text: absent and empty text are left out, never null; 0 and false are values;
// `flags` is always there; `data.ocpp.payload` is the received text, byte for byte, wherever it is JSON at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/event_record.h"
#include "model/ids.h"

namespace model {

enum class Flag : std::uint8_t {
    clock_suspect = 1,     // a device time before 2020, more than 24 h after receipt, or none
    schema_violation = 2,  // the payload breaks the schema of its action and was served all the same
    unreadable = 4,        // not all of the frame could be read; the payload's text tells all
    meter_omitted = 8,     // the normal form of the meter would make the event too large; the payload tells all
    payload_cut = 16,      // text that is no JSON grew too large as a JSON string: its beginning stands there
    replayed = 32,         // its device time lies before this connection, which is not its first: kept while it was offline
    text_cut = 64,         // texts of what is told would make the event too large: their beginnings stand there
};

class Flags {
public:
    void set(Flag flag, bool holds) {
        if (holds) {
            set(flag);
        }
    }
    void set(Flag flag) { bits_ = static_cast<std::uint8_t>(bits_ | static_cast<std::uint8_t>(flag)); }
    [[nodiscard]] bool has(Flag flag) const { return (bits_ & static_cast<std::uint8_t>(flag)) != 0; }

private:
    std::uint8_t bits_ = 0;
};

// A JSON number as sent, as far as 64 bits or a double carry it.
using Number = std::variant<std::int64_t, std::uint64_t, double>;

struct Sample {
    std::string_view measurand{};
    std::string_view value{};   // as sent
    std::string_view format{};  // raw · signed
    std::string_view unit{};
    std::string_view phase{};
    std::string_view location{};
    std::string_view context{};
};
struct MeterReading {
    std::string_view timestamp{};
    std::vector<Sample> samples{};
};
using Meter = std::vector<MeterReading>;

struct DeviceConnected {
    std::string_view remote_address{};
    std::optional<Epoch> previous_epoch{};
    int security_profile = 0;
};
struct DeviceDisconnected {
    std::uint16_t code = 1006;
    std::string_view reason{};  // written even when empty: a close without a reason is a fact, too
    std::string_view by{};      // device · gateway · network
    std::int64_t seconds = 0;
};
struct DeviceOnline {
    std::string_view vendor{};
    std::string_view model{};
    std::string_view serial_number{};
    std::string_view firmware_version{};
    std::string_view iccid{};
    std::string_view imsi{};
    std::string_view meter_type{};
    std::string_view meter_serial_number{};
    std::string_view boot_reason{};
    std::string_view status{};
    std::int64_t interval_seconds = 0;
};
struct DeviceHeartbeat {};
struct DeviceUnresponsive {
    std::size_t calls = 0;   // of ours, one after the other, that stayed unanswered
    base::WallTime since{};  // when the first of them was sent
};
struct ConnectorStatus {
    std::optional<std::int64_t> connector_id{};
    std::string_view availability{};  // available · occupied · reserved · unavailable · faulted; empty: not known
    std::string_view status{};
    std::string_view error_code{};
    std::string_view vendor_error_code{};
    std::string_view vendor_id{};
    std::string_view info{};
    std::string_view timestamp{};
};
struct AuthorizationRequested {
    std::string_view id_tag{};
    std::string_view status{};
    std::string_view expiry_date{};
    std::string_view parent_id_tag{};
};
struct TransactionStarted {
    TransactionId id{};
    std::string_view id_tag{};
    std::optional<std::int64_t> connector_id{};
    std::optional<Number> meter_start_wh{};
    std::string_view timestamp{};
    std::optional<std::int64_t> reservation_id{};
    std::string_view status{};
};
struct TransactionEnded {
    std::optional<TransactionId> id{};
    std::string_view id_tag{};
    std::optional<Number> meter_stop_wh{};
    std::string_view timestamp{};
    std::string_view reason{};
    Meter meter{};
};
struct MeterValues {
    std::optional<std::int64_t> connector_id{};
    std::optional<TransactionId> transaction_id{};
    Meter meter{};
};
struct FirmwareStatus {
    std::string_view status{};
    std::optional<std::int64_t> request_id{};
};
struct DiagnosticsStatus {
    std::string_view status{};
};
struct LogStatus {
    std::string_view status{};
    std::optional<std::int64_t> request_id{};
};
struct SecurityEvent {
    std::string_view type{};
    std::string_view timestamp{};
    std::string_view tech_info{};
};
struct CertificateRequest {
    std::string_view csr{};  // PEM
};
struct DataTransfer {
    std::string_view vendor_id{};
    std::string_view message_id{};
    std::string_view data{};
};
struct ProtocolError {
    std::string_view code{};
    std::string_view description{};
    std::string_view path{};
    std::string_view frame{};  // cut to kErrorFrameBytesMax when written
};

using Fact = std::variant<DeviceConnected, DeviceDisconnected, DeviceOnline, DeviceHeartbeat, DeviceUnresponsive, ConnectorStatus,
                          AuthorizationRequested, TransactionStarted, TransactionEnded, MeterValues, FirmwareStatus,
                          DiagnosticsStatus, LogStatus, SecurityEvent, CertificateRequest, DataTransfer, ProtocolError>;

inline constexpr std::size_t kErrorFrameBytesMax = 1024;

// The contract's name of the fact's type.
[[nodiscard]] std::string_view type_name(const Fact& fact);

// All names that type_name() gives.
[[nodiscard]] std::span<const std::string_view> event_types();

// The message that a fact comes from.
struct OcppSource {
    std::string_view action;
    std::string_view message_id;  // a JSON string with its quotes where `message_id_is_json`, else plain text
    bool message_id_is_json = true;
    std::string_view payload;
    bool payload_is_json = true;  // false: the text becomes a JSON string
};

// Billing messages have ids of their content, so that a resend is recognised wherever it arrives; a Start without a
// plausible clock has connection and day in it, too: rather a visible duplicate than a lost session. All others: their place.
enum class IdRule { place, content, content_and_epoch };

// What tells one session from another where the charge point's clock cannot: the connection, and the day of receipt in UTC,
// because a connection may last for months.
[[nodiscard]] std::string place_of_a_stopped_clock(Epoch epoch, base::WallTime received);

struct EventHead {
    const ChargePointId& charge_point;
    std::string_view protocol;
    const PodId& pod;
    Epoch epoch;
    std::uint64_t sequence;
    base::WallTime received;
    std::uint64_t trace_seed;
    std::size_t bytes_max;  // above it the meter's normal form is left out, then texts are cut
    Flags flags;
    IdRule id_rule = IdRule::place;
    std::optional<OcppSource> ocpp;
};

// IdRule::content needs head.ocpp.
[[nodiscard]] EventRecord write_event(const EventHead& head, const Fact& fact);

}  // namespace model
