#include "decisions/decision_cache.h"

#include <gtest/gtest.h>

namespace decisions {
namespace {

using namespace std::chrono_literals;
using model::ChargeStatus;

model::Decision with(ChargeStatus status) { return model::Permission{.status = status}; }

class DecisionCacheTest : public testing::Test {
protected:
    std::optional<ChargeStatus> found(std::string_view key) {
        const model::Decision* decision = cache.find(key, now);
        return decision == nullptr ? std::nullopt : std::optional(std::get<model::Permission>(*decision).status);
    }

    DecisionCache cache{3};
    base::MonoTime now{100s};
};

TEST_F(DecisionCacheTest, HoldsADecisionUntilItsTimeIsOver) {
    EXPECT_FALSE(found("a"));
    cache.keep("a", with(ChargeStatus::accepted), now + 10s);
    EXPECT_EQ(found("a"), ChargeStatus::accepted);
    now += 10s - 1ms;
    EXPECT_TRUE(found("a"));
    now += 1ms;
    EXPECT_FALSE(found("a"));
    EXPECT_EQ(cache.size(), 0U);
}

TEST_F(DecisionCacheTest, ReplacesWhatItHeld) {
    cache.keep("a", with(ChargeStatus::accepted), now + 10s);
    cache.keep("a", with(ChargeStatus::blocked), now + 20s);
    now += 15s;
    EXPECT_EQ(found("a"), ChargeStatus::blocked);
    EXPECT_EQ(cache.size(), 1U);
}

TEST_F(DecisionCacheTest, MakesRoomByTheOldest) {
    for (const char* key : {"a", "b", "c"}) {
        cache.keep(key, with(ChargeStatus::accepted), now + 10s);
    }
    cache.keep("a", with(ChargeStatus::accepted), now + 10s);
    cache.keep("d", with(ChargeStatus::accepted), now + 10s);
    EXPECT_EQ(cache.size(), 3U);
    EXPECT_FALSE(found("b"));
    EXPECT_TRUE(found("a"));
    EXPECT_TRUE(found("c"));
    EXPECT_TRUE(found("d"));
}

}  // namespace
}  // namespace decisions
