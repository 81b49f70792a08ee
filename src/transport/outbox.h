// What the kernel did not take yet of one connection's output. It exists only while there is something in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.h"

namespace transport {

class Outbox {
public:
    void append(std::string_view bytes) { bytes_.append(bytes); }
    [[nodiscard]] std::string_view unsent() const { return std::string_view(bytes_).substr(sent_); }

    // Memory of what was sent is given back once it is the larger part: a peer that reads slowly but steadily would
    // otherwise keep all that it was ever sent.
    void sent(std::size_t count) {
        sent_ += count;
        if (sent_ > bytes_.size() / 2) {
            bytes_.erase(0, sent_);
            sent_ = 0;
        }
    }

    base::MonoTime write_deadline;  // moved on with every byte that the kernel takes

private:
    std::string bytes_;
    std::size_t sent_ = 0;
};

}  // namespace transport
