#include "sim/back_end.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <utility>

namespace sim {
namespace {

constexpr Range kRepeatedWithin{milliseconds(0), milliseconds(15'000)};

struct Kind {
    const char* name;
    const char* payload;  // {} is the mark
};
// Of each payload the charge point can tell the mark: behind an M, or as the number of a connector or a transaction.
constexpr std::array<Kind, 15> kKinds{{
    {"RemoteStartTransaction", R"({{"connectorId":1,"idTag":"M{}"}})"},
    {"RemoteStopTransaction", R"({{"transactionId":{}}})"},
    {"UnlockConnector", R"({{"connectorId":{}}})"},
    {"DataTransfer", R"({{"vendorId":"Simulated","data":"M{}"}})"},
    {"ChangeConfiguration", R"({{"key":"HeartbeatInterval","value":"M{}"}})"},
    {"GetConfiguration", R"({{"key":["M{}"]}})"},
    {"ChangeAvailability", R"({{"connectorId":{},"type":"Operative"}})"},
    {"TriggerMessage", R"({{"requestedMessage":"StatusNotification","connectorId":{}}})"},
    {"transaction.start", R"({{"idTag":"M{}"}})"},
    {"transaction.stop", R"({{"transactionId":"{}"}})"},
    {"connector.unlock", R"({{"connectorId":{}}})"},
    {"configuration.get", R"({{"keys":["M{}"]}})"},
    {"configuration.set", R"({{"key":"HeartbeatInterval","value":"M{}"}})"},
    {"data.transfer", R"({{"vendorId":"Simulated","data":"M{}"}})"},
    {"device.trigger", R"({{"message":"StatusNotification","connectorId":{}}})"},
}};

}  // namespace

void BackEnd::begin() {
    const Range any{milliseconds(0), world_.settings.trouble};
    for (std::size_t i = 0; i < world_.settings.commands; ++i) {
        world_.timeline.after(world_.random.within(any), world_.life, [this] { write_command(); });
        if (world_.random.chance(3)) world_.timeline.after(world_.random.within(any), world_.life, [this] { write_malformed(); });
    }
}

std::int32_t BackEnd::partition_of(const std::string& charge_point) const {
    return static_cast<std::int32_t>(std::hash<std::string>{}(charge_point) % world_.settings.partitions);
}

// Members that change how a command is served; part of its body but for the times.
std::string BackEnd::members(Wish& wish) {
    static constexpr std::array<const char*, 4> kPriorities{"low", "normal", "high", "emergency"};
    std::string members = fmt::format(R"(,"priority":"{}")", kPriorities.at(world_.random.below(4)));
    wish.waits = world_.random.chance(30);
    if (wish.waits) members += R"(,"ifOffline":"wait")";
    if (world_.random.chance(40)) members += fmt::format(R"(,"timeoutSeconds":{})", 1 + world_.random.below(20));
    if (world_.random.chance(20)) {
        const auto now = std::chrono::floor<milliseconds>(world_.timeline.now().wall);
        wish.expires = now + milliseconds(world_.random.below(40'000)) - milliseconds(4'000);
        members += fmt::format(R"(,"expiresAt":"{}")", base::to_rfc3339(*wish.expires, base::Fractions::milliseconds));
    }
    return members;
}

Wish BackEnd::draw(std::string id, std::string charge_point, std::size_t mark) {
    const Kind& kind = kKinds.at(world_.random.below(kKinds.size()));
    std::string name = kind.name;
    std::string payload = fmt::format(fmt::runtime(kind.payload), mark);
    const std::size_t drawn = world_.random.below(100);
    if (drawn < 2) name = "FlyAway";
    if (drawn >= 2 && drawn < 4) payload = fmt::format(R"({{"wrong":{}}})", mark);
    Wish wish{.kind = WishKind::command,
              .id = std::move(id),
              .charge_point = std::move(charge_point),
              .name = std::move(name),
              .text = {},
              .mark = mark,
              .deliverable = drawn >= 4};
    wish.text = fmt::format(R"({{"commandId":"{}","chargePointId":"{}","commandName":"{}","payload":{}{}}})", wish.id,
                            wish.charge_point, wish.name, payload, members(wish));
    return wish;
}

void BackEnd::write_command() {
    const std::size_t mark = ++last_;
    // A few of them never connect.
    const std::size_t index = world_.random.below(world_.settings.charge_points + 1 + world_.settings.charge_points / 50);
    Wish wish = draw(fmt::format("c-{}", mark), fmt::format("CP-{}", index), mark);
    const std::int32_t partition = world_.random.chance(80)
                                       ? partition_of(wish.charge_point)
                                       : static_cast<std::int32_t>(world_.random.below(world_.settings.partitions));
    world_.log.when_there(world_.life, [this, wish = std::move(wish), partition] {
        const int first = static_cast<int>(world_.facts.wishes.size());
        Wish own = wish;
        own.first = first;
        append(std::move(own), partition);
        // The acknowledgement was lost: its producer writes it again.
        if (world_.random.chance(3)) repeat(first, false);
        const auto later = [&](std::size_t percent, Action action) {
            if (world_.random.chance(percent)) {
                world_.timeline.after(world_.random.within(kRepeatedWithin), world_.life,
                                      [this, action = std::move(action)] { world_.log.when_there(world_.life, action); });
            }
        };
        later(10, [this, first] { repeat(first, false); });
        later(4, [this, first] { repeat(first, true); });
        later(8, [this, first] { cancel(first); });
    });
}

void BackEnd::repeat(int first, bool with_other_body) {
    const Wish original = world_.facts.wishes.at(static_cast<std::size_t>(first));
    const std::int32_t partition = [&] {
        for (std::size_t i = 0; i < world_.facts.down.size(); ++i) {
            for (const DownFact& fact : world_.facts.down[i]) {
                if (fact.wish == first) return static_cast<std::int32_t>(i);
            }
        }
        return 0;
    }();
    Wish wish = original;
    wish.kind = WishKind::copy;
    if (with_other_body) {
        const std::size_t mark = ++last_;
        wish = draw(original.id, original.charge_point, mark);
        wish.kind = WishKind::other_body;
        wish.first = first;
    }
    append(std::move(wish), partition);
}

void BackEnd::cancel(int first) {
    const Wish& original = world_.facts.wishes.at(static_cast<std::size_t>(first));
    const std::int32_t partition = partition_of(original.charge_point);
    const model::DownRecord record =
        model::write_cancel(model::CommandId(original.id), model::ChargePointId(original.charge_point), partition);
    Wish wish{
        .kind = WishKind::cancel, .id = original.id, .charge_point = original.charge_point, .name = {}, .text = record.value};
    wish.first = first;
    append(std::move(wish), partition, record.kind);
}

void BackEnd::write_malformed() {
    const std::size_t number = ++last_;
    const std::string charge_point = fmt::format("CP-{}", world_.random.below(world_.settings.charge_points));
    const std::array<std::string, 3> texts{
        fmt::format("no JSON at all {}", number),
        fmt::format(R"({{"commandId":"m-{}","chargePointId":"{}"}})", number, charge_point),
        fmt::format(R"({{"commandId":"m-{}","chargePointId":"{}","commandName":"Reset","priority":"urgent"}})", number,
                    charge_point)};
    Wish wish{.kind = WishKind::malformed,
              .id = fmt::format("#{}", number),
              .charge_point = charge_point,
              .name = {},
              .text = texts.at(world_.random.below(texts.size()))};
    world_.log.when_there(world_.life, [this, wish, partition = partition_of(charge_point)] { append(wish, partition); });
}

void BackEnd::append(Wish wish, std::int32_t partition, std::string kind) {
    LogRecord record{Topic::commands,
                     {.partition = partition, .key = wish.charge_point, .value = wish.text, .kind = std::move(kind)}};
    world_.facts.wishes.push_back(std::move(wish));
    world_.log.append(std::move(record), kBackEnd, static_cast<int>(world_.facts.wishes.size()) - 1);
}

}  // namespace sim
