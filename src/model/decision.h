// What must be asked before a charge point can be answered, and what is decided. Asked by the Session (effect Ask),
// decided in the room `decisions`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "model/ids.h"

namespace model {

// May this idTag charge? (Authorize, StartTransaction)
struct MayCharge {
    ChargePointId charge_point;
    std::string id_tag;
};

// Is this charge point known and welcome? (BootNotification)
struct MayJoin {
    ChargePointId charge_point;
    std::string vendor;
    std::string model;
};

using Question = std::variant<MayCharge, MayJoin>;

enum class ChargeStatus { accepted, blocked, expired, invalid, concurrent_tx };

struct Permission {
    ChargeStatus status = ChargeStatus::accepted;
    std::optional<std::string> expiry_date{};  // RFC 3339
    std::optional<std::string> parent_id_tag{};
};

enum class AdmissionStatus : std::uint8_t { accepted, pending, rejected };

struct Admission {
    AdmissionStatus status = AdmissionStatus::accepted;
    // Accepted: heartbeat interval. Otherwise: wait before the next BootNotification. Empty: the configured default.
    std::optional<std::chrono::seconds> interval{};
};

using Decision = std::variant<Permission, Admission>;

// A charge point that was made known before it came.
struct KnownChargePoint {
    AdmissionStatus admission = AdmissionStatus::accepted;
    std::string profile{};  // the name of its settings; empty: none of its own
};

}  // namespace model
