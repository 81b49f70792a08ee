#include "net/loop.h"

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <deque>
#include <optional>
#include <utility>

#include "base/check.h"
#include "net/descriptor.h"
#include "net/timer_wheel.h"

namespace net {

namespace {

constexpr int kEventsPerTurn = 256;
// Of one turn of the loop for timers that are due: thousands may be at once, and whatever else is ready is not to wait for them.
// With the wheel far behind they have the larger share, or a busy loop would never catch up.
constexpr std::chrono::microseconds kTimersShare{25};
constexpr std::chrono::microseconds kTimersShareBehind{2000};
constexpr std::chrono::seconds kHeartbeat{1};

std::uint32_t wanted_events(Interest interest) {
    const auto bits = static_cast<unsigned>(interest);
    return ((bits & static_cast<unsigned>(Interest::read)) != 0 ? EPOLLIN : 0U) |
           ((bits & static_cast<unsigned>(Interest::write)) != 0 ? EPOLLOUT : 0U) |
           ((bits & static_cast<unsigned>(Interest::end)) != 0 ? EPOLLRDHUP : 0U);
}

// Who is told of a descriptor. The generation in epoll's 64 bits tells an event of this registration from one that was
// fetched in the same turn for an earlier registration in the same place.
struct Watched {
    ReadinessHandler* handler = nullptr;  // null: the place is free
    std::uint64_t tag = 0;                // of a free one: the next free one
    std::uint32_t generation = 0;
    int descriptor = -1;
};

constexpr std::size_t kNoPlace = 0;  // its entry is never used, so that its key is none

}  // namespace

struct Loop::Impl {
    Impl();

    void wait_for_readiness();
    void serve_ready();
    void beat();
    void arm_wheel();
    void advance_wheel();
    std::size_t free_place();
    void give_back(std::size_t place);
    const Watched& at(WatchKey key) const;
    bool control(int operation, std::size_t place, Interest interest);
    base::Now now() const;
    void end_turn();

    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
    boost::asio::posix::stream_descriptor readiness{context};  // owns the epoll descriptor
    boost::asio::steady_timer heartbeat{context};
    boost::asio::steady_timer tick{context};
    TimerWheel wheel{base::read_clock().mono, [this] { arm_wheel(); }};
    // Dense, and not by the descriptor's number: each loop of a process with many would need a place for the numbers of all.
    std::deque<Watched> watched{Watched{}};
    std::size_t first_free = kNoPlace;
    std::array<epoll_event, kEventsPerTurn> events{};
    mutable std::optional<base::Now> turn_time;
    std::atomic<base::MonoTime::rep> last_turn{base::read_clock().mono.time_since_epoch().count()};
};

Loop::Impl::Impl() {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    CHECK(epoll >= 0, "a loop needs one epoll descriptor");
    readiness.assign(epoll);
    wait_for_readiness();
    beat();
}

void Loop::Impl::wait_for_readiness() {
    readiness.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (!error) {
            serve_ready();
            wait_for_readiness();
        }
    });
}

void Loop::Impl::serve_ready() {
    const int count = epoll_wait(readiness.native_handle(), events.data(), kEventsPerTurn, 0);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        const Watched& target = watched[static_cast<std::uint32_t>(event.data.u64)];
        if (target.handler == nullptr || target.generation != static_cast<std::uint32_t>(event.data.u64 >> 32)) {
            continue;
        }
        target.handler->on_ready(target.tag, {.readable = (event.events & EPOLLIN) != 0,
                                              .writable = (event.events & EPOLLOUT) != 0,
                                              .hung_up = (event.events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0});
    }
}

void Loop::Impl::beat() {
    heartbeat.expires_after(kHeartbeat);
    heartbeat.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            beat();
        }
    });
}

void Loop::Impl::arm_wheel() {
    tick.expires_at(wheel.next_tick());
    tick.async_wait([this](const boost::system::error_code& error) {
        if (error) {
            return;
        }
        advance_wheel();
    });
}

void Loop::Impl::advance_wheel() {
    const base::MonoTime begun = base::read_clock().mono;
    const bool is_behind = begun > wheel.next_tick() + 2 * TimerWheel::kTick;
    const base::MonoTime end = begun + (is_behind ? kTimersShareBehind : kTimersShare);
    bool more = true;
    do {
        more = wheel.advance(now().mono, 1);
    } while (more && base::read_clock().mono < end);
    if (more) {
        boost::asio::post(context, [this] { advance_wheel(); });
    } else if (wheel.has_work()) {
        arm_wheel();
    }
}

std::size_t Loop::Impl::free_place() {
    if (first_free == kNoPlace) {
        watched.emplace_back();
        return watched.size() - 1;
    }
    const std::size_t place = first_free;
    first_free = watched[place].tag;
    return place;
}

void Loop::Impl::give_back(std::size_t place) {
    watched[place].handler = nullptr;
    watched[place].tag = std::exchange(first_free, place);
}

const Watched& Loop::Impl::at(WatchKey key) const {
    const auto place = static_cast<std::size_t>(key);
    CHECK(place < watched.size() && watched[place].handler != nullptr, "only what is watched can be changed or forgotten");
    return watched[place];
}

bool Loop::Impl::control(int operation, std::size_t place, Interest interest) {
    const Watched& entry = watched[place];
    epoll_event event{};
    event.events = wanted_events(interest);
    event.data.u64 = static_cast<std::uint64_t>(entry.generation) << 32 | place;
    return epoll_ctl(readiness.native_handle(), operation, entry.descriptor, &event) == 0;
}

base::Now Loop::Impl::now() const {
    if (!turn_time) {
        turn_time = base::read_clock();
    }
    return *turn_time;
}

void Loop::Impl::end_turn() {
    turn_time.reset();
    last_turn.store(base::read_clock().mono.time_since_epoch().count(), std::memory_order_relaxed);
}

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::run() {
    const auto turns = [this]() noexcept {
        impl_->turn_time.reset();
        while (impl_->context.run_one() != 0) {
            impl_->end_turn();
        }
    };
    turns();
}

bool Loop::run_one(std::chrono::milliseconds wait) {
    impl_->turn_time.reset();
    const bool happened = impl_->context.run_one_for(wait) != 0;
    impl_->end_turn();
    return happened;
}

void Loop::stop() { impl_->context.stop(); }

void Loop::post(std::function<void()> work) { boost::asio::post(impl_->context, std::move(work)); }

boost::asio::io_context& Loop::context() { return impl_->context; }

WatchKey Loop::watch(int descriptor, Interest interest, ReadinessHandler& handler, std::uint64_t tag) {
    const std::size_t place = impl_->free_place();
    Watched& entry = impl_->watched[place];
    entry = {.handler = &handler, .tag = tag, .generation = entry.generation + 1, .descriptor = descriptor};
    if (!impl_->control(EPOLL_CTL_ADD, place, interest)) {
        CHECK(errno == ENOSPC || errno == ENOMEM, "a descriptor is watched once, and open");
        impl_->give_back(place);
        return WatchKey::none;
    }
    return static_cast<WatchKey>(place);
}

void Loop::change(WatchKey key, Interest interest) {
    impl_->at(key);
    CHECK(impl_->control(EPOLL_CTL_MOD, static_cast<std::size_t>(key), interest), "changing a watch needs no memory");
}

void Loop::forget(WatchKey key) {
    CHECK(epoll_ctl(impl_->readiness.native_handle(), EPOLL_CTL_DEL, impl_->at(key).descriptor, nullptr) == 0,
          "a descriptor is forgotten before it is closed");
    impl_->give_back(static_cast<std::size_t>(key));
}

TimerWheel& Loop::timers() { return impl_->wheel; }

base::Now Loop::now() const { return impl_->now(); }

base::MonoTime Loop::last_turn() const {
    return base::MonoTime{base::MonoTime::duration{impl_->last_turn.load(std::memory_order_relaxed)}};
}

}  // namespace net
