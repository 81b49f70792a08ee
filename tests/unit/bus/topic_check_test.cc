#include "bus/topic_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bus {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(TopicDurability, IsEnoughWithThreeReplicasTwoInSyncAndCleanElection) {
    EXPECT_THAT(weakness_of({.replicas = 3, .min_insync_replicas = 2, .unclean_leader_election = false}), IsEmpty());
    EXPECT_THAT(weakness_of({.replicas = 5, .min_insync_replicas = 3, .unclean_leader_election = false}), IsEmpty());
}

TEST(TopicDurability, IsWeakInEachOfItsThreeWays) {
    EXPECT_THAT(weakness_of({.replicas = 2, .min_insync_replicas = 2, .unclean_leader_election = false}),
                HasSubstr("2 of 3 replicas"));
    EXPECT_THAT(weakness_of({.replicas = 3, .min_insync_replicas = 1, .unclean_leader_election = false}),
                HasSubstr("min.insync.replicas is 1"));
    EXPECT_THAT(weakness_of({.replicas = 3, .min_insync_replicas = 2, .unclean_leader_election = true}),
                HasSubstr("unclean.leader.election.enable"));
}

TEST(TopicDurability, NamesEveryWeakness) {
    EXPECT_THAT(weakness_of({.replicas = 1, .min_insync_replicas = 1, .unclean_leader_election = true}),
                AllOf(HasSubstr("replicas"), HasSubstr("min.insync"), HasSubstr("unclean")));
}

}  // namespace
}  // namespace bus
