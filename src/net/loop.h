// Loop: one thread's Asio io_context with what every part on it shares: readiness of many sockets through one level-triggered
// epoll descriptor (registered in Asio once, so that an idle socket costs Asio nothing), and one timer wheel.
//
// A Loop belongs to the thread that calls run(). post() and stop() may be called from anywhere; the rest only on the loop
// or before it runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace net {

class TimerWheel;

// What one descriptor is waited for.
struct Readiness {
    bool readable = false;
    bool writable = false;
    bool hung_up = false;  // broken or ended in both directions, which is always told; with `end` also what that asks for
};

// Bits. `end` is for who reads nothing and must know all the same that the peer has ended its direction (EPOLLRDHUP); who reads
// finds that at the end of what he reads.
enum class Interest : std::uint8_t { nothing = 0, read = 1, write = 2, read_write = 3, end = 4 };

// Names a descriptor to the loop that watches it, until it is forgotten.
enum class WatchKey : std::uint32_t { none = 0 };

class ReadinessHandler {
public:
    virtual void on_ready(std::uint64_t tag, Readiness readiness) = 0;

protected:
    ~ReadinessHandler() = default;
};

class Loop {
public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Runs until stop(). What threw out of a handler ends the process: nothing on a loop may throw.
    void run();
    void stop();
    // One turn, waited for no longer than this: for tests, which look at the world between turns. False when nothing happened.
    bool run_one(std::chrono::milliseconds wait);
    void post(std::function<void()> work);

    // For parts that are Asio's customers themselves (HTTP server, signals).
    [[nodiscard]] boost::asio::io_context& context();

    // Handlers get their tag back. At most 256 descriptors are served per turn, so that timers and posts have theirs.
    // A descriptor is forgotten before it is closed; an event that was fetched before that is not told any more.
    // watch() gives none when the kernel has no room for another one (fs.epoll.max_user_watches).
    [[nodiscard]] WatchKey watch(int descriptor, Interest interest, ReadinessHandler& handler, std::uint64_t tag);
    void change(WatchKey key, Interest interest);
    void forget(WatchKey key);

    [[nodiscard]] TimerWheel& timers();
    // Read once per turn: all that one handler does happens at one time.
    [[nodiscard]] base::Now now() const;
    // When the loop last finished a turn, for liveness; any thread. An idle loop makes a turn every second.
    [[nodiscard]] base::MonoTime last_turn() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace net
