#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/back_end.h"
#include "sim/charge_point.h"
#include "sim/pod.h"

namespace sim {
namespace {

// Everything that can still be waited for is over long before: expiry, report margin, remembering.
constexpr milliseconds kQuietWithin = std::chrono::hours(2);
constexpr Range kNoticed{milliseconds(0), milliseconds(5'000)};
constexpr milliseconds kClockJumpsEvery = std::chrono::seconds(20);
constexpr Range kClockError{std::chrono::seconds(-40), std::chrono::seconds(40)};
constexpr std::size_t kOrderlyStopPercent = 30;

}  // namespace

World::World(const Settings& how)
    : settings(how), random(how.seed ^ 0x5eed'0000'0000'5eedU), log(timeline, history, facts, how.partitions) {
    for (std::size_t i = 0; i < settings.charge_points; ++i) {
        charge_points_.push_back(std::make_unique<ChargePoint>(*this, i));
    }
    back_end_ = std::make_unique<BackEnd>(*this);
    log.on_appended = [this](std::int32_t partition) {
        if (pod_) pod_->on_appended(partition);
    };
}

World::~World() = default;

void World::run() {
    start_pod();
    for (const auto& each : charge_points_) each->begin();
    back_end_->begin();
    after_trouble(settings.crash_every, &World::befall_crash);
    after_trouble(settings.outage_every, &World::befall_outage);
    after_trouble(settings.producer_reset_every, &World::befall_producer_reset);
    after_trouble(settings.reread_every, &World::befall_reread);
    if (settings.clock_jumps) after_trouble(kClockJumpsEvery, &World::befall_clock_jump);
    while (timeline.since_start() < kQuietWithin && timeline.step()) {
    }
    facts.at_rest = timeline.since_start() < kQuietWithin;
    facts.commands_left = pod_->ledger().commands();
    facts.bytes_left = pod_->ledger().bytes();
    facts.committed = log.committed;
}

void World::after_trouble(milliseconds every, void (World::*befall)()) {
    if (every.count() == 0) return;
    timeline.after(random.within({milliseconds(1), 2 * every}), life, [this, every, befall] {
        if (is_calm()) return;
        (this->*befall)();
        after_trouble(every, befall);
    });
}

void World::start_pod() {
    pod_ = std::make_unique<Pod>(*this, ++facts.runs);
    history.note("", "", fmt::format("run {} starts", pod_->run()));
    pod_->start();
}

void World::end_pod(const char* how) {
    history.note("", "", fmt::format("run {} {}", pod_->run(), how));
    pod_->crash();
    pod_.reset();
    for (const LinkPointer& link : std::exchange(links_, {})) {
        if (!link->open_at_device || !link->open_at_pod) continue;
        link->open_at_pod = false;
        timeline.after(random.within(kNoticed), life, [this, link] {
            if (link->open_at_device) charge_point(link->charge_point).on_lost(link);
        });
    }
    timeline.after(random.within(settings.down), life, [this] { start_pod(); });
}

void World::befall_crash() {
    if (!pod_ || !pod_->accepts()) return;
    if (!random.chance(kOrderlyStopPercent)) return end_pod("is killed");
    history.note("", "", fmt::format("run {} is asked to stop", pod_->run()));
    pod_->stop([this] { end_pod("ends in order"); });
}

void World::befall_outage() {
    if (log.is_away()) return;
    log.go_away();
    timeline.after(random.within(settings.outage), life, [this] { log.come_back(); });
}

void World::befall_producer_reset() {
    if (!pod_) return;
    history.note("", "", "the producer is made anew");
    pod_->reset_producer();
}

void World::befall_reread() {
    if (!pod_) return;
    history.note("", "", "the consumer is made anew");
    pod_->reread();
}

void World::befall_clock_jump() {
    clock_error_ = std::chrono::duration_cast<std::chrono::microseconds>(random.within(kClockError));
    history.note("", "", fmt::format("the pod's clock is wrong by {} ms", clock_error_.count() / 1'000));
}

}  // namespace sim
