// A ChargePoint on a manual clock, with a central system at the other end that the test plays.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/charge_point.h"

namespace simulator {

struct SentCall {
    std::string id;  // with its quotes
    std::string action;
    std::string payload;
};

class ChargePointHarness {
public:
    explicit ChargePointHarness(const Behaviour& behaviour, const Journals& journals = {})
        : behaviour_(behaviour), charge_point_(behaviour_, statistics_, journals, 7, 42) {
        charge_point_.start(now_.mono);
    }

    // Lets time pass until the charge point has sent a CALL or has a wish, or for `at_most`.
    void wait(std::chrono::nanoseconds at_most = std::chrono::hours(1));
    void pass(std::chrono::nanoseconds time) {
        now_ = {now_.mono + time, now_.wall + std::chrono::duration_cast<std::chrono::microseconds>(time)};
    }

    // Waits for the wish to connect and fulfils it.
    void connects();
    void refuse(std::optional<std::chrono::seconds> retry_after = {}) { charge_point_.on_refused(now_, retry_after); }
    void lose_connection() { charge_point_.on_closed(now_); }

    // Waits for the next CALL, which is to be this one, and takes it.
    SentCall call(std::string_view action);
    void receive(const std::string& frame);
    void answer(const SentCall& call, const std::string& payload) { receive("[3," + call.id + "," + payload + "]"); }
    // The usual answer to a CALL.
    void accept(const SentCall& call);
    // Waits for each of these and answers it as usual.
    void accept_calls(std::initializer_list<std::string_view> actions);
    // Connected, accepted, told both statuses.
    void boot();
    // Up to the answer of StartTransaction.
    void start_transaction();

    [[nodiscard]] std::string take_frame() { return std::exchange(output_.frame, {}); }
    [[nodiscard]] Wish take_wish() { return std::exchange(output_.wish, Wish::nothing); }
    [[nodiscard]] base::MonoTime now() const { return now_.mono; }

    ChargePoint& charge_point() { return charge_point_; }
    Statistics& statistics() { return statistics_; }

    static constexpr std::string_view kTransactionId = "1804289383";

private:
    Behaviour behaviour_;
    Statistics statistics_;
    base::Now now_{base::MonoTime(std::chrono::hours(1)), base::WallTime(std::chrono::seconds(1'795'168'800))};
    Output output_;
    ChargePoint charge_point_;
};

}  // namespace simulator
