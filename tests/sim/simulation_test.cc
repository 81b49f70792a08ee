// The simulation itself: the checker finds the faults that are planted, and a seed says everything about its run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "sim/simulation.h"

namespace {

using sim::Check;
using sim::Planted;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kSeedsMax = 20;

// Small, and with every kind of trouble.
sim::Settings troubled(std::uint64_t seed) {
    sim::Settings settings = sim::settings_of(seed);
    settings.charge_points = 10;
    settings.commands = 150;
    settings.trouble = seconds(60);
    settings.crash_every = seconds(12);
    settings.outage_every = seconds(20);
    settings.producer_reset_every = seconds(10);
    settings.reread_every = seconds(10);
    settings.charge_point_acts_every = seconds(8);
    settings.mailbox = {milliseconds(0), milliseconds(500)};
    settings.clock_jumps = false;
    settings.silent_percent = 15;
    return settings;
}

struct Plan {
    const char* name;
    Planted planted;
    Check found_as;
};

class TheChecker : public testing::TestWithParam<Plan> {};

TEST_P(TheChecker, NamesThePlantedFault) {
    bool named = false;
    for (std::uint64_t seed = 1; seed <= kSeedsMax && !named; ++seed) {
        sim::Settings settings = troubled(seed);
        settings.planted = GetParam().planted;
        if (settings.planted == Planted::endless_attempts) {
            settings.crash_every = {};
            settings.hang_up_percent = 90;
            settings.ledger.default_expiry = seconds(600);
        }
        sim::World world(settings);
        const auto violations = sim::judge(world).violations;
        named = std::ranges::any_of(violations, [](const auto& each) { return each.check == GetParam().found_as; });
    }
    EXPECT_TRUE(named);
}

INSTANTIATE_TEST_SUITE_P(
    Plans, TheChecker,
    testing::Values(Plan{"EndedMarkerThatIsLost", Planted::lost_ended_marker, Check::journal},
                    Plan{"EndedMarkerThatIsLostEndsTwice", Planted::lost_ended_marker, Check::ends_once},
                    Plan{"SecondDeliveryAfterACrash", Planted::forgotten_sending_markers, Check::at_most_once},
                    Plan{"ResultThatIsLost", Planted::lost_result, Check::ends_once},
                    Plan{"StatusWithoutAResult", Planted::lost_result, Check::statuses},
                    Plan{"DeadLetterThatIsLost", Planted::lost_dead_letter, Check::dead_letters},
                    Plan{"RefusalThatIsNotTold", Planted::lost_dead_letter, Check::refusals},
                    Plan{"RepeatedResultThatIsChanged", Planted::changed_repeated_result, Check::ends_once},
                    Plan{"ResultsThatChangedTheirOrder", Planted::result_before_sent, Check::ordered},
                    Plan{"CommitThatGoesTooFar", Planted::commit_too_far, Check::commits},
                    Plan{"AnswerThatNobodyGave", Planted::invented_answer, Check::truly_answered},
                    Plan{"FrameThatIsDenied", Planted::denied_frame, Check::seen_though_refused},
                    Plan{"RejectionWithoutReason", Planted::denied_frame, Check::asked_for},
                    Plan{"HandOverThatComesTooLate", Planted::late_hand_over, Check::in_time},
                    Plan{"AttemptsWithoutEnd", Planted::endless_attempts, Check::attempts},
                    Plan{"CommitsThatAreLost", Planted::lost_commits, Check::at_rest},
                    Plan{"OldConnectionThatIsServedOn", Planted::kept_old_connection, Check::old_connection}),
    [](const auto& tested) { return tested.param.name; });

TEST(TheCheckerOfTheSimulation, HasNothingToSayOfRunsWithoutAPlantedFault) {
    for (std::uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
        sim::World world(troubled(seed));
        const sim::Verdict verdict = sim::judge(world);
        std::ostringstream told;
        if (!verdict.violations.empty()) sim::explain(verdict, world, told);
        EXPECT_EQ(told.str(), "");
    }
}

TEST(ASeed, SaysEverythingAboutItsRun) {
    sim::World once(troubled(7));
    sim::World again(troubled(7));
    sim::World other(troubled(8));
    const std::uint64_t hash = sim::judge(once).hash;
    EXPECT_EQ(sim::judge(again).hash, hash);
    EXPECT_NE(sim::judge(other).hash, hash);
    EXPECT_EQ(once.history.size(), again.history.size());
}

// A run in which nothing comes about proves nothing.
TEST(TwentySeeds, BringEveryKindOfEndAndSeveralRunsOfThePod) {
    std::map<std::string, std::size_t> states;
    int runs = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        sim::World world(troubled(seed));
        const sim::Verdict verdict = sim::judge(world);
        for (const auto& [state, count] : verdict.states) states[state] += count;
        runs += verdict.runs;
    }
    for (const char* state :
         {"completed", "failed", "timed_out", "uncertain", "expired", "unreachable", "rejected", "cancelled"}) {
        EXPECT_GT(states[state], 10U) << state;
    }
    EXPECT_GT(runs, 60);
}

TEST(TheHistoryOfAFailedCommand, TellsWhatBefellItInOrder) {
    sim::Settings settings = troubled(3);
    settings.planted = Planted::lost_result;
    sim::World world(settings);
    const sim::Verdict verdict = sim::judge(world);
    std::ostringstream told;
    sim::explain(verdict, world, told);
    const std::string text = told.str();
    EXPECT_THAT(text, testing::HasSubstr("ends_once"));
    EXPECT_THAT(text, testing::HasSubstr("the back end appends a command at"));
    EXPECT_THAT(text, testing::HasSubstr("appends ended at"));
    EXPECT_THAT(text, testing::HasSubstr("again: ./dev sim 3"));
}

}  // namespace
