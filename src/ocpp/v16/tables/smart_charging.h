// Smart Charging profile (OCPP 1.6 edition 2; the numbers are its sections).
#pragma once

#include "ocpp/table_words.h"

namespace ocpp::v16::tables {

using namespace words;

// What the messages share: a charging profile, its schedule, and the periods of that (7.8, 7.13, 7.14).
inline constexpr auto kChargingRateUnit = values({"A", "W"});

inline constexpr std::array kChargingSchedulePeriodFields{
    required("startPeriod", integer()),
    required("limit", tenths()),
    optional("numberPhases", integer()),
};
inline constexpr Shape kChargingSchedulePeriod{kChargingSchedulePeriodFields};

inline constexpr std::array kChargingScheduleFields{
    optional("duration", integer()),
    optional("startSchedule", date_time()),
    required("chargingRateUnit", one_of(kChargingRateUnit)),
    required("chargingSchedulePeriod", list(kChargingSchedulePeriod)),
    optional("minChargingRate", tenths()),
};
inline constexpr Shape kChargingSchedule{kChargingScheduleFields};

inline constexpr auto kChargingProfilePurpose = values({"ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"});
inline constexpr auto kChargingProfileKind = values({"Absolute", "Recurring", "Relative"});
inline constexpr auto kRecurrencyKind = values({"Daily", "Weekly"});

inline constexpr std::array kChargingProfileFields{
    required("chargingProfileId", integer()),
    optional("transactionId", integer()),
    required("stackLevel", integer()),
    required("chargingProfilePurpose", one_of(kChargingProfilePurpose)),
    required("chargingProfileKind", one_of(kChargingProfileKind)),
    optional("recurrencyKind", one_of(kRecurrencyKind)),
    optional("validFrom", date_time()),
    optional("validTo", date_time()),
    required("chargingSchedule", object(kChargingSchedule)),
};
inline constexpr Shape kChargingProfile{kChargingProfileFields};

// 6.13, 6.14
inline constexpr std::array kClearChargingProfileRequest{
    optional("id", integer()),
    optional("connectorId", integer()),
    optional("chargingProfilePurpose", one_of(kChargingProfilePurpose)),
    optional("stackLevel", integer()),
};
inline constexpr auto kClearChargingProfileStatus = values({"Accepted", "Unknown"});
inline constexpr std::array kClearChargingProfileResponse{
    required("status", one_of(kClearChargingProfileStatus)),
};

// 6.21, 6.22
inline constexpr std::array kGetCompositeScheduleRequest{
    required("connectorId", integer()),
    required("duration", integer()),
    optional("chargingRateUnit", one_of(kChargingRateUnit)),
};
inline constexpr auto kGetCompositeScheduleStatus = values({"Accepted", "Rejected"});
inline constexpr std::array kGetCompositeScheduleResponse{
    required("status", one_of(kGetCompositeScheduleStatus)),
    optional("connectorId", integer()),
    optional("scheduleStart", date_time()),
    optional("chargingSchedule", object(kChargingSchedule)),
};

// 6.43, 6.44
inline constexpr std::array kSetChargingProfileRequest{
    required("connectorId", integer()),
    required("csChargingProfiles", object(kChargingProfile)),
};
inline constexpr auto kSetChargingProfileStatus = values({"Accepted", "Rejected", "NotSupported"});
inline constexpr std::array kSetChargingProfileResponse{
    required("status", one_of(kSetChargingProfileStatus)),
};

}  // namespace ocpp::v16::tables
