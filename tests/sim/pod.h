// Pod: one run of the gateway. It stands in for the control loop: the Ledger's effects are performed in order; what the sink
// does not take holds back all that follows, and no record is read meanwhile.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/directory.h"
#include "commands/ledger.h"
#include "registry/memory_registry.h"
#include "sim/clients.h"
#include "sim/shard.h"
#include "sim/world.h"

namespace sim {

class Pod {
public:
    Pod(World& world, int run);

    static const model::PodId& id();
    [[nodiscard]] static std::string name_of(const commands::Report& report);

    void start() { source_.assign(); }
    // New connections are refused, old ones closed; then it waits for the sink before it ends.
    void stop(Action ended);
    void crash() { sink_.crash(world_.life); }
    void reset_producer() { sink_.reset(); }
    void reread() { source_.assign(); }
    void on_appended(std::int32_t partition) { source_.on_appended(partition); }

    [[nodiscard]] bool accepts() const { return !stopping_; }
    [[nodiscard]] int run() const { return run_; }
    [[nodiscard]] Shard& shard(std::uint32_t index) { return *shards_.at(index).shard; }
    [[nodiscard]] const Life& life() const { return life_; }
    [[nodiscard]] const commands::Ledger& ledger() const { return ledger_; }
    // Of a delivery of this run.
    [[nodiscard]] const std::string& command_of(commands::Ticket delivery) const;

    // The inputs of the control loop that shards send.
    void from_shard(std::uint32_t index, Action input);
    void on_upgrade(const model::ChargePointId& charge_point, app::Place place, model::Epoch proposed);
    void on_ended(const model::ChargePointId& charge_point, app::Place place);
    void on_report(const commands::Report& report);

private:
    struct ShardAndWays {
        std::unique_ptr<Shard> shard;
        Channel to;
        Channel from;
    };

    template <class Decide>
    void with_ledger(Decide decide);
    void perform_held();
    // False: the sink is full.
    [[nodiscard]] bool perform(commands::Effect& effect);
    void perform_deliver(const commands::Deliver& effect);
    void perform_commit(const commands::Commit& effect);
    [[nodiscard]] bool write(Topic topic, std::string key, std::string value, commands::Ticket ticket);
    [[nodiscard]] bool write_result(const commands::WriteResult& effect);
    void to_shard(std::uint32_t index, std::function<void(Shard&)> input);
    void perform(const model::ChargePointId& charge_point, const app::DirectoryEffects& effects);
    void follow_directory(const model::ChargePointId& charge_point);
    void when_idle(Action ended, int tries);

    World& world_;
    int run_;
    bool stopping_ = false;
    Life life_;
    registry::MemoryRegistry registry_;
    app::Directory directory_;
    commands::Ledger ledger_;
    Sink sink_;
    Source source_;
    std::vector<ShardAndWays> shards_;
    std::deque<commands::Effect> held_;  // effects that wait for the sink
    bool in_turn_ = false;               // what is performed was decided just now
    std::unordered_map<commands::Ticket, std::string> delivered_;
    // Where the ledger was told that a charge point is.
    std::unordered_map<model::ChargePointId, commands::Place> places_;
    std::unordered_map<model::ChargePointId, commands::Place> former_places_;  // for a planted fault
    std::unordered_map<std::string, commands::WriteResult> kept_back_;         // for a planted fault
    Alarm wake_;
};

}  // namespace sim
