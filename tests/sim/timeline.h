// Timeline: the clock and the only thread of a simulated run. What is to happen lies in one queue, ordered by time and then by
// the order of asking, so that a run depends on its seed alone. Time jumps from one action to the next.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/time.h"

namespace sim {

using std::chrono::milliseconds;
using Action = std::function<void()>;

struct Range {
    milliseconds least{};
    milliseconds most{};
};

class Random {
public:
    explicit Random(std::uint64_t seed) : stream_(seed) {}
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(stream_.next() % bound); }
    bool chance(std::size_t percent) { return below(100) < percent; }
    std::uint64_t number() { return stream_.next(); }
    // In microseconds, so that few things happen at the same moment.
    base::MonoTime::duration within(Range range);

private:
    base::SplitMix stream_;
};

// What happens to something that may be gone by then, happens only while its Life lasts.
class Life {
public:
    [[nodiscard]] std::weak_ptr<const bool> token() const { return alive_; }

private:
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

class Timeline {
public:
    Timeline();

    void at(base::MonoTime time, Action action);
    void after(base::MonoTime::duration delay, Action action) { at(now_.mono + delay, std::move(action)); }
    void at(base::MonoTime time, const Life& life, Action action);
    void after(base::MonoTime::duration delay, const Life& life, Action action) {
        at(now_.mono + delay, life, std::move(action));
    }

    // The next action, with the clock at its time; false: nothing is left to happen.
    bool step();
    [[nodiscard]] base::Now now() const { return now_; }
    [[nodiscard]] milliseconds since_start() const;
    [[nodiscard]] std::uint64_t steps() const { return steps_; }

private:
    struct Item {
        base::MonoTime time;
        std::uint64_t number;
        Action action;
    };
    static bool later(const Item& left, const Item& right);

    base::Now start_;
    base::Now now_;
    std::uint64_t next_number_ = 0;
    std::uint64_t steps_ = 0;
    std::vector<Item> heap_;
};

// Values between two loops or over a wire: each takes its own time, none overtakes another.
class Channel {
public:
    Channel(Timeline& timeline, Random& random, Range range) : timeline_(timeline), random_(random), range_(range) {}
    void send(const Life& life, Action action);

private:
    Timeline& timeline_;
    Random& random_;
    Range range_;
    base::MonoTime last_{};
};

// One wake-up, moved as often as wanted: the action asks by itself what is due.
class Alarm {
public:
    Alarm(Timeline& timeline, Action action) : timeline_(timeline), action_(std::move(action)) {}
    void set(std::optional<base::MonoTime> time);

private:
    void ring();

    Timeline& timeline_;
    Action action_;
    std::optional<base::MonoTime> wanted_;
    std::optional<base::MonoTime> scheduled_;
    Life life_;
};

}  // namespace sim
