#include "commands/offset_holds.h"

#include <algorithm>

#include "base/check.h"

namespace commands {

void OffsetHolds::hold(std::int64_t offset) {
    if (!slots_.empty() && slots_.back().offset == offset) {
        released_ -= slots_.back().holders++ == 0 ? 1 : 0;
        return;
    }
    CHECK(slots_.empty() || slots_.back().offset < offset, "offsets are held in ascending order");
    slots_.push_back({offset, 1});
}

void OffsetHolds::release(std::int64_t offset) {
    const auto slot = std::lower_bound(slots_.begin(), slots_.end(), offset,
                                       [](const Slot& each, std::int64_t wanted) { return each.offset < wanted; });
    CHECK(slot != slots_.end() && slot->offset == offset && slot->holders > 0, "what is released is held");
    if (--slot->holders == 0) {
        ++released_;
        drop_released();
    }
}

bool OffsetHolds::any_held(std::int64_t first, std::int64_t last) const {
    auto slot = std::upper_bound(slots_.begin(), slots_.end(), first,
                                 [](std::int64_t wanted, const Slot& each) { return wanted < each.offset; });
    while (slot != slots_.end() && slot->offset <= last && slot->holders == 0) {
        ++slot;
    }
    return slot != slots_.end() && slot->offset <= last;
}

void OffsetHolds::drop_released() {
    while (!slots_.empty() && slots_.front().holders == 0) {
        slots_.pop_front();
        --released_;
    }
    // A command that is parked for a day must not keep the slots of all that came and went behind it.
    if (released_ > slots_.size() / 2) {
        std::erase_if(slots_, [](const Slot& slot) { return slot.holders == 0; });
        slots_.shrink_to_fit();
        released_ = 0;
    }
}

}  // namespace commands
