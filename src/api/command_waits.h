// CommandWaits: requests that wait for the terminal result of their command. What ends a wait is the record on
// `command-results`, whichever pod wrote it. A request is entered before its command is submitted, so that no result can be
// missed; it is answered only once the log has the command, because what was read before that may be of another command with
// the same id.
//
// A request whose time is over is answered 202 with the last result that was seen. A peer that leaves frees its place; its
// command goes on.
//
// Lives on the control loop; shared, because what the backend answers may come after the Api is gone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/command_backend.h"
#include "api/config.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "net/timer_wheel.h"

namespace api {

class CommandWaits final : public std::enable_shared_from_this<CommandWaits>, private net::TimerHandler {
public:
    CommandWaits(const Config& config, net::Loop& loop) : config_(config), loop_(loop) {}

    [[nodiscard]] bool is_full() const { return waiters_.size() >= config_.waiting_max; }
    // Returns the waiter's number, for submitted().
    std::uint64_t enter(std::shared_ptr<net::HttpExchange> exchange, const model::CommandId& command, std::chrono::seconds wait);
    void submitted(std::uint64_t number, const Submitted& submitted);
    // A record of `command-results`.
    void on_result(std::string_view value);
    // Answers everybody: nothing more will be told.
    void close();

private:
    struct Waiter {
        std::shared_ptr<net::HttpExchange> exchange;
        model::CommandId command;
        std::string so_far;
        std::optional<std::string> ended;
        bool in_the_log = false;
        bool over = false;
        net::Timer timer;
    };

    void on_timer(std::uint64_t number) override;
    void settle(std::uint64_t number);
    std::shared_ptr<net::HttpExchange> leave(std::uint64_t number);
    void answer(std::uint64_t number, net::HttpResponse response);

    const Config config_;
    net::Loop& loop_;
    std::map<std::uint64_t, Waiter> waiters_;
    std::unordered_multimap<std::string, std::uint64_t> by_command_;
    std::uint64_t last_number_ = 0;
};

// The answer to a command that was submitted, where nobody waits for more.
[[nodiscard]] net::HttpResponse submitted_answer(const model::CommandId& command, const Submitted& submitted,
                                                 const Config& config);

}  // namespace api
