// World: everything of one simulated run, built by hand, and the faults that befall it. Real are the gateway's plain objects
// (Ledger, Sessions, Directory, registry, Outgoing); what joins them in this folder follows the same rules as the loops of
// `app`; the log, the wire, the charge points and the back end are models.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/facts.h"
#include "sim/history.h"
#include "sim/log.h"
#include "sim/settings.h"
#include "sim/timeline.h"
#include "sim/wire.h"

namespace sim {

class BackEnd;
class ChargePoint;
class Pod;

class World {
public:
    explicit World(const Settings& how);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    void run();

    // Between the actors.
    [[nodiscard]] bool is_calm() const { return timeline.since_start() >= settings.trouble; }
    [[nodiscard]] Pod* pod() { return pod_.get(); }
    [[nodiscard]] ChargePoint& charge_point(std::size_t index) { return *charge_points_[index]; }
    [[nodiscard]] std::uint64_t next_key() { return ++last_key_; }
    // As the pod's own clocks have it.
    [[nodiscard]] base::Now pod_now() const { return {timeline.now().mono, timeline.now().wall + clock_error_}; }
    void remember(const LinkPointer& link) { links_.push_back(link); }

    const Settings settings;
    Timeline timeline;
    Random random;
    Facts facts;
    History history{timeline};
    Log log;
    Life life;

private:
    void start_pod();
    void end_pod(const char* how);
    void after_trouble(milliseconds every, void (World::*befall)());
    void befall_crash();
    void befall_outage();
    void befall_producer_reset();
    void befall_reread();
    void befall_clock_jump();

    std::vector<std::unique_ptr<ChargePoint>> charge_points_;
    std::unique_ptr<BackEnd> back_end_;
    std::unique_ptr<Pod> pod_;
    std::vector<LinkPointer> links_;  // of this run
    std::uint64_t last_key_ = 0;
    std::chrono::microseconds clock_error_{};
};

}  // namespace sim
