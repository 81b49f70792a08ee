// The bodies that ask for commands (api/openapi.yaml), read and checked but for what only the charge point's OCPP version can
// say. Members that a body does not know, and members that are there twice, are errors. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/config.h"
#include "base/result.h"
#include "base/time.h"
#include "model/command.h"
#include "net/http_problem.h"

namespace api {

// Every error of a request that names a command, or was given one, tells the id.
[[nodiscard]] net::Problem about_command(const model::CommandId& command, net::Problem problem);
[[nodiscard]] net::Problem bad_member(std::string_view field, std::string detail);

// Unlike every other, and not to be guessed (a UUID of version 4).
[[nodiscard]] model::CommandId new_command_id();

// The command for that charge point; with a new id where the body gives none.
[[nodiscard]] base::Result<model::Command, net::Problem> read_command_request(std::string_view body,
                                                                              const model::ChargePointId& charge_point,
                                                                              base::WallTime now, const Config& config);

struct BatchRequest {
    std::string batch_id;
    std::vector<model::ChargePointId> charge_points;  // as given, none twice
    model::Command command;                           // without id and charge point

    // The command for one of them, and its id.
    [[nodiscard]] model::Command command_for(const model::ChargePointId& charge_point) const;
    [[nodiscard]] model::CommandId id_for(const model::ChargePointId& charge_point) const;
};
// So that batchId:chargePointId is a command id whatever the charge point.
inline constexpr std::size_t kBatchIdBytesMax = model::kCommandIdBytesMax - model::kChargePointIdBytesMax - 1;

[[nodiscard]] base::Result<BatchRequest, net::Problem> read_batch_request(std::string_view body, base::WallTime now,
                                                                          const Config& config);

}  // namespace api
