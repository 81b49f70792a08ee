#include "sim/charge_point.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "sim/pod.h"

namespace sim {
namespace {

constexpr Range kFirstConnect{milliseconds(0), milliseconds(20'000)};
constexpr Range kReconnect{milliseconds(100), milliseconds(20'000)};
constexpr Range kRetry{milliseconds(500), milliseconds(5'000)};
constexpr Range kPromptAnswer{milliseconds(0), milliseconds(200)};
constexpr Range kSlowAnswer{milliseconds(1'000), milliseconds(40'000)};
constexpr Range kUnnoticed{milliseconds(0), milliseconds(60'000)};
constexpr std::size_t kAwayAtTheEndPercent = 15;
constexpr std::size_t kStuckPercent = 5;

std::size_t number_behind(std::string_view text, std::string_view what) {
    std::size_t number = 0;
    if (const std::size_t at = text.find(what); at != std::string_view::npos) {
        std::from_chars(text.data() + at + what.size(), text.data() + text.size(), number);
    }
    return number;
}

std::string_view between(std::string_view text, std::string_view left, std::string_view right) {
    const std::size_t begin = text.find(left) + left.size();
    return text.substr(begin, text.find(right, begin) - begin);
}

}  // namespace

ChargePoint::ChargePoint(World& world, std::size_t index)
    : world_(world),
      index_(index),
      id_("CP-" + std::to_string(index)),
      is_away_at_the_end_(world.random.chance(kAwayAtTheEndPercent)) {}

void ChargePoint::begin() {
    connect_later(kFirstConnect);
    live();
}

// ---- connections

void ChargePoint::connect_later(Range range) {
    world_.timeline.after(world_.random.within(range), world_.life, [this] {
        if (!link_ && !(world_.is_calm() && is_away_at_the_end_)) connect();
    });
}

void ChargePoint::connect() {
    Pod* const pod = world_.pod();
    if (pod == nullptr || !pod->accepts()) return connect_later(kRetry);
    const auto way = [&] { return Channel(world_.timeline, world_.random, world_.settings.network); };
    const auto shard = static_cast<std::uint32_t>(world_.random.below(world_.settings.shards));
    link_ = std::make_shared<Link>(Link{.key = world_.next_key(),
                                        .charge_point = index_,
                                        .shard = shard,
                                        .run = pod->run(),
                                        .stuck = world_.random.chance(kStuckPercent),
                                        .to_pod = way(),
                                        .to_device = way()});
    world_.remember(link_);
    world_.history.note("", id_, fmt::format("opens connection {}", link_->key));
    link_->to_pod.send(pod->life(), [this, link = link_] {
        Pod* const there = world_.pod();
        if (link->cut) return;
        if (there->accepts()) return there->shard(link->shard).on_upgrade(link);
        link->to_device.send(world_.life, [this, link] { on_lost(link); });
    });
}

void ChargePoint::on_accepted(const LinkPointer& link) {
    if (link != link_) return;
    call(link, "BootNotification", R"({"chargePointVendor":"Simulated","chargePointModel":"One"})");
    call(link, "StatusNotification", R"({"connectorId":1,"errorCode":"NoError","status":"Available"})");
}

void ChargePoint::on_lost(const LinkPointer& link) {
    link->open_at_device = false;
    if (link != link_) return;
    world_.history.note("", id_, fmt::format("has lost connection {}", link->key));
    link_.reset();
    connect_later(kReconnect);
}

// Politely: with a close frame, of which the gateway hears soon. Else it is silence, until the gateway notices by itself.
void ChargePoint::hang_up(bool politely) {
    const LinkPointer link = std::exchange(link_, nullptr);
    link->open_at_device = false;
    world_.history.note("", id_, fmt::format("{} connection {}", politely ? "closes" : "drops", link->key));
    Pod* const pod = world_.pod();
    if (pod == nullptr || pod->run() != link->run) return;
    const auto tell = [this, link](ocpp::ClosedBy by, std::uint16_t code) {
        world_.pod()->shard(link->shard).on_closed(link->key, {.by = by, .code = code});
    };
    if (politely) {
        link->to_pod.send(pod->life(), [tell] { tell(ocpp::ClosedBy::device, 1000); });
    } else {
        link->cut = true;
        world_.timeline.after(world_.random.within(kUnnoticed), pod->life(), [tell] { tell(ocpp::ClosedBy::network, 1006); });
    }
}

// ---- its own life

void ChargePoint::live() {
    const milliseconds every = world_.settings.charge_point_acts_every;
    if (every.count() == 0 || world_.is_calm()) return;
    world_.timeline.after(world_.random.within({milliseconds(1), 2 * every}), world_.life, [this] {
        if (link_ && !world_.is_calm()) act();
        live();
    });
}

void ChargePoint::act() {
    const std::size_t drawn = world_.random.below(100);
    if (drawn < 15) {
        hang_up(true);
        connect_later(kReconnect);
    } else if (drawn < 30) {
        hang_up(false);
        connect_later(kReconnect);
    } else if (drawn < 40) {
        // A second connection takes over from one that still seems to be there, or from one that really is.
        if (world_.random.chance(50)) {
            hang_up(false);
        } else {
            link_.reset();
        }
        connect();
    } else if (drawn < 70) {
        call(link_, "Heartbeat", "{}");
    } else {
        call(link_, "MeterValues",
             R"({"connectorId":1,"meterValue":[{"timestamp":"2026-11-20T10:00:00Z","sampledValue":[{"value":"7"}]}]})");
    }
}

void ChargePoint::call(const LinkPointer& link, std::string_view action, std::string_view payload) {
    send(link, fmt::format(R"([2,"{}-{}","{}",{}])", id_, ++last_call_, action, payload));
}

void ChargePoint::send(const LinkPointer& link, std::string text) {
    Pod* const pod = world_.pod();
    if (pod == nullptr || pod->run() != link->run || !link->open_at_device) return;
    link->to_pod.send(pod->life(), [this, link, text = std::move(text)] {
        if (!link->cut) world_.pod()->shard(link->shard).on_text(link->key, text);
    });
}

// ---- the gateway's calls

ChargePoint::Call ChargePoint::read_call(std::string_view frame) {
    Call call{.id = std::string(between(frame, R"([2,")", R"(")")), .action = std::string(between(frame, R"(",")", R"(")"))};
    for (const std::string_view what : {R"("M)", R"("connectorId":)", R"("transactionId":)"}) {
        if (call.mark == 0) call.mark = number_behind(frame, what);
    }
    return call;
}

void ChargePoint::on_frame(const LinkPointer& link, const std::string& text) {
    if (!text.starts_with("[2,")) return;
    const Call call = read_call(text);
    world_.history.note(fmt::format("c-{}", call.mark), id_, fmt::format("sees it on connection {}: {}", link->key, text));
    world_.facts.frames.push_back({call.mark, id_, world_.facts.next(), link->run});
    if (world_.random.chance(10)) this->call(link, "Heartbeat", "{}");
    if (!world_.is_calm() && link == link_ && world_.random.chance(world_.settings.hang_up_percent)) {
        hang_up(world_.random.chance(50));
        return connect_later(kReconnect);
    }
    answer_call(link, call);
}

void ChargePoint::answer_call(const LinkPointer& link, const Call& call) {
    if (world_.random.chance(world_.settings.silent_percent)) return;
    const Range range = world_.random.chance(world_.settings.slow_percent) ? kSlowAnswer : kPromptAnswer;
    world_.timeline.after(world_.random.within(range), world_.life, [this, link, call] {
        if (link->open_at_device) answer(link, call);
    });
}

void ChargePoint::answer(const LinkPointer& link, const Call& call) {
    if (world_.random.chance(world_.settings.error_percent)) {
        static constexpr std::array<const char*, 3> kCodes{"NotSupported", "InternalError", "GenericError"};
        const std::string code = kCodes.at(world_.random.below(kCodes.size()));
        world_.facts.answers.push_back({call.mark, world_.facts.next(), true, code});
        return send(link, fmt::format(R"([4,"{}","{}","not today",{{}}])", call.id, code));
    }
    if (call.action == "GetConfiguration") {
        world_.facts.answers.push_back({call.mark, world_.facts.next(), false, ""});
        return send(link, fmt::format(R"([3,"{}",{{"configurationKey":[{{"key":"M{}","readonly":false,"value":"1"}}]}}])",
                                      call.id, call.mark));
    }
    const bool refuses = world_.random.chance(world_.settings.refusing_percent);
    const bool unlocks = call.action == "UnlockConnector";
    const std::string status = unlocks ? (refuses ? "UnlockFailed" : "Unlocked") : (refuses ? "Rejected" : "Accepted");
    world_.facts.answers.push_back({call.mark, world_.facts.next(), false, status});
    send(link, fmt::format(R"([3,"{}",{{"status":"{}"}}])", call.id, status));
}

}  // namespace sim
