// A CommandBackend that behaves: what is submitted is known from then on, by its id and its body; what becomes of it the test
// says. It answers later, as the real one does, by a call on the loop, unless the test holds its answers.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "api/command_backend.h"
#include "net/loop.h"

namespace support {

class FakeCommandBackend final : public api::CommandBackend {
public:
    struct Known {
        model::Command command;
        api::CommandStatus status;
    };

    explicit FakeCommandBackend(net::Loop& loop) : loop_(loop) {}

    [[nodiscard]] std::optional<api::CommandFault> check(const model::Command& command) const override {
        ++checks;
        if (command.name != "NoSuchAction") return std::nullopt;
        return api::CommandFault{.message = "no such action", .path = "/commandName"};
    }

    void submit(model::Command command, std::function<void(api::Submitted)> answer) override {
        api::Submitted submitted{.outcome = api::Submitted::Outcome::in_the_log, .status = {}};
        const auto found = known.find(command.id.text());
        if (found != known.end()) {
            if (!wants_the_same(found->second.command, command)) submitted.outcome = api::Submitted::Outcome::other_body;
            submitted.status = found->second.status;
        } else if (log_away) {
            submitted.outcome = api::Submitted::Outcome::log_away;
        } else {
            submitted.status = {.command = command.id,
                                .charge_point = command.charge_point,
                                .result = result_of(command, model::CommandState::queued)};
            known[command.id.text()] = {.command = command, .status = submitted.status};
            written.push_back(model::write_command(command));
        }
        ++submits;
        later([submitted = std::move(submitted), answer = std::move(answer)] { answer(submitted); });
    }

    void command(model::CommandId id, std::function<void(std::optional<api::CommandStatus>)> answer) override {
        const auto found = known.find(id.text());
        auto status = found == known.end() ? std::nullopt : std::optional(found->second.status);
        later([status = std::move(status), answer = std::move(answer)] { answer(status); });
    }

    void commands(api::CommandQuery query, std::function<void(api::CommandPage)> answer) override {
        api::CommandPage page;
        for (auto at = known.upper_bound(query.after); at != known.end(); ++at) {
            const api::CommandStatus& status = at->second.status;
            if (query.charge_point && status.charge_point != *query.charge_point) continue;
            if (query.state && status.state != *query.state) continue;
            if (page.commands.size() == query.limit) {
                page.next_cursor = page.commands.back().command.text();
                break;
            }
            page.commands.push_back(status);
        }
        later([page = std::move(page), answer = std::move(answer)] { answer(page); });
    }

    void cancel(model::CommandId id, std::function<void(api::Written)> answer) override {
        const api::Written written_now = write(known.contains(id.text()));
        if (written_now == api::Written::yes) cancelled.push_back(id.text());
        later([written_now, answer = std::move(answer)] { answer(written_now); });
    }

    void disconnect(model::ChargePointId charge_point, std::function<void(api::Written)> answer) override {
        const api::Written written_now = write(connected.contains(std::string(charge_point.text())));
        if (written_now == api::Written::yes) disconnected.emplace_back(charge_point.text());
        later([written_now, answer = std::move(answer)] { answer(written_now); });
    }

    // The record of a command that has come to that state; it is known from then on.
    std::string becomes(const std::string& id, model::CommandState state) {
        Known& one = known.at(id);
        one.status.state = state;
        one.status.result = result_of(one.command, state);
        return one.status.result;
    }

    [[nodiscard]] static std::string result_of(const model::Command& command, model::CommandState state) {
        return model::write_result({.command = command.id,
                                    .charge_point = command.charge_point,
                                    .pod = model::PodId("gateway-0"),
                                    .state = state,
                                    .at = base::WallTime(std::chrono::milliseconds(1'795'168'800'123))});
    }

    void answer_held() {
        holds_answers = false;
        for (auto& answer : std::exchange(held, {})) {
            answer();
        }
    }

    bool log_away = false;
    bool holds_answers = false;
    std::map<std::string, Known> known;
    std::vector<std::string> written;  // to commands-down, in order
    std::size_t submits = 0;
    mutable std::size_t checks = 0;
    std::vector<std::string> cancelled;
    std::set<std::string> connected;
    std::vector<std::string> disconnected;
    std::vector<std::function<void()>> held;

private:
    [[nodiscard]] static bool wants_the_same(const model::Command& left, const model::Command& right) {
        const auto wanted = [](const model::Command& command) {
            return std::tie(command.charge_point, command.name, command.payload, command.priority, command.if_offline,
                            command.timeout);
        };
        return wanted(left) == wanted(right);
    }
    [[nodiscard]] api::Written write(bool is_known) const {
        if (!is_known) return api::Written::unknown;
        return log_away ? api::Written::log_away : api::Written::yes;
    }
    void later(std::function<void()> answer) {
        if (holds_answers) return held.push_back(std::move(answer));
        loop_.post(std::move(answer));
    }

    net::Loop& loop_;
};

}  // namespace support
