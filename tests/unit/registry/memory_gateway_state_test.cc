#include "registry/memory_gateway_state.h"

#include <gtest/gtest.h>

#include <deque>

namespace registry {
namespace {

using model::AdmissionStatus;
using model::ChargeStatus;

class MemoryGatewayStateTest : public testing::Test {
protected:
    // What is answered, once the loop has turned.
    template <class Answer, class Ask>
    Answer answer_to(Ask ask) {
        std::optional<Answer> answer;
        ask([&](Answer told) { answer = std::move(told); });
        EXPECT_FALSE(answer.has_value()) << "an answer never comes from within the question";
        while (!posted.empty()) {
            const auto work = std::move(posted.front());
            posted.pop_front();
            work();
        }
        EXPECT_TRUE(answer.has_value());
        return answer.value_or(Answer{});
    }
    bool put(const std::string& id_tag, model::Permission permission) {
        return answer_to<bool>([&](auto answer) { state.put_id_tag(id_tag, std::move(permission), answer); });
    }
    std::optional<model::Permission> find(const std::string& id_tag) {
        return answer_to<std::optional<model::Permission>>([&](auto answer) { state.find_id_tag(id_tag, answer); });
    }
    bool remove(const std::string& id_tag) {
        return answer_to<bool>([&](auto answer) { state.remove_id_tag(id_tag, answer); });
    }
    bool put_charge_point(const std::string& id, model::KnownChargePoint known) {
        return answer_to<bool>([&](auto answer) { state.put_charge_point(model::ChargePointId(id), std::move(known), answer); });
    }
    std::optional<model::KnownChargePoint> find_charge_point(const std::string& id) {
        return answer_to<std::optional<model::KnownChargePoint>>(
            [&](auto answer) { state.find_charge_point(model::ChargePointId(id), answer); });
    }

    std::deque<std::function<void()>> posted;
    MemoryGatewayState state{{.id_tags_max = 2, .charge_points_max = 1},
                             [this](std::function<void()> work) { posted.push_back(std::move(work)); }};
};

TEST_F(MemoryGatewayStateTest, FindsAnIdTagWhateverItsCase) {
    EXPECT_FALSE(find("ABC").has_value());
    EXPECT_TRUE(put("ABC", {.status = ChargeStatus::blocked, .parent_id_tag = "FLEET"}));
    EXPECT_EQ(find("aBc")->status, ChargeStatus::blocked);
    EXPECT_EQ(find("abc")->parent_id_tag, "FLEET");
    EXPECT_TRUE(put("abc", {.status = ChargeStatus::accepted}));
    EXPECT_EQ(find("ABC")->status, ChargeStatus::accepted);
    EXPECT_FALSE(find("ABC")->parent_id_tag.has_value());
}

TEST_F(MemoryGatewayStateTest, ForgetsWhatIsRemoved) {
    EXPECT_FALSE(remove("ABC"));
    EXPECT_TRUE(put("ABC", {}));
    EXPECT_TRUE(remove("abc"));
    EXPECT_FALSE(find("ABC").has_value());
}

TEST_F(MemoryGatewayStateTest, TakesNoMoreIdTagsThanAllowedButChangesThoseItHas) {
    EXPECT_TRUE(put("A", {}));
    EXPECT_TRUE(put("B", {}));
    EXPECT_FALSE(put("C", {}));
    EXPECT_TRUE(put("b", {.status = ChargeStatus::expired}));
    EXPECT_FALSE(find("C").has_value());
    EXPECT_TRUE(remove("A"));
    EXPECT_TRUE(put("C", {}));
}

TEST_F(MemoryGatewayStateTest, KnowsChargePointsByTheirVeryId) {
    EXPECT_FALSE(find_charge_point("CP-1").has_value());
    EXPECT_TRUE(put_charge_point("CP-1", {.admission = AdmissionStatus::pending, .profile = "acme"}));
    EXPECT_EQ(find_charge_point("CP-1")->admission, AdmissionStatus::pending);
    EXPECT_EQ(find_charge_point("CP-1")->profile, "acme");
    EXPECT_FALSE(find_charge_point("cp-1").has_value());
    EXPECT_FALSE(put_charge_point("CP-2", {}));
    EXPECT_TRUE(answer_to<bool>([&](auto answer) { state.remove_charge_point(model::ChargePointId("CP-1"), answer); }));
    EXPECT_FALSE(find_charge_point("CP-1").has_value());
}

}  // namespace
}  // namespace registry
