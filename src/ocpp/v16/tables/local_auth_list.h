// Local Auth List Management profile (OCPP 1.6 edition 2; the numbers are its sections).
#pragma once

#include "ocpp/table_words.h"
#include "ocpp/v16/tables/core.h"

namespace ocpp::v16::tables {

using namespace words;

// 6.27, 6.28
inline constexpr auto kGetLocalListVersionRequest = kNothing;
inline constexpr std::array kGetLocalListVersionResponse{
    required("listVersion", integer()),
};

// 6.41, 6.42
inline constexpr std::array kAuthorizationDataFields{
    required("idTag", text(20)),
    optional("idTagInfo", object(kIdTagInfo)),
};
inline constexpr Shape kAuthorizationData{kAuthorizationDataFields};
inline constexpr auto kUpdateType = values({"Differential", "Full"});
inline constexpr std::array kSendLocalListRequest{
    required("listVersion", integer()),
    optional("localAuthorizationList", list(kAuthorizationData)),
    required("updateType", one_of(kUpdateType)),
};
inline constexpr auto kUpdateStatus = values({"Accepted", "Failed", "NotSupported", "VersionMismatch"});
inline constexpr std::array kSendLocalListResponse{
    required("status", one_of(kUpdateStatus)),
};

}  // namespace ocpp::v16::tables
