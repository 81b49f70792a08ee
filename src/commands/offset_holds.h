// The low-water mark of one partition: how far its offset may be committed. Each record that is not done with holds it
// back. Offsets come in ascending order and are let go in any; 8 bytes for each that is held, however far apart they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace commands {

class OffsetHolds {
public:
    // The partition was read up to and including this record.
    void seen(std::int64_t offset) { next_ = offset + 1; }
    // `offset` is the record seen last; it is released as often as it is held.
    void hold(std::int64_t offset);
    void release(std::int64_t offset);

    // The first offset that is not read yet.
    [[nodiscard]] std::int64_t next() const { return next_; }
    // Where a later reader must begin: the first held offset, else next().
    [[nodiscard]] std::int64_t low_water() const { return slots_.empty() ? next_ : slots_.front().offset; }
    // Whether one behind `first`, up to and including `last`, is held.
    [[nodiscard]] bool any_held(std::int64_t first, std::int64_t last) const;

private:
    struct Slot {
        std::int64_t offset : 56;
        std::uint64_t holders : 8;  // a command, and a refusal of the same record
    };
    void drop_released();

    std::deque<Slot> slots_;  // ascending; the front one is held
    std::size_t released_ = 0;
    std::int64_t next_ = 0;
};

}  // namespace commands
