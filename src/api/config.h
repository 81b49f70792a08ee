// What can be set for the API.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace api {

struct Config {
    std::vector<std::string> profiles{};  // the names that a charge point may be given

    std::size_t page_default = 100;  // items of a page where `limit` is not given
    std::size_t page_max = 1000;
    std::size_t events_subscribers_max = 64;
    std::chrono::milliseconds events_keep_alive{15'000};
    std::chrono::seconds events_retry_after{5};  // told to a subscriber who finds no place

    std::chrono::seconds expires_in_max{604'800};  // a week
    std::chrono::seconds wait_max{300};
    std::size_t waiting_max = 512;  // requests that wait for a result; half of the connections that the server takes
    std::size_t batch_charge_points_max = 10'000;
    std::size_t batch_in_flight_max = 256;              // commands of one batch on their way into the log,
    std::size_t batch_in_flight_bytes_max = 2'097'152;  // and the bytes of their payloads; one at least
    std::size_t batches_max = 8;                        // at one time
    std::chrono::milliseconds submit_time_max{60'000};  // the answer to a batch, or to a wait that is over, may take this long
    std::chrono::seconds commands_retry_after{5};       // told where the log is away, or too many requests wait

    std::size_t dead_letters_max = 10'000;
    std::size_t dead_letter_bytes_max = 33'554'432;      // of all that are kept
    std::size_t dead_letter_page_bytes_max = 1'048'576;  // a page holds one at least
};

}  // namespace api
