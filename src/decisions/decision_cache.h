// DecisionCache: decisions that hold for a while. When it is full, the one that was kept first makes room.
#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/time.h"
#include "model/decision.h"

namespace decisions {

class DecisionCache {
public:
    explicit DecisionCache(std::size_t entries_max) : entries_max_(entries_max) {}

    [[nodiscard]] const model::Decision* find(std::string_view key, base::MonoTime now) {
        const auto found = places_.find(key);
        if (found == places_.end()) {
            return nullptr;
        }
        if (found->second->until <= now) {
            forget(found->second);
            return nullptr;
        }
        return &found->second->decision;
    }

    // Replaces what was kept under that key.
    void keep(std::string key, model::Decision decision, base::MonoTime until) {
        if (const auto found = places_.find(key); found != places_.end()) {
            forget(found->second);
        }
        if (entries_.size() >= entries_max_) {
            forget(entries_.begin());
        }
        entries_.push_back({std::move(key), std::move(decision), until});
        places_.emplace(entries_.back().key, std::prev(entries_.end()));
    }

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::string key;
        model::Decision decision;
        base::MonoTime until;
    };
    using Entries = std::list<Entry>;

    void forget(Entries::iterator entry) {
        places_.erase(entry->key);
        entries_.erase(entry);
    }

    const std::size_t entries_max_;
    Entries entries_;  // the oldest first
    std::unordered_map<std::string_view, Entries::iterator> places_;
};

}  // namespace decisions
