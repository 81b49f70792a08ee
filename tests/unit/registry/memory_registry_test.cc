#include "registry/memory_registry.h"

#include <gtest/gtest.h>

#include <deque>

namespace registry {
namespace {

const model::ChargePointId kChargePoint("CP-1");

class MemoryRegistryTest : public testing::Test {
protected:
    // Runs what was posted, as a loop would.
    void turn() {
        while (!posted.empty()) {
            const auto work = std::move(posted.front());
            posted.pop_front();
            work();
        }
    }
    Grant claim(std::uint64_t proposed) {
        Grant answer{};
        bool answered = false;
        registry.claim(kChargePoint, model::Epoch{proposed}, [&](Grant grant) {
            answer = grant;
            answered = true;
        });
        EXPECT_FALSE(answered) << "an answer never comes from within the question";
        turn();
        EXPECT_TRUE(answered);
        return answer;
    }

    std::deque<std::function<void()>> posted;
    MemoryRegistry registry{[this](std::function<void()> work) { posted.push_back(std::move(work)); }};
};

TEST_F(MemoryRegistryTest, GrantsTheProposedEpochToTheFirstClaim) {
    const Grant grant = claim(100);
    EXPECT_EQ(grant.epoch, model::Epoch{100});
    EXPECT_FALSE(grant.previous);
}

TEST_F(MemoryRegistryTest, LetsANewClaimTakeOverAndNamesThePreviousEpoch) {
    claim(100);
    const Grant grant = claim(200);
    EXPECT_EQ(grant.epoch, model::Epoch{200});
    EXPECT_EQ(grant.previous, model::Epoch{100});
}

TEST_F(MemoryRegistryTest, GrantsARisingEpochEvenWhenTheClockWasSetBack) {
    claim(100);
    EXPECT_EQ(claim(50).epoch, model::Epoch{101});
}

TEST_F(MemoryRegistryTest, IgnoresTheReleaseOfAnOlderEpoch) {
    claim(100);
    claim(200);
    registry.release(kChargePoint, model::Epoch{100});
    EXPECT_EQ(claim(300).previous, model::Epoch{200});
}

TEST_F(MemoryRegistryTest, ForgetsAChargePointThatWasReleased) {
    claim(100);
    registry.release(kChargePoint, model::Epoch{100});
    EXPECT_FALSE(claim(200).previous);
}

}  // namespace
}  // namespace registry
