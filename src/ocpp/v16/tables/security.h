// The messages of the security whitepaper ("Improved security for OCPP 1.6-J", edition 2): certificates, logs, signed
// firmware, security events.
#pragma once

#include "ocpp/table_words.h"
#include "ocpp/v16/tables/remote_trigger.h"

namespace ocpp::v16::tables {

using namespace words;

// What the messages about certificates share.
inline constexpr auto kCertificateUse = values({"CentralSystemRootCertificate", "ManufacturerRootCertificate"});
inline constexpr auto kHashAlgorithm = values({"SHA256", "SHA384", "SHA512"});
inline constexpr std::array kCertificateHashDataFields{
    required("hashAlgorithm", one_of(kHashAlgorithm)),
    required("issuerNameHash", text(128)),
    required("issuerKeyHash", text(128)),
    required("serialNumber", text(40)),
};
inline constexpr Shape kCertificateHashData{kCertificateHashDataFields};

inline constexpr std::array kCertificateSignedRequest{
    required("certificateChain", text(10000)),
};
inline constexpr auto kCertificateSignedStatus = values({"Accepted", "Rejected"});
inline constexpr std::array kCertificateSignedResponse{
    required("status", one_of(kCertificateSignedStatus)),
};

inline constexpr std::array kDeleteCertificateRequest{
    required("certificateHashData", object(kCertificateHashData)),
};
inline constexpr auto kDeleteCertificateStatus = values({"Accepted", "Failed", "NotFound"});
inline constexpr std::array kDeleteCertificateResponse{
    required("status", one_of(kDeleteCertificateStatus)),
};

inline constexpr auto kExtendedMessageTrigger =
    values({"BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues",
            "SignChargePointCertificate", "StatusNotification"});
inline constexpr std::array kExtendedTriggerMessageRequest{
    required("requestedMessage", one_of(kExtendedMessageTrigger)),
    optional("connectorId", integer()),
};
inline constexpr std::array kExtendedTriggerMessageResponse{
    required("status", one_of(kTriggerMessageStatus)),
};

inline constexpr std::array kGetInstalledCertificateIdsRequest{
    required("certificateType", one_of(kCertificateUse)),
};
inline constexpr auto kGetInstalledCertificateStatus = values({"Accepted", "NotFound"});
inline constexpr std::array kGetInstalledCertificateIdsResponse{
    optional("certificateHashData", list(kCertificateHashData, 1)),
    required("status", one_of(kGetInstalledCertificateStatus)),
};

inline constexpr std::array kLogParametersFields{
    required("remoteLocation", text(512)),
    optional("oldestTimestamp", date_time()),
    optional("latestTimestamp", date_time()),
};
inline constexpr Shape kLogParameters{kLogParametersFields};
inline constexpr auto kLogType = values({"DiagnosticsLog", "SecurityLog"});
inline constexpr std::array kGetLogRequest{
    required("log", object(kLogParameters)), required("logType", one_of(kLogType)), required("requestId", integer()),
    optional("retries", integer()),          optional("retryInterval", integer()),
};
inline constexpr auto kLogStatus = values({"Accepted", "Rejected", "AcceptedCanceled"});
inline constexpr std::array kGetLogResponse{
    required("status", one_of(kLogStatus)),
    optional("filename", text(255)),
};

inline constexpr std::array kInstallCertificateRequest{
    required("certificateType", one_of(kCertificateUse)),
    required("certificate", text(5500)),
};
inline constexpr auto kInstallCertificateStatus = values({"Accepted", "Failed", "Rejected"});
inline constexpr std::array kInstallCertificateResponse{
    required("status", one_of(kInstallCertificateStatus)),
};

inline constexpr auto kUploadLogStatus =
    values({"BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure", "Uploading"});
inline constexpr std::array kLogStatusNotificationRequest{
    required("status", one_of(kUploadLogStatus)),
    optional("requestId", integer()),
};
inline constexpr auto kLogStatusNotificationResponse = kNothing;

inline constexpr std::array kSecurityEventNotificationRequest{
    required("type", text(50)),
    required("timestamp", date_time()),
    optional("techInfo", text(255)),
};
inline constexpr auto kSecurityEventNotificationResponse = kNothing;

inline constexpr std::array kSignCertificateRequest{
    required("csr", text(5500)),
};
inline constexpr auto kGenericStatus = values({"Accepted", "Rejected"});
inline constexpr std::array kSignCertificateResponse{
    required("status", one_of(kGenericStatus)),
};

inline constexpr auto kSignedFirmwareStatus =
    values({"Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "DownloadPaused", "Idle", "InstallationFailed",
            "Installing", "Installed", "InstallRebooting", "InstallScheduled", "InstallVerificationFailed", "InvalidSignature",
            "SignatureVerified"});
inline constexpr std::array kSignedFirmwareStatusNotificationRequest{
    required("status", one_of(kSignedFirmwareStatus)),
    optional("requestId", integer()),
};
inline constexpr auto kSignedFirmwareStatusNotificationResponse = kNothing;

inline constexpr std::array kFirmwareFields{
    required("location", text(512)),          required("retrieveDateTime", date_time()),
    optional("installDateTime", date_time()), required("signingCertificate", text(5500)),
    required("signature", text(800)),
};
inline constexpr Shape kFirmware{kFirmwareFields};
inline constexpr std::array kSignedUpdateFirmwareRequest{
    optional("retries", integer()),
    optional("retryInterval", integer()),
    required("requestId", integer()),
    required("firmware", object(kFirmware)),
};
inline constexpr auto kUpdateFirmwareStatus =
    values({"Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"});
inline constexpr std::array kSignedUpdateFirmwareResponse{
    required("status", one_of(kUpdateFirmwareStatus)),
};

}  // namespace ocpp::v16::tables
