#include "simulator/fleet.h"

#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "net/connect.h"

namespace simulator {

namespace {

constexpr std::size_t kReadBufferBytes = 65'536;

// Thousands of charge points meet the same trouble at once: the 1st, 2nd, 4th, 8th … time is worth a line.
void log_sparsely(std::uint64_t times, std::string_view problem, std::string_view detail) {
    if (std::has_single_bit(times)) {
        base::log_warn(problem, {{"times", times}, {"detail", detail}});
    }
}

transport::MaskKey mask_key(std::uint64_t random) {
    return std::bit_cast<transport::MaskKey>(static_cast<std::uint32_t>(random));
}

std::chrono::nanoseconds time_of_turn(std::size_t turn, double rate) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * static_cast<double>(turn) / rate));
}

}  // namespace

Fleet::Fleet(net::Loop& loop, const FleetConfig& config, const Behaviour& behaviour, Statistics& statistics,
             const Journals& journals, std::function<void()> on_finished)
    : loop_(loop),
      config_(config),
      statistics_(statistics),
      on_finished_(std::move(on_finished)),
      random_(config.seed),
      read_buffer_(kReadBufferBytes + transport::kPayloadSlack) {
    for (std::uint32_t number = 1; number <= config_.count; ++number) {
        stations_.emplace_back(ChargePoint(behaviour, statistics, journals, number, random_.next()), config_.limits);
    }
}

Fleet::~Fleet() {
    for (Station& station : stations_) {
        if (station.socket.valid()) {
            loop_.forget(station.watch);
        }
    }
}

void Fleet::start() {
    const base::MonoTime now = loop_.now().mono;
    for (std::size_t i = 0; i < stations_.size(); ++i) {
        stations_[i].charge_point.start(now + time_of_turn(i, config_.connect_rate));
        arm(stations_[i], i);
    }
}

std::chrono::milliseconds Fleet::leave() {
    const base::MonoTime now = loop_.now().mono;
    for (std::size_t i = 0; i < stations_.size(); ++i) {
        stations_[i].charge_point.leave(now + time_of_turn(i, config_.connect_rate));
        arm(stations_[i], i);
    }
    return std::chrono::ceil<std::chrono::milliseconds>(time_of_turn(stations_.size(), config_.connect_rate));
}

void Fleet::arm(Station& station, std::uint64_t tag) {
    base::MonoTime wake = station.deadline;
    if (station.state != State::closing) {
        wake = std::min(wake, station.charge_point.next_wake());
    }
    if (wake == base::MonoTime::max()) {
        station.timer.cancel();
    } else {
        station.timer.set(loop_.timers(), wake, *this, tag);
    }
    if (statistics_.finished == stations_.size() && !std::exchange(finished_, true)) {
        on_finished_();
    }
}

void Fleet::on_timer(std::uint64_t tag) {
    Station& station = stations_[tag];
    if (station.deadline <= loop_.now().mono) {
        if (station.state != State::closing) {
            log_sparsely(++statistics_.connect_failures, "no answer to the upgrade in time", station.charge_point.id());
        }
        end(station, tag);
        return;
    }
    if (station.state != State::closing) {
        station.charge_point.on_time(loop_.now(), output_);
    }
    perform(station, tag);
}

void Fleet::perform(Station& station, std::uint64_t tag) {
    const Wish wish = std::exchange(output_.wish, Wish::nothing);
    if (!output_.frame.empty()) {
        send_frame(station, tag, transport::Opcode::text, output_.frame);
        output_.clear();
    }
    switch (wish) {
        case Wish::nothing: break;
        case Wish::connect: connect(station, tag); break;
        case Wish::close: close(station, tag, transport::close_code::kNormal); break;
        case Wish::drop: end(station, tag); break;
    }
    arm(station, tag);
}

void Fleet::connect(Station& station, std::uint64_t tag) {
    std::optional<net::SocketAddress> source;
    if (!config_.sources.empty()) {
        source = config_.sources[tag % config_.sources.size()];
    }
    auto socket = net::start_connect(config_.server, source);
    if (socket) {
        station.watch = loop_.watch(socket->get(), net::Interest::write, *this, tag);
    }
    if (!socket || station.watch == net::WatchKey::none) {
        log_sparsely(++statistics_.connect_failures, "cannot connect",
                     socket ? "no room for another watch" : socket.error().message);
        station.charge_point.on_refused(loop_.now(), std::nullopt);
        return;
    }
    station.socket = std::move(*socket);
    station.state = State::connecting;
    station.deadline = loop_.now().mono + config_.upgrade_timeout;
}

void Fleet::on_ready(std::uint64_t tag, net::Readiness readiness) {
    Station& station = stations_[tag];
    if (station.state == State::connecting) {
        on_connected(station, tag);
        return;
    }
    if (readiness.readable || readiness.hung_up) {
        read(station, tag);
    }
    if (readiness.writable && station.wants_to_write) {
        flush(station, tag);
    }
    arm(station, tag);
}

void Fleet::on_connected(Station& station, std::uint64_t tag) {
    const auto connected = net::finish_connect(station.socket);
    if (!connected) {
        log_sparsely(++statistics_.connect_failures, "cannot connect", connected.error().message);
        end(station, tag);
        return;
    }
    station.state = State::upgrading;
    station.upgrade_nonce = random_.next();
    loop_.change(station.watch, net::Interest::read);
    write(station, tag, upgrade_request(config_.url, station.charge_point.id(), upgrade_key(station.upgrade_nonce)));
}

void Fleet::read(Station& station, std::uint64_t tag) {
    const ssize_t count = ::recv(station.socket.get(), read_buffer_.data(), kReadBufferBytes, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (count <= 0) {
        if (station.state == State::upgrading) {
            log_sparsely(++statistics_.connect_failures, "the connection ended before the upgrade was answered",
                         station.charge_point.id());
        }
        end(station, tag);
        return;
    }
    if (station.state == State::upgrading) {
        on_upgrade_bytes(station, tag, static_cast<std::size_t>(count));
    } else {
        on_frames(station, tag, {read_buffer_.data(), static_cast<std::size_t>(count)});
    }
}

void Fleet::on_upgrade_bytes(Station& station, std::uint64_t tag, std::size_t count) {
    const std::size_t before = station.head.size();
    station.head.append(read_buffer_.data(), count);
    const UpgradeAnswer answer = read_upgrade_answer(station.head, upgrade_key(station.upgrade_nonce));
    if (answer.kind == UpgradeAnswer::Kind::incomplete) {
        return;
    }
    station.head = std::string();
    if (answer.kind != UpgradeAnswer::Kind::upgraded) {
        on_refused(station, tag, answer);
        return;
    }
    station.state = State::open;
    station.deadline = base::MonoTime::max();
    station.charge_point.on_open(loop_.now(), output_);
    perform(station, tag);
    // The end of the answer lies in what was read last, and so do the frames behind it.
    const std::size_t frames = answer.consumed - before;
    on_frames(station, tag, {read_buffer_.data() + frames, count - frames});
}

void Fleet::on_refused(Station& station, std::uint64_t tag, const UpgradeAnswer& answer) {
    constexpr unsigned kServiceUnavailable = 503;
    if (answer.status == kServiceUnavailable) {
        ++statistics_.upgrades_postponed;
    } else {
        ++statistics_.upgrades_refused;
        log_sparsely(statistics_.upgrades_refused, "the upgrade was refused",
                     answer.problem.empty() ? std::string_view(std::to_string(answer.status)) : answer.problem);
    }
    end(station, tag, answer.retry_after);
}

void Fleet::on_frames(Station& station, std::uint64_t tag, std::span<char> unread) {
    while (station.socket.valid()) {
        const transport::Incoming incoming = station.codec.next(unread);
        if (incoming.kind == transport::Incoming::Kind::nothing) {
            return;
        }
        on_frame(station, tag, incoming);
    }
}

void Fleet::on_frame(Station& station, std::uint64_t tag, const transport::Incoming& incoming) {
    using Kind = transport::Incoming::Kind;
    if (station.state == State::closing) {
        return;  // what comes behind our close frame finds nobody; the other side ends the connection
    }
    switch (incoming.kind) {
        case Kind::nothing:
        case Kind::pong: return;
        case Kind::ping: send_frame(station, tag, transport::Opcode::pong, incoming.payload); return;
        case Kind::message:
            if (incoming.opcode != transport::Opcode::text) {
                close(station, tag, transport::close_code::kUnsupportedData);
                return;
            }
            station.charge_point.on_frame(incoming.payload, loop_.now(), output_);
            perform(station, tag);
            return;
        case Kind::close: close(station, tag, incoming.code); return;
        case Kind::violation:
            log_sparsely(++statistics_.unreadable, "the other side broke the WebSocket protocol", incoming.payload);
            close(station, tag, incoming.code);
            return;
    }
}

void Fleet::send_frame(Station& station, std::uint64_t tag, transport::Opcode opcode, std::string_view payload) {
    wire_.clear();
    transport::append_masked_frame(wire_, opcode, payload, mask_key(random_.next()));
    write(station, tag, wire_);
}

void Fleet::write(Station& station, std::uint64_t tag, std::string_view bytes) {
    if (station.outbox.size() + bytes.size() > config_.outbox_bytes_max) {
        base::log_warn("a charge point's outbox is full", {{"charge_point", station.charge_point.id()}});
        end(station, tag);
        return;
    }
    station.outbox.append(bytes);
    if (!station.wants_to_write) {
        flush(station, tag);
    }
}

void Fleet::flush(Station& station, std::uint64_t tag) {
    const ssize_t count = ::send(station.socket.get(), station.outbox.data(), station.outbox.size(), MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        end(station, tag);
        return;
    }
    station.outbox.erase(0, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    const bool rest = !station.outbox.empty();
    if (rest != station.wants_to_write) {
        station.wants_to_write = rest;
        loop_.change(station.watch, rest ? net::Interest::read_write : net::Interest::read);
    }
    if (!rest) {
        station.outbox = std::string();
    }
}

// Our close frame, or the answer to the other side's. The server ends the TCP connection (RFC 6455 section 7.1.1), so that
// the state TIME_WAIT does not use up our ports.
void Fleet::close(Station& station, std::uint64_t tag, std::uint16_t code) {
    station.state = State::closing;
    station.deadline = loop_.now().mono + config_.close_timeout;
    send_frame(station, tag, transport::Opcode::close, transport::close_payload(code, {}));
}

void Fleet::end(Station& station, std::uint64_t tag, std::optional<std::chrono::seconds> retry_after) {
    const bool upgraded = station.state == State::open || station.state == State::closing;
    loop_.forget(station.watch);
    station.socket.reset();
    station.state = State::offline;
    station.wants_to_write = false;
    station.deadline = base::MonoTime::max();
    station.codec = transport::WebSocketCodec(transport::Role::client, config_.limits);
    station.outbox = std::string();
    station.head = std::string();
    if (upgraded) {
        station.charge_point.on_closed(loop_.now());
    } else {
        station.charge_point.on_refused(loop_.now(), retry_after);
    }
    arm(station, tag);
}

}  // namespace simulator
