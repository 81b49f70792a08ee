// Shard: a Session for each connection, as app/shard.h carries it, over the simulated wire and with the simulated event log.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/directory.h"
#include "app/outgoing.h"
#include "commands/ledger.h"
#include "ocpp/session.h"
#include "sim/world.h"

namespace sim {

class Shard {
public:
    Shard(World& world, Pod& pod, std::uint32_t index);

    // From the wire.
    void on_upgrade(const LinkPointer& link);
    void on_text(std::uint64_t key, std::string text);
    void on_closed(std::uint64_t key, const ocpp::Closed& closed);
    // From the control loop.
    void admit(const app::Admit& admit);
    void displace(const app::Displace& displace);
    void deliver(const commands::Deliver& deliver);
    void withdraw(const commands::CancelDelivery& cancel);
    // The pod stops. Those that owe the answer to a command are spared unless `busy_too`.
    void close_some(std::size_t count, bool busy_too);

    [[nodiscard]] std::size_t connections() const { return stations_.size(); }

private:
    struct Station {
        Station(World& world, LinkPointer link_to, Action wakes);
        LinkPointer link;
        model::ChargePointId charge_point;
        std::optional<ocpp::Session> session;
        bool over = false;
        bool displaced = false;
        bool leaving = false;  // closed because the pod stops
        bool reading_paused = false;
        std::uint32_t without_place = 0;
        std::deque<std::string> inbox;           // arrived, and not read
        Channel socket;                          // frames before their first byte went out
        std::deque<ocpp::CommandTicket> untold;  // went out, and the session has not heard of it
        Alarm wake;

        [[nodiscard]] bool takes_part() const { return session && !over; }
    };

    [[nodiscard]] Station* find(std::uint64_t key);
    template <class Decide>
    void with_session(Station& station, Decide decide);
    void perform(Station& station, ocpp::Effects& effects);
    void perform(Station& station, const ocpp::SendFrame& effect);
    void perform(Station& station, ocpp::Publish& effect, ocpp::Effects& effects);
    void perform(Station& station, const ocpp::Ask& effect);
    void report(const Station& station, ocpp::Report report);
    void close(Station& station, std::uint16_t code);
    void first_byte(Station& station, const std::string& text, ocpp::CommandTicket command);
    void tell_sent(Station& station);
    void read(Station& station);
    void set_reading(Station& station);
    void produce();
    void tell_waiters(const app::Tells& tells);
    [[nodiscard]] std::int32_t partition_of(const Station& station) const;

    World& world_;
    Pod& pod_;
    std::uint32_t index_;
    std::map<std::uint64_t, std::unique_ptr<Station>> stations_;
    std::map<std::uint64_t, std::unique_ptr<Station>> left_while_asking_;
    app::Outgoing outgoing_;
    std::vector<Channel> event_log_;  // by partition
    Life life_;
};

}  // namespace sim
