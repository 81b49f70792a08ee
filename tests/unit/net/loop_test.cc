#include "net/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "net/connect.h"
#include "net/listener.h"
#include "net/stream.h"
#include "net/timer_wheel.h"
#include "support/net/run_until.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct Pair {
    Descriptor ours;
    Descriptor theirs;
};

Pair socket_pair() {
    std::array<int, 2> numbers{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, numbers.data()), 0);
    return {Descriptor(numbers[0]), Descriptor(numbers[1])};
}

void write_byte(const Descriptor& descriptor) { ASSERT_EQ(::send(descriptor.get(), "x", 1, 0), 1); }

class Recorder final : public ReadinessHandler, public TimerHandler {
public:
    void on_ready(std::uint64_t tag, Readiness readiness) override {
        ++told[tag];
        last = readiness;
        if (const auto react = reaction) {  // copied: it may end itself
            react(tag);
        }
    }
    void on_timer(std::uint64_t tag) override { fired.push_back(tag); }

    std::map<std::uint64_t, int> told;
    Readiness last;
    std::vector<std::uint64_t> fired;
    std::function<void(std::uint64_t)> reaction;
};

TEST(Loop, TellsReadinessWithTheTagUntilItIsForgotten) {
    Loop loop;
    Recorder recorder;
    const auto pair = socket_pair();
    const WatchKey watch = loop.watch(pair.ours.get(), Interest::read, recorder, 7);
    ASSERT_NE(watch, WatchKey::none);
    write_byte(pair.theirs);
    ASSERT_TRUE(run_until(loop, [&] { return recorder.told[7] >= 3; }));  // level-triggered: nobody has read it
    EXPECT_TRUE(recorder.last.readable);
    EXPECT_FALSE(recorder.last.hung_up);

    loop.change(watch, Interest::write);
    ASSERT_TRUE(run_until(loop, [&] { return recorder.last.writable; }));
    EXPECT_FALSE(recorder.last.readable);

    loop.forget(watch);
    const auto before = recorder.told;
    EXPECT_FALSE(run_until(loop, [&] { return recorder.told != before; }, 50ms));
}

TEST(Loop, TellsAHangUpThoughNothingIsWanted) {
    Loop loop;
    Recorder recorder;
    auto pair = socket_pair();
    const WatchKey watch = loop.watch(pair.ours.get(), Interest::nothing, recorder, 1);
    write_byte(pair.theirs);
    EXPECT_FALSE(run_until(loop, [&] { return recorder.told[1] > 0; }, 50ms));
    pair.theirs.reset();
    ASSERT_TRUE(run_until(loop, [&] { return recorder.told[1] > 0; }));
    EXPECT_TRUE(recorder.last.hung_up);
    loop.forget(watch);
}

TEST(Loop, DoesNotTellAnEventOfADescriptorThatWasReplacedInTheSameTurn) {
    Loop loop;
    Recorder recorder;
    auto first = socket_pair();
    auto second = socket_pair();
    auto quiet = socket_pair();
    WatchKey first_watch{};
    WatchKey second_watch{};
    // Both are ready in one turn; whoever is told first replaces the other by a quiet socket of the same number.
    recorder.reaction = [&](std::uint64_t tag) {
        recorder.reaction = nullptr;
        // The other one's place is the one that is taken again.
        loop.forget(tag == 1 ? first_watch : second_watch);
        loop.forget(tag == 1 ? second_watch : first_watch);
        const int other = tag == 1 ? second.ours.get() : first.ours.get();
        ASSERT_EQ(dup2(quiet.ours.get(), other), other);
        EXPECT_NE(loop.watch(other, Interest::read, recorder, 3), WatchKey::none);
    };
    write_byte(first.theirs);
    write_byte(second.theirs);
    first_watch = loop.watch(first.ours.get(), Interest::read, recorder, 1);
    second_watch = loop.watch(second.ours.get(), Interest::read, recorder, 2);
    ASSERT_TRUE(run_until(loop, [&] { return !recorder.told.empty(); }));
    EXPECT_FALSE(run_until(loop, [&] { return recorder.told[3] > 0; }, 50ms));
    EXPECT_EQ(recorder.told[1] + recorder.told[2], 1);
}

TEST(Loop, GivesTimersAndPostsTheirTurnWhileSocketsAreAlwaysReady) {
    Loop loop;
    Recorder recorder;
    std::vector<Pair> pairs;
    std::vector<WatchKey> watches;
    for (std::uint64_t i = 0; i < 300; ++i) {
        pairs.push_back(socket_pair());
        write_byte(pairs.back().theirs);
        watches.push_back(loop.watch(pairs.back().ours.get(), Interest::read, recorder, i));
    }
    bool posted = false;
    loop.post([&] { posted = true; });
    Timer timer;
    timer.set(loop.timers(), loop.now().mono + 60ms, recorder, 42);
    EXPECT_TRUE(run_until(loop, [&] { return posted && !recorder.fired.empty() && recorder.told.size() == 300; }));
    for (const WatchKey watch : watches) {
        loop.forget(watch);
    }
}

TEST(Loop, RunsPostsOfOtherThreadsAndStops) {
    Loop loop;
    std::atomic<int> done = 0;
    std::thread thread([&] { loop.run(); });
    for (int i = 0; i < 1000; ++i) {
        loop.post([&] {
            if (++done == 1000) {
                loop.stop();
            }
        });
    }
    const auto before = loop.last_turn();
    thread.join();
    EXPECT_EQ(done, 1000);
    EXPECT_GE(loop.last_turn(), before);
}

TEST(Listener, SharesOnePortAmongItsListeners) {
    for (const auto* host : {"127.0.0.1", "::1"}) {
        const auto listeners = listen_on({.host = host, .port = 0}, 3, 16);
        if (!listeners && std::string_view(host) == "::1") {
            GTEST_SKIP() << "no IPv6 here: " << listeners.error().message;
        }
        ASSERT_TRUE(listeners) << listeners.error().message;
        ASSERT_EQ(listeners->size(), 3U);
        EXPECT_NE((*listeners)[0].port, 0);
        EXPECT_EQ((*listeners)[0].port, (*listeners)[2].port);
    }
}

TEST(Listener, NamesAddressAndPortOfATakenPort) {
    const auto first = listen_on({.host = "127.0.0.1", .port = 0}, 1, 16);
    ASSERT_TRUE(first);
    const std::uint16_t port = first->front().port;
    const auto second = listen_on({.host = "127.0.0.1", .port = port}, 2, 16);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(port)));
    EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST(Listener, TakesAFixedPortOnceItIsFree) {
    std::uint16_t port = 0;
    {
        const auto first = listen_on({.host = "127.0.0.1", .port = 0}, 1, 16);
        ASSERT_TRUE(first);
        port = first->front().port;
    }
    EXPECT_TRUE(listen_on({.host = "127.0.0.1", .port = port}, 2, 16));
}

TEST(Listener, TellsAHostThatDoesNotResolve) {
    const auto listeners = listen_on({.host = "256.1.1.1.invalid", .port = 0}, 1, 16);
    ASSERT_FALSE(listeners);
    EXPECT_THAT(listeners.error().message, HasSubstr("256.1.1.1.invalid"));
}

TEST(Connect, ReachesAListenerFromAChosenAddressAndCarriesBytes) {
    const auto listeners = listen_on({.host = "127.0.0.1", .port = 0}, 1, 16);
    ASSERT_TRUE(listeners);
    const auto to = SocketAddress::resolve({.host = "127.0.0.1", .port = listeners->front().port});
    const auto from = SocketAddress::resolve({.host = "127.0.0.2", .port = 0});
    auto client = start_connect(*to, *from);
    ASSERT_TRUE(client) << client.error().message;

    Loop loop;
    Recorder recorder;
    const WatchKey watch = loop.watch(client->get(), Interest::write, recorder, 1);
    ASSERT_TRUE(run_until(loop, [&] { return recorder.told[1] > 0; }));
    EXPECT_TRUE(finish_connect(*client));
    loop.forget(watch);

    Stream ours = plain_stream(Descriptor(accept4(listeners->front().descriptor.get(), nullptr, nullptr, SOCK_NONBLOCK)));
    EXPECT_THAT(SocketAddress::remote_of(ours.descriptor()).text(), testing::StartsWith("127.0.0.2:"));
    Stream theirs = plain_stream(std::move(*client));
    EXPECT_EQ(ours.handshake().status, IoStatus::done);
    std::array<char, 16> buffer{};
    EXPECT_EQ(ours.read(buffer).status, IoStatus::want_read);
    EXPECT_EQ(theirs.write("hello").bytes, 5U);
    EXPECT_EQ(theirs.shut_down().status, IoStatus::done);
    EXPECT_EQ(ours.read(buffer).bytes, 5U);
    EXPECT_EQ(ours.read(buffer).status, IoStatus::closed);
    EXPECT_FALSE(ours.has_buffered());
}

TEST(Connect, TellsThatNobodyListens) {
    std::uint16_t port = 0;
    {
        const auto listeners = listen_on({.host = "127.0.0.1", .port = 0}, 1, 16);
        port = listeners->front().port;
    }
    auto client = start_connect(*SocketAddress::resolve({.host = "127.0.0.1", .port = port}));
    if (!client) {
        EXPECT_TRUE(client.error().is_retryable());
        return;
    }
    Loop loop;
    Recorder recorder;
    const WatchKey watch = loop.watch(client->get(), Interest::write, recorder, 1);
    ASSERT_TRUE(run_until(loop, [&] { return recorder.told[1] > 0; }));
    EXPECT_FALSE(finish_connect(*client));
    loop.forget(watch);
}

}  // namespace
}  // namespace net
