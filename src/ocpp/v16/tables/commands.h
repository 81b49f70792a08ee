// The payloads of the version-independent commands (contract, "Commands"; api/schemas/command-payloads.json), with 1.6's limits:
// one that fits makes a CALL that fits.
//
// `evseId` is in none of them: a 1.6 charge point has no EVSEs, and a command that was meant for one of them must not hit the
// whole charge point. An idTagType is taken and dropped: 1.6 knows one kind only.
#pragma once

#include "ocpp/table_words.h"
#include "ocpp/v16/tables/core.h"
#include "ocpp/v16/tables/security.h"
#include "ocpp/v16/tables/smart_charging.h"

namespace ocpp::v16::tables {

using namespace words;

inline constexpr auto kCacheClear = kNothing;

inline constexpr std::array kCertificateDelete{
    required("hashAlgorithm", one_of(kHashAlgorithm)),
    required("issuerNameHash", filled_text(128)),
    required("issuerKeyHash", filled_text(128)),
    required("serialNumber", filled_text(40)),
};

inline constexpr auto kRootCertificate = values({"centralSystemRoot", "manufacturerRoot"});
inline constexpr std::array kCertificateInstall{
    required("type", one_of(kRootCertificate)),
    required("certificate", filled_text(5500)),
};
inline constexpr std::array kCertificateList{
    required("type", one_of(kRootCertificate)),
};

inline constexpr auto kProfilePurpose = values({"chargePointMax", "txDefault", "tx"});
inline constexpr std::array kChargingProfileClear{
    optional("id", integer()),
    optional("connectorId", integer()),
    optional("purpose", one_of(kProfilePurpose)),
    optional("stackLevel", integer()),
};
inline constexpr std::array kChargingProfileSet{
    optional("connectorId", integer()),
    required("chargingProfile", object(kChargingProfile)),
};
inline constexpr std::array kChargingScheduleGet{
    optional("connectorId", integer()),
    required("durationSeconds", integer()),
    optional("unit", one_of(kChargingRateUnit)),
};

inline constexpr std::array kConfigurationGet{
    optional("keys", filled_texts(50)),
};
inline constexpr std::array kConfigurationSet{
    required("key", filled_text(50)),
    required("value", text(500)),
};

inline constexpr std::array kConnectorAvailability{
    required("operative", boolean()),
    optional("connectorId", integer()),
};
inline constexpr auto kConnectorUnlock = kUnlockConnectorRequest;

inline constexpr std::array kDataTransfer{
    required("vendorId", filled_text(255)),
    optional("messageId", filled_text(50)),
    optional("data", opaque()),
};

inline constexpr auto kDeviceResetType = values({"soft", "hard", "whenIdle"});
inline constexpr std::array kDeviceReset{
    required("type", one_of(kDeviceResetType)),
};
inline constexpr auto kTriggeredMessage =
    values({"BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat",
            "LogStatusNotification", "MeterValues", "SignChargePointCertificate", "StatusNotification"});
inline constexpr std::array kDeviceTrigger{
    required("message", one_of(kTriggeredMessage)),
    optional("connectorId", integer()),
};

inline constexpr std::array kFirmwareUpdate{
    required("location", uri(512)),
    required("retrieveDate", date_time()),
    optional("installDate", date_time()),
    optional("retries", integer()),
    optional("retryIntervalSeconds", integer()),
    optional("requestId", integer()),
    optional("signingCertificate", filled_text(5500)),
    optional("signature", filled_text(800)),
};

inline constexpr std::array kListEntryFields{
    required("idTag", filled_text(20)),
    optional("idTagType", filled_text()),
    optional("status", one_of(kAuthorizationStatus)),
    optional("expiryDate", date_time()),
    optional("parentIdTag", filled_text(20)),
};
inline constexpr Shape kListEntry{kListEntryFields};
inline constexpr auto kListUpdate = values({"full", "differential"});
inline constexpr std::array kLocalListSend{
    required("version", integer()),
    required("update", one_of(kListUpdate)),
    optional("entries", list(kListEntry)),
};
inline constexpr auto kLocalListVersion = kNothing;

inline constexpr auto kUploadedLog = values({"diagnostics", "security"});
inline constexpr std::array kLogUpload{
    required("location", uri(512)),   optional("log", one_of(kUploadedLog)), optional("from", date_time()),
    optional("until", date_time()),   optional("retries", integer()),        optional("retryIntervalSeconds", integer()),
    optional("requestId", integer()),
};

inline constexpr std::array kReservationCancel{
    required("id", integer()),
};
inline constexpr std::array kReservationCreate{
    required("id", integer()),           required("idTag", filled_text(20)), optional("idTagType", filled_text()),
    required("expiryDate", date_time()), optional("connectorId", integer()), optional("parentIdTag", filled_text(20)),
};

inline constexpr std::array kTransactionStart{
    required("idTag", filled_text(20)),
    optional("idTagType", filled_text()),
    optional("connectorId", integer()),
    optional("chargingProfile", object(kChargingProfile)),
};
inline constexpr std::array kTransactionStop{
    required("transactionId", filled_text()),
};

}  // namespace ocpp::v16::tables
