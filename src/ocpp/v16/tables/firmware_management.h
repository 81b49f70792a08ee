// Firmware Management profile: firmware updates and diagnostics (OCPP 1.6 edition 2; the numbers are its sections).
#pragma once

#include "ocpp/table_words.h"

namespace ocpp::v16::tables {

using namespace words;

// 6.17, 6.18
inline constexpr auto kDiagnosticsStatus = values({"Idle", "Uploaded", "UploadFailed", "Uploading"});
inline constexpr std::array kDiagnosticsStatusNotificationRequest{
    required("status", one_of(kDiagnosticsStatus)),
};
inline constexpr auto kDiagnosticsStatusNotificationResponse = kNothing;

// 6.19, 6.20
inline constexpr auto kFirmwareStatus =
    values({"Downloaded", "DownloadFailed", "Downloading", "Idle", "InstallationFailed", "Installing", "Installed"});
inline constexpr std::array kFirmwareStatusNotificationRequest{
    required("status", one_of(kFirmwareStatus)),
};
inline constexpr auto kFirmwareStatusNotificationResponse = kNothing;

// 6.25, 6.26
inline constexpr std::array kGetDiagnosticsRequest{
    required("location", uri()),        optional("retries", integer()),    optional("retryInterval", integer()),
    optional("startTime", date_time()), optional("stopTime", date_time()),
};
inline constexpr std::array kGetDiagnosticsResponse{
    optional("fileName", text(255)),
};

// 6.55, 6.56
inline constexpr std::array kUpdateFirmwareRequest{
    required("location", uri()),
    optional("retries", integer()),
    required("retrieveDate", date_time()),
    optional("retryInterval", integer()),
};
inline constexpr auto kUpdateFirmwareResponse = kNothing;

}  // namespace ocpp::v16::tables
