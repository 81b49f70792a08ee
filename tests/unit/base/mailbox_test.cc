#include "base/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

namespace base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Mailbox, RingsOncePerBurst) {
    int rings = 0;
    Mailbox<int> mailbox(10, [&] { ++rings; });
    EXPECT_TRUE(mailbox.push(1));
    EXPECT_TRUE(mailbox.push(2));
    EXPECT_EQ(rings, 1);

    std::vector<int> values;
    mailbox.drain(values);
    EXPECT_THAT(values, ElementsAre(1, 2));

    EXPECT_TRUE(mailbox.push(3));
    EXPECT_EQ(rings, 2);
}

TEST(Mailbox, RefusesWhenFullAndTakesAgainAfterADrain) {
    Mailbox<int> mailbox(2, [] {});
    EXPECT_TRUE(mailbox.push(1));
    EXPECT_TRUE(mailbox.push(2));
    EXPECT_FALSE(mailbox.push(3));

    std::vector<int> values;
    mailbox.drain(values);
    EXPECT_THAT(values, ElementsAre(1, 2));
    EXPECT_TRUE(mailbox.push(4));
}

TEST(Mailbox, GivesBackTheMemoryOfABurst) {
    constexpr int kBurst = 100'000;
    Mailbox<int> mailbox(kBurst, [] {});
    for (int i = 0; i < kBurst; ++i) {
        EXPECT_TRUE(mailbox.push(i));
    }
    std::vector<int> values;
    mailbox.drain(values);
    values.clear();
    mailbox.drain(values);
    mailbox.drain(values);
    EXPECT_LT(values.capacity(), kBurst / 10);
}

TEST(Mailbox, AnEmptyOneDrainsToNothing) {
    Mailbox<int> mailbox(2, [] {});
    std::vector<int> values;
    mailbox.drain(values);
    EXPECT_THAT(values, IsEmpty());
}

TEST(Mailbox, CarriesValuesThatOnlyMove) {
    Mailbox<std::unique_ptr<int>> mailbox(2, [] {});
    EXPECT_TRUE(mailbox.push(std::make_unique<int>(7)));
    std::vector<std::unique_ptr<int>> values;
    mailbox.drain(values);
    EXPECT_EQ(*values.at(0), 7);
}

TEST(Mailbox, TheBellMayDrainAtOnce) {
    std::vector<int> values;
    Mailbox<int>* self = nullptr;
    Mailbox<int> mailbox(2, [&] { self->drain(values); });
    self = &mailbox;
    EXPECT_TRUE(mailbox.push(1));
    EXPECT_THAT(values, ElementsAre(1));
}

TEST(Mailbox, LosesNothingBetweenThreads) {
    std::atomic<int> rings = 0;
    Mailbox<int> mailbox(100'000, [&] { ++rings; });
    constexpr int kPushers = 3;
    std::vector<std::thread> pushers;
    pushers.reserve(kPushers);
    std::atomic<int> refused = 0;
    for (int t = 0; t < kPushers; ++t) {
        pushers.emplace_back([&] {
            for (int i = 0; i < 5000; ++i) {
                refused += mailbox.push(i) ? 0 : 1;
            }
        });
    }
    std::size_t received = 0;
    std::vector<int> values;
    while (received < 15'000) {
        values.clear();
        mailbox.drain(values);
        received += values.size();
        std::this_thread::yield();
    }
    for (std::thread& pusher : pushers) {
        pusher.join();
    }
    EXPECT_EQ(received, 15'000U);
    EXPECT_EQ(refused, 0);
    EXPECT_GE(rings, 1);
}

}  // namespace
}  // namespace base
