#include "base/circuit_breaker.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;

class CircuitBreakerTest : public testing::Test {
protected:
    void fails(int times) {
        for (int i = 0; i < times; ++i) {
            circuit.failed(circuit.begin(now).value(), now);
        }
    }

    CircuitBreaker circuit{{.failures_to_open = 3, .open_time = 1s, .open_time_max = 3s}};
    MonoTime now{100s};
};

TEST_F(CircuitBreakerTest, OpensAfterFailuresInARow) {
    fails(2);
    circuit.succeeded(circuit.begin(now).value());
    fails(2);
    EXPECT_EQ(circuit.state(), State::closed);
    fails(1);
    EXPECT_EQ(circuit.state(), State::open);
    EXPECT_FALSE(circuit.begin(now));
    EXPECT_FALSE(circuit.begin(now + 999ms));
}

TEST_F(CircuitBreakerTest, LetsOneTryWhenItsTimeIsOver) {
    fails(3);
    now += 1s;
    const auto attempt = circuit.begin(now);
    ASSERT_TRUE(attempt);
    EXPECT_EQ(circuit.state(), State::half_open);
    EXPECT_FALSE(circuit.begin(now)) << "one at a time";
    circuit.succeeded(*attempt);
    EXPECT_EQ(circuit.state(), State::closed);
    EXPECT_TRUE(circuit.begin(now));
}

TEST_F(CircuitBreakerTest, StaysOpenTwiceAsLongAfterEachTryThatFailsUpToItsMaximum) {
    fails(3);
    for (const auto open_time : {1s, 2s, 3s, 3s}) {
        EXPECT_FALSE(circuit.begin(now + open_time - 1ms));
        now += open_time;
        fails(1);
        EXPECT_EQ(circuit.state(), State::open);
    }
    now += 3s;
    circuit.succeeded(circuit.begin(now).value());
    fails(3);
    EXPECT_TRUE(circuit.begin(now + 1s)) << "once closed, it begins with the first time again";
}

TEST_F(CircuitBreakerTest, AnswersFromBeforeAChangeSayNothing) {
    const auto slow = circuit.begin(now).value();
    fails(3);
    circuit.succeeded(slow);
    EXPECT_EQ(circuit.state(), State::open);
    now += 1s;
    const auto attempt = circuit.begin(now).value();
    circuit.failed(slow, now);
    EXPECT_EQ(circuit.state(), State::half_open);
    circuit.succeeded(attempt);
    circuit.failed(slow, now);
    circuit.failed(slow, now);
    circuit.failed(slow, now);
    EXPECT_EQ(circuit.state(), State::closed);
}

}  // namespace
}  // namespace base
