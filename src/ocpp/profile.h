// Profiles: settings of their own for charge points of one make, or with ids of one form (docs/profiles.md). The first in the
// order of the file that matches is the charge point's; one that the API assigned to it wins. Pure functions.
//
// What the connection itself makes of a profile (pings, how it is closed) is the room transport's, which knows it by the same
// number.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/shared_text.h"

namespace ocpp {

// What becomes of a charge point's CALL that breaks its action's schema; never of a billing message, which is served whatever
// it carries.
enum class Validation : std::uint8_t {
    strict,   // refused with its CALLERROR
    lenient,  // served and flagged, unless a required field is missing or a type is wrong
    observe   // served and flagged as far as it can be read
};

// What a profile asks of its charge points, each as a pattern (base/glob.h); empty: nothing. One that asks nothing at all
// matches nobody: it is there to be assigned.
struct ProfileMatch {
    std::string charge_point{};  // its id
    // Of its BootNotification, in letters of either case.
    std::string vendor{};
    std::string model{};
    std::string firmware{};

    [[nodiscard]] bool asks_for_boot() const { return !vendor.empty() || !model.empty() || !firmware.empty(); }
    [[nodiscard]] bool asks_for_anything() const { return !charge_point.empty() || asks_for_boot(); }
};

// What is not given is as in Config.
struct Profile {
    base::SharedText name{};  // shared by all who remember it
    ProfileMatch match{};
    std::optional<Validation> validation{};
    std::optional<std::chrono::milliseconds> call_pacing{};
    std::optional<std::size_t> unresponsive_calls{};
    std::optional<bool> close_unresponsive{};
    std::optional<std::chrono::minutes> time_zone{};  // east of UTC: of device times without a zone
};

// Its place in the order of the file, from 1 on: a byte in what every connection keeps.
enum class ProfileNumber : std::uint8_t { none = 0 };
inline constexpr std::size_t kProfilesMax = 100;

// What speaks for one charge point.
struct ProfileChoice {
    ProfileNumber assigned = ProfileNumber::none;  // by name: wins
    ProfileNumber matched = ProfileNumber::none;

    [[nodiscard]] ProfileNumber in_effect() const { return assigned != ProfileNumber::none ? assigned : matched; }
    bool operator==(const ProfileChoice&) const = default;
};

// What a BootNotification tells.
struct Make {
    std::string_view vendor;
    std::string_view model;
    std::string_view firmware;
};

// Without a make nothing is known but the id: profiles that ask for more do not match.
[[nodiscard]] ProfileNumber match_profile(std::span<const Profile> profiles, std::string_view charge_point,
                                          const std::optional<Make>& make);
[[nodiscard]] ProfileNumber find_profile(std::span<const Profile> profiles, std::string_view name);
// Null for none.
[[nodiscard]] const Profile* profile_of(std::span<const Profile> profiles, ProfileNumber number);

}  // namespace ocpp
