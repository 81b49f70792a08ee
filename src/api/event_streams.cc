#include "api/event_streams.h"

#include <utility>

#include "api/problem.h"
#include "api/server_sent_events.h"

namespace api {

EventStreams::EventStreams(const Config& config, Backend& backend, net::Loop& loop)
    : config_(config), backend_(backend), loop_(loop) {}

void EventStreams::open(std::shared_ptr<net::HttpExchange> exchange, EventFilter filter) {
    if (state_ == State::closed) return exchange->send(unavailable("the gateway is stopping"));
    if (waiting_.size() + subscribers_.size() >= config_.events_subscribers_max) {
        return exchange->send(unavailable("there are as many subscribers as allowed", config_.events_retry_after));
    }
    Waiting waiting{.exchange = std::move(exchange), .filter = std::move(filter)};
    if (state_ == State::live) return admit(std::move(waiting));
    waiting_.push_back(std::move(waiting));
    if (state_ == State::idle) subscribe();
}

void EventStreams::close() {
    state_ = State::closed;
    keep_alive_.cancel();
    unsubscribe();
    for (Waiting& waiting : std::exchange(waiting_, {})) {
        waiting.exchange->send(unavailable("the gateway is stopping"));
    }
    for (auto& [number, subscriber] : std::exchange(subscribers_, {})) {
        subscriber.stream->end();
    }
}

void EventStreams::subscribe() {
    state_ = State::subscribing;
    const auto on_event = [weak = weak_from_this()](const LiveEvent& event) {
        if (const auto self = weak.lock()) self->on_event(event);
    };
    const auto subscribed = [weak = weak_from_this(), attempt = ++attempt_](const base::Result<void>& result) {
        if (const auto self = weak.lock()) self->on_subscribed(attempt, result);
    };
    subscription_ = backend_.subscribe(on_event, subscribed);
    if (state_ == State::idle) unsubscribe();  // it failed before it had a number
}

void EventStreams::on_subscribed(std::uint64_t attempt, const base::Result<void>& result) {
    if (state_ != State::subscribing || attempt != attempt_) return;
    state_ = result ? State::live : State::idle;
    if (!result) unsubscribe();
    for (Waiting& waiting : std::exchange(waiting_, {})) {
        if (result) {
            admit(std::move(waiting));
        } else {
            waiting.exchange->send(unavailable("events cannot be read: " + result.error().message, config_.events_retry_after));
        }
    }
}

void EventStreams::unsubscribe() {
    if (subscription_) backend_.unsubscribe(*std::exchange(subscription_, std::nullopt));
}

void EventStreams::admit(Waiting waiting) {
    const std::uint64_t number = ++last_number_;
    auto stream = waiting.exchange->stream(
        {.status = 200, .content_type = "text/event-stream", .body = {}, .headers = {{"cache-control", "no-cache"}}});
    if (subscribers_.empty()) keep_alive_later();
    subscribers_.emplace(number, Subscriber{.stream = stream, .filter = std::move(waiting.filter)});
    stream->on_end([weak = weak_from_this(), number] {
        if (const auto self = weak.lock()) self->remove(number);
    });
}

void EventStreams::remove(std::uint64_t number) {
    subscribers_.erase(number);
    if (state_ != State::live || !subscribers_.empty()) return;
    state_ = State::idle;
    keep_alive_.cancel();
    unsubscribe();
}

void EventStreams::on_event(const LiveEvent& event) {
    std::optional<EventEnvelope> envelope;
    text_.clear();
    for (const auto& [number, subscriber] : subscribers_) {
        if (!subscriber.filter.passes_charge_point(event.charge_point)) continue;
        if (!envelope) envelope = reader_.read(event.value);
        if (!envelope) return;  // not an event of ours
        if (!subscriber.filter.passes_type(envelope->type)) continue;
        if (text_.empty()) append_server_sent_event(text_, envelope->id, envelope->type, event.value);
        // Where this fails the stream's end is told in a later turn: the map stays as it is while we walk over it.
        subscriber.stream->write(text_);
    }
}

void EventStreams::on_timer(std::uint64_t /*tag*/) {
    for (const auto& [number, subscriber] : subscribers_) {
        subscriber.stream->write(kKeepAliveComment);
    }
    keep_alive_later();
}

void EventStreams::keep_alive_later() { keep_alive_.set(loop_.timers(), loop_.now().mono + config_.events_keep_alive, *this, 0); }

}  // namespace api
