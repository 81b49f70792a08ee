#include "model/id_tag.h"

#include <gtest/gtest.h>

#include <string>

namespace model {
namespace {

base::Result<Permission, Fault> permission_of(const std::string& json) {
    const auto members = json_members(json);
    Permission permission;
    for (const JsonMember& member : members.value()) {
        if (auto fault = take_permission_member(member, permission)) return tl::unexpected(*fault);
    }
    return permission;
}

base::Result<KnownChargePoint, Fault> known_of(const std::string& json) {
    const auto members = json_members(json);
    KnownChargePoint known;
    for (const JsonMember& member : members.value()) {
        if (auto fault = take_known_member(member, known)) return tl::unexpected(*fault);
    }
    return known;
}

std::string written(const Permission& permission) {
    std::string json;
    append_permission(json, permission);
    return json;
}

TEST(IdTag, IsWrittenAsItIsRead) {
    for (const std::string json : {R"({"status":"Accepted"})", R"({"status":"ConcurrentTx","parentIdTag":"FLEET"})",
                                   R"({"status":"Blocked","expiryDate":"2027-01-31T12:00:00Z","parentIdTag":"x"})"}) {
        EXPECT_EQ(written(permission_of(json).value()), json);
    }
}

TEST(IdTag, HasItsDateInUtcAndWholeSeconds) {
    EXPECT_EQ(permission_of(R"({"expiryDate":"2027-01-31T12:00:00.75+02:00"})")->expiry_date, "2027-01-31T10:00:00Z");
}

TEST(IdTag, NamesTheMemberThatIsWrong) {
    EXPECT_EQ(permission_of(R"({"status":"accepted"})").error().text,
              "must be one of Accepted, Blocked, Expired, Invalid, ConcurrentTx");
    EXPECT_EQ(permission_of(R"({"status":7})").error().field, "status");
    EXPECT_EQ(permission_of(R"({"status":null})").error().field, "status");
    EXPECT_EQ(permission_of(R"({"expiryDate":"tomorrow"})").error().field, "expiryDate");
    EXPECT_EQ(permission_of(R"({"parentIdTag":""})").error().field, "parentIdTag");
    EXPECT_EQ(permission_of("{\"parentIdTag\":\"" + std::string(256, 'x') + "\"}").error().field, "parentIdTag");
    EXPECT_EQ(permission_of(R"({"colour":"blue"})").error().field, "colour");
}

TEST(IdTag, IsExpiredFromItsDateOnWhateverItWas) {
    const auto date = base::parse_rfc3339("2027-01-31T12:00:00Z").value();
    for (const ChargeStatus status : {ChargeStatus::accepted, ChargeStatus::blocked}) {
        const Permission permission{.status = status, .expiry_date = "2027-01-31T12:00:00Z"};
        EXPECT_EQ(permission_at(permission, date - std::chrono::seconds(1)).status, status);
        EXPECT_EQ(permission_at(permission, date).status, ChargeStatus::expired);
    }
    EXPECT_EQ(permission_at({}, date).status, ChargeStatus::accepted);
}

TEST(IdTag, IsComparedWithoutCaseInAscii) {
    EXPECT_EQ(without_case("AbC-09"), "abc-09");
    EXPECT_EQ(without_case("\xC3\x84"), "\xC3\x84");
}

TEST(IdTag, IsATextWithoutControlCharacters) {
    EXPECT_FALSE(id_tag_problem("AB/C d"));
    EXPECT_TRUE(id_tag_problem(""));
    EXPECT_TRUE(id_tag_problem("a\nb"));
    EXPECT_TRUE(id_tag_problem(std::string(256, 'x')));
}

TEST(KnownChargePoint, IsAcceptedUnlessItSaysOtherwise) {
    EXPECT_EQ(known_of("{}")->admission, AdmissionStatus::accepted);
    EXPECT_EQ(known_of(R"({"admission":"pending"})")->admission, AdmissionStatus::pending);
    const auto known = known_of(R"({"admission":"reject","profile":"acme-7"})").value();
    EXPECT_EQ(known.admission, AdmissionStatus::rejected);
    std::string json;
    append_known(json, known);
    EXPECT_EQ(json, R"({"admission":"reject","profile":"acme-7"})");
}

TEST(KnownChargePoint, NamesTheMemberThatIsWrong) {
    EXPECT_EQ(known_of(R"({"admission":"Accepted"})").error().text, "must be one of accept, pending, reject");
    EXPECT_EQ(known_of(R"({"profile":""})").error().field, "profile");
    EXPECT_EQ(known_of(R"({"profil":"x"})").error().field, "profil");
}

}  // namespace
}  // namespace model
