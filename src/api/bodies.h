// The JSON bodies of the API's answers, as api/openapi.yaml describes them. Pure functions.
#pragma once

#include <string>

#include "api/backend.h"

namespace api {

[[nodiscard]] std::string readiness_body(const Readiness& readiness);
[[nodiscard]] std::string connections_body(const ConnectionPage& page);
[[nodiscard]] std::string charge_point_body(const ChargePointView& charge_point);

}  // namespace api
