#include "api/provisioning.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "api/bodies.h"
#include "api/command_routes.h"
#include "api/problem.h"
#include "api/query.h"
#include "model/id_tag.h"

namespace api {
namespace {

constexpr unsigned kNoContent = 204;

OrProblem<std::string> id_tag_of(const RouteCall& call) {
    if (const auto problem = model::id_tag_problem(call.segments[0])) {
        return tl::unexpected(bad_field("idTag", "an id tag " + *problem));
    }
    return call.segments[0];
}

// The body's members, each taken by `take`; one that it does not know, or that is there twice, is an error.
template <class Into>
OrProblem<Into> read_body(const std::string& body, std::optional<model::Fault> (*take)(const model::JsonMember&, Into&),
                          std::string_view required = {}) {
    const auto members = model::json_members(body);
    if (!members) return tl::unexpected(malformed("the body is not a JSON object"));
    Into into;
    for (auto member = members->begin(); member != members->end(); ++member) {
        const auto is_it = [&](const model::JsonMember& other) { return other.name == member->name; };
        if (std::any_of(std::next(member), members->end(), is_it)) {
            return tl::unexpected(bad_field(member->name, std::string(member->name) + " is there twice"));
        }
        if (const auto fault = take(*member, into)) {
            return tl::unexpected(bad_field(fault->field, fault->field + " " + fault->text));
        }
    }
    if (!required.empty() && model::find_member(*members, required) == nullptr) {
        return tl::unexpected(bad_field(required, std::string(required) + " is missing"));
    }
    return into;
}

template <class Value>
std::string text_of(void (*append)(std::string&, const Value&), const Value& value) {
    std::string text;
    append(text, value);
    return text;
}

// What was stored, as it will be told.
std::function<void(Stored)> stored_answer(const RouteCall& call, std::string body) {
    return [exchange = call.exchange, body = std::move(body)](Stored stored) mutable {
        exchange->send(stored == Stored::yes ? json_answer(std::move(body)) : unavailable("as many are stored as allowed"));
    };
}

std::function<void(bool)> removed_answer(const RouteCall& call, const char* unknown) {
    return [exchange = call.exchange, unknown](bool was_known) {
        exchange->send(was_known ? net::HttpResponse{.status = kNoContent, .content_type = {}, .body = {}, .headers = {}}
                                 : not_found(unknown));
    };
}

// A name that means nothing would be a setting that is not in effect.
std::optional<net::HttpResponse> unknown_profile(const std::string& name, const std::vector<std::string>& profiles) {
    if (name.empty() || std::ranges::find(profiles, name) != profiles.end()) return std::nullopt;
    std::string names;
    for (const std::string& profile : profiles) names += (names.empty() ? "" : ", ") + profile;
    return unfit_field("profile", profiles.empty() ? "profile names none: ocpp.profiles of the configuration is empty"
                                                   : "profile must be one of ocpp.profiles: " + names);
}

constexpr const char* kUnknownIdTag = "there is no such id tag";
constexpr const char* kUnknownChargePoint = "no such charge point was made known";

}  // namespace

void ProvisioningRoutes::add_to(std::vector<Route>& routes) {
    const auto add = [&](const char* method, const char* pattern, void (ProvisioningRoutes::*handler)(const RouteCall&)) {
        routes.push_back({method, pattern, {}, [this, handler](const RouteCall& call) { (this->*handler)(call); }});
    };
    add("PUT", "/v1/id-tags/{idTag}", &ProvisioningRoutes::put_id_tag);
    add("GET", "/v1/id-tags/{idTag}", &ProvisioningRoutes::find_id_tag);
    add("DELETE", "/v1/id-tags/{idTag}", &ProvisioningRoutes::remove_id_tag);
    add("PUT", "/v1/charge-points/{id}", &ProvisioningRoutes::put_charge_point);
    add("DELETE", "/v1/charge-points/{id}", &ProvisioningRoutes::remove_charge_point);
}

void ProvisioningRoutes::put_id_tag(const RouteCall& call) {
    auto id_tag = id_tag_of(call);
    if (!id_tag) return call.exchange->send(std::move(id_tag.error()));
    auto permission = read_body<model::Permission>(call.exchange->request().body, model::take_permission_member, "status");
    if (!permission) return call.exchange->send(std::move(permission.error()));
    auto answer = stored_answer(call, text_of(model::append_permission, *permission));
    backend_.put_id_tag(*id_tag, *std::move(permission), std::move(answer));
}

void ProvisioningRoutes::find_id_tag(const RouteCall& call) {
    auto id_tag = id_tag_of(call);
    if (!id_tag) return call.exchange->send(std::move(id_tag.error()));
    backend_.find_id_tag(*id_tag, [exchange = call.exchange](const std::optional<model::Permission>& found) {
        exchange->send(found ? json_answer(text_of(model::append_permission, *found)) : not_found(kUnknownIdTag));
    });
}

void ProvisioningRoutes::remove_id_tag(const RouteCall& call) {
    auto id_tag = id_tag_of(call);
    if (!id_tag) return call.exchange->send(std::move(id_tag.error()));
    backend_.remove_id_tag(*id_tag, removed_answer(call, kUnknownIdTag));
}

void ProvisioningRoutes::put_charge_point(const RouteCall& call) {
    auto id = charge_point_of(call);
    if (!id) return call.exchange->send(std::move(id.error()));
    auto known = read_body<model::KnownChargePoint>(call.exchange->request().body, model::take_known_member);
    if (!known) return call.exchange->send(std::move(known.error()));
    if (auto problem = unknown_profile(known->profile, profiles_)) return call.exchange->send(*std::move(problem));
    auto answer = stored_answer(call, text_of(model::append_known, *known));
    backend_.put_charge_point(*id, *std::move(known), std::move(answer));
}

void ProvisioningRoutes::remove_charge_point(const RouteCall& call) {
    auto id = charge_point_of(call);
    if (!id) return call.exchange->send(std::move(id.error()));
    backend_.remove_charge_point(*id, removed_answer(call, kUnknownChargePoint));
}

}  // namespace api
