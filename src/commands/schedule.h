// The commands that want to be woken, the soonest first: a binary heap in which each entry knows its place.
#pragma once

#include <cstddef>
#include <vector>

#include "base/time.h"

namespace commands {

struct Entry;

class Schedule {
public:
    // Instead of what was set for this entry before; kNever: it wants to be woken no more.
    void set(Entry& entry, base::MonoTime at);
    // nullptr: nobody waits.
    [[nodiscard]] Entry* first() const { return heap_.empty() ? nullptr : heap_.front(); }

private:
    void put(std::size_t slot, Entry* entry);
    void rise(std::size_t slot);
    void sink(std::size_t slot);

    std::vector<Entry*> heap_;
};

}  // namespace commands
