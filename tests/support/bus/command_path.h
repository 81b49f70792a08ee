// What the control loop is to a RecordSink and a CommandSource, without a loop: it remembers what it was told. Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "bus/command_source.h"
#include "bus/record_sink.h"

namespace bus {

// False when it did not come true in time. Not everything that a condition looks at rings the bell, so it is asked again and
// again.
template <class Bell, class Lock>
bool wait_until(Bell& bell, Lock& lock, const std::function<bool()>& condition, std::chrono::seconds deadline) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) {
            return false;
        }
        bell.wait_for(lock, std::chrono::milliseconds(10));
    }
    return true;
}

class SinkEars final : public RecordSinkListener {
public:
    void on_written(std::vector<Written> written) override {
        const std::lock_guard lock(mutex_);
        for (const auto& each : written) {
            (each.outcome == DeliveryOutcome::logged ? logged_ : failed_).push_back(each.ticket);
        }
        bell_.notify_all();
    }
    [[nodiscard]] bool hear(std::size_t tickets) {
        std::unique_lock lock(mutex_);
        return wait_until(bell_, lock, [&] { return logged_.size() + failed_.size() >= tickets; }, std::chrono::seconds(20));
    }
    [[nodiscard]] std::vector<WriteTicket> logged() {
        const std::lock_guard lock(mutex_);
        return logged_;
    }
    [[nodiscard]] std::vector<WriteTicket> failed() {
        const std::lock_guard lock(mutex_);
        return failed_;
    }

private:
    std::mutex mutex_;
    std::condition_variable bell_;
    std::vector<WriteTicket> logged_;
    std::vector<WriteTicket> failed_;
};

// Keeps the records until it is told to take them, or takes each batch at once.
class SourceEars final : public CommandSourceListener {
public:
    void on_assigned(std::vector<std::int32_t> partitions) override {
        const std::lock_guard lock(mutex_);
        assigned_ = std::move(partitions);
        assignments_ += 1;
        replayed_.clear();
        bell_.notify_all();
    }
    void on_records(CommandBatch batch) override {
        const std::lock_guard lock(mutex_);
        for (auto& record : batch.records) {
            records_.push_back(std::move(record));
        }
        largest_batch_ = std::max(largest_batch_, batch.bytes);
        untaken_ += batch.bytes;
        if (taker_ != nullptr) {
            taker_->taken(std::exchange(untaken_, 0));
        }
        bell_.notify_all();
    }
    void on_replayed(std::int32_t partition) override {
        const std::lock_guard lock(mutex_);
        twice_ = twice_ || !replayed_.insert(partition).second;
        records_at_replay_ = records_.size();
        bell_.notify_all();
    }

    // From now on; what was kept so far is taken. Null: keep.
    void take_for(CommandSource* source) {
        const std::lock_guard lock(mutex_);
        taker_ = source;
        if (taker_ != nullptr) {
            taker_->taken(std::exchange(untaken_, 0));
        }
    }
    [[nodiscard]] bool eventually(const std::function<bool()>& condition) {
        std::unique_lock lock(mutex_);
        return wait_until(
            bell_, lock,
            [&] {
                lock.unlock();
                const bool come = condition();
                lock.lock();
                return come;
            },
            std::chrono::seconds(20));
    }
    [[nodiscard]] bool hear(std::size_t records) {
        return eventually([&] { return this->records().size() >= records; });
    }
    [[nodiscard]] bool all_replayed() {
        return eventually([this] {
            const std::lock_guard lock(mutex_);
            return !assigned_.empty() && replayed_.size() == assigned_.size();
        });
    }

    [[nodiscard]] std::vector<CommandRecord> records() {
        const std::lock_guard lock(mutex_);
        return records_;
    }
    [[nodiscard]] std::vector<std::int32_t> assigned() {
        const std::lock_guard lock(mutex_);
        return assigned_;
    }
    [[nodiscard]] std::set<std::int32_t> replayed() {
        const std::lock_guard lock(mutex_);
        return replayed_;
    }
    [[nodiscard]] std::size_t records_at_replay() {
        const std::lock_guard lock(mutex_);
        return records_at_replay_;
    }
    [[nodiscard]] std::size_t assignments() {
        const std::lock_guard lock(mutex_);
        return assignments_;
    }
    [[nodiscard]] std::size_t largest_batch() {
        const std::lock_guard lock(mutex_);
        return largest_batch_;
    }
    [[nodiscard]] std::size_t untaken() {
        const std::lock_guard lock(mutex_);
        return untaken_;
    }
    [[nodiscard]] bool told_twice() {
        const std::lock_guard lock(mutex_);
        return twice_;
    }

private:
    std::mutex mutex_;
    std::condition_variable bell_;
    CommandSource* taker_ = nullptr;
    std::vector<CommandRecord> records_;
    std::vector<std::int32_t> assigned_;
    std::set<std::int32_t> replayed_;
    std::size_t records_at_replay_ = 0;
    std::size_t assignments_ = 0;
    std::size_t untaken_ = 0;
    std::size_t largest_batch_ = 0;
    bool twice_ = false;
};

}  // namespace bus
