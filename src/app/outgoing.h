// Outgoing: the events of one shard on their way into the log, as a plain object: no clock, no Kafka.
//
// An event that is offered gets a place as long as `bytes_max` allows, and keeps it until its delivery is known: an answer
// given for it can be relied on, and a producer that must be made anew gets every undelivered event again, in order. Without
// a place it waits (first in, first out, bounded by `waiting_bytes_max`): whoever offered it gives no answer and reads no
// further until told `placed`. When there is no room to wait either, it is refused: nothing was promised for it.
//
// Order holds within a partition, so within a charge point. The withheld answer is the Session's and dies with it; the
// event does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/time.h"
#include "bus/event_sink.h"
#include "model/event_record.h"
#include "ocpp/session.h"
#include "transport/endpoint.h"

namespace app {

struct OutgoingConfig {
    std::size_t bytes_max = 268'435'456;
    std::size_t waiting_bytes_max = 67'108'864;
};

// Who wants to hear of an event; ticket 0 is nobody.
struct Waiter {
    transport::ConnectionKey connection{};
    ocpp::Ticket ticket = 0;
};

struct Tell {
    Waiter waiter;
    ocpp::Outcome outcome;
};
using Tells = std::vector<Tell>;

class Outgoing {
public:
    Outgoing(const OutgoingConfig& config, std::size_t partitions) : config_(config), lanes_(partitions) {}

    enum class Offered { placed, waiting, refused };
    // `placed` is told by the result alone, to whoever waited by Tells of a later call.
    Offered offer(model::EventRecord event, std::int32_t partition, Waiter waiter, base::MonoTime now);

    // The next event to hand to the producer, if any, and its cookie. Stays the same until handed_over().
    struct Next {
        const model::EventRecord* event;
        std::int32_t partition;
        std::uint64_t cookie;
    };
    [[nodiscard]] std::optional<Next> next();
    void handed_over(std::uint64_t cookie);

    // Appends who is to be told what: the waiter of this event, and those who now have a place. The record that was delivered
    // is returned once, for its type; empty for a cookie that is not (or no longer) known.
    std::optional<model::EventRecord> on_delivery(std::uint64_t cookie, bus::DeliveryOutcome outcome, Tells& tells);
    [[nodiscard]] static std::int32_t partition_of(std::uint64_t cookie);
    // A new producer knows nothing: everything undelivered is next again.
    void on_reset();

    // When the oldest undelivered event of this partition was offered.
    [[nodiscard]] std::optional<base::MonoTime> oldest(std::int32_t partition) const;
    // When the first of those without a place was offered: while it is old, no partition of this shard moves on.
    [[nodiscard]] std::optional<base::MonoTime> oldest_waiting() const;
    [[nodiscard]] std::size_t partitions() const { return lanes_.size(); }
    [[nodiscard]] std::size_t events() const { return events_ + waiting_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_ + waiting_bytes_; }

private:
    struct Slot {
        model::EventRecord event;
        Waiter waiter;
        base::MonoTime offered_at;
        bool delivered = false;
    };
    // One partition: undelivered slots in order. `first` is the number of the front slot; numbers wrap.
    struct Lane {
        std::deque<Slot> slots;
        std::uint32_t first = 0;
        std::size_t handed_over = 0;  // slots at the front that the producer has
    };
    struct Waiting {
        model::EventRecord event;
        std::int32_t partition;
        Waiter waiter;
        base::MonoTime offered_at;
    };

    [[nodiscard]] bool fits(std::size_t bytes) const;
    void place(model::EventRecord event, std::int32_t partition, Waiter waiter, base::MonoTime offered_at);
    void place_waiting(Tells& tells);

    OutgoingConfig config_;
    std::vector<Lane> lanes_;
    std::deque<std::int32_t> to_produce_;  // a partition for each event not handed over yet, in order of arrival
    std::deque<Waiting> waiting_;
    std::size_t events_ = 0;
    std::size_t bytes_ = 0;
    std::size_t waiting_bytes_ = 0;
};

}  // namespace app
