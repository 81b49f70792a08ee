// CommandBatches: one command to many charge points. Each goes the way of a single command, under the id
// batchId:chargePointId, so a batch that is repeated repeats nothing and one that was cut short is completed.
//
// So many are on their way into the log at one time, fewer of large ones, so that the loop has its turns in between; once the
// log is away the rest is not tried. The answer has an item for each charge point, in the order of the request.
//
// Lives on the control loop; shared, because what the backend answers may come after the Api is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/command_backend.h"
#include "api/command_request.h"
#include "api/config.h"
#include "api/router.h"
#include "net/loop.h"

namespace api {

class CommandBatches final : public std::enable_shared_from_this<CommandBatches> {
public:
    CommandBatches(const Config& config, CommandBackend& backend, net::Loop& loop)
        : config_(config), backend_(backend), loop_(loop) {}

    void add_to(std::vector<Route>& routes);
    // The backend is not touched afterwards.
    void close();

private:
    struct Batch {
        std::shared_ptr<net::HttpExchange> exchange;
        BatchRequest request;
        std::vector<std::string> items;  // of the answer; empty: not known yet
        std::size_t in_flight_max = 1;
        std::size_t next = 0;
        std::size_t in_flight = 0;
        std::size_t accepted = 0;
        bool log_away = false;
    };

    void give(const RouteCall& call);
    void go_on(std::uint64_t number);
    void submit(std::uint64_t number, Batch& batch, std::size_t index);
    void on_submitted(std::uint64_t number, std::size_t index, const Submitted& submitted);
    static void refuse(Batch& batch, std::size_t index, const net::Problem& problem);
    void answer(std::uint64_t number);

    const Config config_;
    CommandBackend& backend_;
    net::Loop& loop_;
    std::map<std::uint64_t, Batch> batches_;
    std::uint64_t last_number_ = 0;
    bool closed_ = false;
};

}  // namespace api
