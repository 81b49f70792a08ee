// Session: the protocol of one connection as a plain object. It is told what happened and answers with effects; it has
// no socket, thread, timer or clock, so its tests need none. It lives on its connection's shard and is owned there.
//
// What always holds:
//  - Answers leave in the order of the charge point's CALLs; a prompt one waits behind a withheld one.
//  - A durable message (1.6: StartTransaction, StopTransaction, MeterValues, SecurityEventNotification, and what
//    extra_durable_actions names) is answered only after on_published(ticket, logged); every other published one after
//    on_published(ticket, placed). Without that there is no answer at all: never
//    a false OK, never a CALLERROR for it.
//  - A message that waits for the log, or for its decision, longer than `answer_timeout` closes the connection (1013): a charge
//    point that is offline keeps its queue, one that is left waiting burns its attempts. Its wait behind the decisions of
//    others does not count: each of them is made in time.
//  - Ids of calls and what awaits an answer live here and nowhere else.
//  - What was read when the connection ends is told, unanswered; but not what waits for a decision.
//  - A message that comes again, id and all, gets the answer of the first time, and is not told to the log again.
//  - One whose BootNotification was answered Pending or Rejected is served what is billed and what we asked it for
//    (TriggerMessage), and is sent what it may be sent (OCPP 1.6 4.2, errata 3.8).
//  - A charge point that sends more than it may is not refused anything, it is read later (the deadline of a CALL of ours goes
//    on meanwhile, or a flood would hold it up for ever).
//  - One CALL of ours is open at a time. It blocks none of the charge point's, and none of those blocks it (both sides would
//    wait for each other otherwise). Every command is reported on to its end; see calls.h.
//
// It is made with the upgrade request and begins with on_open. After a Close effect the session takes on_close only, after
// on_close nothing more. Effects are appended; the caller performs them in order.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/decision.h"
#include "model/event_record.h"
#include "model/ids.h"
#include "ocpp/command.h"
#include "ocpp/profile.h"

namespace ocpp {

struct Counters;

struct Config {
    std::chrono::seconds heartbeat_interval{300};  // told at BootNotification
    Validation validation = Validation::lenient;
    std::vector<Profile> profiles{};  // what differs for some charge points
    bool heartbeat_events = false;    // publish device.heartbeat
    std::size_t durable_window = 16;  // unanswered CALLs of one charge point; then reading stops
    // Of one charge point; its answers to our CALLs are not counted, and what is refused counts as both. Faster than that it is
    // read as fast as it may send, once it has used up the burst: so many seconds' worth at once.
    std::size_t messages_per_second = 50;
    std::size_t refusals_per_second = 5;
    std::chrono::seconds message_burst{20};
    std::chrono::milliseconds answer_timeout{15'000};
    std::set<std::string, std::less<>> extra_durable_actions;  // answered after the log has them, besides the built-in ones
    std::string transaction_key;                               // secret of the 1.6 transaction ids, the same on every pod
    bool everyone_may_charge = true;  // no id tag is ever anything but Accepted; else only who was asked about is told to be
    std::chrono::milliseconds call_pacing{0};  // between the end of a CALL of ours and the next one
    std::size_t unresponsive_calls = 3;        // of ours unanswered, one after the other: the charge point is deaf; 0: never
    bool close_unresponsive = false;           // such a charge point is made to connect again
    std::chrono::seconds resend_window{300};   // so long a message that comes again gets its answer again
    std::size_t late_answers_max = 4;          // timed-out CALLs of one connection whose answers are still known
    std::size_t event_bytes_max = 900'000;     // below Kafka's default message limit; see model/event.h
};

// The sub-protocols that are built, best first: what the upgrade offers to choose from.
[[nodiscard]] const std::vector<std::string>& supported_protocols();

// Who is at the other end; fixed once the connection is open.
struct Peer {
    model::ChargePointId charge_point;
    model::Epoch epoch{};
};

// What is known from earlier connections: a reconnect brings no BootNotification.
struct Past {
    bool was_here = false;
    model::AdmissionStatus admission = model::AdmissionStatus::accepted;
    ProfileChoice profiles{};  // as was assigned, and by its last BootNotification
};

// How the connection was admitted. All but the epoch is told to the log and not kept.
struct Opening {
    model::Epoch epoch{};
    std::optional<model::Epoch> previous_epoch{};
    std::string_view remote_address{};
    int security_profile = 0;
    Past past{};
};

using Ticket = std::uint64_t;  // unique within a session

enum class Durability { placed, logged };

struct SendFrame {
    std::string text;
    CommandTicket command = 0;  // of a CALL of ours: on_frame_sent wants to hear that its first byte went out
};
struct Publish {
    model::EventRecord event;
    Durability durability;
    Ticket ticket;  // 0: nobody waits for it
};
struct Ask {
    model::Question question;
    Ticket ticket;
};
struct Close {
    std::uint16_t code;
    std::string reason;
};
// Another profile speaks for the charge point from here on.
struct UseProfile {
    ProfileNumber profile;
};
// Of a BootNotification, for the Past of the next connection.
struct Remember {
    ProfileNumber matched;
    model::AdmissionStatus admission;
};
using Effect = std::variant<SendFrame, Publish, Ask, Close, Report, UseProfile, Remember>;
using Effects = std::vector<Effect>;

// placed: the event has a place in the buffer that survives a broker outage. logged: Kafka has it (acks=all).
// failed: the log refuses this event for good (too large); there will be no answer.
enum class Outcome { placed, logged, failed };

enum class ClosedBy { device, gateway, network, displaced };

struct Closed {
    ClosedBy by = ClosedBy::network;
    std::uint16_t code = 1006;  // as received or sent; 1006 where no close frame was seen
    std::string reason{};
};

class Session {
public:
    // `config`, `pod` and `counters` outlive the session; `protocol` is one of supported_protocols(). `trace_seed` makes this
    // connection's trace ids unguessable.
    Session(const Config& config, const model::PodId& pod, const Counters& counters, model::ChargePointId charge_point,
            std::string_view protocol, std::uint64_t trace_seed);
    ~Session();
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;

    void on_open(const Opening& opening, base::Now now, Effects& effects);
    // One text message as received. 64 bytes behind it must be readable (simdjson).
    void on_frame(std::string_view frame, base::Now now, Effects& effects);
    // Unknown tickets are ignored: what they were for may be gone.
    void on_published(Ticket ticket, Outcome outcome, base::Now now, Effects& effects);
    void on_decided(Ticket ticket, const model::Decision& decision, base::Now now, Effects& effects);
    // Every command is answered by Reports; one that comes after the end, too.
    void on_command(Command command, base::Now now, Effects& effects);
    // Not wanted any more: reported NotSent unless its frame was handed over. Where it was, its end is reported as ever; only
    // one whose deadline is over and merely stands still is given up without a word. Unknown tickets are ignored.
    void on_cancel(CommandTicket ticket, base::Now now, Effects& effects);
    // The first byte of that command's frame went to the kernel. Told before on_close, or not at all.
    void on_frame_sent(CommandTicket ticket, base::Now now, Effects& effects);
    // By the API; none: what matches counts again.
    void on_profile_assigned(ProfileNumber profile, Effects& effects);
    void on_close(const Closed& closed, base::Now now, Effects& effects);
    // Nothing is read although the session wants frames (an event of its waits for a place), or that is over: the deadlines of
    // our calls stand still meanwhile, as they do while the session wants no frames.
    void on_held_up(bool held_up, base::Now now);
    void on_time(base::Now now, Effects& effects);

    // When on_time wants to be called; empty while nothing waits.
    [[nodiscard]] std::optional<base::MonoTime> next_wake() const;
    // False while the window of unanswered CALLs is full, or more came than may: read no further from the socket.
    [[nodiscard]] bool wants_frames() const;
    // A CALL of ours is on its way or not answered yet.
    [[nodiscard]] bool awaits_answer() const;

    [[nodiscard]] const Peer& peer() const;
    [[nodiscard]] std::string_view protocol() const;
    [[nodiscard]] ProfileNumber profile() const;
    // The payload of the last BootNotification of this connection, as received; empty before one.
    [[nodiscard]] std::string_view last_boot() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ocpp
