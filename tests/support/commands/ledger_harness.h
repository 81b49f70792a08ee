// The log, the sessions and the clock around one Ledger. Records that it wants appended lie in `marks` and `writes` until
// the log takes them; settle() lets the log take and return everything, and every input of the harness settles unless
// `log_is_slow`. The log outlives the ledger: restarts() makes a new one, which reads from the committed offsets on.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "commands/ledger.h"

namespace test {

struct CommandWish {
    std::string name = "Reset";
    std::string payload = "{}";
    std::string members{};  // further ones, each with a comma before it
};

struct Written {
    std::string key;
    std::string value;
};

class LedgerHarness {
public:
    explicit LedgerHarness(commands::Config config = {}, std::int32_t partitions = 1);

    // The log. In order: what was appended is read in the order of its partition.
    void appends(model::DownRecord record);
    void commands(const std::string& id, const std::string& charge_point, const CommandWish& wish = {},
                  std::int32_t partition = 0);
    void cancels(const std::string& id);
    void takes_mark();           // the oldest marker on its way gets its place
    void takes_write();          // the oldest result or dead letter is in the log
    void takes_write_unheard();  // and the ledger does not hear of it
    bool reads(std::int32_t partition);
    void settle();
    bool log_is_slow = false;

    // Charge points and their sessions.
    void connects(const std::string& charge_point);
    void disconnects(const std::string& charge_point);
    // Of the delivery that this charge point got last.
    void reports(const std::string& charge_point, decltype(commands::Report::what) what);
    void reports(commands::Ticket delivery, decltype(commands::Report::what) what);
    void answers(const std::string& charge_point, const std::string& status = "Accepted");
    void time_passes(std::chrono::milliseconds span);

    // The pod is asked to stop.
    void drains();
    // The reader of the log starts anew, from the committed offsets on.
    void reader_starts_anew();

    // A crash: what was on its way is lost, and a new run of the gateway replays the log.
    void restarts();

    void replays();  // the second half of it: reads to the end and says so

    // What came of it.
    [[nodiscard]] std::vector<std::string> states(const std::string& id) const;  // in the order of the results
    [[nodiscard]] std::vector<std::string> results(const std::string& id) const;
    [[nodiscard]] std::string last_result(const std::string& id) const;
    [[nodiscard]] std::vector<std::string> delivered(const std::string& charge_point) const;  // ids, in order
    [[nodiscard]] const commands::Deliver& last_delivery(const std::string& charge_point) const;
    [[nodiscard]] std::vector<std::string> kinds(std::int32_t partition = 0) const;  // of the log's records
    [[nodiscard]] std::int64_t committed(std::int32_t partition = 0) const;
    [[nodiscard]] std::int64_t end_of(std::int32_t partition = 0) const;  // of its log

    [[nodiscard]] commands::Ledger& ledger() { return *ledger_; }
    [[nodiscard]] base::Now now() const { return now_; }
    [[nodiscard]] bool is_connected(const std::string& charge_point) const { return places_.contains(charge_point); }
    [[nodiscard]] std::optional<commands::Place> place_of(const std::string& charge_point) const;
    [[nodiscard]] std::string state_in_status(const std::string& id) const;
    // Appended by another run of the gateway.
    [[nodiscard]] static model::DownRecord foreign_marker(model::DownKind kind, const std::string& id,
                                                          const std::string& result = {});

    std::deque<model::DownRecord> marks;
    std::deque<std::pair<commands::Ticket, Written>> writes;
    std::vector<Written> result_log;
    std::vector<Written> dead_letters;
    std::vector<commands::Deliver> deliveries;
    std::vector<commands::CancelDelivery> withdrawn;
    std::vector<commands::RecordStatus> statuses;
    std::size_t read_again = 0;

private:
    struct Partition {
        std::vector<model::DownRecord> records;
        std::int64_t read = 0;
        std::optional<std::int64_t> replay_end{};  // on_replayed is told there
        std::int64_t committed = 0;
        std::int64_t told = 0;  // to this ledger
    };
    commands::Ticket take_write();
    void perform();
    void perform(commands::Deliver& effect);
    void perform(commands::CancelDelivery& effect);
    void perform(commands::Mark& effect);
    void perform(commands::WriteResult& effect);
    void perform(commands::WriteDeadLetter& effect);
    void perform(commands::RecordStatus& effect);
    void perform(commands::Commit& effect);
    void perform(commands::ReadAgain& effect);
    void read_from(std::int32_t partition, std::int64_t offset);
    void tell_replayed(std::int32_t partition);
    void start_ledger();

    commands::Config config_;
    base::Now now_;
    std::vector<Partition> partitions_;
    std::unique_ptr<commands::Ledger> ledger_;
    commands::Effects effects_;
    std::map<std::string, commands::Place> places_;
    std::deque<bool> write_is_dead_letter_;
    std::uint64_t next_connection_ = 1;
    int incarnation_ = 0;
};

// The text or number at a member of the record's top level; "" where there is none.
[[nodiscard]] std::string member_of(std::string_view json, std::string_view name);
// The same inside of `error`.
[[nodiscard]] std::string error_of(std::string_view json, std::string_view name);

}  // namespace test
