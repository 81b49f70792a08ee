// Thousands of random operations against one Ledger: charge points that come, go, answer, refuse and are silent; a log that
// is slow; crashes that lose, keep or delay what was on its way. Whatever happens, each command ends once, what may not run
// twice does not, and no commit passes what has not ended. A seed that fails is a bug: it becomes a test of its own.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/commands/ledger_harness.h"

namespace {

using commands::Unsent;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::CommandWish;
using test::LedgerHarness;
using test::member_of;

constexpr std::int32_t kPartitions = 2;
constexpr std::size_t kChargePoints = 5;
constexpr int kSteps = 1500;

// Operations are drawn by their weight.
enum class Step {
    command,
    read,
    mark,
    write,
    connect,
    disconnect,
    session,
    cancel,
    duplicate,
    garbage,
    time,
    reader,
    stop,
    crash
};

class RandomGateway {
public:
    explicit RandomGateway(std::uint64_t seed) : random_(seed), gateway_(config(seed), kPartitions) {
        gateway_.log_is_slow = true;
    }

    void run() {
        for (int i = 0; i < kSteps && !testing::Test::HasFailure(); ++i) {
            step();
            take_deliveries();
            check_commits();
        }
        come_to_rest();
        check_ends();
    }

private:
    // Every other run has little room: it refuses and skips.
    static commands::Config config(std::uint64_t seed) {
        commands::Config config{
            .reconnect_grace = seconds(2), .commands_per_charge_point = 8, .duplicates_remembered = seconds(20)};
        if (seed % 2 == 0) {
            config.bytes_max = 6'000;
            config.bytes_for_urgent = config.bytes_not_for_low = 1'000;
            config.undecided_bytes_max = 3'000;
        }
        return config;
    }

    enum class Phase { handed, sent, silent, over };
    struct Delivery {
        commands::Ticket ticket;
        std::string charge_point;
        std::string id;
        commands::Place place;
        Phase phase = Phase::handed;
    };
    struct Sent {
        std::string charge_point;
        CommandWish wish;
        std::int32_t partition;
        std::int64_t offset;
        base::MonoTime at;
    };

    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_.next() % bound); }
    bool chance(std::size_t percent) { return below(100) < percent; }
    std::string some_charge_point() { return "CP-" + std::to_string(below(kChargePoints)); }

    Step next_step() {
        static const std::vector<std::pair<Step, std::size_t>> kWeights{
            {Step::command, 12},   {Step::read, 30},    {Step::mark, 20},  {Step::write, 20},    {Step::connect, 5},
            {Step::disconnect, 3}, {Step::session, 30}, {Step::cancel, 2}, {Step::duplicate, 4}, {Step::garbage, 1},
            {Step::time, 8},       {Step::reader, 1},   {Step::stop, 1},   {Step::crash, 1}};
        std::size_t drawn = below(138);
        for (const auto& [step, weight] : kWeights) {
            if (drawn < weight) return step;
            drawn -= weight;
        }
        return Step::read;
    }

    void step() {
        switch (next_step()) {
            case Step::command: return command();
            case Step::read: return void(gateway_.reads(static_cast<std::int32_t>(below(kPartitions))));
            case Step::mark: return gateway_.marks.empty() ? void() : gateway_.takes_mark();
            case Step::write: return gateway_.writes.empty() ? void() : gateway_.takes_write();
            case Step::connect: return gateway_.connects(some_charge_point());
            case Step::disconnect: return disconnect(some_charge_point());
            case Step::session: return session_step();
            case Step::cancel: return sent_.empty() ? void() : gateway_.cancels(some_command());
            case Step::duplicate: return duplicate();
            case Step::garbage: return gateway_.appends({.partition = 1, .key = "CP-0", .value = R"({"commandId":"c-1"})"});
            case Step::time: return time();
            case Step::reader: return gateway_.reader_starts_anew();
            case Step::stop: return stop();
            case Step::crash: return crash();
        }
    }

    std::string some_command() { return "c-" + std::to_string(below(sent_.size())); }

    void command() {
        CommandWish wish{.name = chance(60) ? "RemoteStartTransaction" : "GetConfiguration", .payload = R"({"n":1})"};
        const std::vector<std::string> priorities{"low", "normal", "high", "emergency"};
        wish.members = R"(,"priority":")" + priorities.at(below(4)) + "\"";
        if (chance(30)) wish.members += R"(,"ifOffline":"wait")";
        if (chance(30)) wish.members += R"(,"timeoutSeconds":)" + std::to_string(1 + below(20));
        const auto partition = static_cast<std::int32_t>(below(kPartitions));
        const std::string id = "c-" + std::to_string(sent_.size());
        const std::string charge_point = some_charge_point();
        sent_.emplace(id, Sent{charge_point, wish, partition, gateway_.end_of(partition), gateway_.now().mono});
        gateway_.commands(id, charge_point, wish, partition);
    }

    // Of a command that nobody can have forgotten yet, in its own partition: what is promised of others holds without crashes.
    void duplicate() {
        if (sent_.empty()) return;
        const std::string id = some_command();
        const Sent& first = sent_.at(id);
        if (gateway_.now().mono - first.at > seconds(15)) return;
        CommandWish wish = first.wish;
        if (chance(30)) wish.payload = R"({"n":2})";
        gateway_.commands(id, first.charge_point, wish, first.partition);
    }

    void time() {
        if (!chance(30)) return gateway_.time_passes(milliseconds(below(50)));
        // What is in the log is read within seconds, else an id could be forgotten before its duplicate is read.
        read_all();
        gateway_.time_passes(milliseconds(below(chance(20) ? 40'000 : 4'000)));
    }

    void read_all() {
        for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
            while (gateway_.reads(partition)) {
            }
        }
    }

    void take_deliveries() {
        for (; withdrawn_seen_ < gateway_.withdrawn.size(); ++withdrawn_seen_) {
            withdrawn_.insert(gateway_.withdrawn[withdrawn_seen_].ticket);
        }
        for (; taken_ < gateway_.deliveries.size(); ++taken_) {
            const commands::Deliver& deliver = gateway_.deliveries[taken_];
            Delivery delivery{deliver.ticket, std::string(deliver.command.charge_point.text()), deliver.command.id.text(),
                              deliver.place};
            EXPECT_TRUE(open_of(delivery.charge_point) == nullptr || open_of(delivery.charge_point)->place != delivery.place)
                << "two commands at a time for " << delivery.charge_point;
            open_.push_back(delivery);
        }
        std::erase_if(open_, [](const Delivery& each) { return each.phase == Phase::over; });
    }

    Delivery* open_of(const std::string& charge_point) {
        for (Delivery& delivery : open_) {
            if (delivery.charge_point == charge_point && (delivery.phase == Phase::handed || delivery.phase == Phase::sent) &&
                !withdrawn_.contains(delivery.ticket)) {
                return &delivery;
            }
        }
        return nullptr;
    }

    void put_on_wire(const Delivery& delivery) {
        ++frames_[delivery.id];
        if (sent_.at(delivery.id).wish.name == "RemoteStartTransaction") {
            EXPECT_EQ(frames_[delivery.id], 1) << delivery.id << " ran twice";
        }
    }

    void session_step() {
        if (open_.empty()) return;
        Delivery& delivery = open_.at(below(open_.size()));
        if (delivery.phase == Phase::handed) {
            hand_on(delivery);
        } else if (delivery.phase == Phase::sent) {
            hear(delivery);
        } else if (delivery.phase == Phase::silent && chance(20)) {
            delivery.phase = Phase::over;
            gateway_.reports(delivery.ticket, commands::Answered{"Accepted", R"({"status":"Accepted"})"});
        }
    }

    void hand_on(Delivery& delivery) {
        if (withdrawn_.contains(delivery.ticket)) {
            delivery.phase = Phase::over;
            return gateway_.reports(delivery.ticket, commands::NotSent{Unsent::withdrawn});
        }
        if (gateway_.place_of(delivery.charge_point) != delivery.place) {
            delivery.phase = Phase::over;
            return gateway_.reports(delivery.ticket, commands::NotSent{Unsent::connection_gone});
        }
        if (chance(5)) {
            delivery.phase = Phase::over;
            return gateway_.reports(delivery.ticket, commands::NotDeliverable{{.code = "BadPayload"}});
        }
        put_on_wire(delivery);
        delivery.phase = Phase::sent;
        if (chance(80)) gateway_.reports(delivery.ticket, commands::Sent{});
    }

    void hear(Delivery& delivery) {
        if (chance(60)) {
            delivery.phase = Phase::over;
            return gateway_.reports(delivery.ticket, commands::Answered{"Accepted", R"({"status":"Accepted"})"});
        }
        if (chance(40)) {
            delivery.phase = Phase::over;
            return gateway_.reports(delivery.ticket, commands::Refused{{.code = "GenericError"}});
        }
        if (chance(40)) {
            delivery.phase = Phase::silent;
            return gateway_.reports(delivery.ticket, commands::TimedOut{});
        }
    }

    // The session tells of its deliveries before or after the ledger hears that the connection ended.
    void disconnect(const std::string& charge_point) {
        if (!gateway_.is_connected(charge_point)) return;
        const bool first = chance(50);
        if (first) gateway_.disconnects(charge_point);
        for (Delivery& delivery : open_) {
            if (delivery.charge_point != charge_point || delivery.phase == Phase::over) continue;
            const Phase phase = std::exchange(delivery.phase, Phase::over);
            if (phase == Phase::sent) gateway_.reports(delivery.ticket, commands::Lost{});
            if (phase == Phase::handed) gateway_.reports(delivery.ticket, commands::NotSent{Unsent::connection_gone});
        }
        if (!first) gateway_.disconnects(charge_point);
    }

    // Of what is on its way a beginning is in the log, and the rest is lost or comes late: perhaps after the next run's own.
    void crash() {
        for (std::size_t kept = below(gateway_.writes.size() + 1); kept > 0; --kept) {
            gateway_.takes_write_unheard();
        }
        for (std::size_t kept = below(gateway_.marks.size() + 1); kept > 0; --kept) {
            gateway_.takes_mark();
        }
        const std::deque<model::DownRecord> zombies = gateway_.marks;
        next_run();
        for (std::size_t i = below(4); i > 0; --i) {
            gateway_.connects(some_charge_point());
        }
        const bool early = chance(30);
        if (!early) gateway_.replays();
        for (const model::DownRecord& zombie : zombies) {
            if (chance(50)) gateway_.appends(zombie);
        }
        if (early) gateway_.replays();
    }

    // Stopping in order: the sockets are closed, and what is under way ends.
    void stop() {
        gateway_.drains();
        const std::size_t delivered = gateway_.deliveries.size();
        for (std::size_t i = 0; i < kChargePoints; ++i) {
            if (chance(50)) session_step();
            disconnect("CP-" + std::to_string(i));
        }
        for (Delivery& delivery : open_) {  // that came to a place as it went
            if (delivery.phase == Phase::handed) hand_on(delivery);
        }
        gateway_.time_passes(seconds(chance(50) ? 0 : 5));
        gateway_.settle();
        EXPECT_TRUE(gateway_.ledger().idle());
        EXPECT_EQ(gateway_.deliveries.size(), delivered);
        next_run();
        gateway_.replays();
    }

    void next_run() {
        gateway_.restarts();
        open_.clear();
        taken_ = gateway_.deliveries.size();
        withdrawn_.clear();
        withdrawn_seen_ = gateway_.withdrawn.size();
    }

    void come_to_rest() {
        for (int round = 0; round < 20 || (round < 400 && gateway_.ledger().commands() > 0); ++round) {
            for (std::size_t i = 0; i < kChargePoints; ++i) {
                const std::string charge_point = "CP-" + std::to_string(i);
                if (!gateway_.is_connected(charge_point)) gateway_.connects(charge_point);
            }
            gateway_.settle();
            take_deliveries();
            for (int i = 0; i < 20; ++i) session_step();
            gateway_.settle();
            gateway_.time_passes(milliseconds(100));
            take_deliveries();
        }
        for (int round = 0; round < 10; ++round) {
            gateway_.settle();
            gateway_.time_passes(seconds(100));
        }
    }

    std::set<std::string> finals(const std::string& id) const {
        std::set<std::string> found;
        for (const std::string& result : gateway_.results(id)) {
            if (member_of(result, "final") == "true") found.insert(result);
        }
        return found;
    }

    void check_commits() {
        for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
            std::int64_t& checked = checked_[partition];
            if (checked >= gateway_.committed(partition)) continue;
            for (const auto& [id, sent] : sent_) {
                if (sent.partition == partition && sent.offset >= checked && sent.offset < gateway_.committed(partition)) {
                    EXPECT_EQ(finals(id).size(), 1U) << "the commit passed " << id;
                }
            }
            checked = gateway_.committed(partition);
        }
    }

    void check_ends() {
        EXPECT_EQ(gateway_.ledger().commands(), 0U);
        EXPECT_EQ(gateway_.ledger().bytes(), 0U);
        for (const auto& [id, sent] : sent_) {
            EXPECT_EQ(finals(id).size(), 1U) << id << " has not ended once";
        }
        for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
            EXPECT_EQ(gateway_.committed(partition), gateway_.end_of(partition));
        }
    }

    base::SplitMix random_;
    LedgerHarness gateway_;
    std::map<std::string, Sent> sent_;
    std::map<std::string, int> frames_;
    std::vector<Delivery> open_;
    std::size_t taken_ = 0;
    std::size_t withdrawn_seen_ = 0;
    std::set<commands::Ticket> withdrawn_;  // CancelDelivery was told
    std::map<std::int32_t, std::int64_t> checked_;
};

class LedgerUnderRandomFaults : public testing::TestWithParam<std::uint64_t> {};

TEST_P(LedgerUnderRandomFaults, BringsEveryCommandToOneEnd) { RandomGateway(GetParam()).run(); }

INSTANTIATE_TEST_SUITE_P(Seeds, LedgerUnderRandomFaults, testing::Range<std::uint64_t>(1, 17));

}  // namespace
