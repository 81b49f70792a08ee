// The webhook against a back end on the same loop that answers when the test says so.
#include "decisions/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "decisions/webhook_messages.h"
#include "net/http_server.h"
#include "net/listener.h"
#include "support/net/run_until.h"

namespace decisions {
namespace {

using namespace std::chrono_literals;
using model::ChargeStatus;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Circuit = Webhook::Circuit;
using Told = std::optional<model::Decision>;

constexpr const char* kAccepted = R"({"status":"Accepted"})";

class WebhookTest : public testing::Test {
protected:
    void SetUp() override {
        config.secret = "0123456789abcdef";
        config.timeout = 20s;
        config.circuit = {.failures_to_open = 3, .open_time = 50ms, .open_time_max = 50ms};
        listen(0);
        config.url = {.host = "127.0.0.1", .port = port, .target = "/decide"};
    }
    // The back end is there, or comes back.
    void listen(std::uint16_t at) {
        auto listeners = net::listen_on({.host = "127.0.0.1", .port = at}, 1, 64);
        ASSERT_TRUE(listeners) << listeners.error().message;
        port = listeners->front().port;
        back_end.emplace(loop, std::move(listeners->front()), net::HttpConfig{},
                         [this](const std::shared_ptr<net::HttpExchange>& exchange) {
                             bodies.push_back(exchange->request().body);
                             headers.push_back(exchange->request().headers);
                             if (answers_with) {
                                 answer(exchange, *answers_with, answers_status);
                             } else {
                                 held.push_back(exchange);
                             }
                         });
        back_end->start();
    }
    void leave() { back_end.reset(); }

    static void answer(const std::shared_ptr<net::HttpExchange>& exchange, std::string body, unsigned status = 200) {
        exchange->send({.status = status, .content_type = "application/json", .body = std::move(body), .headers = {}});
    }
    Webhook& webhook() {
        if (!made) made.emplace(config, counters, loop);
        return *made;
    }
    void start(const model::Question& question, std::vector<Told>& told) {
        const std::size_t before = told.size();
        webhook().ask(question, [&told](Told decision) { told.push_back(std::move(decision)); });
        EXPECT_EQ(told.size(), before) << "an answer never comes from within the question";
    }
    static model::Question question(const std::string& id_tag) { return model::MayCharge{model::ChargePointId("CP-1"), id_tag}; }
    void start(const std::string& id_tag, std::vector<Told>& told) { start(question(id_tag), told); }
    bool wait_for(const std::function<bool()>& holds) { return net::run_until(loop, holds, 20s); }

    Told ask(const model::Question& asked) {
        std::vector<Told> told;
        start(asked, told);
        EXPECT_TRUE(wait_for([&] { return !told.empty(); }));
        return told.empty() ? std::nullopt : told.front();
    }
    std::optional<ChargeStatus> ask(const std::string& id_tag) {
        const Told told = ask(question(id_tag));
        return told ? std::optional(std::get<model::Permission>(*told).status) : std::nullopt;
    }
    double failures(Failure failure) const { return counters.failures.at(static_cast<std::size_t>(failure)).value(); }
    void open_circuit() {
        answers_status = 500;
        for (int i = 0; i < 3; ++i) {
            EXPECT_FALSE(ask("ABC"));
        }
        EXPECT_EQ(webhook().circuit(), Circuit::open);
    }

    net::Loop loop;
    base::Metrics metrics;
    const Counters counters = Counters::make(metrics);
    WebhookConfig config;
    std::optional<std::string> answers_with = kAccepted;
    unsigned answers_status = 200;
    std::vector<std::string> bodies;
    std::vector<std::map<std::string, std::string>> headers;
    std::vector<std::shared_ptr<net::HttpExchange>> held;
    std::optional<net::HttpServer> back_end;
    std::uint16_t port = 0;
    std::optional<Webhook> made;
};

TEST_F(WebhookTest, AsksTheBackEndAndSignsWhatItAsks) {
    EXPECT_EQ(ask("ABC"), ChargeStatus::accepted);
    ASSERT_THAT(bodies, SizeIs(1));
    EXPECT_EQ(bodies[0], R"({"type":"authorize","chargePointId":"CP-1","idTag":"ABC"})");
    EXPECT_EQ(headers[0].at("webhook-signature"),
              signature(config.secret, headers[0].at("webhook-id"), std::stoll(headers[0].at("webhook-timestamp")), bodies[0]));
    EXPECT_EQ(counters.by_webhook.value(), 1);
}

TEST_F(WebhookTest, EveryQuestionHasAnIdOfItsOwn) {
    EXPECT_TRUE(ask("A"));
    EXPECT_TRUE(ask("B"));
    EXPECT_NE(headers[0].at("webhook-id"), headers[1].at("webhook-id"));
}

TEST_F(WebhookTest, WhatWasGrantedIsKeptForAWhile) {
    EXPECT_EQ(ask("ABC"), ChargeStatus::accepted);
    EXPECT_EQ(ask("abc"), ChargeStatus::accepted);
    EXPECT_THAT(bodies, SizeIs(1));
    EXPECT_EQ(counters.by_cache.value(), 1);
    EXPECT_EQ(ask("ABD"), ChargeStatus::accepted);
    EXPECT_THAT(bodies, SizeIs(2));
}

TEST_F(WebhookTest, WhatWasRefusedIsAskedAgain) {
    answers_with = R"({"status":"Blocked"})";
    EXPECT_EQ(ask("ABC"), ChargeStatus::blocked);
    EXPECT_EQ(ask("ABC"), ChargeStatus::blocked);
    EXPECT_THAT(bodies, SizeIs(2));
}

TEST_F(WebhookTest, AnAnswerSaysHowLongItHolds) {
    answers_with = R"({"status":"Accepted","cacheSeconds":0})";
    EXPECT_TRUE(ask("ABC"));
    EXPECT_TRUE(ask("ABC"));
    EXPECT_THAT(bodies, SizeIs(2));
}

TEST_F(WebhookTest, NothingIsKeptLongerThanConfigured) {
    config.cache_time_max = 0ms;
    answers_with = R"({"status":"Accepted","cacheSeconds":600})";
    EXPECT_TRUE(ask("ABC"));
    EXPECT_TRUE(ask("ABC"));
    EXPECT_THAT(bodies, SizeIs(2));
}

TEST_F(WebhookTest, AnAcceptedTagPastItsDateIsExpired) {
    answers_with = R"({"status":"Accepted","expiryDate":"2020-01-01T00:00:00Z"})";
    EXPECT_EQ(ask("ABC"), ChargeStatus::expired);
}

TEST_F(WebhookTest, SoManyAreAskedAtOnceSoManyWaitAndTheRestIsNot) {
    config.concurrency = 2;
    config.queue = 1;
    answers_with.reset();
    std::vector<Told> told;
    std::vector<Told> refused;
    for (const char* id_tag : {"A", "B", "C"}) {
        start(id_tag, told);
    }
    start("D", refused);
    EXPECT_TRUE(wait_for([&] { return held.size() == 2 && !refused.empty(); }));
    EXPECT_FALSE(refused[0]);
    EXPECT_EQ(failures(Failure::overloaded), 1);
    answer(held[0], kAccepted);
    EXPECT_TRUE(wait_for([&] { return held.size() == 3; })) << "the next has its turn";
    answer(held[1], kAccepted);
    answer(held[2], kAccepted);
    EXPECT_TRUE(wait_for([&] { return told.size() == 3; }));
    EXPECT_THAT(told, testing::Each(testing::Ne(std::nullopt)));
    EXPECT_EQ(webhook().circuit(), Circuit::closed);
}

TEST_F(WebhookTest, ABackEndThatIsSlowIsNotWaitedFor) {
    config.timeout = 50ms;
    config.concurrency = 1;
    answers_with.reset();
    std::vector<Told> told;
    for (const char* id_tag : {"A", "B", "C"}) {
        start(id_tag, told);
    }
    EXPECT_TRUE(wait_for([&] { return told.size() == 3; }));
    EXPECT_THAT(told, testing::Each(testing::Eq(std::nullopt)));
    EXPECT_EQ(failures(Failure::timeout), 3);
}

TEST_F(WebhookTest, ABackEndThatWasLeftLittleTimeIsNotTakenForAway) {
    config.timeout = 3s;
    config.concurrency = 1;
    config.circuit.failures_to_open = 1;
    answers_with.reset();
    std::vector<Told> told;
    const auto begin = loop.now().mono;
    start("A", told);
    start("B", told);
    EXPECT_TRUE(wait_for([&] { return held.size() == 1 && loop.now().mono > begin + 1600ms; }));
    answer(held[0], kAccepted);
    EXPECT_TRUE(wait_for([&] { return told.size() == 2; }));
    EXPECT_THAT(held, SizeIs(2)) << "it was asked";
    EXPECT_EQ(told[1], std::nullopt);
    EXPECT_EQ(failures(Failure::timeout), 1);
    EXPECT_EQ(webhook().circuit(), Circuit::closed);
    start("C", told);
    EXPECT_TRUE(wait_for([&] { return told.size() == 3; }));
    EXPECT_EQ(webhook().circuit(), Circuit::open) << "it had all the time there is";
}

TEST_F(WebhookTest, WhatWaitedWithItIsSettledWhenTheCircuitOpens) {
    config.concurrency = 3;
    answers_with.reset();
    std::vector<Told> told;
    for (const char* id_tag : {"A", "B", "C", "D", "E", "F", "G"}) {
        start(id_tag, told);
    }
    EXPECT_TRUE(wait_for([&] { return held.size() == 3; }));
    const auto first_three = held;
    for (const auto& exchange : first_three) {
        answer(exchange, "", 503);
    }
    EXPECT_TRUE(wait_for([&] { return held.size() == 5 && told.size() == 5; })) << "two were under way by then";
    EXPECT_THAT(told, testing::Each(testing::Eq(std::nullopt)));
    EXPECT_EQ(webhook().circuit(), Circuit::open);
    EXPECT_EQ(failures(Failure::circuit_open), 2);
    for (const auto& exchange : held) {
        answer(exchange, kAccepted);
    }
    EXPECT_TRUE(wait_for([&] { return told.size() == 7; }));
    EXPECT_EQ(webhook().circuit(), Circuit::open) << "what was asked before says nothing about now";
}

TEST_F(WebhookTest, FailuresOpenTheCircuitAndOneThatWorksClosesIt) {
    EXPECT_EQ(counters.circuit_state.value(), 0);
    open_circuit();
    EXPECT_EQ(counters.circuit_state.value(), 2);
    EXPECT_EQ(webhook().problem(), "status 500");
    EXPECT_FALSE(ask("ABC"));
    EXPECT_EQ(failures(Failure::circuit_open), 1);
    EXPECT_THAT(bodies, SizeIs(3)) << "the back end was left alone";
    answers_status = 200;
    EXPECT_TRUE(wait_for([&] { return ask("ABC").has_value(); }));
    EXPECT_EQ(webhook().circuit(), Circuit::closed);
    EXPECT_EQ(counters.circuit_state.value(), 0);
    EXPECT_THAT(webhook().problem(), IsEmpty());
}

TEST_F(WebhookTest, ABackEndThatLeavesAndComesBackIsAskedAgain) {
    EXPECT_TRUE(ask("A"));
    leave();
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(ask("B"));
    }
    EXPECT_EQ(failures(Failure::unreachable), 3);
    EXPECT_EQ(webhook().circuit(), Circuit::open);
    EXPECT_TRUE(ask("A")) << "what is kept needs nobody";
    listen(port);
    EXPECT_TRUE(wait_for([&] { return ask("B").has_value(); }));
    EXPECT_EQ(webhook().circuit(), Circuit::closed);
}

TEST_F(WebhookTest, AnswersThatCannotBeUsedAreNoneAndOpenNothing) {
    for (const char* body : {"", "[]", "Accepted", R"({"status":"Maybe"})", R"({"status":"Accepted","expiryDate":7})"}) {
        answers_with = body;
        EXPECT_FALSE(ask("ABC")) << body;
    }
    EXPECT_EQ(failures(Failure::bad_answer), 5);
    for (const unsigned status : {302U, 400U, 401U, 404U}) {
        answers_status = status;
        answers_with = kAccepted;
        EXPECT_FALSE(ask("ABC")) << status;
    }
    EXPECT_EQ(failures(Failure::status), 4);
    answers_status = 200;
    answers_with = R"({"status":"Accepted","text":")" + std::string(config.answer_bytes_max, 'x') + "\"}";
    EXPECT_FALSE(ask("ABC"));
    EXPECT_EQ(failures(Failure::bad_answer), 6);
    EXPECT_EQ(webhook().circuit(), Circuit::closed);
    answers_with = kAccepted;
    EXPECT_TRUE(ask("ABC"));
}

}  // namespace
}  // namespace decisions
