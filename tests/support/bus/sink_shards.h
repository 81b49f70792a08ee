// SinkShards: the callers of an EventSink as they are in the gateway, without loops. It keeps every message until it is told
// delivered, hands over again after a reset, in order, and remembers what it was told. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "bus/event_sink.h"

namespace bus {

class SinkShards : public EventSinkListener {
public:
    explicit SinkShards(std::size_t shards) : shards_(shards) {}

    // Before the first send; null before the sink dies.
    void attach(EventSink* sink);
    // Takes a message as a shard does. Returns its cookie.
    std::uint64_t send(std::size_t shard, const std::string& key, std::string value, std::string traceparent = "");

    void on_deliveries(std::size_t shard, std::vector<Delivery> deliveries) override;
    void on_reset(std::size_t shard, Generation generation) override;

    // False when it did not come true in time.
    [[nodiscard]] bool eventually(const std::function<bool()>& condition,
                                  std::chrono::seconds deadline = std::chrono::seconds(20));
    [[nodiscard]] bool everything_delivered();

    [[nodiscard]] std::size_t undelivered();
    [[nodiscard]] std::size_t logged();
    [[nodiscard]] std::size_t failed();
    [[nodiscard]] Generation generation(std::size_t shard);
    [[nodiscard]] std::vector<std::uint64_t> logged_cookies(std::size_t shard);

private:
    struct Kept {
        std::uint64_t cookie = 0;
        std::string key;
        std::string value;
        std::string traceparent;
    };
    struct Shard {
        Generation generation = 0;
        std::uint64_t next_cookie = 1;
        std::deque<Kept> kept;  // a deque: bytes stay where they are
        std::vector<std::uint64_t> logged;
        std::size_t failed = 0;
    };
    void hand_over(std::size_t shard, const Kept& kept);
    void forget(Shard& shard, std::uint64_t cookie);

    std::mutex mutex_;
    std::condition_variable changed_;
    EventSink* sink_ = nullptr;
    std::vector<Shard> shards_;
};

}  // namespace bus
