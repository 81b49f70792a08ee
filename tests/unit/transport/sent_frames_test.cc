// Whether a frame went out: commands depend on it, because one that was not sent may be sent again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/transport/endpoint_harness.h"
#include "transport/outbox.h"

namespace transport {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// More than the kernel takes for a peer that does not read.
void fill(EndpointHarness& at) {
    for (int i = 0; i < 200; ++i) {
        at.endpoint->send(at.last_key(), std::string(60'000, 'x'));
    }
}

void no_limit(Config& config) { config.outbox_bytes_max = config.outbox_pause_bytes = 100'000'000; }

TEST(SentFrames, AreToldFromTheLoopOnceAndOnlyWhereTheyAreTagged) {
    EndpointHarness at;
    auto peer = at.connected();
    at.endpoint->send(at.last_key(), "untold");
    at.endpoint->send(at.last_key(), "told", 7);
    EXPECT_THAT(at.owner.sent, IsEmpty()) << "the owner is not called from within send()";

    EXPECT_TRUE(at.eventually([&] { return !at.owner.sent.empty(); }));
    EXPECT_TRUE(at.never([&] { return at.owner.sent.size() > 1; }));
    EXPECT_THAT(at.owner.sent, ElementsAre(7));
    EXPECT_EQ(peer.frames_in(), bare(Opcode::text, "untold") + bare(Opcode::text, "told"));
}

TEST(SentFrames, AreToldOnlyOnceTheKernelHasTakenTheirFirstByte) {
    EndpointHarness at(no_limit);
    auto peer = at.connected();
    fill(at);
    at.endpoint->send(at.last_key(), "late", 7);
    EXPECT_TRUE(at.never([&] { return !at.owner.sent.empty(); }));

    EXPECT_TRUE(at.eventually([&] { return peer.in().ends_with(bare(Opcode::text, "late")); }));
    EXPECT_THAT(at.owner.sent, ElementsAre(7));
}

TEST(SentFrames, ThatWereNotBegunAreNotSentOnceTheConnectionIsClosed) {
    EndpointHarness at(no_limit);
    auto peer = at.connected();
    fill(at);
    at.endpoint->send(at.last_key(), "a command", 7);
    at.endpoint->send(at.last_key(), "an answer");
    at.endpoint->close(at.last_key(), 1012, "bye");

    EXPECT_TRUE(at.eventually([&] { return peer.in().ends_with(bare_close(1012, "bye")); }));
    EXPECT_THAT(peer.in(), HasSubstr("an answer"));
    EXPECT_THAT(peer.in(), Not(HasSubstr("a command")));
    EXPECT_THAT(at.owner.sent, IsEmpty());
}

TEST(SentFrames, ThatWereNotBegunAreNotSentOnceThePeerHasClosed) {
    EndpointHarness at(no_limit);
    auto peer = at.connected();
    fill(at);
    at.endpoint->send(at.last_key(), "a command", 7);
    peer.write(frames::close(1000));
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));

    EXPECT_TRUE(at.eventually([&] { return peer.in().ends_with(bare_close(1000)); }));
    EXPECT_THAT(peer.in(), Not(HasSubstr("a command")));
    EXPECT_THAT(at.owner.sent, IsEmpty());
}

TEST(SentFrames, AreToldBeforeTheEndOfTheirConnection) {
    EndpointHarness at;
    auto peer = at.connected();
    bool told_before = false;
    at.owner.ended = [&](ConnectionKey) { told_before = !at.owner.sent.empty(); };
    at.endpoint->send(at.last_key(), "a command", 7);
    peer.hang_up();
    ASSERT_TRUE(at.eventually([&] { return !at.owner.closed.empty(); }));
    EXPECT_TRUE(told_before);
}

TEST(Outbox, TellsEachTaggedFrameWhenItsFirstByteIsTaken) {
    Outbox outbox;
    outbox.append("aaaa");
    outbox.append("bb", 1);
    outbox.append("cc", 2);
    outbox.sent(4);
    EXPECT_EQ(outbox.take_begun(), std::nullopt);
    outbox.sent(1);
    EXPECT_EQ(outbox.take_begun(), 1U);
    EXPECT_EQ(outbox.take_begun(), std::nullopt);
    outbox.sent(2);
    EXPECT_EQ(outbox.take_begun(), 2U);
}

TEST(Outbox, TakesBackOnlyTaggedFramesThatWereNotBegun) {
    Outbox outbox;
    outbox.append("xx", 1);
    outbox.append("a", 2);
    outbox.append("b");
    outbox.append("c", 3);
    outbox.append("d");
    outbox.sent(1);
    outbox.withdraw_tagged();
    EXPECT_EQ(outbox.unsent(), "xbd");
    outbox.sent(3);
    EXPECT_EQ(outbox.take_begun(), std::nullopt);
}

}  // namespace
}  // namespace transport
