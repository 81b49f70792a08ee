#include "support/simulator/charge_point_harness.h"

#include <algorithm>

namespace simulator {

void ChargePointHarness::wait(std::chrono::nanoseconds at_most) {
    const base::MonoTime end = now_.mono + at_most;
    while (output_.frame.empty() && output_.wish == Wish::nothing) {
        const base::MonoTime wake = std::max(charge_point_.next_wake(), now_.mono);
        if (wake > end) {
            pass(end - now_.mono);
            return;
        }
        pass(wake - now_.mono);
        charge_point_.on_time(now_, output_);
    }
}

void ChargePointHarness::connects() {
    wait();
    ASSERT_EQ(take_wish(), Wish::connect);
    charge_point_.on_open(now_, output_);
}

SentCall ChargePointHarness::call(std::string_view action) {
    wait();
    const std::string frame = take_frame();
    const Received received = read_frame(frame);
    EXPECT_EQ(received.kind, Received::Kind::call) << frame;
    EXPECT_EQ(received.action, action) << frame;
    return {std::string(received.id), std::string(received.action), std::string(received.payload)};
}

void ChargePointHarness::receive(const std::string& frame) { charge_point_.on_frame(frame, now_, output_); }

void ChargePointHarness::accept(const SentCall& call) {
    if (call.action == "BootNotification") {
        answer(call, R"({"status":"Accepted","currentTime":"2026-11-20T10:00:00Z","interval":300})");
    } else if (call.action == "Authorize" || call.action == "StopTransaction") {
        answer(call, R"({"idTagInfo":{"status":"Accepted"}})");
    } else if (call.action == "StartTransaction") {
        answer(call, R"({"idTagInfo":{"status":"Accepted"},"transactionId":)" + std::string(kTransactionId) + "}");
    } else {
        answer(call, "{}");
    }
}

void ChargePointHarness::accept_calls(std::initializer_list<std::string_view> actions) {
    for (const std::string_view action : actions) {
        accept(call(action));
    }
}

void ChargePointHarness::boot() {
    connects();
    accept_calls({"BootNotification", "StatusNotification", "StatusNotification"});
}

void ChargePointHarness::start_transaction() { accept_calls({"StatusNotification", "Authorize", "StartTransaction"}); }

}  // namespace simulator
