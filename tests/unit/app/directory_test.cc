#include "app/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace app {
namespace {

const model::ChargePointId kChargePoint("CP-1");
constexpr Place kFirst{0, transport::ConnectionKey{1}};
constexpr Place kSecond{1, transport::ConnectionKey{1}};
constexpr model::Epoch kEpoch1{100};
constexpr model::Epoch kEpoch2{200};

class DirectoryTest : public testing::Test {
protected:
    template <class E>
    std::vector<E> take() {
        std::vector<E> found;
        for (const DirectoryEffect& effect : effects) {
            if (const E* one = std::get_if<E>(&effect)) {
                found.push_back(*one);
            }
        }
        return found;
    }
    void upgrade(Place place) { directory.on_upgrade(kChargePoint, place, kEpoch1, effects); }
    void grant(Place place, model::Epoch epoch) { directory.on_granted(kChargePoint, place, epoch, std::nullopt, {}, effects); }
    void end(Place place) { directory.on_ended(kChargePoint, place, effects); }

    Directory directory;
    DirectoryEffects effects;
};

TEST_F(DirectoryTest, AdmitsAChargePointOnceItsClaimIsGranted) {
    upgrade(kFirst);
    EXPECT_EQ(take<Claim>().size(), 1U);
    EXPECT_TRUE(take<Admit>().empty());
    grant(kFirst, kEpoch1);
    ASSERT_EQ(take<Admit>().size(), 1U);
    EXPECT_EQ(take<Admit>()[0].place, kFirst);
    EXPECT_EQ(directory.find(kChargePoint)->epoch, kEpoch1);
}

TEST_F(DirectoryTest, LetsTheNewestConnectionWinAcrossShards) {
    upgrade(kFirst);
    grant(kFirst, kEpoch1);
    upgrade(kSecond);
    grant(kSecond, kEpoch2);
    ASSERT_EQ(take<Displace>().size(), 1U);
    EXPECT_EQ(take<Displace>()[0].place, kFirst);
    EXPECT_EQ(directory.find(kChargePoint)->place, kSecond);
}

TEST_F(DirectoryTest, IsNotUndoneByTheEndOfADisplacedConnection) {
    upgrade(kFirst);
    grant(kFirst, kEpoch1);
    upgrade(kSecond);
    grant(kSecond, kEpoch2);
    end(kFirst);
    EXPECT_TRUE(take<Release>().empty());
    EXPECT_EQ(directory.find(kChargePoint)->place, kSecond);
}

TEST_F(DirectoryTest, LetsTheGreaterEpochWinEvenWhenItsGrantCameFirst) {
    upgrade(kFirst);
    upgrade(kSecond);
    grant(kSecond, kEpoch2);
    grant(kFirst, kEpoch1);
    ASSERT_EQ(take<Displace>().size(), 1U);
    EXPECT_EQ(take<Displace>()[0].place, kFirst);
    EXPECT_EQ(directory.find(kChargePoint)->place, kSecond);
}

TEST_F(DirectoryTest, AdmitsAndReleasesAClaimWhoseConnectionEndedBeforeTheGrant) {
    upgrade(kFirst);
    end(kFirst);
    grant(kFirst, kEpoch1);
    EXPECT_EQ(take<Admit>().size(), 1U) << "its shard tells that it came and went";
    ASSERT_EQ(take<Release>().size(), 1U);
    EXPECT_EQ(take<Release>()[0].epoch, kEpoch1);
    EXPECT_EQ(directory.size(), 0U);
}

TEST_F(DirectoryTest, DisplacesAnOlderConnectionAlsoForOneThatEndedMeanwhile) {
    upgrade(kFirst);
    grant(kFirst, kEpoch1);
    upgrade(kSecond);
    end(kSecond);
    grant(kSecond, kEpoch2);
    ASSERT_EQ(take<Displace>().size(), 1U);
    EXPECT_EQ(take<Displace>()[0].place, kFirst);
    EXPECT_EQ(take<Admit>().size(), 2U);
    EXPECT_EQ(directory.size(), 0U);
}

TEST_F(DirectoryTest, ReleasesTheClaimWhenTheConnectionEnds) {
    upgrade(kFirst);
    grant(kFirst, kEpoch1);
    end(kFirst);
    ASSERT_EQ(take<Release>().size(), 1U);
    EXPECT_EQ(directory.find(kChargePoint), nullptr);
}

TEST_F(DirectoryTest, PagesThroughTheIdsInOrder) {
    for (std::uint32_t i = 0; i < 5; ++i) {
        const Place place{0, transport::ConnectionKey{i + 1}};
        const model::ChargePointId id("CP-" + std::to_string(i));
        directory.on_upgrade(id, place, kEpoch1, effects);
        directory.on_granted(id, place, kEpoch1, std::nullopt, {}, effects);
    }
    const auto first = directory.page(model::ChargePointId(""), 2);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[1].first.text(), "CP-1");
    const auto rest = directory.page(first[1].first, 10);
    ASSERT_EQ(rest.size(), 3U);
    EXPECT_EQ(rest[0].first.text(), "CP-2");
}

}  // namespace
}  // namespace app
