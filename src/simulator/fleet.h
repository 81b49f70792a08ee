// Fleet: the sockets of all charge points, on one loop and one thread. It connects, upgrades, frames and closes; what to
// say and when is each ChargePoint's own decision. One read buffer serves all connections, and an idle charge point costs
// less than 1 KB of memory besides its socket.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "net/descriptor.h"
#include "net/loop.h"
#include "net/socket_address.h"
#include "net/timer_wheel.h"
#include "simulator/charge_point.h"
#include "simulator/statistics.h"
#include "simulator/upgrade_client.h"
#include "transport/websocket_codec.h"

namespace simulator {

struct FleetConfig {
    std::uint32_t count = 10;
    Url url;
    net::SocketAddress server;                // what url.address stands for
    std::vector<net::SocketAddress> sources;  // local addresses, taken in turn; empty: the kernel chooses
    double connect_rate = 500;                // per second; they leave at the same rate
    std::uint64_t seed = 0;
    std::chrono::milliseconds upgrade_timeout{10'000};  // from the first SYN to the 101
    std::chrono::milliseconds close_timeout{5'000};     // from the first close frame to the end of the connection
    std::size_t outbox_bytes_max = 65'536;              // of one charge point; more, and the connection is given up
    transport::CodecLimits limits{};
};

class Fleet final : private net::ReadinessHandler, private net::TimerHandler {
public:
    // Everything that is given by reference outlives the fleet, and so does what the journals point to. `on_finished` is
    // called once, on the loop, when every charge point has left.
    Fleet(net::Loop& loop, const FleetConfig& config, const Behaviour& behaviour, Statistics& statistics,
          const Journals& journals, std::function<void()> on_finished);
    ~Fleet();

    void start();
    // Every charge point begins to leave, the last one after the returned time.
    std::chrono::milliseconds leave();

private:
    enum class State : std::uint8_t { offline, connecting, upgrading, open, closing };

    struct Station {
        Station(const ChargePoint& what, const transport::CodecLimits& limits)
            : charge_point(what), codec(transport::Role::client, limits) {}

        ChargePoint charge_point;
        net::Timer timer;
        net::Descriptor socket;
        net::WatchKey watch = net::WatchKey::none;
        State state = State::offline;
        bool wants_to_write = false;
        std::uint64_t upgrade_nonce = 0;
        base::MonoTime deadline = base::MonoTime::max();  // of the upgrade or the close
        transport::WebSocketCodec codec;
        std::string outbox;  // what the kernel did not take
        std::string head;    // of the answer to the upgrade, as long as it is incomplete
    };

    void on_ready(std::uint64_t tag, net::Readiness readiness) override;
    void on_timer(std::uint64_t tag) override;

    void perform(Station& station, std::uint64_t tag);
    void connect(Station& station, std::uint64_t tag);
    void on_connected(Station& station, std::uint64_t tag);
    void read(Station& station, std::uint64_t tag);
    void on_upgrade_bytes(Station& station, std::uint64_t tag, std::size_t count);
    void on_frames(Station& station, std::uint64_t tag, std::span<char> unread);
    void on_frame(Station& station, std::uint64_t tag, const transport::Incoming& incoming);
    void send_frame(Station& station, std::uint64_t tag, transport::Opcode opcode, std::string_view payload);
    void write(Station& station, std::uint64_t tag, std::string_view bytes);
    void flush(Station& station, std::uint64_t tag);
    void close(Station& station, std::uint64_t tag, std::uint16_t code);
    // The connection is gone, or is none: tells the charge point, which may want the next one later.
    void end(Station& station, std::uint64_t tag, std::optional<std::chrono::seconds> retry_after = {});
    void on_refused(Station& station, std::uint64_t tag, const UpgradeAnswer& answer);
    void arm(Station& station, std::uint64_t tag);

    net::Loop& loop_;
    const FleetConfig config_;
    Statistics& statistics_;
    const std::function<void()> on_finished_;
    base::SplitMix random_;
    std::vector<char> read_buffer_;
    std::string wire_;  // a frame on its way
    Output output_;
    std::deque<Station> stations_;
    bool finished_ = false;
};

}  // namespace simulator
