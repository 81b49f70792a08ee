// A command as the Ledger keeps it, and the charge point that it is for; private to the room. 100,000 parked commands, each
// for another charge point, cost 600 bytes each, of which 250 are the record: what only a few have lies in tables of State.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "commands/kept_text.h"
#include "commands/ledger.h"
#include "commands/repeat_table.h"
#include "commands/turn_queue.h"

namespace commands {

inline constexpr base::MonoTime kNever = base::MonoTime::max();
inline constexpr Place kNowhere{.shard = std::numeric_limits<std::uint32_t>::max(), .connection = 0};

enum class Stage : std::uint8_t {
    read,        // the replay goes on: markers may follow
    queued,      // waits for its turn, for the charge point, or both
    marking,     // its turn; its `sending` marker is on the way
    delivering,  // the session has it
    sent,        // its frame went out
    ending,      // its result is decided; the `ended` marker is on the way
    writing,     // the result is on the way into the log
    ended        // remembered, so that its id is recognised
};

struct ChargePoint;

struct Entry {
    Entry(KeptText record, ChargePoint& whose) : charge_point(&whose), text(std::move(record)) {}

    [[nodiscard]] std::string_view id() const { return text.id(); }

    ChargePoint* charge_point;
    Entry* before = nullptr;  // both set by TurnQueue
    Entry* behind = nullptr;
    KeptText text;                        // the record as received; once ended, the result
    std::unique_ptr<std::string> result;  // from the decision until it is in the log
    model::BodyDigest body{};             // tells whether a repeated id means the same
    base::MonoTime since{};               // when it was read; once ended, when it ended
    base::MonoTime expires{};
    base::MonoTime wake = kNever;  // set by Schedule
    std::int64_t offset = 0;       // of the first record that bears the id
    Ticket ticket = 0;             // also the order of arrival
    Ticket delivery = 0;
    std::uint32_t wake_slot = 0;  // set by Schedule
    std::int32_t partition = 0;
    std::uint32_t hop = 0;
    std::uint32_t attempt = 0;
    std::uint32_t marked_by = 0;  // whose `sending` marker is the first in the log: number of the incarnation
    std::chrono::duration<std::uint32_t> timeout{};
    model::Priority priority = model::Priority::normal;
    model::IfOffline if_offline = model::IfOffline::reject;
    Repeat repeat = Repeat::forbidden;
    Stage stage = Stage::read;
    model::CommandState state = model::CommandState::queued;  // the terminal one, once decided
    std::uint8_t writes_left = 0;
    bool admitted : 1 = false;         // counts against the limits
    bool marked : 1 = false;           // our `sending` marker is the first in the log
    bool marked_by_other : 1 = false;  // another incarnation's is
    bool ended_in_log : 1 = false;     // an `ended` marker was replayed
    bool cancel_asked : 1 = false;
    bool repeated : 1 = false;  // other records bear its id
    bool revoking : 1 = false;  // the marker that revokes our `sending` is on the way
};

// Its table's node: the pointers of table and allocator, and the hash.
inline constexpr std::size_t kEntryBytes = sizeof(Entry) + 24;
static_assert(kEntryBytes <= 176, "what a parked command costs is promised");

// Beside an entry that has not ended: its share of tables, schedule and held offsets, the allocator's of its text, and its
// charge point, for which it may be the only one. Beside one that has: the same without schedule and charge point.
inline constexpr std::size_t kBytesBesideEntry = 64 + 128;
inline constexpr std::size_t kBytesBesideEnded = 56;
[[nodiscard]] inline std::size_t bytes_of(const Entry& entry) {
    const std::size_t beside = entry.stage == Stage::ended ? kBytesBesideEnded : kBytesBesideEntry;
    return kEntryBytes + beside + entry.text.text().size();
}

struct ChargePoint {
    [[nodiscard]] bool connected() const { return place != kNowhere; }

    const model::ChargePointId* id = nullptr;
    Place place = kNowhere;
    base::MonoTime lost_at = base::MonoTime::min();
    Entry* current = nullptr;  // marking, delivering or sent
    TurnQueue queue;
    std::uint32_t admitted = 0;  // commands that have not ended
    std::uint32_t entries = 0;   // all that are known
};

}  // namespace commands
