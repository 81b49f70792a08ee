// The unanswered messages of every charge point, in order, and what became of all that were sent: an answer belongs to the
// oldest message of its connection, because the gateway answers a charge point in the order of its calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "messages.h"
#include "stopwatch.h"

namespace load {

struct Call {
    Serial serial = 0;
    Kind kind = Kind::heartbeat;
    Clock::time_point due{};  // when it was to be sent
};

class Calls {
public:
    static constexpr std::size_t kPerLinkMax = 256;

    Calls(std::uint32_t links, bool any_answer) : of_link_(links), any_answer_(any_answer) {}

    Call begin(std::uint32_t link, Kind kind, Clock::time_point due);
    // The call that this message ends.
    Call end(std::uint32_t link, std::string_view message);

    [[nodiscard]] std::uint64_t begun() const { return next_; }
    [[nodiscard]] std::uint64_t answered() const { return answered_; }
    [[nodiscard]] std::uint64_t unanswered() const { return next_ - answered_; }

    // Fails the run where a message has no answer, or another one than its CALLRESULT; members `sent`, `matched`.
    void settle(base::JsonWriter& out) const;

private:
    std::vector<std::deque<Call>> of_link_;
    bool any_answer_;
    Serial next_ = 0;
    std::uint64_t answered_ = 0;
    std::uint64_t matched_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace load
