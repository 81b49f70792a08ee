// What a command wants, as a digest: two records with one id and another body are not the same command. Of the charge point,
// name, payload text, priority, timeout and ifOffline; not of times, trace and target, which are of the attempt to send it:
// a client that repeats itself sets them anew.
#pragma once

#include "model/command.h"

namespace commands {

[[nodiscard]] model::BodyDigest body_of(const model::Command& command);

}  // namespace commands
