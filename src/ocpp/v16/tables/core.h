// Core profile: boot, authorisation, transactions, meter values, configuration (OCPP 1.6 edition 2; the numbers are its
// sections).
#pragma once

#include "ocpp/table_words.h"
#include "ocpp/v16/tables/smart_charging.h"

namespace ocpp::v16::tables {

using namespace words;

// What several messages share: who wants to charge (7.27), and what was measured (7.33, 7.43).
inline constexpr auto kAuthorizationStatus = values({"Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"});
inline constexpr std::array kIdTagInfoFields{
    optional("expiryDate", date_time()),
    optional("parentIdTag", text(20)),
    required("status", one_of(kAuthorizationStatus)),
};
inline constexpr Shape kIdTagInfo{kIdTagInfoFields};

inline constexpr auto kReadingContext = values({"Interruption.Begin", "Interruption.End", "Sample.Clock", "Sample.Periodic",
                                                "Transaction.Begin", "Transaction.End", "Trigger", "Other"});
inline constexpr auto kValueFormat = values({"Raw", "SignedData"});
inline constexpr auto kMeasurand = values({"Energy.Active.Export.Register",
                                           "Energy.Active.Import.Register",
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
                                           "RPM"});
inline constexpr auto kPhase = values({"L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"});
inline constexpr auto kLocation = values({"Cable", "EV", "Inlet", "Outlet", "Body"});
// Both spellings of Celsius stand in the published schemas.
inline constexpr auto kUnitOfMeasure = values({"Wh", "kWh", "varh", "kvarh", "W", "kW", "VA", "kVA", "var", "kvar", "A", "V", "K",
                                               "Celcius", "Celsius", "Fahrenheit", "Percent"});
inline constexpr std::array kSampledValueFields{
    required("value", text()),
    optional("context", one_of(kReadingContext)),
    optional("format", one_of(kValueFormat)),
    optional("measurand", one_of(kMeasurand)),
    optional("phase", one_of(kPhase)),
    optional("location", one_of(kLocation)),
    optional("unit", one_of(kUnitOfMeasure)),
};
inline constexpr Shape kSampledValue{kSampledValueFields};
inline constexpr std::array kMeterValueFields{
    required("timestamp", date_time()),
    required("sampledValue", list(kSampledValue)),
};
inline constexpr Shape kMeterValue{kMeterValueFields};

// 6.1, 6.2
inline constexpr std::array kAuthorizeRequest{
    required("idTag", text(20)),
};
inline constexpr std::array kAuthorizeResponse{
    required("idTagInfo", object(kIdTagInfo)),
};

// 6.3, 6.4
inline constexpr std::array kBootNotificationRequest{
    required("chargePointVendor", text(20)),
    required("chargePointModel", text(20)),
    optional("chargePointSerialNumber", text(25)),
    optional("chargeBoxSerialNumber", text(25)),
    optional("firmwareVersion", text(50)),
    optional("iccid", text(20)),
    optional("imsi", text(20)),
    optional("meterType", text(25)),
    optional("meterSerialNumber", text(25)),
};
inline constexpr auto kRegistrationStatus = values({"Accepted", "Pending", "Rejected"});
inline constexpr std::array kBootNotificationResponse{
    required("status", one_of(kRegistrationStatus)),
    required("currentTime", date_time()),
    required("interval", integer()),
};

// 6.7, 6.8
inline constexpr auto kAvailabilityType = values({"Inoperative", "Operative"});
inline constexpr std::array kChangeAvailabilityRequest{
    required("connectorId", integer()),
    required("type", one_of(kAvailabilityType)),
};
inline constexpr auto kAvailabilityStatus = values({"Accepted", "Rejected", "Scheduled"});
inline constexpr std::array kChangeAvailabilityResponse{
    required("status", one_of(kAvailabilityStatus)),
};

// 6.9, 6.10
inline constexpr std::array kChangeConfigurationRequest{
    required("key", text(50)),
    required("value", text(500)),
};
inline constexpr auto kConfigurationStatus = values({"Accepted", "Rejected", "RebootRequired", "NotSupported"});
inline constexpr std::array kChangeConfigurationResponse{
    required("status", one_of(kConfigurationStatus)),
};

// 6.11, 6.12
inline constexpr auto kClearCacheRequest = kNothing;
inline constexpr auto kClearCacheStatus = values({"Accepted", "Rejected"});
inline constexpr std::array kClearCacheResponse{
    required("status", one_of(kClearCacheStatus)),
};

// 6.15, 6.16
inline constexpr std::array kDataTransferRequest{
    required("vendorId", text(255)),
    optional("messageId", text(50)),
    optional("data", opaque()),
};
inline constexpr auto kDataTransferStatus = values({"Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"});
inline constexpr std::array kDataTransferResponse{
    required("status", one_of(kDataTransferStatus)),
    optional("data", opaque()),
};

// 6.23, 6.24
inline constexpr std::array kGetConfigurationRequest{
    optional("key", texts(50)),
};
inline constexpr std::array kKeyValueFields{
    required("key", text(50)),
    required("readonly", boolean()),
    optional("value", text(500)),
};
inline constexpr Shape kKeyValue{kKeyValueFields};
inline constexpr std::array kGetConfigurationResponse{
    optional("configurationKey", list(kKeyValue)),
    optional("unknownKey", texts(50)),
};

// 6.29, 6.30
inline constexpr auto kHeartbeatRequest = kNothing;
inline constexpr std::array kHeartbeatResponse{
    required("currentTime", date_time()),
};

// 6.31, 6.32
inline constexpr std::array kMeterValuesRequest{
    required("connectorId", integer()),
    optional("transactionId", integer()),
    required("meterValue", list(kMeterValue)),
};
inline constexpr auto kMeterValuesResponse = kNothing;

// 6.33, 6.34
inline constexpr std::array kRemoteStartTransactionRequest{
    optional("connectorId", integer()),
    required("idTag", text(20)),
    optional("chargingProfile", object(kChargingProfile)),
};
inline constexpr auto kRemoteStartStopStatus = values({"Accepted", "Rejected"});
inline constexpr std::array kRemoteStartTransactionResponse{
    required("status", one_of(kRemoteStartStopStatus)),
};

// 6.35, 6.36
inline constexpr std::array kRemoteStopTransactionRequest{
    required("transactionId", integer()),
};
inline constexpr std::array kRemoteStopTransactionResponse{
    required("status", one_of(kRemoteStartStopStatus)),
};

// 6.39, 6.40
inline constexpr auto kResetType = values({"Hard", "Soft"});
inline constexpr std::array kResetRequest{
    required("type", one_of(kResetType)),
};
inline constexpr auto kResetStatus = values({"Accepted", "Rejected"});
inline constexpr std::array kResetResponse{
    required("status", one_of(kResetStatus)),
};

// 6.45, 6.46
inline constexpr std::array kStartTransactionRequest{
    required("connectorId", integer()),   required("idTag", text(20)),        required("meterStart", integer()),
    optional("reservationId", integer()), required("timestamp", date_time()),
};
inline constexpr std::array kStartTransactionResponse{
    required("idTagInfo", object(kIdTagInfo)),
    required("transactionId", integer()),
};

// 6.47, 6.48
inline constexpr auto kChargePointErrorCode =
    values({"ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature", "InternalError",
            "LocalListConflict", "NoError", "OtherError", "OverCurrentFailure", "PowerMeterFailure", "PowerSwitchFailure",
            "ReaderFailure", "ResetFailure", "UnderVoltage", "OverVoltage", "WeakSignal"});
inline constexpr auto kChargePointStatus = values(
    {"Available", "Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Finishing", "Reserved", "Unavailable", "Faulted"});
inline constexpr std::array kStatusNotificationRequest{
    required("connectorId", integer()),
    required("errorCode", one_of(kChargePointErrorCode)),
    optional("info", text(50)),
    required("status", one_of(kChargePointStatus)),
    optional("timestamp", date_time()),
    optional("vendorId", text(255)),
    optional("vendorErrorCode", text(50)),
};
inline constexpr auto kStatusNotificationResponse = kNothing;

// 6.49, 6.50
inline constexpr auto kReason = values({"EmergencyStop", "EVDisconnected", "HardReset", "Local", "Other", "PowerLoss", "Reboot",
                                        "Remote", "SoftReset", "UnlockCommand", "DeAuthorized"});
inline constexpr std::array kStopTransactionRequest{
    optional("idTag", text(20)),          required("meterStop", integer()),    required("timestamp", date_time()),
    required("transactionId", integer()), optional("reason", one_of(kReason)), optional("transactionData", list(kMeterValue)),
};
inline constexpr std::array kStopTransactionResponse{
    optional("idTagInfo", object(kIdTagInfo)),
};

// 6.53, 6.54
inline constexpr std::array kUnlockConnectorRequest{
    required("connectorId", integer()),
};
inline constexpr auto kUnlockStatus = values({"Unlocked", "UnlockFailed", "NotSupported"});
inline constexpr std::array kUnlockConnectorResponse{
    required("status", one_of(kUnlockStatus)),
};

}  // namespace ocpp::v16::tables
