#include "ocpp/profile.h"

#include <algorithm>

#include "base/glob.h"

namespace ocpp {
namespace {

bool fits(const std::string& pattern, std::string_view text, base::Letters letters) {
    return pattern.empty() || base::matches_glob(pattern, text, letters);
}

// Ids are told apart by their letters' case (they are parts of URLs), what devices tell of themselves is not (CiString).
bool matches(const ProfileMatch& match, std::string_view charge_point, const std::optional<Make>& make) {
    if (!match.asks_for_anything() || !fits(match.charge_point, charge_point, base::Letters::exact)) {
        return false;
    }
    if (!make) {
        return !match.asks_for_boot();
    }
    return fits(match.vendor, make->vendor, base::Letters::either_case) &&
           fits(match.model, make->model, base::Letters::either_case) &&
           fits(match.firmware, make->firmware, base::Letters::either_case);
}

template <class Is>
ProfileNumber first_that(std::span<const Profile> profiles, Is is) {
    const auto found = std::ranges::find_if(profiles, is);
    return found == profiles.end() ? ProfileNumber::none : static_cast<ProfileNumber>(found - profiles.begin() + 1);
}

}  // namespace

ProfileNumber match_profile(std::span<const Profile> profiles, std::string_view charge_point, const std::optional<Make>& make) {
    return first_that(profiles, [&](const Profile& profile) { return matches(profile.match, charge_point, make); });
}

ProfileNumber find_profile(std::span<const Profile> profiles, std::string_view name) {
    return first_that(profiles, [&](const Profile& profile) { return profile.name.view() == name; });
}

const Profile* profile_of(std::span<const Profile> profiles, ProfileNumber number) {
    const auto place = static_cast<std::size_t>(number);
    return place == 0 || place > profiles.size() ? nullptr : &profiles[place - 1];
}

}  // namespace ocpp
