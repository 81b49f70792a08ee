#include "api/command_request.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/hash.h"
#include "base/random.h"
#include "model/json_members.h"

namespace api {
namespace {

using MaybeProblem = std::optional<net::Problem>;
using Members = std::vector<model::JsonMember>;

// What may be told of a command in every wrapping.
constexpr std::array<std::string_view, 6> kManner{"commandName",    "payload",          "priority",
                                                  "timeoutSeconds", "expiresInSeconds", "ifOffline"};
constexpr std::array<std::string_view, 1> kSingle{"commandId"};
constexpr std::array<std::string_view, 2> kBatch{"batchId", "chargePointIds"};

net::Problem fault(const model::Fault& fault) { return bad_member(fault.field, fault.field + " " + fault.text); }

base::Result<Members, net::Problem> members_of(std::string_view body) {
    auto members = model::json_members(body);
    if (!members) {
        return tl::unexpected(net::Problem{.status = 400, .detail = "the body is not a JSON object", .members = {}});
    }
    return std::move(*members);
}

template <std::size_t Count>
MaybeProblem problem_of_names(const Members& members, const std::array<std::string_view, Count>& besides) {
    const auto knows = [](const auto& names, std::string_view name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (auto member = members.begin(); member != members.end(); ++member) {
        if (!knows(kManner, member->name) && !knows(besides, member->name)) {
            return bad_member(member->name, "the body has no such member");
        }
        const auto is_it = [&](const model::JsonMember& other) { return other.name == member->name; };
        if (std::find_if(std::next(member), members.end(), is_it) != members.end()) {
            return bad_member(member->name, std::string(member->name) + " is there twice");
        }
    }
    return std::nullopt;
}

MaybeProblem take_expiry(const Members& members, base::WallTime now, const Config& config, model::Command& command) {
    const model::JsonMember* const member = model::find_member(members, "expiresInSeconds");
    if (member == nullptr) return std::nullopt;
    const auto seconds = model::whole_number(*member);
    if (!seconds || *seconds < 1 || *seconds > config.expires_in_max.count()) {
        return bad_member("expiresInSeconds",
                          "expiresInSeconds must be a whole number from 1 to " + std::to_string(config.expires_in_max.count()));
    }
    command.expires_at = now + std::chrono::seconds(*seconds);
    return std::nullopt;
}

MaybeProblem take_manner(const Members& members, base::WallTime now, const Config& config, model::Command& command) {
    command.created_at = now;
    if (model::find_member(members, "commandName") == nullptr) return fault({"commandName", "is missing"});
    for (const std::string_view name : kManner) {
        const model::JsonMember* const member = model::find_member(members, name);
        if (member == nullptr || name == "expiresInSeconds") continue;
        if (const auto problem = model::take_command_member(*member, command)) return fault(*problem);
    }
    return take_expiry(members, now, config, command);
}

// The payload is all of a command that can be too long for a record.
MaybeProblem problem_of_size(const model::Command& command) {
    if (model::write_command(command).size() <= model::kCommandBytesMax) return std::nullopt;
    return net::Problem{.status = 413,
                        .detail = "the command's record has more than " + std::to_string(model::kCommandBytesMax) + " bytes",
                        .members = {{"field", "payload"}}};
}

// ---- batches

MaybeProblem take_batch_id(const Members& members, std::string& batch_id) {
    const model::JsonMember* const member = model::find_member(members, "batchId");
    if (member == nullptr) return fault({"batchId", "is missing"});
    if (member->type != model::JsonType::string) return fault({"batchId", "must be a string"});
    if (auto problem = model::command_id_problem(member->text)) return fault({"batchId", std::move(*problem)});
    if (member->text.size() > kBatchIdBytesMax) {
        return fault({"batchId", "must have at most " + std::to_string(kBatchIdBytesMax) + " bytes"});
    }
    batch_id = member->text;
    return std::nullopt;
}

net::Problem bad_charge_point(std::size_t index, const std::string& detail) {
    net::Problem problem = bad_member("chargePointIds", detail);
    problem.members.emplace_back("path", "/chargePointIds/" + std::to_string(index));
    return problem;
}

MaybeProblem take_charge_points(const std::string& array, const Config& config, std::vector<model::ChargePointId>& ids) {
    simdjson::dom::parser parser;
    simdjson::dom::array elements;
    if (parser.parse(array).get(elements)) return fault({"chargePointIds", "must be an array of strings"});
    std::unordered_set<std::string_view> seen;
    for (const simdjson::dom::element element : elements) {
        const std::size_t index = ids.size();
        std::string_view id;
        if (index == config.batch_charge_points_max) {
            return fault({"chargePointIds", "must have at most " + std::to_string(index) + " elements"});
        }
        if (element.get(id)) return bad_charge_point(index, "a charge point id must be a string");
        if (const auto problem = model::charge_point_id_problem(id)) {
            return bad_charge_point(index, "a charge point id " + *problem);
        }
        if (!seen.insert(id).second) return bad_charge_point(index, "a charge point is there twice");
        ids.emplace_back(std::string(id));
    }
    return ids.empty() ? MaybeProblem(fault({"chargePointIds", "must not be empty"})) : std::nullopt;
}

}  // namespace

net::Problem about_command(const model::CommandId& command, net::Problem problem) {
    problem.members.emplace_back("commandId", command.text());
    return problem;
}

net::Problem bad_member(std::string_view field, std::string detail) {
    return {.status = 400, .detail = std::move(detail), .members = {{"field", std::string(field)}}};
}

model::CommandId new_command_id() {
    std::string bytes = base::random_bytes(16);
    // RFC 9562 5.4: the version and the variant.
    bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0FU) | 0x40U);
    bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3FU) | 0x80U);
    std::string hex = base::to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
        hex.insert(dash, 1, '-');
    }
    return model::CommandId(std::move(hex));
}

base::Result<model::Command, net::Problem> read_command_request(std::string_view body, const model::ChargePointId& charge_point,
                                                                base::WallTime now, const Config& config) {
    const auto members = members_of(body);
    if (!members) return tl::unexpected(members.error());
    model::Command command;
    command.charge_point = charge_point;
    // The id first: what is wrong besides is told with it.
    if (const model::JsonMember* const id = model::find_member(*members, "commandId")) {
        if (const auto problem = model::take_command_member(*id, command)) return tl::unexpected(fault(*problem));
    }
    MaybeProblem problem = problem_of_names(*members, kSingle);
    if (!problem) problem = take_manner(*members, now, config, command);
    if (!problem) problem = problem_of_size(command);
    if (problem) {
        const bool has_id = !command.id.text().empty();
        return tl::unexpected(has_id ? about_command(command.id, std::move(*problem)) : std::move(*problem));
    }
    if (command.id.text().empty()) command.id = new_command_id();
    return command;
}

model::Command BatchRequest::command_for(const model::ChargePointId& charge_point) const {
    model::Command one = command;
    one.charge_point = charge_point;
    one.id = id_for(charge_point);
    return one;
}

model::CommandId BatchRequest::id_for(const model::ChargePointId& charge_point) const {
    return model::CommandId(fmt::format("{}:{}", batch_id, charge_point.text()));
}

base::Result<BatchRequest, net::Problem> read_batch_request(std::string_view body, base::WallTime now, const Config& config) {
    const auto members = members_of(body);
    if (!members) return tl::unexpected(members.error());
    BatchRequest request;
    MaybeProblem problem = problem_of_names(*members, kBatch);
    if (!problem) problem = take_batch_id(*members, request.batch_id);
    if (!problem) problem = take_manner(*members, now, config, request.command);
    const model::JsonMember* const ids = model::find_member(*members, "chargePointIds");
    if (!problem && ids == nullptr) problem = fault({"chargePointIds", "is missing"});
    // A copy, because simdjson looks behind a text.
    if (!problem) problem = take_charge_points(std::string(ids->raw), config, request.charge_points);
    // As long as it can get: each of these is two bytes in JSON.
    const model::ChargePointId longest(std::string(model::kChargePointIdBytesMax, '"'));
    if (!problem) problem = problem_of_size(request.command_for(longest));
    if (problem) {
        if (!request.batch_id.empty()) problem->members.emplace_back("batchId", request.batch_id);
        return tl::unexpected(std::move(*problem));
    }
    return request;
}

}  // namespace api
