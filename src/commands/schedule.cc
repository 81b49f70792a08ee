#include "commands/schedule.h"

#include <utility>

#include "commands/entry.h"

namespace commands {
namespace {

bool is_sooner(const Entry* left, const Entry* right) {
    return std::pair(left->wake, left->ticket) < std::pair(right->wake, right->ticket);
}

}  // namespace

void Schedule::set(Entry& entry, base::MonoTime at) {
    const bool was_here = entry.wake != kNever;
    entry.wake = at;
    if (was_here && at == kNever) {
        const std::size_t slot = entry.wake_slot;
        Entry* const last = heap_.back();
        heap_.pop_back();
        if (last == &entry) {
            return;
        }
        put(slot, last);
        rise(slot);
        sink(last->wake_slot);
    } else if (was_here) {
        rise(entry.wake_slot);
        sink(entry.wake_slot);
    } else if (at != kNever) {
        heap_.push_back(&entry);
        put(heap_.size() - 1, &entry);
        rise(heap_.size() - 1);
    }
}

void Schedule::put(std::size_t slot, Entry* entry) {
    heap_[slot] = entry;
    entry->wake_slot = static_cast<std::uint32_t>(slot);
}

void Schedule::rise(std::size_t slot) {
    Entry* const entry = heap_[slot];
    for (; slot > 0 && is_sooner(entry, heap_[(slot - 1) / 2]); slot = (slot - 1) / 2) {
        put(slot, heap_[(slot - 1) / 2]);
    }
    put(slot, entry);
}

void Schedule::sink(std::size_t slot) {
    Entry* const entry = heap_[slot];
    while (2 * slot + 1 < heap_.size()) {
        std::size_t child = 2 * slot + 1;
        if (child + 1 < heap_.size() && is_sooner(heap_[child + 1], heap_[child])) {
            ++child;
        }
        if (!is_sooner(heap_[child], entry)) {
            break;
        }
        put(slot, heap_[child]);
        slot = child;
    }
    put(slot, entry);
}

}  // namespace commands
