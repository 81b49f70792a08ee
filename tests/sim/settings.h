// How a simulated run is: drawn from its seed, so that some runs are calm and others are all crashes, some have five charge
// points and others thousands.
#pragma once

#include <cstddef>
#include <cstdint>

#include "app/outgoing.h"
#include "commands/ledger.h"
#include "ocpp/session.h"
#include "sim/timeline.h"

namespace sim {

// Faults of a gateway that the checker must find: the model commits them where it stands in for the gateway's loops and for
// what they write to.
enum class Planted : std::uint8_t {
    nothing,
    lost_ended_marker,          // read back, and not in the log any more
    forgotten_sending_markers,  // a run does not see those of the one before
    lost_result,
    lost_dead_letter,
    changed_repeated_result,
    result_before_sent,  // the results of a command change their order
    commit_too_far,
    invented_answer,      // a time-out is reported as an answer
    kept_old_connection,  // a connection that was taken over is served on
    denied_frame,         // one that went out is reported as not deliverable
    late_hand_over,       // the last moment to send is not told to the session
    endless_attempts,     // of what may be sent again
    lost_commits          // none reaches the log
};

struct Settings {
    std::uint64_t seed = 0;
    Planted planted = Planted::nothing;

    std::size_t charge_points = 0;
    std::size_t commands = 0;
    std::size_t partitions = 0;
    std::size_t event_partitions = 0;
    std::uint32_t shards = 0;
    milliseconds trouble{};  // so long commands come and faults happen; then it runs until it is quiet

    Range append{};
    Range acknowledge{};
    Range read{};
    Range mailbox{};  // between the loops
    Range network{};
    Range registry{};
    Range decision{};

    // Between two of them; 0: never.
    milliseconds crash_every{};
    milliseconds outage_every{};
    milliseconds producer_reset_every{};
    milliseconds reread_every{};
    milliseconds charge_point_acts_every{};  // each

    bool clock_jumps = false;  // the pod's wall clock is wrong, now and then differently

    Range outage{};
    Range down{};  // from the end of a run to the next one

    std::size_t silent_percent = 0;
    std::size_t refusing_percent = 0;
    std::size_t error_percent = 0;
    std::size_t slow_percent = 0;
    std::size_t hang_up_percent = 0;  // when a CALL comes

    std::size_t sink_bytes_max = 0;
    commands::Config ledger{};
    ocpp::Config session{};
    app::OutgoingConfig outgoing{};
};

[[nodiscard]] Settings settings_of(std::uint64_t seed);

}  // namespace sim
