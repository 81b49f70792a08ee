// CommandRoutes: one command, and what became of it: giving it (with and without waiting), asking, searching, cancelling;
// and disconnecting a charge point, which goes the same way. Lives on the control loop.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "api/command_backend.h"
#include "api/command_waits.h"
#include "api/config.h"
#include "api/query.h"
#include "api/router.h"
#include "net/loop.h"

namespace api {

class CommandRoutes {
public:
    CommandRoutes(const Config& config, CommandBackend& backend, net::Loop& loop);
    ~CommandRoutes();
    CommandRoutes(const CommandRoutes&) = delete;
    CommandRoutes& operator=(const CommandRoutes&) = delete;

    void add_to(std::vector<Route>& routes);
    // A record of `command-results`.
    void on_result(std::string_view value) { waits_->on_result(value); }

private:
    void give(const RouteCall& call);
    void find(const RouteCall& call);
    void search(const RouteCall& call);
    void cancel(const RouteCall& call);
    void disconnect(const RouteCall& call);

    const Config config_;
    CommandBackend& backend_;
    net::Loop& loop_;
    std::shared_ptr<CommandWaits> waits_;
};

// The id that a route took from the path, or the answer that says what is wrong with it.
[[nodiscard]] OrProblem<model::CommandId> command_of(const RouteCall& call);
[[nodiscard]] OrProblem<model::ChargePointId> charge_point_of(const RouteCall& call);

}  // namespace api
