#include "app/outgoing.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace app {
namespace {

// A cookie is the partition above the low 32 bits of the slot's number in it: only undelivered slots have one, so it is
// unique while it matters, although the numbers wrap in time.
constexpr unsigned kPartitionShift = 32;

std::uint64_t cookie_of(std::int32_t partition, std::uint32_t number) {
    return (static_cast<std::uint64_t>(partition) << kPartitionShift) | number;
}

}  // namespace

Outgoing::Offered Outgoing::offer(model::EventRecord event, std::int32_t partition, Waiter waiter, base::MonoTime now) {
    const std::size_t bytes = event.bytes();
    // Whoever came first goes first: with others waiting, even a small event may not overtake.
    if (waiting_.empty() && fits(bytes)) {
        place(std::move(event), partition, waiter, now);
        return Offered::placed;
    }
    if (waiting_bytes_ + bytes > config_.waiting_bytes_max) {
        return Offered::refused;
    }
    waiting_bytes_ += bytes;
    waiting_.push_back(Waiting{std::move(event), partition, waiter, now});
    return Offered::waiting;
}

// One event larger than the limit has its place when it is alone: it must not wait for ever.
bool Outgoing::fits(std::size_t bytes) const { return bytes_ + bytes <= config_.bytes_max || events_ == 0; }

void Outgoing::place(model::EventRecord event, std::int32_t partition, Waiter waiter, base::MonoTime offered_at) {
    bytes_ += event.bytes();
    ++events_;
    lanes_.at(static_cast<std::size_t>(partition)).slots.push_back(Slot{std::move(event), waiter, offered_at});
    to_produce_.push_back(partition);
}

std::int32_t Outgoing::partition_of(std::uint64_t cookie) { return static_cast<std::int32_t>(cookie >> kPartitionShift); }

std::optional<Outgoing::Next> Outgoing::next() {
    if (to_produce_.empty()) {
        return std::nullopt;
    }
    const std::int32_t partition = to_produce_.front();
    Lane& lane = lanes_[static_cast<std::size_t>(partition)];
    while (lane.slots[lane.handed_over].delivered) {
        ++lane.handed_over;  // delivered before a reset, behind one that was not
    }
    return Next{&lane.slots[lane.handed_over].event, partition,
                cookie_of(partition, lane.first + static_cast<std::uint32_t>(lane.handed_over))};
}

void Outgoing::handed_over(std::uint64_t cookie) {
    const std::int32_t partition = partition_of(cookie);
    CHECK(!to_produce_.empty() && to_produce_.front() == partition, "only what next() gave is handed over");
    to_produce_.pop_front();
    ++lanes_[static_cast<std::size_t>(partition)].handed_over;
}

std::optional<model::EventRecord> Outgoing::on_delivery(std::uint64_t cookie, bus::DeliveryOutcome outcome, Tells& tells) {
    const auto partition = static_cast<std::size_t>(partition_of(cookie));
    if (partition >= lanes_.size()) {
        return std::nullopt;
    }
    Lane& lane = lanes_[partition];
    const std::uint32_t place = static_cast<std::uint32_t>(cookie) - lane.first;
    if (place >= lane.handed_over || lane.slots[place].delivered) {
        return std::nullopt;
    }
    Slot& slot = lane.slots[place];
    slot.delivered = true;
    bytes_ -= slot.event.bytes();
    --events_;
    if (slot.waiter.ticket != 0) {
        tells.push_back({slot.waiter, outcome == bus::DeliveryOutcome::logged ? ocpp::Outcome::logged : ocpp::Outcome::failed});
    }
    model::EventRecord record = std::move(slot.event);
    while (!lane.slots.empty() && lane.slots.front().delivered) {
        lane.slots.pop_front();
        ++lane.first;
        lane.handed_over -= lane.handed_over > 0 ? 1 : 0;
    }
    place_waiting(tells);
    return record;
}

void Outgoing::place_waiting(Tells& tells) {
    while (!waiting_.empty() && fits(waiting_.front().event.bytes())) {
        Waiting waiting = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= waiting.event.bytes();
        place(std::move(waiting.event), waiting.partition, waiting.waiter, waiting.offered_at);
        if (waiting.waiter.ticket != 0) {
            tells.push_back({waiting.waiter, ocpp::Outcome::placed});
        }
    }
}

void Outgoing::on_reset() {
    to_produce_.clear();
    for (std::size_t partition = 0; partition < lanes_.size(); ++partition) {
        Lane& lane = lanes_[partition];
        lane.handed_over = 0;
        const auto undelivered = std::ranges::count_if(lane.slots, [](const Slot& slot) { return !slot.delivered; });
        to_produce_.insert(to_produce_.end(), static_cast<std::size_t>(undelivered), static_cast<std::int32_t>(partition));
    }
}

std::optional<base::MonoTime> Outgoing::oldest(std::int32_t partition) const {
    const Lane& lane = lanes_[static_cast<std::size_t>(partition)];
    return lane.slots.empty() ? std::nullopt : std::optional(lane.slots.front().offered_at);
}

std::optional<base::MonoTime> Outgoing::oldest_waiting() const {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.front().offered_at);
}

}  // namespace app
