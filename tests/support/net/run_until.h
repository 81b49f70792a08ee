// Turns a loop until something holds, or five seconds are over (a test that gets there has failed).
#pragma once

#include <chrono>
#include <functional>

#include "net/loop.h"

namespace net {

inline bool run_until(Loop& loop, const std::function<bool()>& holds, std::chrono::milliseconds limit = std::chrono::seconds{5}) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        loop.run_one(std::chrono::milliseconds{5});
    }
    return true;
}

}  // namespace net
