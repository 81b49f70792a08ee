#include "decisions/decisions.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/http_server.h"
#include "net/listener.h"
#include "support/net/run_until.h"

namespace decisions {
namespace {

using namespace std::chrono_literals;
using model::Admission;
using model::AdmissionStatus;
using model::ChargeStatus;
using model::Permission;

// Answers as the registry would, unless it is away.
class FakeStore final : public IdTagStore {
public:
    explicit FakeStore(net::Loop& loop) : loop_(loop) {}

    void look_up_id_tag(const std::string& id_tag, Answer<Permission> answer) override {
        tell(id_tags, id_tag, std::move(answer));
    }
    void look_up_charge_point(const model::ChargePointId& charge_point, Answer<model::KnownChargePoint> answer) override {
        tell(charge_points, std::string(charge_point.text()), std::move(answer));
    }

    std::map<std::string, Permission> id_tags;
    std::map<std::string, model::KnownChargePoint> charge_points;
    bool is_away = false;

private:
    template <class Found>
    void tell(const std::map<std::string, Found>& known, const std::string& name, Answer<Found> answer) {
        base::Result<std::optional<Found>> found;
        if (is_away) {
            found = base::fail("away", base::Retry::makes_sense);
        } else if (known.contains(name)) {
            found = known.at(name);
        }
        loop_.post([answer = std::move(answer), found = std::move(found)] { answer(found); });
    }

    net::Loop& loop_;
};

class DecisionsTest : public testing::Test {
protected:
    template <class Decision>
    Decision decided(const model::Question& question) {
        std::optional<model::Decision> decision;
        decisions->ask(question, [&](model::Decision told) { decision = std::move(told); });
        EXPECT_FALSE(decision) << "an answer never comes from within the question";
        EXPECT_TRUE(net::run_until(loop, [&] { return decision.has_value(); }));
        return std::get<Decision>(decision.value());
    }
    Permission may_charge(const std::string& id_tag) {
        return decided<Permission>(model::MayCharge{model::ChargePointId("CP-1"), id_tag});
    }
    Admission may_join(const std::string& charge_point) {
        return decided<Admission>(model::MayJoin{model::ChargePointId(charge_point), "Acme", "One"});
    }

    void ask_back_end(std::string answer) {
        auto listeners = net::listen_on({.host = "127.0.0.1", .port = 0}, 1, 64);
        ASSERT_TRUE(listeners) << listeners.error().message;
        config.mode = Mode::webhook;
        config.webhook.url = {.host = "127.0.0.1", .port = listeners->front().port};
        back_end.emplace(loop, std::move(listeners->front()), net::HttpConfig{},
                         [answer = std::move(answer)](const std::shared_ptr<net::HttpExchange>& exchange) {
                             exchange->send({.status = 200, .content_type = "application/json", .body = answer, .headers = {}});
                         });
        back_end->start();
        decisions.emplace(config, Counters{}, loop, store);
    }

    Config config{.mode = Mode::registry, .boot_retry_interval = 45s};
    net::Loop loop;
    FakeStore store{loop};
    std::optional<net::HttpServer> back_end;
    std::optional<Decisions> decisions{std::in_place, config, Counters{}, loop, store};
};

TEST_F(DecisionsTest, ModeAcceptAcceptsEveryone) {
    config.mode = Mode::accept;
    EXPECT_EQ(may_charge("ABC").status, ChargeStatus::accepted);
    EXPECT_EQ(may_charge("").status, ChargeStatus::accepted);
    EXPECT_EQ(may_join("CP-1").status, AdmissionStatus::accepted);
}

TEST_F(DecisionsTest, AnIdTagIsWhatTheRegistryKnowsOfIt) {
    store.id_tags["ABC"] = {.status = ChargeStatus::blocked, .parent_id_tag = "FLEET"};
    const Permission permission = may_charge("ABC");
    EXPECT_EQ(permission.status, ChargeStatus::blocked);
    EXPECT_EQ(permission.parent_id_tag, "FLEET");
}

TEST_F(DecisionsTest, AnUnknownIdTagIsInvalid) {
    EXPECT_EQ(may_charge("ABC").status, ChargeStatus::invalid);
    EXPECT_EQ(may_charge(std::string(256, 'x')).status, ChargeStatus::invalid);
    EXPECT_EQ(may_charge("").status, ChargeStatus::invalid);
}

TEST_F(DecisionsTest, AnIdTagPastItsDateIsExpired) {
    store.id_tags["OLD"] = {.status = ChargeStatus::accepted, .expiry_date = "2020-01-01T00:00:00Z"};
    store.id_tags["NEW"] = {.status = ChargeStatus::accepted, .expiry_date = "2999-01-01T00:00:00Z"};
    EXPECT_EQ(may_charge("OLD").status, ChargeStatus::expired);
    EXPECT_EQ(may_charge("OLD").expiry_date, "2020-01-01T00:00:00Z");
    EXPECT_EQ(may_charge("NEW").status, ChargeStatus::accepted);
}

TEST_F(DecisionsTest, AChargePointIsAdmittedAsItIsKnown) {
    store.charge_points["CP-1"] = {};
    store.charge_points["CP-2"] = {.admission = AdmissionStatus::pending};
    store.charge_points["CP-3"] = {.admission = AdmissionStatus::rejected};
    EXPECT_EQ(may_join("CP-1").status, AdmissionStatus::accepted);
    EXPECT_FALSE(may_join("CP-1").interval) << "that is the heartbeat's";
    EXPECT_EQ(may_join("CP-2").status, AdmissionStatus::pending);
    EXPECT_EQ(may_join("CP-2").interval, 45s);
    EXPECT_EQ(may_join("CP-3").status, AdmissionStatus::rejected);
}

TEST_F(DecisionsTest, AnUnknownChargePointIsRejectedAndToldWhenToAskAgain) {
    EXPECT_EQ(may_join("CP-1").status, AdmissionStatus::rejected);
    EXPECT_EQ(may_join("CP-1").interval, 45s);
}

TEST_F(DecisionsTest, AStoreThatIsAwayLeavesTheFallback) {
    store.is_away = true;
    EXPECT_EQ(may_charge("ABC").status, ChargeStatus::invalid);
    EXPECT_EQ(may_join("CP-1").status, AdmissionStatus::pending) << "not known is not unknown";
    EXPECT_EQ(may_join("CP-1").interval, 45s);
    config.fallback = Fallback::accept;
    EXPECT_EQ(may_charge("ABC").status, ChargeStatus::accepted);
    EXPECT_EQ(may_join("CP-1").status, AdmissionStatus::accepted);
    EXPECT_FALSE(may_join("CP-1").interval);
}

TEST_F(DecisionsTest, TheBackEndDecidesInModeWebhook) {
    ask_back_end(R"({"status":"Accepted","parentIdTag":"FLEET"})");
    EXPECT_EQ(may_charge("ABC").parent_id_tag, "FLEET");
    EXPECT_EQ(may_join("CP-1").status, AdmissionStatus::accepted);
    EXPECT_FALSE(may_join("CP-1").interval) << "that is the heartbeat's";
    EXPECT_EQ(may_charge("a\nb").status, ChargeStatus::invalid) << "nobody is asked for what is no id tag";
}

TEST_F(DecisionsTest, AChargePointThatTheBackEndKeepsWaitingIsToldForHowLong) {
    ask_back_end(R"({"status":"Pending"})");
    EXPECT_EQ(may_join("CP-1").status, AdmissionStatus::pending);
    EXPECT_EQ(may_join("CP-1").interval, 45s);
    EXPECT_EQ(may_charge("ABC").status, ChargeStatus::invalid) << "no answer to that question: the fallback";
    ask_back_end(R"({"status":"Rejected","intervalSeconds":7})");
    EXPECT_EQ(may_join("CP-1").interval, 7s);
}

}  // namespace
}  // namespace decisions
