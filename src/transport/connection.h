// Connection: one socket of an Endpoint, from accept to close: the upgrade request, the frames, the bounded outbox, pings
// and every deadline. Idle it holds no buffer: 200 bytes in all, its one timer included.
//
//   handshaking → reading_head → deciding → open → closing → finishing → lingering → dead
//
// finishing sends the last bytes, then ends our direction; lingering reads on until the peer has ended its own, because
// closing a socket with unread bytes makes the kernel throw away what the peer has not read yet (our close frame).
// Steps are skipped where something goes wrong, and dead can follow on any of them.
//
// The owner is called from on_ready(), on_timer() and deliver() only. What is to be told to it otherwise, and what is to be
// freed, is put into Common's lists, which the endpoint works off when nobody is in the middle of anything.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/shared_text.h"
#include "base/time.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/timer_wheel.h"
#include "transport/counters.h"
#include "transport/endpoint.h"
#include "transport/outbox.h"
#include "transport/upgrade.h"
#include "transport/websocket_codec.h"

namespace transport {

inline constexpr std::size_t kReadBytes = 65'536;

// What the connections of one endpoint share, and what they leave for it to do.
struct Common {
    struct Notice {
        ConnectionKey key;
        Closed closed;
    };
    struct Sent {
        ConnectionKey key;
        SendTag tag;
    };

    net::Loop& loop;
    const Config& config;
    PodConnections& pod_connections;
    const Counters& counters;
    EndpointOwner& owner;
    net::ReadinessHandler& readiness;
    net::TimerHandler& deadlines;
    CodecLimits limits;
    base::SplitMix random;

    std::array<char, kReadBytes + kPayloadSlack> read_buffer{};
    std::string scratch{};             // a frame on its way out
    std::string pongs{};               // of the pings that one connection sent in a row: they go out together
    std::size_t incomplete_bytes = 0;  // read and not told yet, of all connections
    std::size_t alive = 0;             // connections that the owner knows
    std::size_t pending = 0;           // those that hold no place of connections_max

    std::vector<Sent> sent{};
    std::vector<Notice> notices{};
    std::vector<ConnectionKey> to_free{};
    // Connections with frames that were read and wait for their turn, each once; see Connection::deliver().
    std::deque<ConnectionKey> backlog{};
};

class Connection {
public:
    Connection(Common& common, ConnectionKey key, net::Stream stream);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start();
    // Has sent no well-formed upgrade request so far: it counts among pending_upgrades_max, not connections_max.
    [[nodiscard]] bool is_pending() const { return state_ != State::dead && !has_place_; }
    // Ends a pending one without a word, for a newer socket's sake.
    void make_room();

    void on_ready(net::Readiness readiness);
    void on_timer();
    // Goes on with what was read: beyond frames_per_turn, before reading was paused, or together with the upgrade request.
    void deliver();

    // Endpoint's methods of the same names.
    void accept();
    void refuse(const PlainResponse& response);
    void respond(const PlainResponse& response);
    void send(std::string_view text, SendTag tag);
    void send_binary(std::string_view bytes);
    void close(std::uint16_t code, std::string_view reason);
    void set_manners(MannersNumber manners);
    void pause_reading();
    void resume_reading();
    [[nodiscard]] base::MonoTime last_received_at() const { return last_received_; }
    [[nodiscard]] std::string remote_address() const;

private:
    enum class State : std::uint8_t { handshaking, reading_head, deciding, open, closing, finishing, lingering, dead };

    // Exists until the connection is open.
    struct Handshake {
        std::string head;         // as far as it has come, where it came in pieces
        std::size_t scanned = 0;  // of it
        std::string response;     // the 101 that waits for accept(); empty for a plain request
        model::Quirks quirks{};   // of the upgrade request, counted by then
    };
    // What was read and not looked at.
    struct Unread {
        std::string bytes;
        std::size_t taken = 0;
    };

    [[nodiscard]] Manners manners() const;
    [[nodiscard]] bool closes_abruptly() const { return manners().close == CloseStyle::abrupt; }
    void plan_ping(double from_share, double to_share);
    void watch();
    void update_interest();
    [[nodiscard]] bool wants_to_read() const;
    void arm();
    [[nodiscard]] base::MonoTime earliest_deadline() const;
    void set_deadline(std::chrono::milliseconds from_now);

    void step_handshake();
    void read();
    void received(std::span<char> bytes);
    void on_peer_end();
    void on_head_bytes(std::span<char> bytes);
    void on_head(std::string_view head);
    void on_upgrade(Upgrade upgrade);
    [[nodiscard]] bool take_place();
    void on_plain_request(PlainRequest request);
    void answer(const Refusal& refusal, ConnectionError reason);

    [[nodiscard]] bool has_frames() const { return state_ == State::open || state_ == State::closing; }
    [[nodiscard]] bool takes_frames() const {
        return (state_ == State::open && !paused_ && !outbox_is_long()) || state_ == State::closing;
    }
    [[nodiscard]] bool outbox_is_long() const { return outbox_ && outbox_->unsent().size() >= common_.config.outbox_pause_bytes; }
    std::span<char> take_frames(std::span<char> bytes);
    void on_incoming(const Incoming& in);
    void on_peer_close(const Incoming& in);
    void violate(std::uint16_t code, std::string_view what, ConnectionError reason);
    void note_message(bool ended);
    void keep_unread(std::span<const char> bytes);
    void forget_unread();
    void count_incomplete();
    void settle_unread();
    void queue_unread();

    void send_frame(Opcode opcode, std::string_view payload, SendTag tag = 0);
    void output(std::string_view bytes, SendTag tag = 0);
    void send_pongs();
    void tell_sent(SendTag tag);
    void withdraw_tagged();
    void output_last(std::string_view bytes);
    void flush();
    void on_flushed();
    void finish();

    void check_open_deadlines(base::MonoTime now);
    void on_state_deadline();
    void ended(std::string_view why);
    void fail(ConnectionError reason, std::string_view why);
    void tell_closed(ClosedBy by, std::uint16_t code, std::string_view reason);
    void die();
    void log_refusal(std::string_view message, ConnectionError reason, std::string_view detail) const;

    Common& common_;
    const ConnectionKey key_;
    net::Stream stream_;
    WebSocketCodec codec_;
    net::Timer timer_;
    base::MonoTime last_received_;
    base::MonoTime quiet_since_;  // last_received_, or when reading was resumed
    base::MonoTime next_ping_{};
    base::MonoTime deadline_{};  // of the state; while open, of the message that is incomplete
    std::unique_ptr<Handshake> handshake_;
    std::unique_ptr<Outbox> outbox_;      // null when all is sent
    std::unique_ptr<Unread> unread_;      // null when all is looked at
    std::unique_ptr<Closed> closing_;     // what to tell once our close is answered, or was not
    base::SharedText who_;                // for the log: the address, later the charge point
    std::uint32_t incomplete_bytes_ = 0;  // in codec_ and unread_
    net::WatchKey watch_ = net::WatchKey::none;
    State state_ = State::handshaking;
    net::Interest interest_ = net::Interest::nothing;
    MannersNumber manners_ = 0;
    bool paused_ = false;
    bool queued_ = false;      // in the backlog
    bool peer_ended_ = false;  // its direction: there is nothing to read any more
    bool has_place_ = false;   // of connections_max
    bool known_ = false;       // on_upgrade was told, on_closed was not
    bool counted_ = false;     // in gateway_active_connections
    // TLS may want the one direction for the other; plain TCP never does.
    bool read_needs_write_ = false;
    bool write_needs_read_ = false;
};
static_assert(sizeof(Connection) <= 200, "bytes per idle connection are our first number, and malloc deals in 16");

}  // namespace transport
