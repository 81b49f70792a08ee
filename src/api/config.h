// What can be set for the API.
#pragma once

#include <chrono>
#include <cstddef>

namespace api {

struct Config {
    std::size_t page_default = 100;  // items of a page where `limit` is not given
    std::size_t page_max = 1000;
    std::size_t events_subscribers_max = 64;
    std::chrono::milliseconds events_keep_alive{15'000};
    std::chrono::seconds events_retry_after{5};  // told to a subscriber who finds no place
};

}  // namespace api
