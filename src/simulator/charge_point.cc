// The connection, the open CALL and the queue; what a session consists of is in charge_point_session.cc.

#include "simulator/charge_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace simulator {

namespace {

// The id of a CALL as it is written: unique within a run, whatever charge point sent it.
class CallIdText {
public:
    explicit CallIdText(std::uint64_t id) { fmt::format_to_n(text_, sizeof text_, "\"{:016x}\"", id); }
    [[nodiscard]] std::string_view quoted() const { return {text_, sizeof text_}; }
    [[nodiscard]] std::string_view text() const { return quoted().substr(1, sizeof text_ - 2); }

private:
    char text_[18];
};

// Of planned ends of a connection, this share comes without a close frame, as when a modem loses its network.
constexpr double kShareOfDrops = 0.25;

}  // namespace

ChargePoint::ChargePoint(const Behaviour& behaviour, Statistics& statistics, const Journals& journals, std::uint32_t number,
                         std::uint64_t seed)
    : behaviour_(&behaviour), statistics_(&statistics), journals_(journals), random_(seed), number_(number) {}

std::string ChargePoint::id() const { return fmt::format("{}{:05}", behaviour_->id_prefix, number_); }

void ChargePoint::start(base::MonoTime at) {
    connect_at_ = at;
    step_at_ = at;
}

void ChargePoint::leave(base::MonoTime at) { leave_at_ = std::min(leave_at_, at); }

void ChargePoint::on_open(base::Now now, Output& out) {
    link_ = Link::online;
    --statistics_->connecting;
    statistics_->connected_most = std::max(statistics_->connected_most, ++statistics_->connected);
    ++statistics_->connections;
    statistics_->reconnections += connected_before_ ? 1 : 0;
    connected_before_ = true;
    if (journals_.commands != nullptr) {
        journals_.commands->connected({now.wall, id()});
    }
    if (behaviour_->reconnect.count() != 0) {
        // Ends of connections are independent of one another, so the time between them is exponentially distributed.
        const double share = -std::log(1 - random_.unit());
        drop_at_ = now.mono + shortened(std::chrono::nanoseconds(static_cast<std::int64_t>(
                                  share * static_cast<double>(std::chrono::nanoseconds(behaviour_->reconnect).count()))));
    }
    proceed(now, out);
}

void ChargePoint::on_refused(base::Now now, std::optional<std::chrono::seconds> retry_after) {
    --statistics_->connecting;
    lose_connection(now);
    const auto backoff =
        std::min(behaviour_->backoff_first * (std::int64_t{1} << std::min<int>(failures_, 16)), behaviour_->backoff_max);
    failures_ = static_cast<std::uint8_t>(std::min(failures_ + 1, 16));
    std::chrono::nanoseconds pause = shortened(jittered(backoff));
    if (retry_after) {
        // A tenth of jitter on top, so that those who were told the same do not come back as one.
        const std::chrono::nanoseconds asked = *retry_after;
        pause = std::max(pause, asked + std::chrono::nanoseconds(
                                            static_cast<std::int64_t>(random_.unit() * static_cast<double>(asked.count()) / 10)));
    }
    connect_after(pause, now);
}

void ChargePoint::on_closed(base::Now now) {
    if (link_ == Link::closing) {
        lose_connection(now);
        connect_after(think(), now);
        return;
    }
    ++statistics_->closes_unexpected;
    --statistics_->connected;
    ++statistics_->connecting;
    on_refused(now, std::nullopt);
}

void ChargePoint::lose_connection(base::Now now) {
    if (link_ == Link::online) {
        write_down_end_of_connection(now);
    }
    link_ = Link::offline;
    drop_at_ = kNever;
    replies_ = {};
    // What was open is sent again: a message of the queue is still its head, the others are due at once.
    const Origin origin = open_.origin;
    close_call();
    if (origin == Origin::step) {
        enter(phase_, {}, now);
    } else if (origin == Origin::heartbeat) {
        heartbeat_at_ = now.mono;
    }
}

void ChargePoint::connect_after(std::chrono::nanoseconds pause, base::Now now) {
    connect_at_ = now.mono + pause;
    finish_if_left();
}

void ChargePoint::finish_if_left() {
    if (phase_ == Phase::leaving && link_ == Link::offline && queue_.empty()) {
        phase_ = Phase::gone;
        ++statistics_->finished;
        statistics_->never_accepted += accepted_ ? 0 : 1;
    }
}

void ChargePoint::on_frame(std::string_view frame, base::Now now, Output& out) {
    const Received received = read_frame(frame);
    switch (received.kind) {
        case Received::Kind::unreadable: ++statistics_->unreadable; return;
        case Received::Kind::call: on_command(received, now, out); return;
        case Received::Kind::answer:
        case Received::Kind::call_error: break;
    }
    if (open_.origin == Origin::none || received.id != CallIdText(open_.id).quoted()) {
        ++statistics_->unknown_answers;
        return;
    }
    failures_ = 0;
    if (received.kind == Received::Kind::answer) {
        on_answer(received, now);
    } else {
        on_call_error(now);
    }
    proceed(now, out);
}

void ChargePoint::on_time(base::Now now, Output& out) {
    if (leave_at_ <= now.mono) {
        begin_leaving(now);
    }
    if (link_ == Link::online && drop_at_ <= now.mono) {
        end_connection(now, out);
        return;
    }
    if (link_ == Link::online && !replies_.empty() && replies_.front().due <= now.mono) {
        Reply due = std::move(replies_.front());
        replies_.erase(replies_.begin());
        reply(std::move(due), now, out);
        return;
    }
    if (link_ == Link::online && restart_at_ <= now.mono && replies_.empty()) {
        restart(now, out);
        return;
    }
    if (open_.origin != Origin::none && open_.sent_at + behaviour_->call_timeout <= now.mono) {
        on_call_timeout(now);
    }
    proceed(now, out);
    if (link_ == Link::offline && phase_ != Phase::gone && connect_at_ <= now.mono) {
        link_ = Link::connecting;
        connect_at_ = kNever;
        ++statistics_->connecting;
        out.wish = Wish::connect;
    }
}

base::MonoTime ChargePoint::next_wake() const {
    if (phase_ == Phase::gone) {
        return kNever;
    }
    base::MonoTime wake = leave_at_;
    const bool needs_no_connection = phase_ == Phase::starting || phase_ == Phase::metering || phase_ == Phase::stopping ||
                                     phase_ == Phase::reporting || (phase_ == Phase::finishing && link_ != Link::online);
    if (needs_no_connection) {
        wake = std::min(wake, step_at_);
    }
    if (link_ == Link::offline) {
        return std::min(wake, connect_at_);
    }
    if (link_ != Link::online) {
        return wake;
    }
    wake = std::min(wake, drop_at_);
    wake = std::min(wake, replies_.empty() ? restart_at_ : replies_.front().due);
    if (open_.origin != Origin::none) {
        return std::min(wake, open_.sent_at + behaviour_->call_timeout);
    }
    wake = std::min({wake, step_at_, heartbeat_at_});
    return queue_.empty() || phase_ == Phase::boot ? wake : std::min(wake, queue_at_);
}

void ChargePoint::proceed(base::Now now, Output& out) {
    while (make_due_messages(now)) {
    }
    if (phase_ == Phase::leaving && queue_.empty() && open_.origin == Origin::none) {
        if (link_ == Link::online) {
            end_connection(now, out);
        }
        finish_if_left();
        return;
    }
    if (link_ != Link::online || open_.origin != Origin::none) {
        return;
    }
    // OCPP 1.6 section 4.2: nothing before BootNotification is accepted. After a restart the queue may hold something.
    if (!queue_.empty() && queue_at_ <= now.mono && phase_ != Phase::boot) {
        send(Origin::queue, queue_.front().action, queue_.front().payload, now, out);
    } else if (step_at_ <= now.mono) {
        send_step(now, out);
    } else if (heartbeat_at_ <= now.mono) {
        send(Origin::heartbeat, Action::heartbeat, "{}", now, out);
    }
}

void ChargePoint::send(Origin origin, Action action, std::string_view payload, base::Now now, Output& out) {
    open_ = {.origin = origin, .action = action, .id = random_.next(), .sent_at = now.mono};
    append_call(out.frame, CallIdText(open_.id).text(), action, payload);
    ++statistics_->sent[static_cast<std::size_t>(action)];
    statistics_->durable_open += is_durable(action) ? 1 : 0;
}

void ChargePoint::close_call() {
    if (open_.origin != Origin::none && is_durable(open_.action)) {
        --statistics_->durable_open;
    }
    open_.origin = Origin::none;
}

void ChargePoint::end_connection(base::Now now, Output& out) {
    const bool by_network = phase_ != Phase::leaving && random_.unit() < kShareOfDrops;
    end_connection(by_network ? Wish::drop : Wish::close, now, out);
}

void ChargePoint::end_connection(Wish how, base::Now now, Output& out) {
    out.wish = how;
    --statistics_->connected;
    lose_connection(now);
    link_ = Link::closing;
}

// False when the queue is full: the message is then never made, as in a charge point whose memory is full.
bool ChargePoint::enqueue(Action action, std::string payload) {
    if (queue_.size() >= behaviour_->queue_max) {
        ++statistics_->durable_skipped;
        return false;
    }
    ++statistics_->durable_made;
    queue_.push_back({.action = action, .payload = std::move(payload)});
    return true;
}

void ChargePoint::take_from_queue() {
    queue_.erase(queue_.begin());
    queue_at_ = base::MonoTime::min();
    if (queue_.empty()) {
        queue_.shrink_to_fit();
    }
}

void ChargePoint::on_answer(const Received& answer, base::Now now) {
    const Open call = open_;
    close_call();
    ++statistics_->answered[static_cast<std::size_t>(call.action)];
    statistics_->answer_times[static_cast<std::size_t>(answer_class(call.action))].add(
        std::chrono::duration_cast<std::chrono::microseconds>(now.mono - call.sent_at));
    switch (call.origin) {
        case Origin::none: return;
        case Origin::heartbeat: heartbeat_at_ = now.mono + shortened(heartbeat_interval_); return;
        case Origin::queue:
            if (journals_.answers != nullptr) {
                journals_.answers->add({id(), call.action, CallIdText(call.id).text(), queue_.front().payload, now.wall});
            }
            on_durable_answer(answer.payload, now);
            return;
        case Origin::step:
            if (call.action == Action::boot_notification) {
                on_boot_answer(answer.payload, now);
            } else if (call.action == Action::authorize) {
                on_authorize_answer(answer.payload, now);
            } else {
                advance(now);
            }
            return;
    }
}

void ChargePoint::on_call_error(base::Now now) {
    const Open call = open_;
    close_call();
    ++statistics_->call_errors;
    if (call.origin == Origin::queue) {
        attempt_failed(now);
    } else if (call.origin == Origin::heartbeat) {
        heartbeat_at_ = now.mono + shortened(heartbeat_interval_);
    } else if (call.action == Action::boot_notification) {
        enter(Phase::boot, behaviour_->boot_retry, now);
    } else {
        advance(now);
    }
}

void ChargePoint::on_call_timeout(base::Now now) {
    const Open call = open_;
    close_call();
    ++statistics_->time_outs;
    if (call.origin == Origin::queue) {
        attempt_failed(now);
    } else if (call.origin == Origin::heartbeat) {
        heartbeat_at_ = now.mono + shortened(heartbeat_interval_);
    } else {
        step_at_ = now.mono;
    }
}

// OCPP 1.6 section 3.7.1: wait longer after every attempt, and go on with the next message after the last one.
void ChargePoint::attempt_failed(base::Now now) {
    Queued& head = queue_.front();
    head.attempts = static_cast<std::uint8_t>(std::min(head.attempts + 1, 255));
    if (behaviour_->attempts_max == 0 || head.attempts < behaviour_->attempts_max) {
        queue_at_ = now.mono + shortened(behaviour_->attempt_interval * head.attempts);
        return;
    }
    ++statistics_->durable_discarded;
    take_from_queue();
    if (queue_.empty() && (phase_ == Phase::awaiting_start || phase_ == Phase::awaiting_stop)) {
        enter(Phase::available, {}, now);
    }
}

std::chrono::nanoseconds ChargePoint::jittered(std::chrono::nanoseconds mean) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(mean.count()) * (0.5 + random_.unit())));
}

std::chrono::nanoseconds ChargePoint::shortened(std::chrono::nanoseconds pause) const {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(pause.count()) / behaviour_->speed));
}

std::chrono::nanoseconds ChargePoint::think() { return shortened(jittered(behaviour_->think)); }

}  // namespace simulator
