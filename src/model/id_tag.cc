#include "model/id_tag.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json_writer.h"
#include "model/names.h"

namespace model {
namespace {

// In the order of ChargeStatus and of AdmissionStatus.
constexpr std::array<std::string_view, 5> kChargeStatuses{"Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"};
constexpr std::array<std::string_view, 3> kAdmissions{"accept", "pending", "reject"};

template <std::size_t Count>
std::optional<std::size_t> place_in(const std::array<std::string_view, Count>& names, std::string_view name) {
    const auto* const found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

template <std::size_t Count>
std::string one_of(const std::array<std::string_view, Count>& names) {
    std::string text = "must be one of ";
    for (const std::string_view name : names) {
        text.append(name == names.front() ? "" : ", ").append(name);
    }
    return text;
}

std::optional<std::string> take_status(const JsonMember& member, Permission& permission) {
    const auto status = member.type == JsonType::string ? charge_status(member.text) : std::nullopt;
    if (!status) return one_of(kChargeStatuses);
    permission.status = *status;
    return std::nullopt;
}

std::optional<std::string> take_expiry(const JsonMember& member, Permission& permission) {
    const auto time = member.type == JsonType::string ? base::parse_rfc3339(member.text) : std::nullopt;
    if (!time || !base::form_of_time(member.text).is_rfc3339()) {
        return "must be a date-time with its zone (RFC 3339), for example 2027-01-31T12:00:00Z";
    }
    permission.expiry_date = base::to_rfc3339(*time, base::Fractions::none);
    return std::nullopt;
}

std::optional<std::string> take_parent(const JsonMember& member, Permission& permission) {
    auto problem = name_problem(member, kIdTagBytesMax);
    if (!problem) permission.parent_id_tag = member.text;
    return problem;
}

std::optional<std::string> take_admission(const JsonMember& member, KnownChargePoint& known) {
    const auto place = member.type == JsonType::string ? place_in(kAdmissions, member.text) : std::nullopt;
    if (!place) return one_of(kAdmissions);
    known.admission = static_cast<AdmissionStatus>(*place);
    return std::nullopt;
}

std::optional<std::string> take_profile(const JsonMember& member, KnownChargePoint& known) {
    auto problem = name_problem(member, kProfileNameBytesMax);
    if (!problem) known.profile = member.text;
    return problem;
}

template <class Into>
struct Taker {
    std::string_view name;
    std::optional<std::string> (*take)(const JsonMember&, Into&);
};

template <class Into, std::size_t Count>
std::optional<Fault> take_member(const std::array<Taker<Into>, Count>& takers, const JsonMember& member, Into& into) {
    for (const Taker<Into>& taker : takers) {
        if (taker.name != member.name) continue;
        auto problem = taker.take(member, into);
        return problem ? std::optional(Fault{std::string(member.name), std::move(*problem)}) : std::nullopt;
    }
    return Fault{std::string(member.name), "is not known here"};
}

}  // namespace

std::optional<std::string> id_tag_problem(std::string_view id_tag) { return name_problem(id_tag, kIdTagBytesMax); }

std::string without_case(std::string_view id_tag) {
    std::string lower(id_tag);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

std::string_view name_of(ChargeStatus status) { return kChargeStatuses.at(static_cast<std::size_t>(status)); }

std::optional<ChargeStatus> charge_status(std::string_view name) {
    const auto place = place_in(kChargeStatuses, name);
    return place ? std::optional(static_cast<ChargeStatus>(*place)) : std::nullopt;
}

std::optional<Fault> take_permission_member(const JsonMember& member, Permission& permission) {
    static constexpr std::array<Taker<Permission>, 3> kTakers{
        {{"status", take_status}, {"expiryDate", take_expiry}, {"parentIdTag", take_parent}}};
    return take_member(kTakers, member, permission);
}

void append_permission(std::string& out, const Permission& permission) {
    base::JsonWriter json(out);
    json.begin_object().member("status", name_of(permission.status));
    json.member_if("expiryDate", permission.expiry_date).member_if("parentIdTag", permission.parent_id_tag).end_object();
}

Permission permission_at(Permission permission, base::WallTime now) {
    const auto expiry = permission.expiry_date ? base::parse_rfc3339(*permission.expiry_date) : std::nullopt;
    if (expiry && *expiry <= now) permission.status = ChargeStatus::expired;
    return permission;
}

std::optional<Fault> take_known_member(const JsonMember& member, KnownChargePoint& known) {
    static constexpr std::array<Taker<KnownChargePoint>, 2> kTakers{{{"admission", take_admission}, {"profile", take_profile}}};
    return take_member(kTakers, member, known);
}

void append_known(std::string& out, const KnownChargePoint& known) {
    base::JsonWriter json(out);
    json.begin_object().member("admission", kAdmissions.at(static_cast<std::size_t>(known.admission)));
    json.member_if("profile", known.profile).end_object();
}

}  // namespace model
