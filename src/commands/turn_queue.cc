#include "commands/turn_queue.h"

#include "commands/entry.h"

namespace commands {
namespace {

bool is_more_urgent(const Entry& left, const Entry& right) {
    return left.priority != right.priority ? left.priority > right.priority : left.ticket < right.ticket;
}

}  // namespace

void TurnQueue::insert(Entry& entry) {
    Entry* before = last_;
    if (first_ != nullptr && is_more_urgent(entry, *first_)) {
        before = nullptr;
    }
    while (before != nullptr && is_more_urgent(entry, *before)) {
        before = before->before;
    }
    entry.before = before;
    entry.behind = before == nullptr ? first_ : before->behind;
    (entry.before == nullptr ? first_ : entry.before->behind) = &entry;
    (entry.behind == nullptr ? last_ : entry.behind->before) = &entry;
}

void TurnQueue::erase(Entry& entry) {
    (entry.before == nullptr ? first_ : entry.before->behind) = entry.behind;
    (entry.behind == nullptr ? last_ : entry.behind->before) = entry.before;
    entry.before = entry.behind = nullptr;
}

}  // namespace commands
