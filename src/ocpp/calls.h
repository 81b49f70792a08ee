// Calls: our CALLs on one connection, from the command to its last report. A part of the Session, made with the first command.
//
//   waiting → handed over (SendFrame) → sent (on_frame_sent) → answered, or timed out: then a late answer is still known
//
// One call is open at a time (OCPP-J 1.6 4.1.1); the next one is handed over when the open one is over, and the pacing
// has passed since. Its deadline runs from the first byte that went out, and stands still while the session reads nothing: the
// answer may lie unread. A charge point that is not accepted is sent what it may be sent, and nothing while it is rejected
// (OCPP 1.6 4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/decision.h"
#include "ocpp/answer.h"
#include "ocpp/command_call.h"
#include "ocpp/session.h"
#include "ocpp/version.h"

namespace ocpp {

class Calls {
public:
    // `id_prefix` makes the ids of this connection's calls unlike those of all others; at most 15 characters.
    // By an admission that is remembered from an earlier connection (`of_the_past`) nothing is refused: what may not be sent
    // waits for the BootNotification that may change it, and so does what was ordered behind it.
    Calls(const Version& version, const Config& config, const Counters& counters, std::string id_prefix,
          model::AdmissionStatus admission, bool of_the_past)
        : version_(version),
          config_(config),
          counters_(counters),
          id_prefix_(std::move(id_prefix)),
          admission_(admission),
          waits_for_boot_(of_the_past && admission != model::AdmissionStatus::accepted) {}

    // Between the end of a CALL and the next one; counts from the next end on.
    void set_pacing(std::chrono::milliseconds pacing) { pacing_ = pacing; }

    // The inputs of the Session with these names.
    void on_command(Command command, base::MonoTime now, Effects& effects);
    void on_cancel(CommandTicket ticket, base::MonoTime now, Effects& effects);
    void on_frame_sent(CommandTicket ticket, base::MonoTime now, Effects& effects);
    void on_time(base::MonoTime now, Effects& effects);
    // Where `may_have_gone_out`, a frame that was handed over may be with the charge point although nothing told so.
    void on_close(bool may_have_gone_out, Effects& effects);

    // True where it answers a call of ours.
    [[nodiscard]] bool on_answer(const Answer& answer, base::MonoTime now, Effects& effects);
    // Decided on this connection. What waited goes on with the next on_time, behind the answer to the BootNotification.
    void on_admission(model::AdmissionStatus admission) {
        admission_ = admission;
        waits_for_boot_ = false;
        is_held_ = false;
        if (admission != model::AdmissionStatus::pending) {
            asked_for_.clear();
        }
    }
    // The session's reading stopped, or goes on.
    void on_reading(bool stopped, base::MonoTime now);
    [[nodiscard]] std::optional<base::MonoTime> next_wake() const;
    [[nodiscard]] bool is_open() const { return open_.has_value(); }
    // A CALL of ours asked for this one of the charge point's.
    [[nodiscard]] bool asked_for(const Action& action) const;
    // Timed out one after the other, with no answer to any CALL since the first of them was sent.
    struct Unanswered {
        std::size_t calls = 0;
        base::MonoTime since{};
        bool told = false;
    };
    [[nodiscard]] const Unanswered& unanswered() const { return unanswered_; }
    void note_told() { unanswered_.told = true; }

private:
    struct Open {
        CommandTicket ticket;
        Called called;
        std::string id;
        std::chrono::milliseconds timeout;
        std::optional<base::MonoTime> deadline{};  // once sent
    };
    struct Late {
        CommandTicket ticket;
        Called called;
        std::string id;
    };

    [[nodiscard]] std::optional<NotDeliverable> refused_before_acceptance(const Action& action) const;
    void note_oddities(const Answer& answer) const;
    void report_answer(CommandTicket ticket, const Called& called, const Answer& answer, Effects& effects) const;
    void start_next(base::MonoTime now, Effects& effects);
    [[nodiscard]] bool hand_over(Command& command, Effects& effects);
    void expect_late(base::MonoTime now);
    void close_open(base::MonoTime now);

    const Version& version_;
    const Config& config_;
    const Counters& counters_;
    const std::string id_prefix_;
    std::chrono::milliseconds pacing_{0};
    std::uint64_t last_id_ = 0;
    std::deque<Command> waiting_;  // in the order of arrival
    std::optional<Open> open_;
    std::deque<Late> late_;
    std::vector<const Action*> asked_for_;  // while Pending
    Unanswered unanswered_;
    model::AdmissionStatus admission_;
    bool waits_for_boot_;
    bool is_held_ = false;  // the first that waits is not to be sent before the BootNotification
    std::optional<base::MonoTime> stopped_since_;
    base::MonoTime next_not_before_{};
};

}  // namespace ocpp
