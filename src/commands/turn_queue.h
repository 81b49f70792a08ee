// The commands that wait for their turn at one charge point, the most urgent first, equals in the order of arrival. The
// entries are the list themselves, because most charge points have one or none.
#pragma once

namespace commands {

struct Entry;

class TurnQueue {
public:
    // A step for each less urgent one that waits, unless it is the most urgent itself.
    void insert(Entry& entry);
    void erase(Entry& entry);
    // The next one, and from there on Entry::behind; nullptr: nobody waits.
    [[nodiscard]] Entry* first() const { return first_; }

private:
    Entry* first_ = nullptr;
    Entry* last_ = nullptr;
};

}  // namespace commands
