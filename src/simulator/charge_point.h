// ChargePoint: one simulated OCPP 1.6 charge point with one connector, as a plain object without a socket or a clock. It
// is told what happened and answers with at most one frame and one wish; its owner, the Fleet, fulfils both.
//
// It boots, tells its status, beats, and then charges again and again: Preparing, Authorize, StartTransaction, Charging,
// MeterValues, Finishing, StopTransaction, Available. What always holds:
//  - One CALL is open at a time (OCPP-J 1.6 section 4.1.1). One that is not answered within `call_timeout` is repeated.
//  - StartTransaction, MeterValues and StopTransaction go through a queue that survives the connection: they are sent in
//    order, with the payload that they were made with, until they are answered (OCPP 1.6 section 3.7). Time-outs and
//    CALLERRORs count as attempts (section 3.7.1), a lost connection does not.
//  - BootNotification is sent until it is answered Accepted, and not again after a mere reconnect.
//  - A command of the central system is answered whatever else is open (OCPP-J 1.6 section 4.1.1 counts both directions
//    apart); shares of the commands can be left unanswered, refused, or answered by the end of the connection, or be
//    followed by it.
//  - A connection that fails is tried again with an exponential back-off and jitter, never before a Retry-After is over.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "simulator/answers_file.h"
#include "simulator/command_journal.h"
#include "simulator/messages.h"
#include "simulator/received.h"
#include "simulator/statistics.h"

namespace simulator {

// How all charge points of a fleet behave. Pauses are means: each is drawn between half and one and a half of it. All of
// them but call_timeout, meter_period and what the central system asks for by Retry-After are divided by `speed`.
struct Behaviour {
    std::string id_prefix = "SIM-";
    double speed = 1;
    unsigned transactions = 0;  // then the charge point leaves; 0: goes on until leave()
    unsigned meter_count = 6;   // MeterValues in one transaction
    std::chrono::milliseconds meter_interval{10'000};
    std::chrono::milliseconds think{5'000};           // between the steps of a session
    std::chrono::milliseconds heartbeat_interval{0};  // 0: what the central system asks for
    std::chrono::milliseconds reconnect{0};           // mean time from a connection to its end by the charge point; 0: never
    std::chrono::microseconds meter_period{0};        // not 0: no sessions, only MeterValues, one in every such time
    std::chrono::milliseconds call_timeout{30'000};
    std::chrono::milliseconds boot_retry{30'000};        // where a BootNotification that is not accepted names no interval
    std::chrono::milliseconds attempt_interval{10'000};  // times the attempts so far, before a durable message is repeated
    unsigned attempts_max = 3;                           // of a durable message; 0: without end
    std::size_t queue_max = 256;                         // durable messages of one charge point that wait
    std::chrono::milliseconds backoff_first{1'000};
    std::chrono::milliseconds backoff_max{60'000};
    std::chrono::milliseconds command_delay{0};  // mean time before a command is answered; not divided by speed
    double silent_share = 0;                     // of the commands: never answered
    double refuse_share = 0;                     // answered Rejected, or with a CALLERROR
    double disconnect_share = 0;                 // the connection ends instead
    double disconnect_after_share = 0;           // obeyed and answered, and then the connection ends
    std::size_t replies_max = 16;                // answers of one charge point that wait; more commands are not answered
};

enum class Wish : std::uint8_t {
    nothing,
    connect,  // is answered by on_open or on_refused
    close,    // with a close frame; is answered by on_closed, as drop is
    drop,     // without one: the network is gone
};

struct Output {
    std::string frame;  // empty: none
    Wish wish = Wish::nothing;

    void clear() {
        frame.clear();
        wish = Wish::nothing;
    }
};

// What a charge point writes down of what it did; null: nothing.
struct Journals {
    AnswersFile* answers = nullptr;
    CommandJournal* commands = nullptr;
};

class ChargePoint {
public:
    // `behaviour`, `statistics` and the journals outlive the charge point. `number` begins with 1.
    ChargePoint(const Behaviour& behaviour, Statistics& statistics, const Journals& journals, std::uint32_t number,
                std::uint64_t seed);

    void start(base::MonoTime at);
    // From `at` on nothing new is begun: a transaction is brought to its end without pauses, what is queued is delivered.
    void leave(base::MonoTime at);

    void on_open(base::Now now, Output& out);
    // There is no connection: TCP failed, or the upgrade was answered with another status than 101.
    void on_refused(base::Now now, std::optional<std::chrono::seconds> retry_after);
    void on_closed(base::Now now);
    // A text message.
    void on_frame(std::string_view frame, base::Now now, Output& out);
    void on_time(base::Now now, Output& out);

    // When on_time wants to be called; time_point::max() for never.
    [[nodiscard]] base::MonoTime next_wake() const;
    // It has left: nothing is open, and it wants no connection any more.
    [[nodiscard]] bool finished() const { return phase_ == Phase::gone; }
    [[nodiscard]] std::string id() const;

private:
    // What is to be done when step_at_ is reached. The two awaiting phases wait for the answer to a queued message.
    enum class Phase : std::uint8_t {
        boot,
        station_status,
        connector_status,
        preparing,
        authorizing,
        starting,
        awaiting_start,
        charging,
        metering,
        finishing,
        stopping,
        awaiting_stop,
        available,
        reporting,
        leaving,
        gone,
    };
    enum class Link : std::uint8_t { offline, connecting, online, closing };
    enum class Origin : std::uint8_t { none, step, queue, heartbeat };

    struct Queued {
        Action action;
        std::uint8_t attempts = 0;
        std::string payload;
    };
    // The answer to a command that waits for its time.
    struct Reply {
        base::MonoTime due;
        std::string id;  // of the command, with its quotes
        std::string frame{};
        Deed deed = Deed::answered;
        bool then_disconnect = false;
    };
    // The CALL that waits for its answer. Its id is a number, told in hexadecimal.
    struct Open {
        Origin origin = Origin::none;
        Action action = Action::heartbeat;
        std::uint64_t id = 0;
        base::MonoTime sent_at{};
    };

    void proceed(base::Now now, Output& out);
    bool make_due_messages(base::Now now);
    void send_step(base::Now now, Output& out);
    void send(Origin origin, Action action, std::string_view payload, base::Now now, Output& out);
    bool enqueue(Action action, std::string payload);

    // Continues with `next` after a pause; while leaving at once, and with the shortest way out.
    void enter(Phase next, std::chrono::nanoseconds pause, base::Now now);
    [[nodiscard]] Phase while_leaving(Phase next) const;
    void advance(base::Now now);
    void begin_leaving(base::Now now);
    void end_connection(base::Now now, Output& out);
    void end_connection(Wish how, base::Now now, Output& out);
    void lose_connection(base::Now now);
    void connect_after(std::chrono::nanoseconds pause, base::Now now);
    void finish_if_left();

    void on_command(const Received& command, base::Now now, Output& out);
    [[nodiscard]] Reply reply_to(const Received& command, double fate, base::Now now);
    void reply(Reply reply, base::Now now, Output& out);
    void write_down(Deed deed, std::string_view command_id, std::string_view answer, base::Now now);
    void write_down_end_of_connection(base::Now now);
    [[nodiscard]] std::string obey(const Received& command, base::Now now);
    [[nodiscard]] std::string_view remote_start(std::string_view payload, base::Now now);
    [[nodiscard]] std::string_view remote_stop(std::string_view payload, base::Now now);
    [[nodiscard]] std::string_view reset(std::string_view payload, base::Now now);
    [[nodiscard]] std::string_view trigger(std::string_view payload, base::Now now);
    [[nodiscard]] std::string_view change_configuration(std::string_view payload);
    [[nodiscard]] std::string configuration(std::string_view payload) const;
    [[nodiscard]] std::string value_of(std::string_view key) const;
    [[nodiscard]] bool charges() const;
    [[nodiscard]] bool between_transactions() const;
    void restart(base::Now now, Output& out);

    void on_answer(const Received& answer, base::Now now);
    void on_call_error(base::Now now);
    void on_call_timeout(base::Now now);
    void on_boot_answer(std::string_view payload, base::Now now);
    void on_authorize_answer(std::string_view payload, base::Now now);
    void on_durable_answer(std::string_view payload, base::Now now);
    void on_start_answer(std::string_view payload, base::Now now);
    void attempt_failed(base::Now now);
    void take_from_queue();
    void close_call();

    [[nodiscard]] std::chrono::nanoseconds jittered(std::chrono::nanoseconds mean);
    [[nodiscard]] std::chrono::nanoseconds shortened(std::chrono::nanoseconds pause) const;
    [[nodiscard]] std::chrono::nanoseconds think();
    [[nodiscard]] Reading read_meter(base::WallTime at) const;
    void begin_transaction(base::Now now);
    void take_meter_values(base::Now now);
    void end_transaction(base::Now now);
    [[nodiscard]] std::string stop_payload(std::string_view reason, base::Now now);
    [[nodiscard]] std::string id_tag() const;

    static constexpr base::MonoTime kNever = base::MonoTime::max();

    const Behaviour* behaviour_;
    Statistics* statistics_;
    Journals journals_;
    base::SplitMix random_;
    std::uint32_t number_;

    Phase phase_ = Phase::boot;
    Link link_ = Link::offline;
    bool accepted_ = false;
    bool connected_before_ = false;
    bool leaving_ = false;
    bool deauthorized_ = false;  // the id tag of the running transaction was refused
    bool stopped_remotely_ = false;
    bool reset_hard_ = false;    // how it restarts at restart_at_
    std::uint8_t failures_ = 0;  // connections that failed since the last good one
    Open open_;

    base::MonoTime connect_at_ = kNever;
    base::MonoTime step_at_ = kNever;
    base::MonoTime queue_at_ = base::MonoTime::min();  // the head of the queue is not sent before
    base::MonoTime heartbeat_at_ = kNever;
    base::MonoTime drop_at_ = kNever;
    base::MonoTime leave_at_ = kNever;
    base::MonoTime restart_at_ = kNever;
    std::chrono::milliseconds heartbeat_interval_{0};

    std::vector<Queued> queue_;
    std::vector<Reply> replies_;  // by their time

    std::uint32_t transactions_ = 0;
    std::uint16_t id_tag_ = 0;
    std::string remote_id_tag_;  // instead, where a command started the transaction
    std::uint16_t meters_ = 0;   // MeterValues of the running transaction so far
    std::int64_t transaction_id_ = 0;
    std::uint64_t register_tenths_wh_ = 0;
    Reading begin_;
};

}  // namespace simulator
