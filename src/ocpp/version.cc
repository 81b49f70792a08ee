#include "ocpp/version.h"

#include <algorithm>
#include <array>

#include "ocpp/counters.h"
#include "ocpp/v16/actions.h"

namespace ocpp {

std::string_view ErrorCodes::of(FaultKind kind) const {
    switch (kind) {
        case FaultKind::missing:
        case FaultKind::too_few:
        case FaultKind::duplicate: return occurence;
        case FaultKind::wrong_type: return type;
        case FaultKind::too_long:
        case FaultKind::unknown_value:
        case FaultKind::not_a_time:
        case FaultKind::without_zone:
        case FaultKind::not_a_uri:
        case FaultKind::too_precise:
        case FaultKind::loose: return property;
        case FaultKind::unknown_field: return formation;
    }
    return generic;
}

bool ErrorCodes::has(std::string_view code) const {
    const std::array known{not_implemented, not_supported, formation, occurence, this->type,
                           property,        generic,       security,  internal,  protocol};
    return std::ranges::find(known, code) != known.end();
}

const Action* Version::find(std::string_view action) const {
    const auto found = std::ranges::lower_bound(actions, action, {}, &Action::name);
    return found != actions.end() && found->name == action ? &*found : nullptr;
}

const CommandEntry* Version::find_command(std::string_view name) const {
    const auto found = std::ranges::lower_bound(commands, name, {}, &CommandEntry::name);
    return found != commands.end() && found->name == name ? &*found : nullptr;
}

std::span<const Version* const> versions() {
    static const std::array<const Version*, kVersions> the_versions{&v16::version()};
    return the_versions;
}

const std::vector<std::string>& supported_protocols() {
    static const std::vector<std::string> the_names = [] {
        std::vector<std::string> protocols;
        for (const Version* version : versions()) {
            protocols.emplace_back(version->protocol);
        }
        return protocols;
    }();
    return the_names;
}

}  // namespace ocpp
