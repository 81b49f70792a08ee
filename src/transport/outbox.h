// What the kernel did not take yet of one connection's output. It exists only while there is something in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "transport/endpoint.h"

namespace transport {

class Outbox {
public:
    // `tag` 0: nobody wants to know when the first of these bytes is taken.
    void append(std::string_view bytes, SendTag tag = 0) {
        if (tag != 0) {
            tagged_.push_back({.at = unsent().size(), .size = bytes.size(), .tag = tag, .begun = false});
        }
        bytes_.append(bytes);
    }
    [[nodiscard]] std::string_view unsent() const { return std::string_view(bytes_).substr(sent_); }

    // Memory of what was sent is given back once it is the larger part: a peer that reads slowly but steadily would
    // otherwise keep all that it was ever sent.
    void sent(std::size_t count) {
        for (Tagged& frame : tagged_) {
            frame.begun = frame.begun || frame.at < count;
            frame.at -= frame.begun ? 0 : count;
        }
        sent_ += count;
        if (sent_ > bytes_.size() / 2) {
            bytes_.erase(0, sent_);
            sent_ = 0;
        }
    }

    // The next tagged frame whose first byte was taken, each once.
    std::optional<SendTag> take_begun() {
        if (tagged_.empty() || !tagged_.front().begun) {
            return std::nullopt;
        }
        const SendTag tag = tagged_.front().tag;
        tagged_.erase(tagged_.begin());
        return tag;
    }

    // Tagged frames of which no byte was taken will never be sent.
    void withdraw_tagged() {
        for (; !tagged_.empty(); tagged_.pop_back()) {
            if (const Tagged& frame = tagged_.back(); !frame.begun) {
                bytes_.erase(sent_ + frame.at, frame.size);
            }
        }
    }

    base::MonoTime write_deadline;  // moved on with every byte that the kernel takes

private:
    struct Tagged {
        std::size_t at;  // of its first byte in what is unsent
        std::size_t size;
        SendTag tag;
        bool begun;
    };

    std::string bytes_;
    std::size_t sent_ = 0;
    std::vector<Tagged> tagged_;  // in the order of their bytes
};

}  // namespace transport
