#include "decisions/webhook_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace decisions {
namespace {

using namespace std::chrono_literals;
using model::AdmissionStatus;
using model::ChargeStatus;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

const model::Question kMayCharge = model::MayCharge{model::ChargePointId("CP-1"), "ABC"};
const model::Question kMayJoin = model::MayJoin{model::ChargePointId("CP-1"), "Acme", "One"};

model::Permission permission_of(const std::string& body) {
    const auto answer = read_answer(kMayCharge, body);
    EXPECT_TRUE(answer) << body << ": " << answer.error();
    return answer ? std::get<model::Permission>(answer->decision) : model::Permission{};
}

model::Admission admission_of(const std::string& body) {
    const auto answer = read_answer(kMayJoin, body);
    EXPECT_TRUE(answer) << body << ": " << answer.error();
    return answer ? std::get<model::Admission>(answer->decision) : model::Admission{};
}

TEST(WebhookQuestion, TellsWhatIsAskedOfWhom) {
    EXPECT_EQ(question_body(kMayCharge), R"({"type":"authorize","chargePointId":"CP-1","idTag":"ABC"})");
    EXPECT_EQ(question_body(kMayJoin), R"({"type":"boot","chargePointId":"CP-1","vendor":"Acme","model":"One"})");
}

TEST(WebhookQuestion, IsBoundedWhateverTheChargePointSays) {
    const model::Question question = model::MayJoin{model::ChargePointId("CP-1"), std::string(100'000, 'v'), "One"};
    EXPECT_LT(question_body(question).size(), 1000U);
}

TEST(WebhookSignature, IsTheOneThatTheVectorOfStandardWebhooksTells) {
    const auto secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    ASSERT_TRUE(secret) << secret.error();
    EXPECT_EQ(signature(*secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330, R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSignature, TravelsInTheHeadersOfTheQuestion) {
    const auto now = base::parse_rfc3339("2026-11-28T12:00:00.9Z").value();
    const auto call = signed_call("0123456789abcdef", "q-1", now, "{}");
    EXPECT_EQ(call.method, "POST");
    EXPECT_EQ(call.body, "{}");
    EXPECT_THAT(call.headers, Contains(Pair("content-type", "application/json")));
    EXPECT_THAT(call.headers, Contains(Pair("webhook-id", "q-1")));
    EXPECT_THAT(call.headers, Contains(Pair("webhook-timestamp", "1795867200")));
    EXPECT_THAT(call.headers, Contains(Pair("webhook-signature", signature("0123456789abcdef", "q-1", 1'795'867'200, "{}"))));
}

TEST(WebhookSecret, IsTheContentOfItsFileOrWhatThatStandsFor) {
    EXPECT_EQ(secret_of("0123456789abcdef\n"), "0123456789abcdef");
    EXPECT_EQ(secret_of("whsec_MDEyMzQ1Njc4OWFiY2RlZg==\n"), "0123456789abcdef");
    EXPECT_THAT(secret_of("0123456789abcde\n").error(), HasSubstr("15 bytes"));
    EXPECT_THAT(secret_of("whsec_MDEyMzQ1Njc4OWFiY2Rl").error(), HasSubstr("15 bytes"));
    for (const char* text : {"whsec_", "whsec_M", "whsec_????????????????????????", "whsec_====", ""}) {
        EXPECT_FALSE(secret_of(text)) << text;
    }
}

TEST(WebhookAnswer, SaysWhoMayCharge) {
    EXPECT_EQ(permission_of(R"({"status":"Accepted"})").status, ChargeStatus::accepted);
    const auto permission =
        permission_of(R"({"status":"Blocked","expiryDate":"2027-01-31T12:00:00Z","parentIdTag":"FLEET","note":[1]})");
    EXPECT_EQ(permission.status, ChargeStatus::blocked);
    EXPECT_EQ(permission.expiry_date, "2027-01-31T12:00:00Z");
    EXPECT_EQ(permission.parent_id_tag, "FLEET");
    const auto nulls = permission_of(R"({"status":"Accepted","expiryDate":null,"parentIdTag":null,"cacheSeconds":null})");
    EXPECT_EQ(nulls.status, ChargeStatus::accepted);
    EXPECT_FALSE(nulls.expiry_date || nulls.parent_id_tag);
}

TEST(WebhookAnswer, SaysWhoIsWelcome) {
    EXPECT_EQ(admission_of(R"({"status":"Accepted"})").status, AdmissionStatus::accepted);
    EXPECT_FALSE(admission_of(R"({"status":"Accepted"})").interval);
    EXPECT_EQ(admission_of(R"({"status":"Pending","intervalSeconds":0})").interval, 0s);
    EXPECT_EQ(admission_of(R"({"status":"Rejected","intervalSeconds":86400})").status, AdmissionStatus::rejected);
}

TEST(WebhookAnswer, MaySayHowLongItHolds) {
    EXPECT_FALSE(read_answer(kMayCharge, R"({"status":"Accepted"})")->keep);
    EXPECT_EQ(read_answer(kMayCharge, R"({"status":"Accepted","cacheSeconds":0})")->keep, 0s);
    EXPECT_EQ(read_answer(kMayJoin, R"({"cacheSeconds":90,"status":"Accepted"})")->keep, 90s);
}

TEST(WebhookAnswer, IsNoneWhereItCannotBeUnderstood) {
    for (const char* body :
         {"", "null", "[]", "Accepted", "{", "{}", R"({"status":null})", R"({"status":"accepted"})", R"({"status":"Pending"})",
          R"({"status":"Accepted","expiryDate":"soon"})", R"({"status":"Accepted","expiryDate":"2027-01-31T12:00:00"})",
          R"({"status":"Accepted","parentIdTag":7})", R"({"status":"Accepted","cacheSeconds":-1})",
          R"({"status":"Accepted","cacheSeconds":1.5})"}) {
        EXPECT_FALSE(read_answer(kMayCharge, body)) << body;
    }
    for (const char* body : {R"({"status":"Blocked"})", R"({"status":1})", R"({"status":"Pending","intervalSeconds":"60"})",
                             R"({"status":"Pending","intervalSeconds":86401})"}) {
        EXPECT_FALSE(read_answer(kMayJoin, body)) << body;
    }
    EXPECT_EQ(read_answer(kMayCharge, R"({"status":"secret"})").error(),
              "status must be one of Accepted, Blocked, Expired, Invalid, ConcurrentTx");
}

TEST(WebhookCacheKey, IsOneForAllSpellingsOfAnIdTagAndTellsTheRestApart) {
    const auto charge = [](const char* id, const char* tag) {
        return cache_key(model::MayCharge{model::ChargePointId(id), tag});
    };
    EXPECT_EQ(charge("CP-1", "ABC"), charge("CP-1", "abc"));
    EXPECT_NE(charge("CP-1", "ABC"), charge("CP-2", "ABC"));
    EXPECT_NE(charge("CP-1", "ABC"), charge("CP-1", "ABD"));
    EXPECT_NE(charge("CP-1", "a\",\"idTag\":\"b"), charge("CP-1\",\"idTag\":\"a", "b"));
    EXPECT_NE(cache_key(kMayCharge), cache_key(kMayJoin));
}

}  // namespace
}  // namespace decisions
