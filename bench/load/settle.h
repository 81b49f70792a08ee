// The end of a run that sends messages: what is unanswered still gets its time.
#pragma once

#include <chrono>

#include "calls.h"
#include "crowd.h"

namespace load {

inline constexpr std::chrono::seconds kSilenceMax{20};

// Returns when everything is answered or nothing has come for kSilenceMax; Calls::settle() says which.
inline void answer_the_rest(Crowd& crowd, const Calls& calls) {
    while (calls.unanswered() > 0 && crowd.turn(kSilenceMax) > 0) {
    }
}

}  // namespace load
