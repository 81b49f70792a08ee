#include "commands/command_body.h"

#include <algorithm>
#include <string>

#include "base/hash.h"

namespace commands {

model::BodyDigest body_of(const model::Command& command) {
    const auto timeout = std::to_string(command.timeout ? command.timeout->count() : 0);
    const std::string manner{static_cast<char>('0' + static_cast<int>(command.priority)),
                             static_cast<char>('0' + static_cast<int>(command.if_offline))};
    const base::Digest digest = base::sha256({command.charge_point.text(), command.name, command.payload, timeout, manner});
    model::BodyDigest body{};
    std::copy_n(digest.begin(), body.size(), body.begin());
    return body;
}

}  // namespace commands
