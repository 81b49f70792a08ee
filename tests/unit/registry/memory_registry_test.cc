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

TEST_F(MemoryRegistryTest, RemembersAChargePointBeyondItsConnection) {
    EXPECT_FALSE(claim(100).remembered) << "it was never here";
    registry.release(kChargePoint, model::Epoch{100});
    ASSERT_TRUE(claim(200).remembered);
    registry.remember(kChargePoint, model::Epoch{100}, {.profile = base::SharedText("of an older connection")});
    registry.remember(kChargePoint, model::Epoch{200},
                      {.profile = base::SharedText("acme"), .admission = model::AdmissionStatus::pending});
    registry.release(kChargePoint, model::Epoch{200});
    const Grant grant = claim(300);
    EXPECT_FALSE(grant.previous);
    EXPECT_EQ(grant.remembered->profile.view(), "acme");
    EXPECT_EQ(grant.remembered->admission, model::AdmissionStatus::pending);
}

TEST_F(MemoryRegistryTest, ForgetsMoreThanOneWhereTooManyAreRemembered) {
    constexpr std::size_t kConnected = 200;
    MemoryRegistry small([this](std::function<void()> work) { posted.push_back(std::move(work)); }, {.remembered_max = 2});
    const auto claim_one = [&](const std::string& id) {
        std::optional<Grant> granted;
        small.claim(model::ChargePointId(id), model::Epoch{1}, [&](const Grant& grant) { granted = grant; });
        turn();
        return *granted;
    };
    std::vector<model::Epoch> epochs;
    for (std::size_t i = 0; i < kConnected; ++i) {
        epochs.push_back(claim_one("CP-" + std::to_string(i)).epoch);
    }
    for (std::size_t i = 0; i < kConnected; ++i) {
        small.release(model::ChargePointId("CP-" + std::to_string(i)), epochs[i]);
    }
    for (int i = 0; i < 10; ++i) {
        claim_one("new-" + std::to_string(i));
    }
    std::size_t remembered = 0;
    for (std::size_t i = 0; i < kConnected; ++i) {
        remembered += claim_one("CP-" + std::to_string(i)).remembered ? 1 : 0;
    }
    EXPECT_EQ(remembered, 0U);
}

TEST_F(MemoryRegistryTest, RemembersNoMoreChargePointsThanAllowedAndAllThatAreConnected) {
    MemoryRegistry small([this](std::function<void()> work) { posted.push_back(std::move(work)); }, {.remembered_max = 2});
    const auto claim_one = [&](const char* id) {
        std::optional<Grant> granted;
        small.claim(model::ChargePointId(id), model::Epoch{1}, [&](const Grant& grant) { granted = grant; });
        turn();
        return *granted;
    };
    const model::Epoch first = claim_one("CP-1").epoch;
    claim_one("CP-2");
    claim_one("CP-3");
    EXPECT_TRUE(claim_one("CP-1").previous) << "it is connected";
    small.release(model::ChargePointId("CP-1"), first);
    EXPECT_TRUE(claim_one("CP-1").previous) << "that was of an older connection";
    small.release(model::ChargePointId("CP-1"), claim_one("CP-1").epoch);
    claim_one("CP-4");
    EXPECT_FALSE(claim_one("CP-1").remembered) << "it made room";
    EXPECT_TRUE(claim_one("CP-2").remembered);
}

}  // namespace
}  // namespace registry
