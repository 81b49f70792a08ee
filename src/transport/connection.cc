#include "transport/connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "net/socket_address.h"

namespace transport {

namespace {

constexpr base::MonoTime kNever = base::MonoTime::max();
constexpr double kPingJitter = 0.1;

// What the peer gets to read of the code with which we close.
std::uint16_t code_told(std::uint16_t code, CloseStyle style) {
    switch (style) {
        case CloseStyle::frame: return code;
        case CloseStyle::going_away:
            return code == close_code::kServiceRestart || code == close_code::kTryAgainLater ? close_code::kGoingAway : code;
        case CloseStyle::abrupt: return close_code::kAbnormal;
    }
    return code;
}

}  // namespace

Connection::Connection(Common& common, ConnectionKey key, net::Stream stream)
    : common_(common),
      key_(key),
      stream_(std::move(stream)),
      codec_(Role::server, common.limits),
      last_received_(common.loop.now().mono),
      quiet_since_(last_received_),
      handshake_(std::make_unique<Handshake>()),
      who_(remote_address()) {
    ++common_.pending;
}

Connection::~Connection() { die(); }

void Connection::start() {
    // Up to half as long again: thousands that came at once are not to end at once.
    const std::chrono::milliseconds due = common_.config.handshake_timeout;
    set_deadline(due + std::chrono::milliseconds(common_.random.next() % (static_cast<std::uint64_t>(due.count()) / 2 + 1)));
    watch();
    if (state_ != State::dead) {
        step_handshake();
    }
}

std::string Connection::remote_address() const { return net::SocketAddress::remote_of(stream_.descriptor()).text(); }

Manners Connection::manners() const {
    const auto& config = common_.config;
    return manners_ == 0 ? Manners{.ping_interval = config.ping_interval} : config.manners[manners_ - 1];
}

void Connection::set_manners(MannersNumber manners) {
    CHECK(manners <= common_.config.manners.size(), "manners have a number of the configuration's");
    if (state_ != State::deciding && state_ != State::open) {
        return;  // it ends as it began to
    }
    const auto interval_before = this->manners().ping_interval;
    manners_ = manners;
    if (state_ == State::open && this->manners().ping_interval != interval_before) {
        plan_ping(1 - kPingJitter, 1);
        arm();
    }
}

void Connection::make_room() { fail(ConnectionError::half_open, "a newer socket needs its place, and no upgrade was asked for"); }

// --- readiness and deadlines ---

void Connection::watch() {
    const auto tag = static_cast<std::uint64_t>(key_);
    interest_ = net::Interest::read;
    watch_ = common_.loop.watch(stream_.descriptor(), interest_, common_.readiness, tag);
    if (watch_ == net::WatchKey::none) {
        fail(ConnectionError::descriptors, "the kernel has no room to watch another socket");
    }
}

bool Connection::wants_to_read() const {
    switch (state_) {
        case State::deciding:
        case State::dead: return false;
        // What was read before is looked at before anything newer.
        case State::open:
        case State::closing: return takes_frames() && !unread_;
        default: return !peer_ended_;
    }
}

void Connection::update_interest() {
    if (watch_ == net::WatchKey::none) {
        return;
    }
    const bool read = wants_to_read() || write_needs_read_;
    const bool write = (outbox_ && !write_needs_read_) || read_needs_write_;
    // Whoever reads, or is going to, finds the end behind what was sent before it.
    const bool end = state_ == State::open && paused_;
    const auto wanted = static_cast<net::Interest>((read ? 1U : 0U) | (write ? 2U : 0U) | (end ? 4U : 0U));
    if (wanted != interest_) {
        interest_ = wanted;
        common_.loop.change(watch_, wanted);
    }
}

void Connection::set_deadline(std::chrono::milliseconds from_now) {
    deadline_ = common_.loop.now().mono + from_now;
    arm();
}

base::MonoTime Connection::earliest_deadline() const {
    base::MonoTime earliest = outbox_ ? outbox_->write_deadline : kNever;
    if (state_ != State::open) {
        return std::min(earliest, deadline_);
    }
    if (manners().ping_interval.count() > 0) {
        earliest = std::min(earliest, next_ping_);
    }
    return paused_ ? earliest : std::min({earliest, deadline_, quiet_since_ + common_.config.silence_timeout});
}

void Connection::arm() {
    const base::MonoTime when = earliest_deadline();
    if (when == kNever) {
        timer_.cancel();
    } else {
        timer_.set(common_.loop.timers(), when, common_.deadlines, static_cast<std::uint64_t>(key_));
    }
}

void Connection::on_timer() {
    const base::MonoTime now = common_.loop.now().mono;
    if (outbox_ && now >= outbox_->write_deadline) {
        fail(ConnectionError::slow_reader, "the peer took nothing for too long");
    } else if (state_ == State::open) {
        check_open_deadlines(now);
    } else if (now >= deadline_) {
        on_state_deadline();
    }
    if (state_ != State::dead) {
        arm();
    }
}

void Connection::check_open_deadlines(base::MonoTime now) {
    if (!paused_ && now >= quiet_since_ + common_.config.silence_timeout) {
        fail(ConnectionError::silence, "nothing was received for too long");
        return;
    }
    if (!paused_ && now >= deadline_) {
        violate(close_code::kPolicyViolation, "the message took too long", ConnectionError::slow_writer);
        return;
    }
    if (manners().ping_interval.count() > 0 && now >= next_ping_) {
        plan_ping(1 - kPingJitter, 1 + kPingJitter);
        send_frame(Opcode::ping, {});
    }
}

// Anywhere between these shares of the interval from now: charge points that connected together do not stay in step.
void Connection::plan_ping(double from_share, double to_share) {
    const double share = from_share + (to_share - from_share) * common_.random.unit();
    next_ping_ = common_.loop.now().mono + std::chrono::duration_cast<base::MonoTime::duration>(manners().ping_interval * share);
}

// The deadline of any state but open.
void Connection::on_state_deadline() {
    switch (state_) {
        case State::reading_head:
            answer({.status = 408, .detail = "the request's head did not arrive in time"}, ConnectionError::handshake_timeout);
            return;
        case State::deciding:
            tell_closed(ClosedBy::us, close_code::kAbnormal, "no decision in time");
            answer({.status = 503, .detail = "no decision in time"}, ConnectionError::handshake_timeout);
            return;
        case State::handshaking: fail(ConnectionError::handshake_timeout, "the TLS handshake took too long"); return;
        default: ended("the peer did not end the connection in time"); return;
    }
}

// --- reading ---

void Connection::on_ready(net::Readiness readiness) {
    if (state_ == State::handshaking) {
        step_handshake();
        return;
    }
    if (readiness.writable || (readiness.readable && write_needs_read_)) {
        write_needs_read_ = false;
        flush();
    }
    const bool can_read = readiness.readable || readiness.hung_up || (readiness.writable && read_needs_write_);
    if (can_read && wants_to_read()) {
        read();
    } else if (readiness.hung_up && state_ != State::dead) {
        ended("the peer hung up");
    }
}

void Connection::step_handshake() {
    const net::IoResult result = stream_.handshake();
    switch (result.status) {
        case net::IoStatus::done: state_ = State::reading_head; break;
        case net::IoStatus::want_read: break;
        case net::IoStatus::want_write: break;
        case net::IoStatus::closed:
        case net::IoStatus::error: fail(ConnectionError::bad_request, "the TLS handshake failed"); return;
    }
    read_needs_write_ = result.status == net::IoStatus::want_write;
    update_interest();
}

void Connection::read() {
    do {
        read_needs_write_ = false;
        const net::IoResult result = stream_.read(std::span(common_.read_buffer).first(kReadBytes));
        switch (result.status) {
            case net::IoStatus::done: received(std::span(common_.read_buffer).first(result.bytes)); break;
            case net::IoStatus::want_read: return;
            case net::IoStatus::want_write:
                read_needs_write_ = true;
                update_interest();
                return;
            case net::IoStatus::closed: on_peer_end(); return;
            case net::IoStatus::error: ended(std::strerror(result.error)); return;
        }
    } while (state_ != State::dead && wants_to_read() && stream_.has_buffered());
}

void Connection::received(std::span<char> bytes) {
    last_received_ = quiet_since_ = common_.loop.now().mono;
    if (state_ == State::reading_head) {
        on_head_bytes(bytes);
    } else if (takes_frames()) {
        const auto rest = take_frames(bytes);
        if (has_frames()) {
            keep_unread(rest);
        }
        settle_unread();
    }
    if (state_ != State::dead) {
        update_interest();
    }
}

void Connection::deliver() {
    queued_ = false;
    if (!unread_ || !takes_frames()) {
        return;
    }
    // Held here meanwhile: the owner may pause, resume and close.
    auto held = std::move(unread_);
    const auto bytes = std::span(held->bytes).subspan(held->taken);
    const auto rest = take_frames(bytes.first(bytes.size() - kPayloadSlack));
    if (!rest.empty() && has_frames()) {
        held->taken = held->bytes.size() - kPayloadSlack - rest.size();
        unread_ = std::move(held);
    }
    settle_unread();
    if (state_ != State::dead) {
        update_interest();
    }
}

// The peer sends nothing more, and may still read: what is due to it goes out.
void Connection::on_peer_end() {
    peer_ended_ = true;
    if (state_ == State::closing) {
        tell_closed(closing_->by, closing_->code, closing_->reason);
        output_last({});
    } else if (state_ == State::finishing) {
        update_interest();
    } else {
        ended("the peer ended the connection");
    }
}

void Connection::keep_unread(std::span<const char> bytes) {
    if (bytes.empty()) {
        return;
    }
    unread_ = std::make_unique<Unread>();
    unread_->bytes.reserve(bytes.size() + kPayloadSlack);
    unread_->bytes.assign(bytes.data(), bytes.size());
    unread_->bytes.append(kPayloadSlack, '\0');
    count_incomplete();
}

// What was read will not be looked at.
void Connection::forget_unread() {
    unread_.reset();
    codec_ = WebSocketCodec(Role::server, common_.limits);
    count_incomplete();
}

// --- the upgrade request ---

void Connection::on_head_bytes(std::span<char> bytes) {
    Handshake& handshake = *handshake_;
    std::string_view view(bytes.data(), bytes.size());
    const std::size_t before = handshake.head.size();
    if (before > 0) {
        handshake.head.append(view);
        view = handshake.head;
    }
    const HeadScan scan = scan_head(view, handshake.scanned);
    const std::size_t size = scan.found == HeadScan::Found::complete ? scan.size : view.size();
    if (scan.found == HeadScan::Found::malformed) {
        answer({.status = 400, .detail = "not an HTTP/1.1 request"}, ConnectionError::bad_request);
    } else if (size > common_.config.handshake_bytes_max) {
        answer(refuse_long_head(view.substr(0, common_.config.handshake_bytes_max)), ConnectionError::bad_request);
    } else if (scan.found == HeadScan::Found::incomplete) {
        handshake.scanned = view.size();
        if (before == 0) {
            handshake.head = view;
        }
    } else {
        keep_unread(bytes.subspan(size - before));
        on_head(view.substr(0, size));
    }
}

void Connection::on_head(std::string_view head) {
    Judgement judgement = judge_request(head, common_.config);
    if (auto* upgrade = std::get_if<Upgrade>(&judgement)) {
        on_upgrade(std::move(*upgrade));
    } else if (auto* request = std::get_if<PlainRequest>(&judgement)) {
        on_plain_request(std::move(*request));
    } else {
        answer(std::get<Refusal>(judgement), ConnectionError::bad_request);
    }
}

void Connection::on_upgrade(Upgrade upgrade) {
    upgrade.request.remote_address = std::exchange(who_, upgrade.request.charge_point.shared_text()).view();
    if (upgrade.request.protocol.empty()) {
        // OCPP-J 1.6 section 3.2: complete the handshake without the header, then close.
        log_refusal("connection refused", ConnectionError::no_common_protocol, upgrade.request.remote_address);
        handshake_.reset();
        state_ = State::closing;
        closing_ = std::make_unique<Closed>();
        set_deadline(common_.config.close_timeout);
        append_frame(upgrade.response, Opcode::close, close_payload(close_code::kProtocolError, "no common sub-protocol"));
        output(upgrade.response);
        settle_unread();
        return;
    }
    if (!take_place()) {
        answer({.status = 503, .detail = "too many connections", .headers = {{"Retry-After", "60"}}}, ConnectionError::too_many);
        return;
    }
    handshake_->head = {};
    handshake_->response = std::move(upgrade.response);
    handshake_->quirks = upgrade.quirks;
    state_ = State::deciding;
    known_ = true;
    ++common_.alive;
    set_deadline(common_.config.handshake_timeout);
    common_.owner.on_upgrade(key_, std::move(upgrade.request));
}

bool Connection::take_place() {
    if (common_.pod_connections.fetch_add(1) >= common_.config.connections_max) {
        common_.pod_connections.fetch_sub(1);
        return false;
    }
    has_place_ = true;
    --common_.pending;
    return true;
}

void Connection::on_plain_request(PlainRequest request) {
    if (!common_.owner.handles(request)) {
        answer({.status = 404, .detail = "nothing is served at this path"}, ConnectionError::bad_request);
        return;
    }
    handshake_->head = {};
    state_ = State::deciding;
    set_deadline(common_.config.handshake_timeout);
    common_.owner.on_request(key_, std::move(request));
}

void Connection::answer(const Refusal& refusal, ConnectionError reason) {
    log_refusal("request refused", reason, refusal.detail);
    output_last(response_text(refusal));
}

void Connection::log_refusal(std::string_view message, ConnectionError reason, std::string_view detail) const {
    common_.counters.count(reason);
    base::log_warn(message, {{"who", who_.view()}, {"reason", name(reason)}, {"detail", detail}});
}

void Connection::accept() {
    if (state_ != State::deciding || handshake_->response.empty()) {
        return;
    }
    const base::MonoTime now = common_.loop.now().mono;
    const auto handshake = std::exchange(handshake_, nullptr);
    state_ = State::open;
    quiet_since_ = now;
    deadline_ = kNever;
    plan_ping(1 - kPingJitter, 1);
    counted_ = true;
    common_.counters.connections_total.add();
    common_.counters.active_connections.add(1);
    handshake->quirks.count(common_.counters.quirks);
    arm();
    output(handshake->response);
    if (state_ != State::dead) {
        settle_unread();
        update_interest();
    }
}

void Connection::refuse(const PlainResponse& response) {
    if (state_ != State::deciding || !known_) {
        return;
    }
    log_refusal("upgrade refused", ConnectionError::refused, std::to_string(response.status));
    tell_closed(ClosedBy::us, close_code::kAbnormal, "refused");
    output_last(response_text(response));
}

void Connection::respond(const PlainResponse& response) {
    if (state_ == State::deciding && !known_) {
        output_last(response_text(response));
    }
}

// --- frames ---

// Tells frames_per_turn of them and returns what is left. A flood must not hold up the other connections: the rest waits in
// the backlog, while the kernel's window holds up who sent it.
std::span<char> Connection::take_frames(std::span<char> bytes) {
    bool message_ended = false;
    for (std::size_t left = common_.config.frames_per_turn; left > 0 && takes_frames(); --left) {
        const Incoming in = codec_.next(bytes);
        if (in.kind == Incoming::Kind::nothing) {
            break;
        }
        message_ended = message_ended || in.kind == Incoming::Kind::message;
        if (in.kind != Incoming::Kind::ping) {
            send_pongs();
        }
        if (state_ == State::dead) {
            break;  // the peer is gone, and was told of by the pongs
        }
        on_incoming(in);
    }
    send_pongs();
    if (state_ == State::dead) {
        return {};
    }
    codec_.release();
    note_message(message_ended);
    return bytes;
}

// Keeps the deadline of the message that has begun, if one has.
void Connection::note_message(bool ended) {
    if (state_ != State::open) {
        return;
    }
    if (codec_.buffered_bytes() == 0) {
        deadline_ = kNever;  // the timer may still fire for nothing
    } else if (deadline_ == kNever || ended) {
        set_deadline(common_.config.message_timeout);
    }
}

void Connection::on_incoming(const Incoming& in) {
    switch (in.kind) {
        case Incoming::Kind::nothing:
        case Incoming::Kind::pong: return;
        case Incoming::Kind::message:
            if (state_ != State::open) {
                return;
            }
            if (in.opcode == Opcode::text) {
                common_.owner.on_message(key_, in.payload);
            } else if (!common_.owner.on_binary(key_, in.payload)) {
                violate(close_code::kUnsupportedData, "OCPP messages are text", ConnectionError::binary);
            }
            return;
        case Incoming::Kind::ping:
            if (state_ == State::open) {
                append_frame(common_.pongs, Opcode::pong, in.payload);
            }
            return;
        case Incoming::Kind::close: on_peer_close(in); return;
        case Incoming::Kind::violation:
            violate(in.code, in.payload,
                    in.code == close_code::kTooBig           ? ConnectionError::too_big
                    : in.code == close_code::kInvalidPayload ? ConnectionError::invalid_utf8
                                                             : ConnectionError::protocol_violation);
            return;
    }
}

void Connection::on_peer_close(const Incoming& in) {
    if (state_ == State::closing) {
        tell_closed(closing_->by, closing_->code, closing_->reason);
        output_last({});
        return;
    }
    tell_closed(ClosedBy::peer, in.code, in.payload);
    std::string reply;
    append_frame(reply, Opcode::close, close_payload(in.code, {}));
    output_last(reply);
}

void Connection::violate(std::uint16_t code, std::string_view what, ConnectionError reason) {
    log_refusal("connection closed for a violation", reason, what);
    if (state_ == State::closing) {
        // Our close frame is on its way: a second one must not follow.
        tell_closed(closing_->by, closing_->code, closing_->reason);
        output_last({});
        return;
    }
    code = code_told(code, manners().close);
    tell_closed(ClosedBy::us, code, what);
    std::string frame;
    if (!closes_abruptly()) {
        append_frame(frame, Opcode::close, close_payload(code, what));
    }
    output_last(frame);
}

void Connection::count_incomplete() {
    const std::size_t now = codec_.buffered_bytes() + (unread_ ? unread_->bytes.size() : 0);
    common_.incomplete_bytes = common_.incomplete_bytes - incomplete_bytes_ + now;
    incomplete_bytes_ = static_cast<std::uint32_t>(now);
}

// After frames were taken, or could be: what is left is counted, and waits for its turn.
void Connection::settle_unread() {
    if (!has_frames()) {
        return;
    }
    count_incomplete();
    if (incomplete_bytes_ > 0 && common_.incomplete_bytes > common_.config.incomplete_bytes_max) {
        violate(close_code::kTryAgainLater, "the memory for incomplete messages is used up", ConnectionError::too_many);
        return;
    }
    queue_unread();
}

void Connection::queue_unread() {
    if (unread_ && takes_frames() && !std::exchange(queued_, true)) {
        common_.backlog.push_back(key_);
    }
}

void Connection::pause_reading() {
    if (state_ == State::open || (state_ == State::deciding && known_)) {
        paused_ = true;
        update_interest();
        arm();
    }
}

void Connection::resume_reading() {
    if (!paused_) {
        return;
    }
    paused_ = false;
    quiet_since_ = common_.loop.now().mono;
    if (state_ == State::open && deadline_ != kNever) {
        deadline_ = quiet_since_ + common_.config.message_timeout;
    }
    queue_unread();
    update_interest();
    arm();
}

// --- writing ---

void Connection::send(std::string_view text, SendTag tag) {
    if (state_ == State::open) {
        send_frame(Opcode::text, text, tag);
    }
}

void Connection::send_binary(std::string_view bytes) {
    if (state_ == State::open) {
        send_frame(Opcode::binary, bytes);
    }
}

void Connection::send_frame(Opcode opcode, std::string_view payload, SendTag tag) {
    common_.scratch.clear();
    append_frame(common_.scratch, opcode, payload);
    output(common_.scratch, tag);
}

// In the order of the pings, and before whatever else answers what came behind them.
void Connection::send_pongs() {
    if (!common_.pongs.empty() && state_ != State::dead) {
        output(common_.pongs);
    }
    common_.pongs.clear();
}

void Connection::tell_sent(SendTag tag) {
    if (tag != 0) {
        common_.sent.push_back({.key = key_, .tag = tag});
    }
}

// What its sender takes for not sent must not go out behind its back.
void Connection::withdraw_tagged() {
    if (outbox_) {
        outbox_->withdraw_tagged();
        if (outbox_->unsent().empty()) {
            outbox_.reset();
        }
    }
}

void Connection::output(std::string_view bytes, SendTag tag) {
    while (!outbox_ && !bytes.empty()) {
        const net::IoResult result = stream_.write(bytes);
        if (result.status == net::IoStatus::done) {
            bytes.remove_prefix(result.bytes);
            tell_sent(result.bytes > 0 ? std::exchange(tag, 0) : 0);
        } else if (result.status == net::IoStatus::want_read || result.status == net::IoStatus::want_write) {
            write_needs_read_ = result.status == net::IoStatus::want_read;
            break;
        } else {
            ended(std::strerror(result.error));
            return;
        }
    }
    if (bytes.empty()) {
        return;
    }
    if ((outbox_ ? outbox_->unsent().size() : 0) + bytes.size() > common_.config.outbox_bytes_max) {
        fail(ConnectionError::slow_reader, "the outbox is full");
        return;
    }
    if (!outbox_) {
        outbox_ = std::make_unique<Outbox>();
        outbox_->write_deadline = common_.loop.now().mono + common_.config.write_timeout;
        arm();
    }
    outbox_->append(bytes, tag);
    update_interest();
}

void Connection::flush() {
    while (outbox_) {
        const net::IoResult result = stream_.write(outbox_->unsent());
        if (result.status == net::IoStatus::done) {
            outbox_->sent(result.bytes);
            while (const auto tag = outbox_->take_begun()) {
                tell_sent(*tag);
            }
            outbox_->write_deadline = common_.loop.now().mono + common_.config.write_timeout;
            if (outbox_->unsent().empty()) {
                outbox_.reset();
                on_flushed();
            }
        } else if (result.status == net::IoStatus::want_read || result.status == net::IoStatus::want_write) {
            write_needs_read_ = result.status == net::IoStatus::want_read;
            break;
        } else {
            ended(std::strerror(result.error));
            return;
        }
    }
    if (state_ != State::dead) {
        queue_unread();
        update_interest();
    }
}

void Connection::on_flushed() {
    if (state_ == State::finishing) {
        finish();
    } else if (state_ == State::closing) {
        set_deadline(common_.config.close_timeout);
        if (closes_abruptly()) {
            static_cast<void>(stream_.shut_down());
        }
    }
}

// The connection ends once these bytes, and all before them, are with the peer.
void Connection::output_last(std::string_view bytes) {
    state_ = State::finishing;
    paused_ = false;
    forget_unread();
    withdraw_tagged();
    set_deadline(common_.config.write_timeout + common_.config.close_timeout);
    output(bytes);
    if (state_ == State::finishing && !outbox_) {
        finish();
    }
}

void Connection::finish() {
    // A TLS end that would have to wait is not worth it: the deadline below ends the connection in any case.
    static_cast<void>(stream_.shut_down());
    if (peer_ended_) {
        die();
        return;
    }
    state_ = State::lingering;
    handshake_.reset();
    set_deadline(common_.config.close_timeout);
    update_interest();
}

// --- the end ---

void Connection::close(std::uint16_t code, std::string_view reason) {
    if (state_ == State::deciding && known_) {
        refuse({.status = 503, .body = {}, .retry_after = {}});
        return;
    }
    if (state_ != State::open) {
        return;
    }
    code = code_told(code, manners().close);
    state_ = State::closing;
    paused_ = false;
    withdraw_tagged();
    closing_ = std::make_unique<Closed>(Closed{.by = ClosedBy::us, .code = code, .reason = std::string(reason)});
    set_deadline(common_.config.close_timeout + (outbox_ ? common_.config.write_timeout : std::chrono::milliseconds{0}));
    queue_unread();
    if (!closes_abruptly()) {
        std::string frame;
        append_frame(frame, Opcode::close, close_payload(code, reason));
        output(frame);
    } else if (!outbox_) {
        static_cast<void>(stream_.shut_down());
    }
    update_interest();
}

void Connection::ended(std::string_view why) {
    if (state_ == State::open || state_ == State::deciding) {
        fail(ConnectionError::network, why);
        return;
    }
    if (closing_) {
        tell_closed(closing_->by, closing_->code, closing_->reason);
    }
    die();
}

void Connection::fail(ConnectionError reason, std::string_view why) {
    log_refusal("connection lost", reason, why);
    if (closing_) {
        tell_closed(closing_->by, closing_->code, closing_->reason);
    } else {
        tell_closed(reason == ConnectionError::network ? ClosedBy::network : ClosedBy::us, close_code::kAbnormal, why);
    }
    die();
}

void Connection::tell_closed(ClosedBy by, std::uint16_t code, std::string_view reason) {
    if (std::exchange(counted_, false)) {
        common_.counters.active_connections.add(-1);
    }
    if (std::exchange(known_, false)) {
        common_.notices.push_back({.key = key_, .closed = {.by = by, .code = code, .reason = std::string(reason)}});
    }
}

void Connection::die() {
    if (state_ == State::dead) {
        return;
    }
    state_ = State::dead;
    if (has_place_) {
        common_.pod_connections.fetch_sub(1);
    } else {
        --common_.pending;
    }
    paused_ = false;
    timer_.cancel();
    if (watch_ != net::WatchKey::none) {
        common_.loop.forget(std::exchange(watch_, net::WatchKey::none));
    }
    stream_.close();
    common_.incomplete_bytes -= std::exchange(incomplete_bytes_, 0);
    if (std::exchange(counted_, false)) {
        common_.counters.active_connections.add(-1);
    }
    common_.to_free.push_back(key_);
}

}  // namespace transport
