// A charge point, the event log and the decision maker around one Session: what they say goes in, what the Session wants
// is kept to be looked at. Time stands still unless it is moved.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ocpp/counters.h"
#include "ocpp/session.h"

namespace test {

// Fri 20 Nov 2026 10:00:00.123 UTC: when the harness's connections begin.
[[nodiscard]] base::WallTime start_of_time();

[[nodiscard]] ocpp::Config session_config();

class SessionHarness {
public:
    explicit SessionHarness(std::string_view charge_point = "CP-001", ocpp::Config config = session_config(),
                            const ocpp::Counters& counters = no_counters());
    // A connection with more about it than an id.
    SessionHarness(std::string_view charge_point, const ocpp::Opening& opening, ocpp::Config config = session_config(),
                   const ocpp::Counters& counters = no_counters());

    // What others tell the session.
    void sends(std::string_view frame);
    void log_places();    // everything that waits for the log has its place
    void log_confirms();  // everything that waits for the log is in it
    void log_fails();
    void decides(const model::Decision& decision);  // the oldest open question
    void accepts_everything() { accepts_ = true; }  // questions are decided as mode `accept` does, right after the frame
    void time_passes(std::chrono::milliseconds span);
    void wakes();
    void closes(const ocpp::Closed& closed);
    void is_assigned(ocpp::ProfileNumber profile);
    // Orders a command with the next ticket (from 1 on), 30 s and no last moment; `change` may give it others.
    ocpp::CommandTicket ordered(std::string name, std::string payload, const std::function<void(ocpp::Command&)>& change = {});
    void cancelled(ocpp::CommandTicket ticket);
    void frame_goes_out(ocpp::CommandTicket ticket);

    // What the session wanted.
    [[nodiscard]] const model::EventRecord& opening() const { return opening_; }  // its device.connected
    [[nodiscard]] const std::vector<model::EventRecord>& published() const { return published_; }
    [[nodiscard]] const model::EventRecord& last() const { return published_.at(published_.size() - 1); }
    [[nodiscard]] const std::vector<std::string>& received() const { return received_; }
    [[nodiscard]] const std::deque<ocpp::Ask>& asked() const { return asked_; }  // and not decided
    [[nodiscard]] const std::optional<ocpp::Close>& closed() const { return closed_; }
    [[nodiscard]] const std::vector<ocpp::UseProfile>& profiles() const { return profiles_; }
    [[nodiscard]] const std::vector<ocpp::Remember>& remembered() const { return remembered_; }
    // Of commands, in words: "1 sent", "1 answered Accepted {…}".
    [[nodiscard]] const std::vector<std::string>& reports() const { return reports_; }
    // Our CALLs, in the order of their frames.
    [[nodiscard]] const std::vector<std::string>& calls() const { return calls_; }
    [[nodiscard]] std::string last_call_id() const;  // as a token
    // The durability of each published event that is waited for and not yet logged.
    [[nodiscard]] std::vector<ocpp::Durability> waits_for_log() const;
    void forget();  // what was published, received, called and reported so far

    [[nodiscard]] ocpp::Session& session() { return session_; }
    [[nodiscard]] base::Now now() const { return now_; }

    static const ocpp::Counters& no_counters();

private:
    struct Waiting {
        ocpp::Ticket ticket;
        ocpp::Durability durability;
    };
    void perform();
    void tell_log(ocpp::Outcome outcome);

    ocpp::Config config_;
    model::PodId pod_{"gateway-0"};
    base::Now now_;
    ocpp::Session session_;
    ocpp::Effects effects_;
    bool accepts_ = false;
    model::EventRecord opening_;
    std::vector<model::EventRecord> published_;
    std::vector<std::string> received_;
    std::deque<ocpp::Ask> asked_;
    std::vector<Waiting> waiting_;
    std::optional<ocpp::Close> closed_;
    std::vector<ocpp::UseProfile> profiles_;
    std::vector<ocpp::Remember> remembered_;
    std::vector<std::string> reports_;
    std::vector<std::string> calls_;
    ocpp::CommandTicket last_command_ = 0;
};

// The JSON text at a pointer into the record's value, texts without their quotes; "" where there is nothing.
[[nodiscard]] std::string at(const model::EventRecord& record, std::string_view pointer);
[[nodiscard]] std::string json_at(std::string_view json, std::string_view pointer);
// `data.ocpp.payload` byte for byte.
[[nodiscard]] std::string payload_of(const model::EventRecord& record);
// The names in `data.flags`, joined by commas.
[[nodiscard]] std::string flags_of(const model::EventRecord& record);

}  // namespace test
