// Oddities of frames, message ids, order and answers: served, and counted by the table of model/quirk.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ocpp/quirk_counts.h"
#include "support/ocpp/session_harness.h"

namespace {

using namespace std::chrono_literals;
using test::SessionHarness;

// A charge point of which the quirks are counted.
class QuirksOfASession : public testing::Test {
protected:
    [[nodiscard]] int counted(const std::string& quirk) const {
        const auto met = counts_.met();
        return met.contains(quirk) ? met.at(quirk) : 0;
    }
    // A frame that is answered by a CALLRESULT.
    void served(const std::string& frame) {
        charge_point_.sends(frame);
        charge_point_.log_confirms();
        EXPECT_THAT(charge_point_.received(), testing::Contains(testing::StartsWith("[3,"))) << frame;
        charge_point_.forget();
    }
    std::string sent_call() {
        charge_point_.frame_goes_out(charge_point_.ordered("ClearCache", "{}"));
        return charge_point_.last_call_id();
    }

    test::QuirkCounts counts_;
    SessionHarness charge_point_{"CP-001", ocpp::Opening{.epoch = model::Epoch{5}, .past = {.was_here = true}},
                                 test::session_config(), counts_.counters()};
};

TEST_F(QuirksOfASession, AreNoneInWhatTheSpecificationAllows) {
    served(R"([2,"0123456789-0123456789-0123456789-012","DataTransfer",{"vendorId":"v"}])");
    served(" [ 2 , \"ä\" , \"DataTransfer\" , {\"vendorId\":\"v\"} ] \r\n");
    EXPECT_THAT(counts_.met(), testing::IsEmpty());
}

TEST_F(QuirksOfASession, TellOfWhatIsAroundAFrame) {
    served(
        "\xEF\xBB\xBF"
        R"([2,"1","DataTransfer",{"vendorId":"v"}])");
    served(R"([2,"2","DataTransfer",{"vendorId":"v"}])" + std::string(1, '\0'));
    EXPECT_EQ(counted("frame_ends"), 2);
}

TEST_F(QuirksOfASession, TellOfOddMessageIds) {
    served(R"([2,"","DataTransfer",{"vendorId":"v"}])");
    served(R"([2,17,"DataTransfer",{"vendorId":"v"}])");
    served(R"([2,"0123456789-0123456789-0123456789-0123","DataTransfer",{"vendorId":"v"}])");
    EXPECT_EQ(counted("message_id_empty"), 1);
    EXPECT_EQ(counted("message_id_not_text"), 1);
    EXPECT_EQ(counted("message_id_long"), 1);
}

TEST_F(QuirksOfASession, TellAResendFromAMessageIdThatIsUsedAgain) {
    served(R"([2,"1","DataTransfer",{"vendorId":"v"}])");
    served(R"([2,"1","DataTransfer",{"vendorId":"v"}])");
    EXPECT_EQ(counted("message_resent"), 1);
    EXPECT_EQ(counted("message_id_reused"), 0);
    served(R"([2,"1","DataTransfer",{"vendorId":"w"}])");
    EXPECT_EQ(counted("message_resent"), 1);
    EXPECT_EQ(counted("message_id_reused"), 1);
}

TEST_F(QuirksOfASession, TellOnceOfAChargePointThatNeverBooted) {
    SessionHarness stranger("CP-002", ocpp::Opening{.epoch = model::Epoch{5}}, test::session_config(), counts_.counters());
    stranger.sends(R"([2,"1","Heartbeat",{}])");
    stranger.sends(R"([2,"2","Heartbeat",{}])");
    EXPECT_EQ(counted("before_boot"), 1);
    SessionHarness booted("CP-003", ocpp::Opening{.epoch = model::Epoch{5}}, test::session_config(), counts_.counters());
    booted.accepts_everything();
    booted.sends(R"([2,"1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}])");
    booted.sends(R"([2,"2","Heartbeat",{}])");
    EXPECT_EQ(counted("before_boot"), 1);
}

TEST_F(QuirksOfASession, TellOfAnswersThatComeLateTwiceOrUnasked) {
    const std::string id = sent_call();
    charge_point_.time_passes(31s);
    charge_point_.wakes();
    charge_point_.sends("[3," + id + R"(,{"status":"Accepted"}])");
    EXPECT_EQ(counted("answer_late"), 1);
    charge_point_.sends("[3," + id + R"(,{"status":"Accepted"}])");
    charge_point_.sends(R"([3,"unknown",{}])");
    EXPECT_EQ(counted("answer_unasked"), 2);
    EXPECT_EQ(charge_point_.last().type, "protocol.error");
}

TEST_F(QuirksOfASession, TellOfOddErrors) {
    charge_point_.sends("[4," + sent_call() + R"(,"FormatViolation",""])");
    EXPECT_EQ(counted("error_elements"), 1);
    EXPECT_EQ(counted("error_code"), 1);
    charge_point_.sends("[4," + sent_call() + R"(,"FormationViolation","",{}])");
    EXPECT_EQ(counted("error_elements"), 1);
    EXPECT_EQ(counted("error_code"), 1);
    EXPECT_THAT(charge_point_.reports(), testing::Contains(testing::StartsWith("1 refused FormatViolation")));
}

}  // namespace
