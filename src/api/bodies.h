// The JSON bodies of the API's answers, as api/openapi.yaml describes them. Pure functions.
#pragma once

#include <string>

#include "api/backend.h"
#include "api/command_backend.h"
#include "net/http_server.h"

namespace api {

// 200 with that JSON text.
[[nodiscard]] net::HttpResponse json_answer(std::string body);

[[nodiscard]] std::string readiness_body(const Readiness& readiness);
[[nodiscard]] std::string connections_body(const ConnectionPage& page);
[[nodiscard]] std::string charge_point_body(const ChargePointView& charge_point);
[[nodiscard]] std::string commands_body(const CommandPage& page);
[[nodiscard]] std::string disconnecting_body(const model::ChargePointId& charge_point);

}  // namespace api
