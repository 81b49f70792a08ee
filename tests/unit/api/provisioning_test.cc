// Id tags and known charge points as a client of the API gives and takes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/api/api_fixture.h"

namespace {

using support::HttpReply;
using testing::HasSubstr;
using testing::IsEmpty;

class ProvisioningTest : public support::ApiFixture {
protected:
    void expect_bad(const HttpReply& reply, const std::string& field) {
        EXPECT_EQ(reply.status, 400) << reply.body;
        EXPECT_EQ(reply.headers.at("content-type"), "application/problem+json");
        EXPECT_THAT(reply.body, HasSubstr(R"("field":")" + field + '"'));
    }
};

TEST_F(ProvisioningTest, AnIdTagIsStoredToldAndForgotten) {
    start();
    const std::string body = R"({"status":"Accepted","expiryDate":"2027-01-31T12:00:00Z","parentIdTag":"FLEET"})";
    const auto stored = ask("PUT", "/v1/id-tags/AB%2FC", body);
    EXPECT_EQ(stored.status, 200) << stored.body;
    EXPECT_EQ(stored.headers.at("content-type"), "application/json");
    EXPECT_EQ(stored.body, body);
    EXPECT_EQ(get("/v1/id-tags/AB%2FC").body, body);
    const auto removed = ask("DELETE", "/v1/id-tags/AB%2FC");
    EXPECT_EQ(removed.status, 204);
    EXPECT_FALSE(removed.headers.contains("content-length"));
    EXPECT_EQ(get("/v1/id-tags/AB%2FC").status, 404);
    EXPECT_EQ(ask("DELETE", "/v1/id-tags/AB%2FC").status, 404);
}

TEST_F(ProvisioningTest, APutReplacesTheWholeIdTag) {
    start();
    ask("PUT", "/v1/id-tags/ABC", R"({"status":"Accepted","parentIdTag":"FLEET"})");
    EXPECT_EQ(ask("PUT", "/v1/id-tags/ABC", R"({"status":"Blocked"})").status, 200);
    EXPECT_EQ(get("/v1/id-tags/ABC").body, R"({"status":"Blocked"})");
}

TEST_F(ProvisioningTest, WhatIsWrongWithAnIdTagIsNamed) {
    start();
    expect_bad(ask("PUT", "/v1/id-tags/ABC", "{}"), "status");
    expect_bad(ask("PUT", "/v1/id-tags/ABC", R"({"status":"Charging"})"), "status");
    expect_bad(ask("PUT", "/v1/id-tags/ABC", R"({"status":"Accepted","expiryDate":"2027-02-30T00:00:00Z"})"), "expiryDate");
    expect_bad(ask("PUT", "/v1/id-tags/ABC", R"({"status":"Accepted","parentIdTag":1})"), "parentIdTag");
    expect_bad(ask("PUT", "/v1/id-tags/ABC", R"({"status":"Accepted","status":"Blocked"})"), "status");
    expect_bad(ask("PUT", "/v1/id-tags/ABC", R"({"status":"Accepted","colour":"blue"})"), "colour");
    expect_bad(ask("PUT", "/v1/id-tags/" + std::string(256, 'x'), R"({"status":"Accepted"})"), "idTag");
    expect_bad(get("/v1/id-tags/a%0Ab"), "idTag");
    for (const char* body : {"", "[]", "7", R"({"status":)"}) {
        EXPECT_EQ(ask("PUT", "/v1/id-tags/ABC", body).status, 400) << body;
    }
    EXPECT_THAT(provisioning_.id_tags, IsEmpty());
}

TEST_F(ProvisioningTest, NoMoreIsStoredThanThereIsRoomFor) {
    provisioning_.entries_max = 1;
    start();
    EXPECT_EQ(ask("PUT", "/v1/id-tags/A", R"({"status":"Accepted"})").status, 200);
    EXPECT_EQ(ask("PUT", "/v1/id-tags/B", R"({"status":"Accepted"})").status, 503);
    EXPECT_EQ(ask("PUT", "/v1/charge-points/CP-1", "{}").status, 200);
    EXPECT_EQ(ask("PUT", "/v1/charge-points/CP-2", "{}").status, 503);
}

TEST_F(ProvisioningTest, AChargePointIsMadeKnownAndForgotten) {
    start({.profiles = {"bolt", "acme-7"}});
    EXPECT_EQ(ask("PUT", "/v1/charge-points/CP%201", "{}").body, R"({"admission":"accept"})");
    const std::string body = R"({"admission":"pending","profile":"acme-7"})";
    EXPECT_EQ(ask("PUT", "/v1/charge-points/CP%201", body).body, body);
    EXPECT_EQ(ask("DELETE", "/v1/charge-points/CP%201").status, 204);
    EXPECT_EQ(ask("DELETE", "/v1/charge-points/CP%201").status, 404);
}

TEST_F(ProvisioningTest, AProfileThatIsNoneIsRefusedWithTheNamesOfThoseThatAre) {
    start({.profiles = {"bolt", "acme-7"}});
    const auto reply = ask("PUT", "/v1/charge-points/CP-1", R"({"profile":"acme"})");
    EXPECT_EQ(reply.status, 422) << reply.body;
    EXPECT_THAT(reply.body, HasSubstr("bolt, acme-7"));
    EXPECT_THAT(reply.body, HasSubstr(R"("field":"profile")"));
    EXPECT_THAT(provisioning_.charge_points, IsEmpty());
}

TEST_F(ProvisioningTest, WithoutProfilesNoneCanBeGiven) {
    start();
    const auto reply = ask("PUT", "/v1/charge-points/CP-1", R"({"profile":"acme"})");
    EXPECT_EQ(reply.status, 422) << reply.body;
    EXPECT_THAT(reply.body, HasSubstr("ocpp.profiles"));
}

TEST_F(ProvisioningTest, WhatIsWrongWithAChargePointIsNamed) {
    start();
    expect_bad(ask("PUT", "/v1/charge-points/CP-1", R"({"admission":"Accepted"})"), "admission");
    expect_bad(ask("PUT", "/v1/charge-points/CP-1", R"({"profile":""})"), "profile");
    expect_bad(ask("PUT", "/v1/charge-points/CP-1", R"({"id":"CP-1"})"), "id");
    expect_bad(ask("PUT", "/v1/charge-points/a%2Fb", "{}"), "id");
    EXPECT_THAT(provisioning_.charge_points, IsEmpty());
}

}  // namespace
