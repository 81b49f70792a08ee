#include "ocpp/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using namespace std::chrono_literals;
using ocpp::Durability;
using test::at;
using test::flags_of;
using test::json_at;
using test::SessionHarness;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kStop =
    R"([2,"42","StopTransaction",{"transactionId":7,"meterStop":10,"timestamp":"2026-11-20T10:00:00Z"}])";
constexpr std::string_view kHeartbeat = R"([2,"h","Heartbeat",{}])";
constexpr std::string_view kStatus =
    R"([2,"s","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}])";
constexpr std::string_view kAuthorize = R"([2,"a","Authorize",{"idTag":"ABC"}])";

TEST(Session, TellsThatTheChargePointIsThere) {
    SessionHarness charge_point(
        "RDAM|1 2",
        {.epoch = model::Epoch{5}, .previous_epoch = model::Epoch{4}, .remote_address = "192.0.2.1:4711", .security_profile = 2});
    const model::EventRecord& event = charge_point.opening();
    EXPECT_EQ(event.type, "device.connected");
    EXPECT_EQ(at(event, "/source"), "/charge-points/RDAM%7C1%202");
    EXPECT_EQ(at(event, "/subject"), "RDAM|1 2");
    EXPECT_EQ(at(event, "/data/connection"), R"({"epoch":5,"sequence":1,"remoteAddress":"192.0.2.1:4711","previousEpoch":4})");
    EXPECT_EQ(at(event, "/data/securityProfile"), "2");
    EXPECT_EQ(at(event, "/data/flags"), "[]");
}

TEST(Session, TellsHowAndAfterHowLongTheConnectionEnded) {
    SessionHarness charge_point;
    charge_point.time_passes(90s);
    charge_point.closes({.by = ocpp::ClosedBy::device, .code = 1001, .reason = "bye"});
    ASSERT_THAT(charge_point.published(), SizeIs(1));
    EXPECT_EQ(at(charge_point.last(), "/data/disconnect"), R"({"code":1001,"reason":"bye","by":"device","seconds":90})");
}

TEST(Session, SaysNothingOfTheEndOfADisplacedConnection) {
    SessionHarness charge_point;
    charge_point.closes({.by = ocpp::ClosedBy::displaced, .code = 1008, .reason = ""});
    EXPECT_THAT(charge_point.published(), IsEmpty());
}

TEST(Session, TakesNothingAfterItsEnd) {
    SessionHarness charge_point;
    charge_point.sends(kStop);
    charge_point.closes({});
    charge_point.forget();
    charge_point.sends(kHeartbeat);
    charge_point.log_confirms();
    charge_point.closes({});
    EXPECT_THAT(charge_point.published(), IsEmpty());
    EXPECT_THAT(charge_point.received(), IsEmpty());
    EXPECT_FALSE(charge_point.session().wants_frames());
}

TEST(Session, AnswersInTheOrderOfTheCalls) {
    SessionHarness charge_point;
    charge_point.sends(kStop);
    charge_point.sends(kStatus);
    charge_point.sends(kHeartbeat);
    charge_point.sends(R"([2,"x","NoSuchAction",{}])");
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), IsEmpty());
    charge_point.log_confirms();
    ASSERT_THAT(charge_point.received(), SizeIs(4));
    const std::vector<std::string> ids{"42", "s", "h", "x"};
    for (std::size_t i = 0; i < ids.size(); ++i) {
        EXPECT_EQ(json_at(charge_point.received()[i], "/1"), ids[i]);
    }
}

TEST(Session, KeepsTheOrderOfTheFramesInTheLogWhileADecisionIsAway) {
    SessionHarness charge_point;
    charge_point.sends(kAuthorize);
    charge_point.sends(kStatus);
    charge_point.sends(R"([2,"a2","Authorize",{"idTag":"DEF"}])");
    charge_point.sends("no json");
    charge_point.sends(kStop);
    EXPECT_THAT(charge_point.published(), IsEmpty());
    ASSERT_THAT(charge_point.asked(), SizeIs(1));

    charge_point.decides(model::Permission{});
    EXPECT_THAT(charge_point.published(), SizeIs(2));
    charge_point.decides(model::Permission{});
    ASSERT_THAT(charge_point.published(), SizeIs(5));
    const std::vector<std::string_view> types{"authorization.requested", "connector.status", "authorization.requested",
                                              "protocol.error", "transaction.ended"};
    for (std::size_t i = 0; i < types.size(); ++i) {
        EXPECT_EQ(charge_point.published()[i].type, types[i]);
        EXPECT_EQ(at(charge_point.published()[i], "/data/connection/sequence"), std::to_string(i + 2));
    }
    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), SizeIs(4));
}

TEST(Session, TellsWhenAHeldFrameWasReceivedNotWhenItWasDecided) {
    SessionHarness charge_point;
    charge_point.sends(kAuthorize);
    charge_point.sends(kStatus);
    charge_point.time_passes(2s);
    charge_point.decides(model::Permission{});
    EXPECT_EQ(at(charge_point.published()[0], "/time"), "2026-11-20T10:00:00.123Z");
    EXPECT_EQ(at(charge_point.published()[1], "/time"), "2026-11-20T10:00:00.123Z");
}

TEST(Session, IgnoresADecisionThatNobodyWaitsFor) {
    SessionHarness charge_point;
    charge_point.sends(kAuthorize);
    ocpp::Effects effects;
    charge_point.session().on_decided(77, model::Permission{}, charge_point.now(), effects);
    charge_point.session().on_published(charge_point.asked().front().ticket, ocpp::Outcome::logged, charge_point.now(), effects);
    EXPECT_THAT(effects, IsEmpty());
}

TEST(Session, StopsReadingWhileItsWindowIsFullAndTakesWhatWasRead) {
    ocpp::Config config = test::session_config();
    config.durable_window = 2;
    SessionHarness charge_point("CP-001", config);
    charge_point.sends(kStop);
    EXPECT_TRUE(charge_point.session().wants_frames());
    charge_point.sends(kStop);
    EXPECT_FALSE(charge_point.session().wants_frames());
    charge_point.sends(kStop);
    EXPECT_THAT(charge_point.published(), SizeIs(3));
    charge_point.log_confirms();
    EXPECT_TRUE(charge_point.session().wants_frames());
    EXPECT_THAT(charge_point.received(), SizeIs(3));
}

TEST(Session, CountsFramesThatGetNoAnswerInTheWindow) {
    SessionHarness charge_point;
    for (std::size_t i = 0; i < test::session_config().durable_window; ++i) {
        EXPECT_TRUE(charge_point.session().wants_frames());
        charge_point.sends("no json");
    }
    EXPECT_FALSE(charge_point.session().wants_frames()) << "a flood of rubbish must not fill the event buffer";
    charge_point.log_places();
    EXPECT_TRUE(charge_point.session().wants_frames());
    EXPECT_THAT(charge_point.received(), IsEmpty());
}

TEST(Session, SleepsWhileNothingIsWithheld) {
    SessionHarness charge_point;
    EXPECT_FALSE(charge_point.session().next_wake());
    charge_point.sends(kHeartbeat);
    EXPECT_FALSE(charge_point.session().next_wake());
    charge_point.sends(kStop);
    EXPECT_EQ(charge_point.session().next_wake(), charge_point.now().mono + 15s);
    charge_point.log_confirms();
    EXPECT_FALSE(charge_point.session().next_wake());
}

TEST(Session, ClosesWhenAnAnswerIsWithheldForTooLong) {
    SessionHarness charge_point;
    charge_point.sends(kStop);
    charge_point.time_passes(14'999ms);
    charge_point.wakes();
    EXPECT_FALSE(charge_point.closed());
    charge_point.time_passes(1ms);
    charge_point.wakes();
    ASSERT_TRUE(charge_point.closed());
    EXPECT_EQ(charge_point.closed()->code, 1013);
    EXPECT_FALSE(charge_point.closed()->reason.empty());
    EXPECT_FALSE(charge_point.session().next_wake());

    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), IsEmpty());
    charge_point.closes({.by = ocpp::ClosedBy::gateway, .code = 1013, .reason = ""});
    EXPECT_EQ(charge_point.last().type, "device.disconnected");
}

TEST(Session, WaitsForEachOfManyDecisionsInTurn) {
    SessionHarness charge_point;
    for (int number = 0; number < 7; ++number) {
        charge_point.sends(R"([2,")" + std::to_string(number) + R"(","Authorize",{"idTag":"ABC"}])");
    }
    for (int number = 0; number < 7; ++number) {
        charge_point.time_passes(3200ms);
        charge_point.wakes();
        charge_point.decides(model::Permission{});
        charge_point.log_places();
    }
    EXPECT_FALSE(charge_point.closed());
    EXPECT_THAT(charge_point.received(), SizeIs(7));
}

TEST(Session, GivesTheLogItsWholeTimeAfterADecisionAndADecisionNoLonger) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","Authorize",{"idTag":"ABC"}])");
    charge_point.sends(R"([2,"2","Authorize",{"idTag":"ABC"}])");
    charge_point.time_passes(3s);
    charge_point.decides(model::Permission{});
    charge_point.time_passes(14'999ms);
    charge_point.wakes();
    EXPECT_FALSE(charge_point.closed());
    charge_point.log_places();
    EXPECT_FALSE(charge_point.closed());
    charge_point.time_passes(1ms);
    charge_point.wakes();
    EXPECT_TRUE(charge_point.closed()) << "the second one was asked about 15 s ago";
}

TEST(Session, TellsWhatWasReadWhenTheConnectionEndsButForWhatNeedsADecision) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","Authorize",{"idTag":"ABC"}])");
    charge_point.sends(
        R"([2,"2","StartTransaction",{"connectorId":1,"idTag":"A","meterStart":0,"timestamp":"2026-11-20T10:00:00Z"}])");
    charge_point.sends(kStatus);
    charge_point.sends(kStop);
    charge_point.closes({.by = ocpp::ClosedBy::device, .code = 1000, .reason = ""});
    std::vector<std::string> types;
    for (const model::EventRecord& event : charge_point.published()) {
        types.emplace_back(event.type);
    }
    EXPECT_THAT(types, ElementsAre("connector.status", "transaction.ended", "device.disconnected"));
    EXPECT_THAT(charge_point.waits_for_log(), IsEmpty());
    EXPECT_THAT(charge_point.received(), IsEmpty());
}

TEST(Session, NeverAnswersWhatTheLogRefuses) {
    SessionHarness charge_point;
    charge_point.sends(kStop);
    charge_point.log_fails();
    charge_point.sends(kStatus);
    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), IsEmpty());
    charge_point.time_passes(15s);
    charge_point.wakes();
    ASSERT_TRUE(charge_point.closed());
    EXPECT_EQ(charge_point.closed()->code, 1013);
}

TEST(Session, AnswersAResendLikeTheFirst) {
    SessionHarness charge_point;
    charge_point.sends(kStop);
    charge_point.sends(kStop);
    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"42",{}])", R"([3,"42",{}])"));
    EXPECT_EQ(charge_point.published()[0].id, charge_point.published()[1].id);
}

TEST(Session, WaitsForTheLogWhereThatIsConfigured) {
    ocpp::Config config = test::session_config();
    config.extra_durable_actions = {"StatusNotification"};
    SessionHarness charge_point("CP-001", config);
    charge_point.sends(kStatus);
    EXPECT_THAT(charge_point.waits_for_log(), ElementsAre(Durability::logged));
    charge_point.sends(kStatus);
    EXPECT_NE(charge_point.published()[0].id, charge_point.published()[1].id);
}

TEST(Session, EchoesTheMessageIdByteForByte) {
    for (const std::string_view id :
         {R"("")", R"("a\u0062\/")", R"("\ud800")", R"("ä€")", "17", "-1.50e3", "123456789012345678901234567890",
          R"("0123456789012345678901234567890123456789012345678901234567890123456789")"}) {
        SessionHarness charge_point;
        charge_point.sends("[2, " + std::string(id) + R"( ,"Heartbeat",{}])");
        ASSERT_THAT(charge_point.received(), SizeIs(1)) << id;
        EXPECT_THAT(charge_point.received()[0], testing::StartsWith("[3," + std::string(id) + ","));
    }
}

TEST(Session, TellsAnyMessageIdAsText) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"a\u0062","DataTransfer",{"vendorId":"v"}])");
    EXPECT_EQ(at(charge_point.last(), "/data/ocpp/messageId"), "ab");
    charge_point.sends(R"([2,17,"DataTransfer",{"vendorId":"v"}])");
    EXPECT_EQ(at(charge_point.last(), "/data/ocpp/messageId"), "17");
}

TEST(Session, TakesAByteOrderMarkAndZerosAtTheEnd) {
    SessionHarness charge_point;
    charge_point.sends(std::string("\xEF\xBB\xBF \n") + std::string(kStatus) + std::string(" \n\0\0", 4));
    charge_point.log_places();
    EXPECT_THAT(charge_point.received(), ElementsAre(R"([3,"s",{}])"));
    EXPECT_EQ(flags_of(charge_point.last()), "");
}

struct Bad {
    std::string_view frame;
    std::string_view code;
    bool answered;
};
class BadFrame : public testing::TestWithParam<Bad> {};

TEST_P(BadFrame, IsToldOnceAndAnsweredIfItIsACallWithAnId) {
    SessionHarness charge_point;
    charge_point.sends(GetParam().frame);
    ASSERT_THAT(charge_point.published(), SizeIs(1));
    EXPECT_EQ(charge_point.last().type, "protocol.error");
    EXPECT_EQ(at(charge_point.last(), "/data/error/code"), GetParam().code);
    EXPECT_NE(at(charge_point.last(), "/data/error/description"), "");
    EXPECT_EQ(at(charge_point.last(), "/data/ocpp"), "");
    EXPECT_THAT(charge_point.received(), IsEmpty());

    charge_point.log_places();
    ASSERT_THAT(charge_point.received(), SizeIs(GetParam().answered ? 1 : 0));
    if (GetParam().answered) {
        EXPECT_EQ(json_at(charge_point.received()[0], "/0"), "4");
        EXPECT_EQ(json_at(charge_point.received()[0], "/2"), GetParam().code);
        EXPECT_EQ(json_at(charge_point.received()[0], "/4"), "{}");
    }
    EXPECT_FALSE(charge_point.closed());
    charge_point.sends(kHeartbeat);
    EXPECT_THAT(charge_point.received(), SizeIs(GetParam().answered ? 2 : 1));
}

INSTANTIATE_TEST_SUITE_P(
    Frames, BadFrame,
    testing::Values(
        Bad{"", "FormationViolation", false}, Bad{"{", "FormationViolation", false}, Bad{"{}", "FormationViolation", false},
        Bad{"[]", "FormationViolation", false}, Bad{"null", "FormationViolation", false}, Bad{"[2", "FormationViolation", false},
        Bad{"[2]", "FormationViolation", false}, Bad{R"(["2","uuid-1","Heartbeat",{}])", "FormationViolation", false},
        Bad{R"([2,null,"Heartbeat",{}])", "FormationViolation", false},
        Bad{R"([2,{},"Heartbeat",{}])", "FormationViolation", false}, Bad{R"([2,"1",7,{}])", "FormationViolation", true},
        Bad{R"([2,"1"])", "FormationViolation", true}, Bad{R"([2,"1","Heartbeat"])", "FormationViolation", true},
        Bad{R"([2,"1","Heartbeat",[]])", "FormationViolation", true}, Bad{R"([2,"1","NoSuchAction",{}])", "NotImplemented", true},
        Bad{R"([2,"1","heartbeat",{}])", "NotImplemented", true}, Bad{R"([2,"1","Reset",{}])", "NotSupported", true},
        Bad{R"([3,"1",{}])", "GenericError", false}, Bad{R"([4,"1","GenericError","",{}])", "GenericError", false},
        Bad{R"([5,"1","X",{}])", "GenericError", false}, Bad{R"([99,"1","Heartbeat",{}])", "GenericError", false},
        Bad{R"([3,"1",{)", "GenericError", false},
        Bad{R"([2,"1","LogStatusNotification",{"status":"Idle","requestId":99999999999999999999}])", "TypeConstraintViolation",
            true},
        Bad{R"([2,"1","LogStatusNotification",{"status":"Idle","requestId":1e400}])", "TypeConstraintViolation", true},
        Bad{"[2,\"1\",\"DataTransfer\",{\"vendorId\":\"\xC3\x28\"}]", "FormationViolation", true},
        Bad{"[2,\"1\",\"DataTransfer\",{\"vendorId\":\"\n\"}]", "FormationViolation", true},
        Bad{R"([2,"1","DataTransfer",{"vendorId":"a"})", "FormationViolation", true},
        Bad{R"([2,"1","DataTransfer",{"vendorId":{}}])", "TypeConstraintViolation", true},
        Bad{R"([2,"1","DataTransfer",{"vendorId":"v","messageId":{}}])", "TypeConstraintViolation", true},
        Bad{R"([2,"1","FirmwareStatusNotification",null])", "OccurenceConstraintViolation", true},
        Bad{R"([2,"\q","Heartbeat",{}])", "FormationViolation", false}));

TEST(Session, SurvivesADepthBomb) {
    for (const std::size_t depth : {17U, 1000U, 100'000U}) {
        SessionHarness charge_point;
        charge_point.sends(R"([2,"1","DataTransfer",)" + std::string(depth, '[') + std::string(depth, ']') + "]");
        charge_point.log_places();
        ASSERT_THAT(charge_point.received(), SizeIs(1));
        EXPECT_EQ(json_at(charge_point.received()[0], "/2"), "FormationViolation");
    }
}

TEST(Session, TellsTheFirstKilobyteOfABadFrame) {
    SessionHarness charge_point;
    charge_point.sends("\"" + std::string(2000, 'x'));
    EXPECT_THAT(at(charge_point.last(), "/data/error/frame"), SizeIs(1024));
}

TEST(Session, ServesAFrameWithAnElementTooMany) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","DataTransfer", {"vendorId":"v"} , {}])");
    charge_point.log_places();
    EXPECT_EQ(json_at(charge_point.received().at(0), "/0"), "3");
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation");
    EXPECT_EQ(test::payload_of(charge_point.last()), R"({"vendorId":"v"})");
}

TEST(Session, TellsThePayloadByteForByte) {
    SessionHarness charge_point;
    charge_point.sends("[2,\"1\",\"DataTransfer\",\n { \"data\" : \"\\u0031\\/\",\t\"vendorId\":\"v\" } \n]");
    EXPECT_EQ(test::payload_of(charge_point.last()), "{ \"data\" : \"\\u0031\\/\",\t\"vendorId\":\"v\" }");
    EXPECT_EQ(at(charge_point.last(), "/data/transfer/data"), "1/");
}

TEST(Session, FlagsAFieldThatComesTwiceAndTakesTheFirst) {
    SessionHarness charge_point;
    charge_point.sends(R"([2,"1","DataTransfer",{"vendorId":"v","vendorId":"w"}])");
    EXPECT_EQ(at(charge_point.last(), "/data/transfer/vendorId"), "v");
    EXPECT_EQ(flags_of(charge_point.last()), "schemaViolation");
}

TEST(Session, CountsMessagesByAction) {
    base::Metrics metrics;
    const ocpp::Counters counters = ocpp::Counters::make(metrics);
    SessionHarness charge_point("CP-001", test::session_config(), counters);
    charge_point.sends(kHeartbeat);
    charge_point.sends(kHeartbeat);
    charge_point.sends(R"([2,"1","NoSuchAction",{}])");
    charge_point.sends(R"([3,"1",{}])");
    charge_point.sends(R"([2,"1","Reset",{}])");
    const std::string page = metrics.text();
    EXPECT_THAT(page, testing::HasSubstr(R"(gateway_messages_received_total{message_type="Heartbeat",ocpp_version="1.6"} 2)"));
    EXPECT_THAT(page, testing::HasSubstr(R"(gateway_messages_received_total{message_type="other",ocpp_version="1.6"} 2)"));
    EXPECT_THAT(page, testing::HasSubstr(R"(gateway_messages_received_total{message_type="Reset",ocpp_version="1.6"} 1)"));
    EXPECT_THAT(page, testing::HasSubstr("gateway_messages_sent_total 2"));
}

}  // namespace
