#include "app/command_desk.h"

#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include "commands/command_body.h"
#include "ocpp/command_call.h"
#include "ocpp/version.h"

namespace app {
namespace {

using namespace std::chrono_literals;

// How long a request waits for the log; then it is told that its command may be there or not, and may be repeated.
constexpr auto kLogWait = 10s;

api::CommandStatus to_api(registry::CommandStatus status) {
    return {.command = std::move(status.command),
            .charge_point = std::move(status.charge_point),
            .state = status.state,
            .result = std::move(status.result)};
}

// What can be said of a command whose status is forgotten already, or withdrawn.
api::CommandStatus unknown_status(const model::CommandId& command, const model::ChargePointId& charge_point,
                                  const model::PodId& pod, base::WallTime now) {
    return {.command = command,
            .charge_point = charge_point,
            .state = model::CommandState::queued,
            .result = model::write_result({.command = command, .charge_point = charge_point, .pod = pod, .at = now})};
}

api::CommandFault to_api(const ocpp::NotDeliverable& fault) {
    const bool is_name = fault.why == ocpp::NotDeliverable::Why::unknown_name;
    return {.message = fault.message, .path = is_name ? "/commandName" : "/payload" + fault.path};
}

}  // namespace

CommandDesk::CommandDesk(net::Loop& loop, const model::PodId& pod, const Directory& directory, Downstream& downstream)
    : loop_(loop),
      pod_(pod),
      directory_(directory),
      downstream_(downstream),
      statuses_({}, pod, [this](std::function<void()> work) { loop_.post(std::move(work)); }) {}

void CommandDesk::record_status(const commands::RecordStatus& status) {
    statuses_.record(
        {.command = status.command, .charge_point = status.charge_point, .state = status.state, .result = status.result},
        status.body, loop_.now());
}

void CommandDesk::on_result(std::string_view result) { statuses_.record(result, loop_.now()); }

// Where its charge point speaks another version than the one that takes it, the session will refuse it.
std::optional<api::CommandFault> CommandDesk::check(const model::Command& command) const {
    std::optional<api::CommandFault> first;
    for (const ocpp::Version* version : ocpp::versions()) {
        const auto call = ocpp::write_call(
            *version, "check", {.ticket = 1, .name = command.name, .payload = command.payload, .timeout = {}, .send_by = {}});
        const auto* problem = std::get_if<ocpp::NotDeliverable>(&call);
        if (problem == nullptr) {
            return std::nullopt;
        }
        if (!first) {
            first = to_api(*problem);
        }
    }
    return first;
}

void CommandDesk::submit(model::Command command, std::function<void(api::Submitted)> answer) {
    using Outcome = api::Submitted::Outcome;
    const auto body = commands::body_of(command);
    const model::CommandId id = command.id;
    const model::ChargePointId charge_point = command.charge_point;
    statuses_.reserve(
        id, charge_point, body, loop_.now(),
        [this, command = std::move(command), answer = std::move(answer)](registry::Reservation reservation) {
            using Kind = registry::Reservation::Kind;
            const auto tell = [&](Outcome outcome) { answer({outcome, to_api(std::move(reservation.status))}); };
            if (reservation.kind == Kind::other) {
                return tell(Outcome::other_body);
            }
            if (reservation.kind == Kind::full) {
                return tell(Outcome::too_many);
            }
            if (reservation.kind == Kind::same && reservation.in_the_log) {
                return tell(Outcome::in_the_log);
            }
            const Wait wait = begin_wait([this, id = command.id, charge_point = command.charge_point, answer](bool in_log) {
                statuses_.find(id, [this, id, charge_point, answer, in_log](std::optional<registry::CommandStatus> status) {
                    answer({in_log ? Outcome::in_the_log : Outcome::log_away,
                            status ? to_api(std::move(*status)) : unknown_status(id, charge_point, pod_, loop_.now().wall)});
                });
            });
            const auto [writing, first] = writing_.try_emplace(command.id);
            writing->second.push_back(wait);
            if (first) {
                write(command);
            }
        });
}

void CommandDesk::write(const model::Command& command) {
    model::DownRecord record{.partition = downstream_.home_partition(),
                             .key = std::string(command.charge_point.text()),
                             .value = model::write_command(command)};
    downstream_.append(std::move(record), [this, id = command.id](bool in_log) {
        if (in_log) {
            statuses_.confirm(id);
        } else {
            statuses_.withdraw(id);
        }
        const auto written = writing_.extract(id);
        for (const Wait wait : written.mapped()) {
            end_wait(wait, in_log);
        }
    });
}

void CommandDesk::command(model::CommandId id, std::function<void(std::optional<api::CommandStatus>)> answer) {
    statuses_.find(id, [answer = std::move(answer)](std::optional<registry::CommandStatus> status) {
        answer(status ? std::optional(to_api(std::move(*status))) : std::nullopt);
    });
}

void CommandDesk::commands(api::CommandQuery query, std::function<void(api::CommandPage)> answer) {
    statuses_.search({.charge_point = std::move(query.charge_point),
                      .state = query.state,
                      .after = std::move(query.after),
                      .limit = query.limit},
                     [answer = std::move(answer)](registry::StatusPage found) {
                         api::CommandPage page{.commands = {}, .next_cursor = std::move(found.next_cursor)};
                         page.commands.reserve(found.commands.size());
                         for (registry::CommandStatus& status : found.commands) {
                             page.commands.push_back(to_api(std::move(status)));
                         }
                         answer(std::move(page));
                     });
}

void CommandDesk::cancel(model::CommandId id, std::function<void(api::Written)> answer) {
    statuses_.find(id, [this, answer = std::move(answer)](const std::optional<registry::CommandStatus>& status) {
        if (!status) {
            return answer(api::Written::unknown);
        }
        append(model::write_cancel(status->command, status->charge_point, downstream_.home_partition()), answer);
    });
}

void CommandDesk::disconnect(model::ChargePointId charge_point, std::function<void(api::Written)> answer) {
    if (directory_.find(charge_point) == nullptr) {
        loop_.post([answer = std::move(answer)] { answer(api::Written::unknown); });
        return;
    }
    append(model::write_disconnect(charge_point, downstream_.home_partition()), std::move(answer));
}

void CommandDesk::append(model::DownRecord record, std::function<void(api::Written)> answer) {
    const Wait wait =
        begin_wait([answer = std::move(answer)](bool in_log) { answer(in_log ? api::Written::yes : api::Written::log_away); });
    downstream_.append(std::move(record), [this, wait](bool in_log) { end_wait(wait, in_log); });
}

CommandDesk::Wait CommandDesk::begin_wait(std::function<void(bool)> answer) {
    const Wait wait = next_wait_++;
    waits_.emplace(wait, std::move(answer));
    deadlines_.push_back({loop_.now().mono + kLogWait, wait});
    if (!timer_.is_set()) {
        timer_.set(loop_.timers(), deadlines_.front().at, *this, 0);
    }
    return wait;
}

void CommandDesk::end_wait(Wait wait, bool in_log) {
    if (const auto ended = waits_.extract(wait); !ended.empty()) {
        ended.mapped()(in_log);
    }
}

void CommandDesk::on_timer(std::uint64_t /*tag*/) {
    while (!deadlines_.empty() && deadlines_.front().at <= loop_.now().mono) {
        const Wait wait = deadlines_.front().wait;
        deadlines_.pop_front();
        end_wait(wait, false);
    }
    if (!deadlines_.empty()) {
        timer_.set(loop_.timers(), deadlines_.front().at, *this, 0);
    }
}

}  // namespace app
