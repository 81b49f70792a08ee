#include "sim/settings.h"

#include <algorithm>

namespace sim {
namespace {

using std::chrono::seconds;

std::size_t between(Random& random, std::size_t least, std::size_t most) { return least + random.below(most - least + 1); }

milliseconds sometimes(Random& random, std::size_t percent, Range range) {
    const auto drawn = std::chrono::duration_cast<milliseconds>(random.within(range));
    return random.chance(percent) ? drawn : milliseconds(0);
}

void draw_size(Settings& settings, Random& random) {
    const std::size_t drawn = random.below(100);
    if (drawn < 4) {
        settings.charge_points = between(random, 1'000, 5'000);
        settings.commands = settings.charge_points;
    } else if (drawn < 20) {
        settings.charge_points = between(random, 50, 300);
        settings.commands = between(random, 200, 500);
    } else {
        settings.charge_points = between(random, 3, 30);
        settings.commands = between(random, 50, 250);
    }
    settings.partitions = between(random, 1, 6);
    settings.event_partitions = between(random, 1, 4);
    settings.shards = static_cast<std::uint32_t>(between(random, 1, 3));
    settings.trouble = seconds(between(random, 60, 180));
}

void draw_times(Settings& settings, Random& random) {
    const bool slow = random.chance(30);
    settings.append = {milliseconds(1), milliseconds(slow ? 500 : 10)};
    settings.acknowledge = {milliseconds(0), milliseconds(slow ? 500 : 10)};
    settings.read = {milliseconds(0), milliseconds(slow ? 300 : 10)};
    settings.mailbox = {milliseconds(0), milliseconds(random.chance(30) ? 200 : 2)};
    settings.network = {milliseconds(1), milliseconds(random.chance(30) ? 1'500 : 80)};
    settings.registry = {milliseconds(0), milliseconds(random.chance(20) ? 1'000 : 2)};
    settings.decision = {milliseconds(0), milliseconds(random.chance(20) ? 2'000 : 5)};
}

void draw_faults(Settings& settings, Random& random) {
    settings.crash_every = sometimes(random, 70, {seconds(5), seconds(90)});
    settings.outage_every = sometimes(random, 50, {seconds(10), seconds(90)});
    settings.producer_reset_every = sometimes(random, 50, {seconds(5), seconds(60)});
    settings.reread_every = sometimes(random, 50, {seconds(5), seconds(60)});
    settings.charge_point_acts_every = sometimes(random, 90, {seconds(4), seconds(60)});
    settings.outage = {milliseconds(100), milliseconds(random.chance(20) ? 20'000 : 4'000)};
    settings.down = {milliseconds(50), milliseconds(random.chance(30) ? 15'000 : 2'000)};
    settings.clock_jumps = random.chance(20);
    settings.silent_percent = random.below(15);
    settings.refusing_percent = random.below(20);
    settings.error_percent = random.below(15);
    settings.slow_percent = random.below(30);
    settings.hang_up_percent = random.below(15);
}

void draw_limits(Settings& settings, Random& random) {
    settings.sink_bytes_max = random.chance(20) ? 4'096 : 67'108'864;
    settings.ledger.reconnect_grace = milliseconds(between(random, 1, 15) * 1'000);
    settings.ledger.default_expiry = seconds(between(random, 20, 60));
    settings.ledger.default_wait_expiry = seconds(between(random, 60, 600));
    settings.ledger.call_timeout = seconds(between(random, 2, 30));
    if (random.chance(30)) {
        settings.ledger.commands_per_charge_point = between(random, 2, 6);
        settings.ledger.urgent_per_charge_point = between(random, 1, 3);
    }
    if (random.chance(10)) {
        settings.ledger.bytes_max = 40'000;
        settings.ledger.bytes_for_urgent = 10'000;
        settings.ledger.bytes_not_for_low = 10'000;
    }
    settings.session.transaction_key = "a key of the simulation";
    settings.session.durable_window = random.chance(30) ? 2 : 16;
    if (random.chance(20)) {
        settings.outgoing = {.bytes_max = 20'000, .waiting_bytes_max = 10'000};
    }
    settings.orderly_stop_percent = random.chance(30) ? 80 : 30;
    settings.drain_grace = milliseconds(between(random, 1'000, random.chance(30) ? 4'000 : 40'000));
    if (random.chance(25)) {  // so little that commands are skipped, and no less than lets some twenty readings bring them all
        const std::size_t room = std::max<std::size_t>(settings.commands * between(random, 40, 160), 8'000);
        settings.ledger.bytes_max = room;
        settings.ledger.bytes_for_urgent = room / 5;
        settings.ledger.bytes_not_for_low = room / 5;
        settings.ledger.undecided_bytes_max = room / between(random, 3, 10);
    }
}

}  // namespace

Settings settings_of(std::uint64_t seed) {
    Random random(seed);
    Settings settings;
    settings.seed = seed;
    draw_size(settings, random);
    draw_times(settings, random);
    draw_faults(settings, random);
    draw_limits(settings, random);
    return settings;
}

}  // namespace sim
