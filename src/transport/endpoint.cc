#include "transport/endpoint.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "net/timer_wheel.h"
#include "transport/connection.h"

namespace transport {

namespace {

// The listener's tag; no connection has it.
constexpr std::uint64_t kListenerTag = 0;
constexpr int kSweptPerAccept = 4;
constexpr std::chrono::milliseconds kAcceptPause{100};
// Of one turn of the loop for what waits in the backlog, all connections together.
constexpr std::chrono::microseconds kBacklogShare{25};
// Keepalive finds a peer that vanished while pings are off or paused: probes after 60 s of silence, every 10 s, three times.
constexpr int kKeepaliveIdleSeconds = 60;
constexpr int kKeepaliveIntervalSeconds = 10;
constexpr int kKeepaliveProbes = 3;

void set_option(int descriptor, int level, int option, int value) {
    if (setsockopt(descriptor, level, option, &value, sizeof value) != 0) {
        base::log_warn("socket option not set", {{"option", option}, {"error", std::strerror(errno)}});
    }
}

// Set on the listener: what is accepted from it inherits them, which spares six system calls per connection.
void set_connection_options(int listener, const Config& config) {
    set_option(listener, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(listener, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(config.tcp_user_timeout.count()));
    set_option(listener, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(listener, IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdleSeconds);
    set_option(listener, IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
    set_option(listener, IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
}

bool is_exhaustion(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

}  // namespace

struct Endpoint::Impl final : net::ReadinessHandler, net::TimerHandler {
    struct Slot {
        std::unique_ptr<Connection> connection;
        std::uint32_t generation = 1;
    };

    Impl(net::Loop& loop, net::Listener from, const Config& config, const Counters& counters, EndpointOwner& owner,
         PodConnections& in_pod);
    virtual ~Impl();

    void on_ready(std::uint64_t tag, net::Readiness readiness) override;
    void on_timer(std::uint64_t tag) override;

    void accept_next();
    void pause_accepting(int error);
    void adopt(net::Descriptor socket);
    void make_room();
    ConnectionKey new_key();
    void stop_accepting();

    Connection* find(ConnectionKey key);
    void settle();
    void settle_soon();
    void work_off_backlog();
    void work_off_backlog_soon();

    Common common;
    net::Listener listener;
    const std::size_t pending_share;
    std::vector<ConnectionKey> pending_keys;  // all that are pending, and some that are not any more
    std::size_t swept = 0;                    // the place in it that was looked at last
    std::vector<Slot> slots;
    std::vector<std::uint32_t> free_slots;
    std::size_t used_slots = 0;
    net::Timer accept_again;
    net::WatchKey listener_watch = net::WatchKey::none;
    bool exhausted = false;  // accepting was paused for lack of descriptors, and that was logged
    bool inside = false;     // a connection or the owner is being called
    bool settle_posted = false;
    bool backlog_posted = false;
    // What was posted to the loop may be run after the endpoint is gone; only this tells, hence shared.
    std::shared_ptr<Impl*> self = std::make_shared<Impl*>(this);
};

Endpoint::Impl::Impl(net::Loop& loop, net::Listener from, const Config& config, const Counters& counters, EndpointOwner& owner,
                     PodConnections& in_pod)
    : common{.loop = loop,
             .config = config,
             .pod_connections = in_pod,
             .counters = counters,
             .owner = owner,
             .readiness = *this,
             .deadlines = *this,
             .limits = {.message_bytes_max = config.message_bytes_max, .fragments_max = config.fragments_max},
             .random = base::SplitMix(base::random_seed())},
      listener(std::move(from)),
      pending_share(std::max<std::size_t>(1, config.pending_upgrades_max / config.endpoints)) {}

Endpoint::Impl::~Impl() {
    stop_accepting();
    slots.clear();
}

// --- accepting ---

// One, and then whoever else is ready: new connections come by the thousand, and those that exist are not to wait for them.
void Endpoint::Impl::accept_next() {
    if (listener_watch == net::WatchKey::none) {
        return;
    }
    net::Descriptor socket(accept4(listener.descriptor.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.valid()) {
        if (std::exchange(exhausted, false)) {
            base::log_info("accepting connections again");
        }
        adopt(std::move(socket));
    } else if (is_exhaustion(errno)) {
        pause_accepting(errno);
    }
    // Anything else is that no one waits, or the fate of that one connection (accept(2)): the next one may be well.
}

// The waiting connections stay in the kernel's backlog: looking at the listener again at once would only burn the processor.
void Endpoint::Impl::pause_accepting(int error) {
    common.counters.count(ConnectionError::descriptors);
    if (!std::exchange(exhausted, true)) {
        base::log_error("accepting connections is paused", {{"error", std::strerror(error)}, {"connections", used_slots}});
    }
    common.loop.change(listener_watch, net::Interest::nothing);
    accept_again.set(common.loop.timers(), common.loop.now().mono + kAcceptPause, *this, kListenerTag);
}

void Endpoint::Impl::adopt(net::Descriptor socket) {
    make_room();
    const ConnectionKey key = new_key();
    pending_keys.push_back(key);
    Slot& entry = slots[slot(key)];
    entry.connection = std::make_unique<Connection>(common, key, net::plain_stream(std::move(socket)));
    entry.connection->start();
}

// Why any of the pending ones, and not the oldest or the newest: docs/decisions/0006-half-open-upgrades.md.
void Endpoint::Impl::make_room() {
    const auto is_over = [this](ConnectionKey key) {
        const Connection* connection = find(key);
        return connection == nullptr || !connection->is_pending();
    };
    // A few of them at each new one: those that are over never pile up, and nobody waits while all are looked through.
    for (int i = 0; i < kSweptPerAccept && !pending_keys.empty(); ++i) {
        swept = (swept + 1) % pending_keys.size();
        if (is_over(pending_keys[swept])) {
            pending_keys[swept] = pending_keys.back();
            pending_keys.pop_back();
        }
    }
    while (common.pending >= pending_share) {
        std::swap(pending_keys[common.random.next() % pending_keys.size()], pending_keys.back());
        const ConnectionKey chosen = pending_keys.back();
        pending_keys.pop_back();
        if (!is_over(chosen)) {
            find(chosen)->make_room();
        }
    }
}

ConnectionKey Endpoint::Impl::new_key() {
    ++used_slots;
    if (free_slots.empty()) {
        slots.emplace_back();
        free_slots.push_back(static_cast<std::uint32_t>(slots.size() - 1));
    }
    const std::uint32_t index = free_slots.back();
    free_slots.pop_back();
    return static_cast<ConnectionKey>(static_cast<std::uint64_t>(slots[index].generation) << 32 | index);
}

void Endpoint::Impl::stop_accepting() {
    if (listener_watch != net::WatchKey::none) {
        accept_again.cancel();
        common.loop.forget(std::exchange(listener_watch, net::WatchKey::none));
    }
    listener.descriptor.reset();
}

// --- dispatch ---

Connection* Endpoint::Impl::find(ConnectionKey key) {
    const std::uint32_t index = slot(key);
    if (index >= slots.size() || slots[index].generation != static_cast<std::uint64_t>(key) >> 32) {
        return nullptr;
    }
    return slots[index].connection.get();
}

void Endpoint::Impl::on_ready(std::uint64_t tag, net::Readiness readiness) {
    inside = true;
    if (tag == kListenerTag) {
        accept_next();
    } else if (Connection* connection = find(ConnectionKey{tag})) {
        connection->on_ready(readiness);
    }
    settle();
}

void Endpoint::Impl::on_timer(std::uint64_t tag) {
    inside = true;
    if (tag == kListenerTag) {
        common.loop.change(listener_watch, net::Interest::read);
    } else if (Connection* connection = find(ConnectionKey{tag})) {
        connection->on_timer();
    }
    settle();
}

// Tells and frees what was left for later. The order matters: a slot is free for a new connection only after the owner heard
// that the old one is gone, and before that what was sent on it.
void Endpoint::Impl::settle() {
    inside = true;
    while (true) {
        if (!common.sent.empty()) {
            for (const Common::Sent& sent : std::exchange(common.sent, {})) {
                common.owner.on_sent(sent.key, sent.tag);
            }
        } else if (!common.notices.empty()) {
            for (const Common::Notice& notice : std::exchange(common.notices, {})) {
                --common.alive;
                common.owner.on_closed(notice.key, notice.closed);
            }
        } else if (!common.to_free.empty()) {
            for (const ConnectionKey key : std::exchange(common.to_free, {})) {
                Slot& entry = slots[slot(key)];
                entry.connection.reset();
                // Generation 0 is skipped when it wraps: slot 0 of it would be key 0, nobody.
                entry.generation = std::max(entry.generation + 1, 1U);
                free_slots.push_back(slot(key));
                --used_slots;
            }
        } else {
            break;
        }
    }
    inside = false;
    work_off_backlog_soon();
}

// Round robin, a few frames of each, and no longer than its share of a turn: those that send no more than they are answered
// never wait for those that flood.
void Endpoint::Impl::work_off_backlog() {
    const base::MonoTime end = base::read_clock().mono + kBacklogShare;
    inside = true;
    do {
        const ConnectionKey key = common.backlog.front();
        common.backlog.pop_front();
        if (Connection* connection = find(key)) {
            connection->deliver();
        }
    } while (!common.backlog.empty() && base::read_clock().mono < end);
    settle();
}

void Endpoint::Impl::work_off_backlog_soon() {
    if (common.backlog.empty() || std::exchange(backlog_posted, true)) {
        return;
    }
    common.loop.post([weak = std::weak_ptr(self)] {
        if (const auto strong = weak.lock()) {
            (*strong)->backlog_posted = false;
            (*strong)->work_off_backlog();
        }
    });
}

void Endpoint::Impl::settle_soon() {
    if (!inside) {
        work_off_backlog_soon();
    }
    const bool nothing = common.sent.empty() && common.notices.empty() && common.to_free.empty();
    if (inside || nothing || std::exchange(settle_posted, true)) {
        return;
    }
    common.loop.post([weak = std::weak_ptr(self)] {
        if (const auto strong = weak.lock()) {
            (*strong)->settle_posted = false;
            (*strong)->settle();
        }
    });
}

// --- the endpoint's methods ---

Endpoint::Endpoint(net::Loop& loop, net::Listener listener, const Config& config, const Counters& counters, EndpointOwner& owner,
                   PodConnections& pod_connections)
    : impl_(std::make_unique<Impl>(loop, std::move(listener), config, counters, owner, pod_connections)) {}

Endpoint::~Endpoint() = default;

void Endpoint::start() {
    Impl& impl = *impl_;
    set_connection_options(impl.listener.descriptor.get(), impl.common.config);
    impl.listener_watch = impl.common.loop.watch(impl.listener.descriptor.get(), net::Interest::read, impl, kListenerTag);
    if (impl.listener_watch == net::WatchKey::none) {
        base::log_error("charge points cannot be accepted: the kernel has no room to watch the listener");
    }
}

void Endpoint::stop_accepting() { impl_->stop_accepting(); }

void Endpoint::accept(ConnectionKey key) {
    if (Connection* connection = impl_->find(key)) {
        connection->accept();
        impl_->settle_soon();
    }
}

void Endpoint::refuse(ConnectionKey key, const PlainResponse& response) {
    if (Connection* connection = impl_->find(key)) {
        connection->refuse(response);
        impl_->settle_soon();
    }
}

void Endpoint::respond(ConnectionKey key, const PlainResponse& response) {
    if (Connection* connection = impl_->find(key)) {
        connection->respond(response);
        impl_->settle_soon();
    }
}

void Endpoint::send(ConnectionKey key, std::string_view text, SendTag tag) {
    if (Connection* connection = impl_->find(key)) {
        connection->send(text, tag);
        impl_->settle_soon();
    }
}

void Endpoint::send_binary(ConnectionKey key, std::string_view bytes) {
    if (Connection* connection = impl_->find(key)) {
        connection->send_binary(bytes);
        impl_->settle_soon();
    }
}

void Endpoint::close(ConnectionKey key, std::uint16_t code, std::string_view reason) {
    if (Connection* connection = impl_->find(key)) {
        connection->close(code, reason);
        impl_->settle_soon();
    }
}

void Endpoint::set_manners(ConnectionKey key, MannersNumber manners) {
    if (Connection* connection = impl_->find(key)) {
        connection->set_manners(manners);
    }
}

void Endpoint::pause_reading(ConnectionKey key) {
    if (Connection* connection = impl_->find(key)) {
        connection->pause_reading();
    }
}

void Endpoint::resume_reading(ConnectionKey key) {
    if (Connection* connection = impl_->find(key)) {
        connection->resume_reading();
        impl_->settle_soon();
    }
}

std::size_t Endpoint::connections() const { return impl_->common.alive; }

base::MonoTime Endpoint::last_received_at(ConnectionKey key) const {
    const Connection* connection = impl_->find(key);
    return connection != nullptr ? connection->last_received_at() : base::MonoTime{};
}

std::string Endpoint::remote_address(ConnectionKey key) const {
    const Connection* connection = impl_->find(key);
    return connection != nullptr ? connection->remote_address() : std::string();
}

}  // namespace transport
