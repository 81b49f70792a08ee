#include "commands/offset_holds.h"

#include <algorithm>

#include "base/check.h"

namespace commands {

void OffsetHolds::hold(std::int64_t offset) {
    CHECK(slots_.empty() || slots_.back().offset < offset, "offsets are held in ascending order");
    slots_.push_back({offset, true});
}

void OffsetHolds::release(std::int64_t offset) {
    const auto slot = std::lower_bound(slots_.begin(), slots_.end(), offset,
                                       [](const Slot& each, std::int64_t wanted) { return each.offset < wanted; });
    CHECK(slot != slots_.end() && slot->offset == offset && slot->held, "an offset is released once, after it was held");
    slot->held = false;
    ++released_;
    drop_released();
}

void OffsetHolds::drop_released() {
    while (!slots_.empty() && !slots_.front().held) {
        slots_.pop_front();
        --released_;
    }
    // A command that is parked for a day must not keep the slots of all that came and went behind it.
    if (released_ > slots_.size() / 2) {
        std::erase_if(slots_, [](const Slot& slot) { return !slot.held; });
        slots_.shrink_to_fit();
        released_ = 0;
    }
}

}  // namespace commands
