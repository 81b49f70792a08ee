// What a charge point does when the central system commands it.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/json_text.h"
#include "base/json_writer.h"
#include "simulator/charge_point.h"

namespace simulator {

namespace {

constexpr std::size_t kIdTagBytesMax = 20;
constexpr std::int64_t kHeartbeatSecondsMax = 86'400;
constexpr std::chrono::seconds kRestartRetry{1};

constexpr std::string_view kHeartbeatInterval = "HeartbeatInterval";
// Only the first can be changed: the others are what the fleet was started with.
constexpr std::array<std::string_view, 4> kKeys = {kHeartbeatInterval, "MeterValueSampleInterval", "NumberOfConnectors",
                                                   "SupportedFeatureProfiles"};

std::string status_only(std::string_view status) {
    std::string payload;
    base::JsonWriter(payload).begin_object().member("status", status).end_object();
    return payload;
}

std::string answer_frame(std::string_view id_token, std::string_view payload) {
    return fmt::format("[3,{},{}]", id_token, payload);
}

// How a charge point says no. Where the answer has no status for it, only a CALLERROR does.
std::string refusal_frame(const Received& command) {
    if (command.action == "GetConfiguration") {
        return fmt::format(R"([4,{},"InternalError","the simulator was told to refuse",{{}}])", command.id);
    }
    return answer_frame(command.id, status_only(command.action == "UnlockConnector" ? "UnlockFailed" : "Rejected"));
}

}  // namespace

void ChargePoint::on_command(const Received& command, base::Now now, Output& out) {
    if (journals_.commands != nullptr) {
        journals_.commands->received({now.wall, id()}, command);
    }
    const double fate = random_.unit();
    if (fate < behaviour_->silent_share || replies_.size() >= behaviour_->replies_max) {
        ++statistics_->commands_ignored;
        write_down(Deed::silent, command.id, {}, now);
        return;
    }
    if (fate < behaviour_->silent_share + behaviour_->disconnect_share) {
        ++statistics_->commands_ignored;
        if (link_ == Link::online) {
            replies_.push_back({.due = now.mono, .id = std::string(command.id)});
            end_connection(Wish::drop, now, out);
        }
        return;
    }
    Reply answer = reply_to(command, fate - behaviour_->silent_share - behaviour_->disconnect_share, now);
    if (behaviour_->command_delay.count() == 0) {
        reply(std::move(answer), now, out);
        return;
    }
    answer.due = now.mono + jittered(behaviour_->command_delay);
    const auto later = std::ranges::upper_bound(replies_, answer.due, {}, &Reply::due);
    replies_.insert(later, std::move(answer));
}

// `fate`: below refuse_share it is refused, in the share after that the connection ends with the answer.
ChargePoint::Reply ChargePoint::reply_to(const Received& command, double fate, base::Now now) {
    Reply reply{.due = now.mono, .id = std::string(command.id)};
    if (fate < behaviour_->refuse_share) {
        ++statistics_->commands_refused;
        reply.deed = Deed::refused;
        reply.frame = refusal_frame(command);
        return reply;
    }
    reply.then_disconnect = fate < behaviour_->refuse_share + behaviour_->disconnect_after_share;
    if (const std::string payload = obey(command, now); !payload.empty()) {
        ++statistics_->commands_obeyed;
        reply.frame = answer_frame(command.id, payload);
    } else {
        ++statistics_->commands_refused;
        reply.deed = Deed::refused;
        append_not_supported(reply.frame, command.id, command.action);
    }
    return reply;
}

void ChargePoint::reply(Reply reply, base::Now now, Output& out) {
    write_down(reply.deed, reply.id, reply.frame, now);
    out.frame = std::move(reply.frame);
    if (reply.then_disconnect && link_ == Link::online) {
        end_connection(Wish::drop, now, out);
    }
}

void ChargePoint::write_down(Deed deed, std::string_view command_id, std::string_view answer, base::Now now) {
    if (journals_.commands != nullptr) {
        journals_.commands->did({now.wall, id()}, deed, command_id, answer);
    }
}

void ChargePoint::write_down_end_of_connection(base::Now now) {
    if (journals_.commands == nullptr) {
        return;
    }
    std::vector<std::string> unanswered;
    std::ranges::transform(replies_, std::back_inserter(unanswered), &Reply::id);
    journals_.commands->disconnected({now.wall, id()}, unanswered);
}

// Does what the command says, as far as it can, and gives the answer's payload; nothing for what it does not know.
std::string ChargePoint::obey(const Received& command, base::Now now) {
    const std::string_view action = command.action;
    const std::string_view payload = command.payload;
    if (action == "ChangeAvailability" || action == "ClearCache") {
        return status_only("Accepted");
    }
    if (action == "ChangeConfiguration") {
        return status_only(change_configuration(payload));
    }
    if (action == "DataTransfer") {
        return status_only("UnknownVendorId");
    }
    if (action == "GetConfiguration") {
        return configuration(payload);
    }
    if (action == "RemoteStartTransaction") {
        return status_only(remote_start(payload, now));
    }
    if (action == "RemoteStopTransaction") {
        return status_only(remote_stop(payload, now));
    }
    if (action == "Reset") {
        return status_only(reset(payload, now));
    }
    if (action == "TriggerMessage") {
        return status_only(trigger(payload, now));
    }
    if (action == "UnlockConnector") {
        return status_only(charges() ? "UnlockFailed" : "Unlocked");
    }
    return {};
}

// A transaction with an id that the central system knows.
bool ChargePoint::charges() const {
    return phase_ == Phase::charging || phase_ == Phase::metering || phase_ == Phase::finishing || phase_ == Phase::stopping;
}

// Without asking first: AuthorizeRemoteTxRequests is false (OCPP 1.6 section 5.11).
std::string_view ChargePoint::remote_start(std::string_view payload, base::Now now) {
    const std::string_view tag = text_member(payload, "idTag");
    const bool is_idle = (phase_ == Phase::preparing || phase_ == Phase::authorizing) && open_.origin != Origin::step;
    const std::int64_t connector = integer_member(payload, "connectorId").value_or(1);
    if (!is_idle || leaving_ || tag.empty() || tag.size() > kIdTagBytesMax || connector != 1) {
        return "Rejected";
    }
    remote_id_tag_ = tag;
    enter(Phase::starting, {}, now);
    return "Accepted";
}

std::string_view ChargePoint::remote_stop(std::string_view payload, base::Now now) {
    if (!charges() || integer_member(payload, "transactionId") != transaction_id_) {
        return "Rejected";
    }
    stopped_remotely_ = true;
    // A StatusNotification that is open is answered first, and a transaction that ends already just goes on ending.
    if (open_.origin != Origin::step && (phase_ == Phase::charging || phase_ == Phase::metering)) {
        enter(Phase::finishing, {}, now);
    }
    return "Accepted";
}

std::string_view ChargePoint::reset(std::string_view payload, base::Now now) {
    if (phase_ == Phase::boot || leaving_ || between_transactions()) {
        return "Rejected";
    }
    reset_hard_ = text_member(payload, "type") == "Hard";
    restart_at_ = now.mono;
    return "Accepted";
}

// It is not known yet which transaction runs, or whether one does: its start or stop is unanswered.
bool ChargePoint::between_transactions() const {
    return phase_ == Phase::starting || phase_ == Phase::awaiting_start || phase_ == Phase::awaiting_stop;
}

// After the answer to a Reset has left: a running transaction is ended, the connection too, and the next one begins with
// BootNotification. A charge point that leaves meanwhile does so in order.
void ChargePoint::restart(base::Now now, Output& out) {
    restart_at_ = kNever;
    if (leaving_) {
        return;
    }
    if (between_transactions()) {
        restart_at_ = now.mono + kRestartRetry;
        return;
    }
    if (charges()) {
        (void)enqueue(Action::stop_transaction, stop_payload(reset_hard_ ? "HardReset" : "SoftReset", now));
        ++transactions_;
    }
    ++statistics_->restarts;
    end_connection(Wish::close, now, out);
    heartbeat_at_ = kNever;
    enter(Phase::boot, {}, now);
}

std::string_view ChargePoint::trigger(std::string_view payload, base::Now now) {
    const std::string_view message = text_member(payload, "requestedMessage");
    if (message == "Heartbeat") {
        heartbeat_at_ = now.mono;
        return "Accepted";
    }
    if (message == "MeterValues") {
        if (phase_ != Phase::metering) {
            return "Rejected";
        }
        step_at_ = now.mono;
        return "Accepted";
    }
    return "NotImplemented";
}

std::string_view ChargePoint::change_configuration(std::string_view payload) {
    const std::string_view key = text_member(payload, "key");
    if (std::ranges::find(kKeys, key) == kKeys.end()) {
        return "NotSupported";
    }
    const std::string_view value = text_member(payload, "value");
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    const bool is_number = error == std::errc() && end == value.data() + value.size();
    if (key != kHeartbeatInterval || !is_number || seconds < 1 || seconds > kHeartbeatSecondsMax) {
        return "Rejected";
    }
    heartbeat_interval_ = std::chrono::seconds(seconds);
    return "Accepted";
}

std::string ChargePoint::value_of(std::string_view key) const {
    const auto seconds = [](std::chrono::milliseconds time) {
        return fmt::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count());
    };
    if (key == kHeartbeatInterval) {
        return seconds(heartbeat_interval_);
    }
    if (key == "MeterValueSampleInterval") {
        return seconds(behaviour_->meter_interval);
    }
    return key == "NumberOfConnectors" ? "1" : "Core,RemoteTrigger";
}

std::string ChargePoint::configuration(std::string_view payload) const {
    std::vector<std::string_view> known;
    std::vector<std::string_view> unknown;  // as tokens
    const std::string_view asked = member(payload, "key");
    if (base::json_kind(asked) == base::JsonKind::array) {
        base::JsonCursor cursor(asked);
        cursor.enter();
        while (cursor.next_element()) {
            const std::string_view token = cursor.value();
            const auto key = std::ranges::find_if(kKeys, [&](std::string_view name) {
                return token.size() == name.size() + 2 && token.substr(1, name.size()) == name;
            });
            key == kKeys.end() ? unknown.push_back(token) : known.push_back(*key);
        }
    }
    if (known.empty() && unknown.empty()) {
        known.assign(kKeys.begin(), kKeys.end());  // none asked for: all (OCPP 1.6 section 5.8)
    }
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().key("configurationKey").begin_array();
    for (const std::string_view key : known) {
        json.begin_object().member("key", key).member("readonly", key != kHeartbeatInterval);
        json.member("value", std::string_view(value_of(key))).end_object();
    }
    json.end_array();
    if (!unknown.empty()) {
        json.key("unknownKey").begin_array();
        for (const std::string_view token : unknown) {
            json.raw(token);
        }
        json.end_array();
    }
    json.end_object();
    return out;
}

}  // namespace simulator
