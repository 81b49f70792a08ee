// Which profile is whose, and what a Session makes of its own.
#include "ocpp/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/session_harness.h"

namespace {

using namespace std::chrono_literals;
using ocpp::Make;
using ocpp::Profile;
using ocpp::ProfileNumber;
using ocpp::Validation;
using test::flags_of;
using test::SessionHarness;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr ProfileNumber kFirst{1};
constexpr ProfileNumber kSecond{2};

Profile profile(std::string_view name, ocpp::ProfileMatch match) {
    return {.name = base::SharedText(name), .match = std::move(match)};
}

ProfileNumber of(const std::vector<Profile>& profiles, std::string_view charge_point, std::optional<Make> make = {}) {
    return ocpp::match_profile(profiles, charge_point, make);
}

TEST(Profiles, MatchWhereAllThatTheyAskForFits) {
    const std::vector<Profile> profiles{
        profile("a", {.charge_point = "DE*", .vendor = "Acme*", .model = "One", .firmware = "1.*"})};
    EXPECT_EQ(of(profiles, "DE-1", Make{"Acme Inc", "One", "1.2"}), kFirst);
    EXPECT_EQ(of(profiles, "FR-1", Make{"Acme Inc", "One", "1.2"}), ProfileNumber::none);
    EXPECT_EQ(of(profiles, "DE-1", Make{"Bolt", "One", "1.2"}), ProfileNumber::none);
    EXPECT_EQ(of(profiles, "DE-1", Make{"Acme Inc", "Two", "1.2"}), ProfileNumber::none);
    EXPECT_EQ(of(profiles, "DE-1", Make{"Acme Inc", "One", ""}), ProfileNumber::none);
}

TEST(Profiles, AreTriedInTheirOrder) {
    std::vector<Profile> profiles{profile("narrow", {.vendor = "Acme", .firmware = "0.9*"}), profile("wide", {.vendor = "Acme"})};
    EXPECT_EQ(of(profiles, "CP", Make{"Acme", "", "0.9.1"}), kFirst);
    EXPECT_EQ(of(profiles, "CP", Make{"Acme", "", "1.0"}), kSecond);
    std::swap(profiles[0], profiles[1]);
    EXPECT_EQ(of(profiles, "CP", Make{"Acme", "", "0.9.1"}), kFirst);
}

TEST(Profiles, AskAMakeInEitherCaseAndAnIdLetterByLetter) {
    const std::vector<Profile> profiles{profile("a", {.vendor = "acme"}), profile("b", {.charge_point = "cp-*"})};
    EXPECT_EQ(of(profiles, "CP-1", Make{"ACME", "", ""}), kFirst);
    EXPECT_EQ(of(profiles, "CP-1"), ProfileNumber::none);
    EXPECT_EQ(of(profiles, "cp-1"), kSecond);
}

TEST(Profiles, ThatAskForAMakeWaitForTheBootNotification) {
    const std::vector<Profile> profiles{profile("any make", {.vendor = "*"}), profile("id", {.charge_point = "*"})};
    EXPECT_EQ(of(profiles, "CP"), kSecond);
    EXPECT_EQ(of(profiles, "CP", Make{"", "", ""}), kFirst);
}

TEST(Profiles, ThatAskForNothingMatchNobody) {
    const std::vector<Profile> profiles{profile("assigned only", {})};
    EXPECT_EQ(of(profiles, "CP"), ProfileNumber::none);
    EXPECT_EQ(of(profiles, "CP", Make{"Acme", "One", "1"}), ProfileNumber::none);
    EXPECT_EQ(ocpp::find_profile(profiles, "assigned only"), kFirst);
    EXPECT_EQ(ocpp::find_profile(profiles, ""), ProfileNumber::none);
    EXPECT_EQ(ocpp::profile_of(profiles, kFirst), profiles.data());
    EXPECT_EQ(ocpp::profile_of(profiles, kSecond), nullptr);
    EXPECT_EQ(ocpp::profile_of(profiles, ProfileNumber::none), nullptr);
}

// ---- in a Session

const std::string kBoot = R"([2,"1","BootNotification",{"chargePointVendor":"Acme","chargePointModel":"One"}])";
const std::string kOtherBoot = R"([2,"2","BootNotification",{"chargePointVendor":"Bolt","chargePointModel":"One"}])";
const std::string kOddStatus = R"([2,"3","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Faultd"}])";

ocpp::Config config_with(std::vector<Profile> profiles) {
    ocpp::Config config = test::session_config();
    config.profiles = std::move(profiles);
    return config;
}

ocpp::Config strict_acme() {
    Profile acme = profile("acme", {.vendor = "acme"});
    acme.validation = Validation::strict;
    return config_with({acme});
}

// The frame under a message id of its own: it is no resend.
bool refuses(SessionHarness& charge_point, std::string frame) {
    static int last_id = 100;
    frame.replace(frame.find('"') + 1, 1, std::to_string(++last_id));
    charge_point.forget();
    charge_point.sends(frame);
    charge_point.log_confirms();
    return charge_point.received().at(0).starts_with("[4,");
}

TEST(ProfileOfASession, CountsFromTheBootNotificationThatMatchesOn) {
    SessionHarness charge_point("CP-001", strict_acme());
    charge_point.accepts_everything();
    EXPECT_FALSE(refuses(charge_point, kOddStatus));
    EXPECT_THAT(charge_point.profiles(), IsEmpty());
    EXPECT_FALSE(refuses(charge_point, kBoot));
    ASSERT_THAT(charge_point.profiles(), SizeIs(1));
    EXPECT_EQ(charge_point.profiles()[0].profile, kFirst);
    ASSERT_THAT(charge_point.remembered(), SizeIs(1)) << "a reconnect brings no BootNotification";
    EXPECT_EQ(charge_point.remembered()[0].matched, kFirst);
    EXPECT_TRUE(refuses(charge_point, kOddStatus));
    refuses(charge_point, kBoot);
    EXPECT_THAT(charge_point.profiles(), SizeIs(1)) << "nothing changed";
    EXPECT_FALSE(refuses(charge_point, kOtherBoot));
    EXPECT_EQ(charge_point.session().profile(), ProfileNumber::none);
    EXPECT_FALSE(refuses(charge_point, kOddStatus));
    ASSERT_THAT(charge_point.profiles(), SizeIs(2));
    ASSERT_THAT(charge_point.remembered(), SizeIs(2));
    EXPECT_EQ(charge_point.remembered()[1].matched, ProfileNumber::none);
}

TEST(ProfileOfASession, CountsFromTheOpeningWhereItMatchesById) {
    ocpp::Config config = strict_acme();
    config.profiles[0].match = {.charge_point = "CP-*"};
    SessionHarness charge_point("CP-001", config);
    charge_point.accepts_everything();
    ASSERT_THAT(charge_point.profiles(), SizeIs(1));
    EXPECT_TRUE(refuses(charge_point, kOddStatus));
    EXPECT_FALSE(refuses(charge_point, kBoot));
    EXPECT_THAT(charge_point.profiles(), SizeIs(1));
    EXPECT_THAT(charge_point.remembered(), IsEmpty());
}

TEST(ProfileOfASession, IsThatOfTheLastBootNotificationAfterAReconnect) {
    SessionHarness charge_point("CP-001", {.epoch = model::Epoch{1}, .past = {.profiles = {.matched = kFirst}}}, strict_acme());
    EXPECT_TRUE(refuses(charge_point, kOddStatus));
}

TEST(ProfileOfASession, ThatWasAssignedWinsUntilItIsTakenAway) {
    Profile relaxed = profile("relaxed", {});
    relaxed.validation = Validation::observe;
    ocpp::Config config = strict_acme();
    config.profiles.push_back(relaxed);
    SessionHarness charge_point("CP-001", {.epoch = model::Epoch{1}, .past = {.profiles = {.assigned = kSecond}}}, config);
    charge_point.accepts_everything();
    EXPECT_FALSE(refuses(charge_point, kBoot));
    EXPECT_EQ(charge_point.session().profile(), kSecond);
    ASSERT_THAT(charge_point.remembered(), SizeIs(1)) << "what matched is remembered all the same";
    EXPECT_EQ(charge_point.remembered()[0].matched, kFirst);
    EXPECT_FALSE(refuses(charge_point, kOddStatus));
    charge_point.is_assigned(ProfileNumber::none);
    EXPECT_TRUE(refuses(charge_point, kOddStatus));
    charge_point.is_assigned(kSecond);
    EXPECT_FALSE(refuses(charge_point, kOddStatus));
}

// A stricter one would find that what it let in could not be read.
TEST(ProfileOfASession, DoesNotJudgeAnewWhatItHasAskedAbout) {
    SessionHarness charge_point("CP-001", strict_acme());
    charge_point.sends(R"([2,"1","Authorize",{"idTag":"ABC","more":1}])");
    ASSERT_THAT(charge_point.asked(), SizeIs(1));
    charge_point.is_assigned(kFirst);
    charge_point.decides(model::Permission{});
    charge_point.log_confirms();
    EXPECT_THAT(charge_point.received(), ElementsAre(StartsWith("[3,")));
}

TEST(ProfileOfASession, PacesItsCommands) {
    Profile slow = profile("slow", {.vendor = "Acme"});
    slow.call_pacing = 500ms;
    SessionHarness charge_point("CP-001", config_with({slow}));
    charge_point.accepts_everything();
    const auto commanded = [&] { charge_point.frame_goes_out(charge_point.ordered("ClearCache", "{}")); };
    const auto answers = [&] { charge_point.sends("[3," + charge_point.last_call_id() + R"(,{"status":"Accepted"}])"); };
    commanded();
    answers();
    commanded();
    EXPECT_THAT(charge_point.calls(), SizeIs(2)) << "no pacing without the profile";
    charge_point.sends(kBoot);
    answers();
    charge_point.ordered("ClearCache", "{}");
    EXPECT_THAT(charge_point.calls(), SizeIs(2));
    EXPECT_EQ(charge_point.session().next_wake(), charge_point.now().mono + 500ms);
    charge_point.time_passes(500ms);
    charge_point.wakes();
    EXPECT_THAT(charge_point.calls(), SizeIs(3));
}

TEST(ProfileOfASession, SaysWhenItIsDeafAndWhatFollows) {
    Profile deaf = profile("deaf", {.charge_point = "CP-*"});
    deaf.unresponsive_calls = 1;
    deaf.close_unresponsive = true;
    SessionHarness charge_point("CP-001", config_with({deaf}));
    charge_point.frame_goes_out(charge_point.ordered("ClearCache", "{}"));
    charge_point.time_passes(30s);
    charge_point.wakes();
    EXPECT_EQ(charge_point.last().type, "device.unresponsive");
    EXPECT_TRUE(charge_point.closed());
}

TEST(ProfileOfASession, ReadsTimesWithoutAZoneInItsOwn) {
    Profile east = profile("east", {.charge_point = "CP-*"});
    east.time_zone = 10h;
    // It is 10:00 UTC, 20:00 there: what is suspect lies more than 24 h ahead.
    const auto flags = [&](const std::string& time) {
        SessionHarness charge_point("CP-001", config_with({east}));
        charge_point.sends(
            R"([2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","timestamp":")" + time +
            R"("}])");
        return flags_of(charge_point.last());
    };
    EXPECT_THAT(flags("2026-11-21T19:30:00"), Not(HasSubstr("clockSuspect")));
    EXPECT_THAT(flags("2026-11-21T20:30:00"), HasSubstr("clockSuspect"));
    EXPECT_THAT(flags("2026-11-21T19:30:00Z"), HasSubstr("clockSuspect"));
}

}  // namespace
