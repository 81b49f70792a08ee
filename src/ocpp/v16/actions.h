// OCPP 1.6 as the Session knows it: all 39 actions (28 of the edition 2 profiles, 11 of the security whitepaper).
#pragma once

#include "ocpp/version.h"

namespace ocpp::v16 {

[[nodiscard]] const Version& version();

}  // namespace ocpp::v16
