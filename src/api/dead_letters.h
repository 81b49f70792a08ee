// The dead letters of late: a window on `commands-dead-letter`, bounded by number and bytes, from which a command can be
// given again. DeadLetterWindow is the plain list, DeadLetterRoutes its routes. Both live on the control loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/command_backend.h"
#include "api/config.h"
#include "api/router.h"
#include "net/http_problem.h"
#include "net/loop.h"

namespace api {

struct DeadLetterQuery {
    std::optional<std::string> charge_point{};
    std::optional<std::uint64_t> before{};  // go on behind the letter of this number; empty: from the newest
    std::size_t limit = 100;
};
struct DeadLetterPage {
    std::vector<std::string_view> letters;  // the records, newest first; until the next add()
    std::optional<std::uint64_t> next;
};

class DeadLetterWindow {
public:
    explicit DeadLetterWindow(const Config& config) : config_(config) {}

    // What is no dead letter is ignored: anyone may write to a topic.
    void add(std::string_view key, std::string_view value);
    [[nodiscard]] DeadLetterPage page(const DeadLetterQuery& query) const;
    // The newest record of that command; where there is none, the newest that was refused under its id.
    [[nodiscard]] const std::string* find(const model::CommandId& command) const;

private:
    struct Letter {
        std::uint64_t number;
        std::string charge_point;
        std::string command_id;      // that the command names; empty: none
        bool of_the_command_itself;  // and not of another one that came with its id
        std::string value;

        [[nodiscard]] std::size_t bytes() const {
            return sizeof(Letter) + charge_point.size() + command_id.size() + value.size();
        }
    };

    const Config config_;
    std::deque<Letter> letters_;  // the oldest first, in the order of their numbers
    std::size_t bytes_ = 0;
    std::uint64_t last_number_ = 0;
};

class DeadLetterRoutes {
public:
    DeadLetterRoutes(const Config& config, CommandBackend& backend, net::Loop& loop)
        : config_(config), backend_(backend), loop_(loop), window_(config) {}

    void add_to(std::vector<Route>& routes);
    // A record of `commands-dead-letter`.
    void on_dead_letter(std::string_view key, std::string_view value) { window_.add(key, value); }

private:
    void list(const RouteCall& call);
    void retry(const RouteCall& call);

    const Config config_;
    CommandBackend& backend_;
    net::Loop& loop_;
    DeadLetterWindow window_;
};

}  // namespace api
