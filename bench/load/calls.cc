#include "calls.h"

#include <fmt/format.h>

#include "failure.h"

namespace load {

Call Calls::begin(std::uint32_t link, Kind kind, Clock::time_point due) {
    auto& unanswered = of_link_[link];
    if (unanswered.size() == kPerLinkMax) {
        fail(fmt::format("{} messages of one charge point are unanswered: the server does not keep up", kPerLinkMax));
    }
    return unanswered.emplace_back(Call{.serial = next_++, .kind = kind, .due = due});
}

Call Calls::end(std::uint32_t link, std::string_view message) {
    auto& unanswered = of_link_[link];
    if (unanswered.empty()) {
        fail(fmt::format("an answer to nothing: {}", message));
    }
    const Call call = unanswered.front();
    unanswered.pop_front();
    const Verdict verdict = judge(message, call.serial);
    matched_ += verdict == Verdict::matched ? 1 : 0;
    refused_ += verdict == Verdict::refused ? 1 : 0;
    ++answered_;
    if (verdict != Verdict::matched && !any_answer_) {
        fail(fmt::format("message {:08x} ({}) was answered with {}", call.serial, name(call.kind), message));
    }
    return call;
}

void Calls::settle(base::JsonWriter& out) const {
    if (unanswered() != 0) {
        fail(fmt::format("{} of {} messages were not answered", unanswered(), begun()));
    }
    if (refused_ != 0) {
        fail(fmt::format("{} of {} messages were refused", refused_, begun()));
    }
    out.member("sent", begun()).member("answered", answered()).member("matched", matched_);
}

}  // namespace load
