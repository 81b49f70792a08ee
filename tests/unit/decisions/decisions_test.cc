#include "decisions/decisions.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace decisions {
namespace {

TEST(Decisions, AcceptsEveryoneButNeverFromWithinTheQuestion) {
    std::vector<std::function<void()>> posted;
    const Decisions decisions([&](std::function<void()> work) { posted.push_back(std::move(work)); });
    std::vector<model::Decision> decided;
    const auto note = [&](model::Decision decision) { decided.push_back(std::move(decision)); };

    decisions.ask(model::MayCharge{model::ChargePointId("CP-1"), "ABC"}, note);
    decisions.ask(model::MayJoin{model::ChargePointId("CP-1"), "Acme", "One"}, note);
    EXPECT_TRUE(decided.empty());

    for (const auto& work : posted) {
        work();
    }
    ASSERT_EQ(decided.size(), 2U);
    EXPECT_EQ(std::get<model::Permission>(decided[0]).status, model::ChargeStatus::accepted);
    EXPECT_EQ(std::get<model::Admission>(decided[1]).status, model::AdmissionStatus::accepted);
}

}  // namespace
}  // namespace decisions
