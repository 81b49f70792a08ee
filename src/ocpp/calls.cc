#include "ocpp/calls.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ocpp/counters.h"

namespace ocpp {
namespace {

// Whoever orders commands does so one at a time; a few may overlap while one of them is given up.
constexpr std::size_t kWaitingMax = 64;

template <class What>
void report(CommandTicket ticket, What what, Effects& effects) {
    effects.emplace_back(Report{ticket, std::move(what)});
}

// The token of an id that needs no escapes is the id between quotes.
bool is_id(std::string_view token, std::string_view id) {
    return token.size() == id.size() + 2 && token.starts_with('"') && token.substr(1, id.size()) == id;
}

}  // namespace

// What is odd about a CALLERROR; it is taken all the same.
void Calls::note_oddities(const Answer& answer) const {
    if (answer.is_short) {
        counters_.quirks.count(model::Quirk::error_elements);
    }
    const bool is_text = answer.code.size() >= 2 && answer.code.front() == '"';
    if (!answer.code.empty() && !(is_text && version_.codes.has(answer.code.substr(1, answer.code.size() - 2)))) {
        counters_.quirks.count(model::Quirk::error_code);
    }
}

void Calls::report_answer(CommandTicket ticket, const Called& called, const Answer& answer, Effects& effects) const {
    if (answer.is_error) {
        note_oddities(answer);
        report(ticket, refused(answer), effects);
        return;
    }
    if (!fits(called, answer)) {
        counters_.quirks.count(model::Quirk::answer_schema);
    }
    report(ticket, answered(called, answer), effects);
}

void Calls::on_command(Command command, base::MonoTime now, Effects& effects) {
    CHECK(waiting_.size() < kWaitingMax, "commands are ordered one at a time");
    waiting_.push_back(std::move(command));
    start_next(now, effects);
}

void Calls::start_next(base::MonoTime now, Effects& effects) {
    is_held_ = false;
    while (!open_ && !waiting_.empty() && now >= next_not_before_) {
        Command& command = waiting_.front();
        if (now > command.send_by) {
            report(command.ticket, NotSent{Unsent::withdrawn}, effects);
        } else if (!hand_over(command, effects)) {
            is_held_ = true;
            return;
        }
        waiting_.pop_front();
    }
}

// False where it has to wait for the BootNotification.
bool Calls::hand_over(Command& command, Effects& effects) {
    std::string id = id_prefix_ + "-" + std::to_string(last_id_ + 1);
    auto written = write_call(version_, id, command);
    if (auto* problem = std::get_if<NotDeliverable>(&written)) {
        report(command.ticket, std::move(*problem), effects);
        return true;
    }
    auto& call = std::get<CommandCall>(written);
    if (auto refusal = refused_before_acceptance(*call.called.action)) {
        if (!waits_for_boot_) {
            report(command.ticket, *std::move(refusal), effects);
        }
        return !waits_for_boot_;
    }
    ++last_id_;
    if (admission_ != model::AdmissionStatus::accepted && call.asks_for != nullptr && !asked_for(*call.asks_for)) {
        asked_for_.push_back(call.asks_for);
    }
    open_ = Open{.ticket = command.ticket, .called = call.called, .id = std::move(id), .timeout = command.timeout};
    effects.emplace_back(SendFrame{std::move(call.frame), command.ticket});
    return true;
}

std::optional<NotDeliverable> Calls::refused_before_acceptance(const Action& action) const {
    using enum model::AdmissionStatus;
    if (admission_ == accepted || (admission_ == pending && action.while_pending)) {
        return std::nullopt;
    }
    return NotDeliverable{.why = NotDeliverable::Why::not_accepted,
                          .message = "the charge point's BootNotification was answered " +
                                     std::string(admission_ == pending ? "Pending" : "Rejected") + ": " +
                                     std::string(action.name) + " is not sent before it is accepted"};
}

bool Calls::asked_for(const Action& action) const { return std::ranges::find(asked_for_, &action) != asked_for_.end(); }

void Calls::on_cancel(CommandTicket ticket, base::MonoTime now, Effects& effects) {
    if (const auto found = std::ranges::find(waiting_, ticket, &Command::ticket); found != waiting_.end()) {
        waiting_.erase(found);
        report(ticket, NotSent{Unsent::withdrawn}, effects);
        start_next(now, effects);  // it may have been held
    } else if (open_ && open_->ticket == ticket && open_->deadline && now >= *open_->deadline) {
        expect_late(now);  // its clock stands still, and nobody waits any more
        start_next(now, effects);
    }
}

void Calls::on_frame_sent(CommandTicket ticket, base::MonoTime now, Effects& effects) {
    if (open_ && open_->ticket == ticket && !open_->deadline) {
        open_->deadline = now + open_->timeout;
        report(ticket, Sent{}, effects);
    }
}

bool Calls::on_answer(const Answer& answer, base::MonoTime now, Effects& effects) {
    if (open_ && is_id(answer.id, open_->id)) {
        const Open call = std::move(*open_);
        close_open(now);
        unanswered_ = {};
        if (!call.deadline) {
            report(call.ticket, Sent{}, effects);  // the answer overtook the news
        }
        report_answer(call.ticket, call.called, answer, effects);
        start_next(now, effects);
        return true;
    }
    const auto late = std::ranges::find_if(late_, [&](const Late& call) { return is_id(answer.id, call.id); });
    if (late == late_.end()) {
        return false;
    }
    unanswered_ = {};
    counters_.quirks.count(model::Quirk::answer_late);
    report_answer(late->ticket, late->called, answer, effects);
    late_.erase(late);
    return true;
}

// The open call is over, but its answer may come.
void Calls::expect_late(base::MonoTime now) {
    late_.push_back({open_->ticket, open_->called, std::move(open_->id)});
    if (late_.size() > config_.late_answers_max) {
        late_.pop_front();
    }
    close_open(now);
}

// Some charge points lose a CALL that comes right behind their answer.
void Calls::close_open(base::MonoTime now) {
    open_.reset();
    next_not_before_ = now + pacing_;
}

void Calls::on_time(base::MonoTime now, Effects& effects) {
    if (open_ && open_->deadline && !stopped_since_ && now >= *open_->deadline) {
        report(open_->ticket, TimedOut{}, effects);
        if (unanswered_.calls++ == 0) {
            unanswered_.since = *open_->deadline - open_->timeout;
        }
        expect_late(now);
    }
    while (true) {
        const auto expired = std::ranges::find_if(waiting_, [&](const Command& command) { return now > command.send_by; });
        if (expired == waiting_.end()) {
            break;
        }
        report(expired->ticket, NotSent{Unsent::withdrawn}, effects);
        waiting_.erase(expired);
    }
    start_next(now, effects);
}

void Calls::on_reading(bool stopped, base::MonoTime now) {
    if (stopped && !stopped_since_) {
        stopped_since_ = now;
    } else if (!stopped && stopped_since_) {
        if (open_ && open_->deadline) {
            const base::MonoTime sent_at = *open_->deadline - open_->timeout;
            *open_->deadline += now - std::max(*stopped_since_, sent_at);
        }
        stopped_since_.reset();
    }
}

std::optional<base::MonoTime> Calls::next_wake() const {
    std::optional<base::MonoTime> wake;
    const auto earlier = [&](base::MonoTime time) { wake = wake ? std::min(*wake, time) : time; };
    if (open_ && open_->deadline && !stopped_since_) {
        earlier(*open_->deadline);
    }
    if (!open_ && !waiting_.empty() && !is_held_) {
        earlier(next_not_before_);
    }
    for (const Command& command : waiting_) {
        if (command.send_by < base::MonoTime::max()) {
            earlier(command.send_by + base::MonoTime::duration(1));
        }
    }
    return wake;
}

void Calls::on_close(bool may_have_gone_out, Effects& effects) {
    if (open_) {
        if (open_->deadline || may_have_gone_out) {
            report(open_->ticket, Lost{}, effects);
        } else {
            report(open_->ticket, NotSent{Unsent::connection_gone}, effects);
        }
        open_.reset();
    }
    for (const Command& command : waiting_) {
        report(command.ticket, NotSent{Unsent::connection_gone}, effects);
    }
    waiting_.clear();
}

}  // namespace ocpp
