#include "support/bus/sink_shards.h"

#include <algorithm>
#include <utility>

namespace bus {

void SinkShards::attach(EventSink* sink) {
    const std::lock_guard lock(mutex_);
    sink_ = sink;
    if (sink_ == nullptr) {
        return;
    }
    // A reset that came before the attaching.
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
        for (const auto& kept : shards_[shard].kept) {
            hand_over(shard, kept);
        }
    }
}

std::uint64_t SinkShards::send(std::size_t shard, const std::string& key, std::string value, std::string traceparent) {
    const std::lock_guard lock(mutex_);
    auto& owner = shards_.at(shard);
    const auto cookie = owner.next_cookie++;
    owner.kept.push_back({.cookie = cookie, .key = key, .value = std::move(value), .traceparent = std::move(traceparent)});
    hand_over(shard, owner.kept.back());
    return cookie;
}

void SinkShards::hand_over(std::size_t shard, const Kept& kept) {
    const Message message{
        .key = kept.key, .value = kept.value, .traceparent = kept.traceparent, .partition = sink_->partition_of(kept.key)};
    if (sink_->enqueue(shard, shards_.at(shard).generation, message, kept.cookie) == Enqueued::refused) {
        shards_.at(shard).failed += 1;
    }
}

void SinkShards::forget(Shard& shard, std::uint64_t cookie) {
    const auto found =
        std::find_if(shard.kept.begin(), shard.kept.end(), [&](const Kept& kept) { return kept.cookie == cookie; });
    if (found == shard.kept.begin()) {
        shard.kept.pop_front();
    } else if (found != shard.kept.end()) {
        // Out of turn (another partition was quicker): the bytes behind it move, which librdkafka must not see. Mark it.
        found->cookie = 0;
    }
    while (!shard.kept.empty() && shard.kept.front().cookie == 0) {
        shard.kept.pop_front();
    }
}

void SinkShards::on_deliveries(std::size_t shard, std::vector<Delivery> deliveries) {
    const std::lock_guard lock(mutex_);
    auto& owner = shards_.at(shard);
    for (const auto& delivery : deliveries) {
        if (delivery.outcome == DeliveryOutcome::logged) {
            owner.logged.push_back(delivery.cookie);
        } else {
            owner.failed += 1;
        }
        forget(owner, delivery.cookie);
    }
    changed_.notify_all();
}

void SinkShards::on_reset(std::size_t shard, Generation generation) {
    const std::lock_guard lock(mutex_);
    auto& owner = shards_.at(shard);
    owner.generation = generation;
    if (sink_ != nullptr) {
        for (const auto& kept : owner.kept) {
            if (kept.cookie != 0) {
                hand_over(shard, kept);
            }
        }
    }
    changed_.notify_all();
}

bool SinkShards::eventually(const std::function<bool()>& condition, std::chrono::seconds deadline) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        std::unique_lock lock(mutex_);
        if (std::chrono::steady_clock::now() >= end) {
            return false;
        }
        // Not everything that a condition looks at rings the bell.
        changed_.wait_for(lock, std::chrono::milliseconds(10));
    }
    return true;
}

bool SinkShards::everything_delivered() {
    return eventually([this] { return undelivered() == 0; });
}

std::size_t SinkShards::undelivered() {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& shard : shards_) {
        count += shard.kept.size();
    }
    return count;
}

std::size_t SinkShards::logged() {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& shard : shards_) {
        count += shard.logged.size();
    }
    return count;
}

std::size_t SinkShards::failed() {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& shard : shards_) {
        count += shard.failed;
    }
    return count;
}

Generation SinkShards::generation(std::size_t shard) {
    const std::lock_guard lock(mutex_);
    return shards_.at(shard).generation;
}

std::vector<std::uint64_t> SinkShards::logged_cookies(std::size_t shard) {
    const std::lock_guard lock(mutex_);
    return shards_.at(shard).logged;
}

}  // namespace bus
