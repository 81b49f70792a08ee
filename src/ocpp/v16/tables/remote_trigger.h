// Remote Trigger profile (OCPP 1.6 edition 2; the numbers are its sections).
#pragma once

#include "ocpp/table_words.h"

namespace ocpp::v16::tables {

using namespace words;

// 6.51, 6.52
inline constexpr auto kMessageTrigger = values({"BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification",
                                                "Heartbeat", "MeterValues", "StatusNotification"});
inline constexpr std::array kTriggerMessageRequest{
    required("requestedMessage", one_of(kMessageTrigger)),
    optional("connectorId", integer()),
};
inline constexpr auto kTriggerMessageStatus = values({"Accepted", "Rejected", "NotImplemented"});
inline constexpr std::array kTriggerMessageResponse{
    required("status", one_of(kTriggerMessageStatus)),
};

}  // namespace ocpp::v16::tables
