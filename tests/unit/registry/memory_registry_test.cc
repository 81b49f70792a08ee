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

TEST_F(MemoryRegistryTest, RemembersTheProfileOfAChargePointBeyondItsConnection) {
    claim(100);
    registry.remember_profile(kChargePoint, base::SharedText("acme"));
    registry.release(kChargePoint, model::Epoch{100});
    EXPECT_EQ(claim(200).profile.view(), "acme");
    registry.remember_profile(kChargePoint, base::SharedText("bolt"));
    EXPECT_EQ(claim(300).profile.view(), "bolt");
    registry.remember_profile(kChargePoint, {});
    EXPECT_TRUE(claim(400).profile.empty());
}

TEST_F(MemoryRegistryTest, RemembersNoMoreProfilesThanAllowed) {
    MemoryRegistry small([this](std::function<void()> work) { posted.push_back(std::move(work)); }, {.profiles_max = 2});
    std::size_t remembered = 0;
    for (const auto* id : {"CP-1", "CP-2", "CP-3"}) {
        small.remember_profile(model::ChargePointId(id), base::SharedText("acme"));
    }
    for (const auto* id : {"CP-1", "CP-2", "CP-3"}) {
        small.claim(model::ChargePointId(id), model::Epoch{1}, [&](const Grant& grant) {
            remembered += grant.profile.empty() ? 0 : 1;
            EXPECT_TRUE(id != std::string_view("CP-3") || !grant.profile.empty()) << "the newest is kept";
        });
    }
    turn();
    EXPECT_EQ(remembered, 2U);
}

}  // namespace
}  // namespace registry
