// The session of a charge point: which step follows which, and what each sends.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "simulator/charge_point.h"

namespace simulator {

namespace {

constexpr unsigned kStation = 0;
constexpr unsigned kConnector = 1;
// Charge points share a thousand id tags, TAG-0000 to TAG-0999: few enough to make them known to a central system.
constexpr std::uint64_t kIdTags = 1000;
// Of the transactions, this share tells its first and last reading once more in StopTransaction.
constexpr double kShareWithTransactionData = 0.3;
constexpr std::chrono::seconds kBootIntervalMax{24 * 3600};

std::string_view decision(std::string_view payload) { return text_member(member(payload, "idTagInfo"), "status"); }

}  // namespace

void ChargePoint::enter(Phase next, std::chrono::nanoseconds pause, base::Now now) {
    phase_ = while_leaving(next);
    const bool waits = phase_ == Phase::awaiting_start || phase_ == Phase::awaiting_stop || phase_ == Phase::leaving;
    step_at_ = waits ? kNever : now.mono + (leaving_ ? std::chrono::nanoseconds(0) : pause);
}

ChargePoint::Phase ChargePoint::while_leaving(Phase next) const {
    if (!leaving_) {
        return next;
    }
    switch (next) {
        case Phase::boot:
        case Phase::station_status:
        case Phase::connector_status:
        case Phase::preparing:
        case Phase::reporting: return Phase::leaving;
        case Phase::authorizing:
        case Phase::starting: return Phase::available;
        case Phase::charging:
        case Phase::metering: return Phase::finishing;
        default: return next;
    }
}

void ChargePoint::begin_leaving(base::Now now) {
    leaving_ = true;
    leave_at_ = kNever;
    // A step that is open goes the short way once it is answered.
    if (open_.origin != Origin::step && phase_ != Phase::gone) {
        enter(phase_, {}, now);
    }
}

// Messages of the queue are made when they are due, whether there is a connection or not. True when one was made.
bool ChargePoint::make_due_messages(base::Now now) {
    if (step_at_ > now.mono || open_.origin == Origin::step) {
        return false;
    }
    switch (phase_) {
        case Phase::starting: begin_transaction(now); return true;
        case Phase::metering:
        case Phase::reporting: take_meter_values(now); return true;
        case Phase::stopping: end_transaction(now); return true;
        case Phase::finishing:
            // Without a connection nobody can be told that the car is full; the transaction ends all the same.
            if (link_ == Link::online) {
                return false;
            }
            enter(Phase::stopping, {}, now);
            return true;
        default: return false;
    }
}

void ChargePoint::send_step(base::Now now, Output& out) {
    std::string payload;
    Action action = Action::status_notification;
    switch (phase_) {
        case Phase::boot:
            action = Action::boot_notification;
            append_boot_notification(payload, id());
            break;
        case Phase::station_status: append_status(payload, kStation, "Available", now.wall); break;
        case Phase::connector_status: append_status(payload, kConnector, "Available", now.wall); break;
        case Phase::preparing: append_status(payload, kConnector, "Preparing", now.wall); break;
        case Phase::authorizing:
            action = Action::authorize;
            remote_id_tag_.clear();
            id_tag_ = static_cast<std::uint16_t>(random_.next() % kIdTags);
            append_authorize(payload, id_tag());
            break;
        case Phase::charging: append_status(payload, kConnector, "Charging", now.wall); break;
        case Phase::finishing: append_status(payload, kConnector, "Finishing", now.wall); break;
        case Phase::available: append_status(payload, kConnector, "Available", now.wall); break;
        default: return;
    }
    send(Origin::step, action, payload, now, out);
}

// The StatusNotification of the current step was answered.
void ChargePoint::advance(base::Now now) {
    switch (phase_) {
        case Phase::station_status: enter(Phase::connector_status, {}, now); return;
        case Phase::connector_status:
            if (behaviour_->meter_period.count() != 0) {
                // The fleet's messages are spread over the period, not sent in one burst.
                const double share = random_.unit() * static_cast<double>(behaviour_->meter_period.count());
                enter(Phase::reporting, std::chrono::microseconds(static_cast<std::int64_t>(share)), now);
            } else {
                enter(Phase::preparing, think(), now);
            }
            return;
        case Phase::preparing: enter(Phase::authorizing, think(), now); return;
        case Phase::authorizing: enter(Phase::available, think(), now); return;
        case Phase::charging:
            if (stopped_remotely_) {
                enter(Phase::finishing, {}, now);
            } else {
                enter(Phase::metering, shortened(jittered(behaviour_->meter_interval)), now);
            }
            return;
        case Phase::finishing: enter(Phase::stopping, think(), now); return;
        case Phase::available:
            ++transactions_;
            leaving_ = leaving_ || (behaviour_->transactions != 0 && transactions_ >= behaviour_->transactions);
            enter(Phase::preparing, think(), now);
            return;
        default: return;
    }
}

void ChargePoint::on_boot_answer(std::string_view payload, base::Now now) {
    const std::string_view status = text_member(payload, "status");
    const auto told = std::clamp(std::chrono::seconds(integer_member(payload, "interval").value_or(0)), std::chrono::seconds(0),
                                 kBootIntervalMax);
    if (status != "Accepted") {
        ++(status.empty() ? statistics_->unreadable : statistics_->boots_postponed);
        enter(Phase::boot, told.count() != 0 ? std::chrono::nanoseconds(told) : behaviour_->boot_retry, now);
        return;
    }
    accepted_ = true;
    heartbeat_interval_ = behaviour_->heartbeat_interval.count() != 0 ? behaviour_->heartbeat_interval : told;
    if (heartbeat_interval_.count() != 0) {
        heartbeat_at_ = now.mono + shortened(jittered(heartbeat_interval_));
    }
    enter(Phase::station_status, {}, now);
}

void ChargePoint::on_authorize_answer(std::string_view payload, base::Now now) {
    const std::string_view status = decision(payload);
    if (status == "Accepted") {
        enter(Phase::starting, think(), now);
        return;
    }
    ++(status.empty() ? statistics_->unreadable : statistics_->refused_by_decision);
    enter(Phase::available, think(), now);
}

void ChargePoint::on_durable_answer(std::string_view payload, base::Now now) {
    ++statistics_->durable_answered;
    const Action action = queue_.front().action;
    take_from_queue();
    if (action == Action::start_transaction) {
        on_start_answer(payload, now);
    } else if (action == Action::stop_transaction) {
        ++statistics_->transactions;
        if (phase_ == Phase::awaiting_stop) {  // not so after a restart
            enter(Phase::available, think(), now);
        }
    }
}

void ChargePoint::on_start_answer(std::string_view payload, base::Now now) {
    const auto assigned = integer_member(payload, "transactionId");
    const std::string_view status = decision(payload);
    if (!assigned || status.empty()) {
        ++statistics_->unreadable;
        enter(Phase::available, think(), now);
        return;
    }
    transaction_id_ = *assigned;
    deauthorized_ = status != "Accepted";
    statistics_->refused_by_decision += deauthorized_ ? 1 : 0;
    enter(deauthorized_ ? Phase::finishing : Phase::charging, think(), now);
}

void ChargePoint::begin_transaction(base::Now now) {
    begin_ = read_meter(now.wall);
    meters_ = 0;
    stopped_remotely_ = false;
    std::string payload;
    append_start_transaction(payload, {.id_tag = id_tag(), .meter_start_wh = begin_.register_tenths_wh / 10, .at = now.wall});
    enter(enqueue(Action::start_transaction, std::move(payload)) ? Phase::awaiting_start : Phase::available, {}, now);
}

void ChargePoint::take_meter_values(base::Now now) {
    const bool reporting = phase_ == Phase::reporting;
    const auto elapsed =
        reporting ? std::chrono::duration_cast<std::chrono::milliseconds>(behaviour_->meter_period) : behaviour_->meter_interval;
    meters_ = static_cast<std::uint16_t>(meters_ + 1);
    const Reading before = read_meter(now.wall);
    register_tenths_wh_ += 1 + before.power_w * static_cast<std::uint64_t>(elapsed.count()) / 360'000;
    std::string payload;
    append_meter_values(payload, reporting ? nullptr : &transaction_id_, read_meter(now.wall));
    (void)enqueue(Action::meter_values, std::move(payload));
    if (reporting) {
        step_at_ += behaviour_->meter_period;
    } else {
        enter(meters_ < behaviour_->meter_count ? Phase::metering : Phase::finishing, shortened(behaviour_->meter_interval), now);
    }
}

void ChargePoint::end_transaction(base::Now now) {
    const std::string_view reason = deauthorized_ ? "DeAuthorized" : stopped_remotely_ ? "Remote" : "Local";
    enter(enqueue(Action::stop_transaction, stop_payload(reason, now)) ? Phase::awaiting_stop : Phase::available, {}, now);
}

std::string ChargePoint::stop_payload(std::string_view reason, base::Now now) {
    std::string payload;
    append_stop_transaction(payload, {.transaction_id = transaction_id_,
                                      .id_tag = id_tag(),
                                      .reason = reason,
                                      .begin = begin_,
                                      .end = read_meter(now.wall),
                                      .with_transaction_data = random_.unit() < kShareWithTransactionData});
    return payload;
}

Reading ChargePoint::read_meter(base::WallTime at) const {
    return {.at = at,
            .register_tenths_wh = register_tenths_wh_,
            .power_w = 7'000 + static_cast<unsigned>(register_tenths_wh_ % 397),
            .state_of_charge = std::min(20U + meters_, 100U)};
}

std::string ChargePoint::id_tag() const { return remote_id_tag_.empty() ? fmt::format("TAG-{:04}", id_tag_) : remote_id_tag_; }

}  // namespace simulator
