// What is known of an id tag and of a charge point, as JSON that people outside write: to the API's routes, and as a back
// end's answer to a question. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/command.h"
#include "model/decision.h"
#include "model/json_members.h"

namespace model {

inline constexpr std::size_t kIdTagBytesMax = 255;  // OCPP 1.6 has 20, 2.1 has 255
inline constexpr std::size_t kProfileNameBytesMax = 64;

// What is wrong with the text as an id tag, continuing its name; empty: nothing.
[[nodiscard]] std::optional<std::string> id_tag_problem(std::string_view id_tag);
// By which id tags are compared: they have no case (OCPP 1.6 7.15, 2.x identifierString), and are ASCII.
[[nodiscard]] std::string without_case(std::string_view id_tag);

// The contract's words for it: Accepted, Blocked, Expired, Invalid, ConcurrentTx.
[[nodiscard]] std::string_view name_of(ChargeStatus status);
[[nodiscard]] std::optional<ChargeStatus> charge_status(std::string_view name);

// Takes `status`, `expiryDate` or `parentIdTag`; the fault's field is the member's name, and a name that is none of these is
// a fault as well. A date is kept in UTC and whole seconds, as charge points are told it.
[[nodiscard]] std::optional<Fault> take_permission_member(const JsonMember& member, Permission& permission);
void append_permission(std::string& out, const Permission& permission);

// What a tag is worth at that time: past its date it is expired, whatever it was.
[[nodiscard]] Permission permission_at(Permission permission, base::WallTime now);

// Takes `admission` (accept, pending, reject) or `profile`.
[[nodiscard]] std::optional<Fault> take_known_member(const JsonMember& member, KnownChargePoint& known);
void append_known(std::string& out, const KnownChargePoint& known);

}  // namespace model
