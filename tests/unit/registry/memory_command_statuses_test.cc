#include "registry/memory_command_statuses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace registry {
namespace {

using namespace std::chrono_literals;
using model::CommandState;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Reservation::Kind;

const model::BodyDigest kBody{1};
const model::BodyDigest kOtherBody{2};
const base::WallTime kWall = *base::parse_rfc3339("2026-11-20T10:29:50.010Z");

std::string result(const std::string& id, CommandState state, std::uint32_t attempt = 0,
                   const std::string& charge_point = "CP-1") {
    return model::write_result({.command = model::CommandId(id),
                                .charge_point = model::ChargePointId(charge_point),
                                .pod = model::PodId("gateway-7"),
                                .state = state,
                                .attempt = attempt,
                                .at = kWall + 1s,
                                .traceparent = "00-1-2-00"});
}

class MemoryCommandStatusesTest : public testing::Test {
protected:
    void make(const CommandStatusesConfig& config) {
        statuses.emplace(config, model::PodId("gateway-0"),
                         [this](std::function<void()> work) { posted.push_back(std::move(work)); });
    }
    void SetUp() override { make({}); }

    // Runs what was posted, as a loop would, and hands out the one answer.
    template <class Answer>
    Answer answered(const std::function<void(std::function<void(Answer)>)>& ask) {
        std::optional<Answer> got;
        ask([&](Answer answer) { got = std::move(answer); });
        EXPECT_FALSE(got) << "an answer never comes from within the question";
        while (!posted.empty()) {
            const auto work = std::move(posted.front());
            posted.pop_front();
            work();
        }
        EXPECT_TRUE(got);
        return got.value_or(Answer{});
    }
    Reservation reserve(const std::string& id, const model::BodyDigest& body = kBody, const std::string& charge_point = "CP-1") {
        return answered<Reservation>(
            [&](auto answer) { statuses->reserve(model::CommandId(id), model::ChargePointId(charge_point), body, now, answer); });
    }
    std::optional<CommandStatus> find(const std::string& id) {
        return answered<std::optional<CommandStatus>>([&](auto answer) { statuses->find(model::CommandId(id), answer); });
    }
    StatusPage search(const StatusQuery& query) {
        return answered<StatusPage>([&](auto answer) { statuses->search(query, answer); });
    }
    std::vector<std::string> ids(const StatusPage& page) {
        std::vector<std::string> found;
        found.reserve(page.commands.size());
        for (const CommandStatus& status : page.commands) {
            found.push_back(status.command.text());
        }
        return found;
    }
    void record(const std::string& text) { statuses->record(text, now); }

    // Follows the cursors from the first page to the last.
    void expect_pages(StatusQuery query, const std::vector<std::vector<std::string>>& expected) {
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const StatusPage page = search(query);
            EXPECT_EQ(ids(page), expected[i]) << "page " << i;
            EXPECT_EQ(page.next_cursor.has_value(), i + 1 < expected.size()) << "page " << i;
            query.after = page.next_cursor.value_or("");
        }
    }

    base::Now now{.mono = base::MonoTime(1h), .wall = kWall};
    std::deque<std::function<void()>> posted;
    std::optional<MemoryCommandStatuses> statuses;
};

TEST_F(MemoryCommandStatusesTest, KnowsACommandAsSoonAsItIsReserved) {
    EXPECT_EQ(find("c-1"), std::nullopt);
    const Reservation reserved = reserve("c-1");
    EXPECT_EQ(reserved.kind, Kind::fresh);
    const auto found = find("c-1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->charge_point.text(), "CP-1");
    EXPECT_EQ(found->result, reserved.status.result);
    EXPECT_EQ(found->result, R"({"commandId":"c-1","chargePointId":"CP-1","pod":"gateway-0","state":"queued","final":false,)"
                             R"("outcome":null,"response":null,"error":null,"attempt":0,"at":"2026-11-20T10:29:50.010Z"})");
}

TEST_F(MemoryCommandStatusesTest, TellsARepeatedIdFromOneThatMeansSomethingElse) {
    reserve("c-1");
    EXPECT_EQ(reserve("c-1").kind, Kind::same);
    EXPECT_FALSE(reserve("c-1").in_the_log);
    EXPECT_EQ(reserve("c-1", kOtherBody).kind, Kind::other);
    EXPECT_EQ(reserve("c-1", kBody, "CP-2").kind, Kind::other);
    EXPECT_EQ(reserve("c-1", kOtherBody).status.charge_point.text(), "CP-1");
}

TEST_F(MemoryCommandStatusesTest, SaysWhetherTheLogHasWhatWasReserved) {
    reserve("confirmed");
    statuses->confirm(model::CommandId("confirmed"));
    EXPECT_TRUE(reserve("confirmed").in_the_log);
    reserve("recorded");
    record(result("recorded", CommandState::queued));
    EXPECT_TRUE(reserve("recorded").in_the_log);
}

TEST_F(MemoryCommandStatusesTest, ForgetsAnIdThatWasWithdrawn) {
    reserve("c-1");
    statuses->withdraw(model::CommandId("c-1"));
    EXPECT_EQ(find("c-1"), std::nullopt);
    EXPECT_EQ(reserve("c-1", kOtherBody).kind, Kind::fresh);
}

TEST_F(MemoryCommandStatusesTest, KeepsAnIdThatIsInTheLogAfterAll) {
    reserve("c-1");
    record(result("c-1", CommandState::queued));
    statuses->withdraw(model::CommandId("c-1"));
    EXPECT_TRUE(find("c-1"));
    statuses->withdraw(model::CommandId("unknown"));
}

TEST_F(MemoryCommandStatusesTest, TellsTheRecordAsItWasWritten) {
    reserve("c-1");
    for (const std::string& text : {result("c-1", CommandState::queued), result("c-1", CommandState::sent, 1),
                                    result("c-1", CommandState::sent, 2), result("c-1", CommandState::completed, 2)}) {
        record(text);
        EXPECT_EQ(find("c-1")->result, text);
    }
    EXPECT_EQ(find("c-1")->state, CommandState::completed);
}

TEST_F(MemoryCommandStatusesTest, MovesForwardOnly) {
    record(result("c-1", CommandState::sent, 2));
    record(result("c-1", CommandState::queued));
    record(result("c-1", CommandState::sent, 1));
    EXPECT_EQ(find("c-1")->result, result("c-1", CommandState::sent, 2));
    record(result("c-1", CommandState::timed_out, 2));
    record(result("c-1", CommandState::completed, 2));
    record(result("c-1", CommandState::sent, 3));
    EXPECT_EQ(find("c-1")->result, result("c-1", CommandState::timed_out, 2));
}

TEST_F(MemoryCommandStatusesTest, IgnoresWhatIsLateOfNobodyOrNoResult) {
    reserve("c-1");
    record(model::write_result({.command = model::CommandId("c-1"),
                                .charge_point = model::ChargePointId("CP-1"),
                                .state = CommandState::completed,
                                .late = true}));
    record(model::write_result({.charge_point = model::ChargePointId("CP-1"), .state = CommandState::rejected}));
    record("{}");
    record("nonsense");
    EXPECT_EQ(find("c-1")->state, CommandState::queued);
    EXPECT_EQ(statuses->unfinished() + statuses->ended(), 1U);
}

TEST_F(MemoryCommandStatusesTest, ComparesByTheBodyThatWasRecorded) {
    const CommandStatus status{.command = model::CommandId("c-1"),
                               .charge_point = model::ChargePointId("CP-1"),
                               .state = CommandState::queued,
                               .result = result("c-1", CommandState::queued)};
    statuses->record(status, kBody, now);
    EXPECT_EQ(reserve("c-1", kOtherBody).kind, Kind::other);
    EXPECT_EQ(reserve("c-1", kBody).kind, Kind::same);
    // Of one that is known by its results alone, the charge point is all that there is to compare.
    record(result("c-2", CommandState::queued));
    EXPECT_EQ(reserve("c-2", kOtherBody).kind, Kind::same);
    EXPECT_EQ(reserve("c-2", kBody, "CP-2").kind, Kind::other);
}

TEST_F(MemoryCommandStatusesTest, LearnsTheBodyOfOneWhoseEndItReadInTheLogBefore) {
    const std::string end = result("c-1", CommandState::unreachable);
    record(end);
    statuses->record({.command = model::CommandId("c-1"),
                      .charge_point = model::ChargePointId("CP-1"),
                      .state = CommandState::unreachable,
                      .result = end},
                     kBody, now);
    EXPECT_EQ(reserve("c-1", kOtherBody).kind, Kind::other);
    EXPECT_EQ(reserve("c-1", kBody).kind, Kind::same);
    EXPECT_EQ(find("c-1")->result, end);
    EXPECT_EQ(statuses->ended(), 1U);
}

TEST_F(MemoryCommandStatusesTest, ForgetsWhatEndedLongAgo) {
    make({.remembered = 60s});
    record(result("old", CommandState::completed));
    record(result("waiting", CommandState::queued));
    now.mono += 40s;
    record(result("young", CommandState::completed));
    now.mono += 30s;
    record(result("new", CommandState::queued));
    EXPECT_THAT(ids(search({})), ElementsAre("new", "waiting", "young"));
    EXPECT_EQ(reserve("old", kOtherBody).kind, Kind::fresh);
    now.mono += 60s;
    record(result("new", CommandState::completed));
    EXPECT_EQ(statuses->ended(), 1U);
}

TEST_F(MemoryCommandStatusesTest, ForgetsTheOldestWhereEndedOnesHaveTooManyBytes) {
    make({.ended_bytes_max = 5'000});
    for (int i = 100; i < 200; ++i) {
        record(result(std::to_string(i), CommandState::completed));
        EXPECT_LE(statuses->ended_bytes(), 5'000U);
    }
    EXPECT_GT(statuses->ended(), 5U);
    EXPECT_EQ(find("100"), std::nullopt);
    EXPECT_TRUE(find("199"));
    std::string large = result("large", CommandState::completed);
    large.insert(large.size() - 1, R"(,"x":")" + std::string(5'000, 'x') + '"');
    record(large);
    EXPECT_EQ(statuses->ended(), 0U);
    EXPECT_EQ(statuses->ended_bytes(), 0U);
    EXPECT_THAT(search({}).commands, IsEmpty());
}

TEST_F(MemoryCommandStatusesTest, TakesOnlySoManyThatHaveNotEnded) {
    make({.unfinished_max = 2});
    reserve("a");
    reserve("b");
    EXPECT_EQ(reserve("c").kind, Kind::full);
    EXPECT_EQ(find("c"), std::nullopt);
    EXPECT_EQ(reserve("a").kind, Kind::same);
    record(result("d", CommandState::queued));
    EXPECT_EQ(find("d"), std::nullopt);
    record(result("a", CommandState::completed));
    EXPECT_EQ(reserve("c").kind, Kind::fresh);
}

TEST_F(MemoryCommandStatusesTest, IsSearchedByChargePointAndState) {
    for (const char* id : {"a", "b", "c", "d"}) {
        record(result(id, CommandState::queued, 0, id[0] < 'c' ? "CP-1" : "CP-2"));
    }
    record(result("b", CommandState::completed, 1, "CP-1"));
    EXPECT_THAT(ids(search({})), ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(ids(search({.charge_point = model::ChargePointId("CP-1")})), ElementsAre("a", "b"));
    EXPECT_THAT(ids(search({.charge_point = model::ChargePointId("CP-2"), .after = "c"})), ElementsAre("d"));
    EXPECT_THAT(ids(search({.charge_point = model::ChargePointId("CP")})), IsEmpty());
    EXPECT_THAT(ids(search({.state = CommandState::queued})), ElementsAre("a", "c", "d"));
    EXPECT_THAT(ids(search({.charge_point = model::ChargePointId("CP-1"), .state = CommandState::completed})), ElementsAre("b"));
}

TEST_F(MemoryCommandStatusesTest, IsReadPageByPageToTheEnd) {
    for (int i = 0; i < 10; ++i) {
        record(result(std::to_string(i), i % 2 == 0 ? CommandState::queued : CommandState::completed));
    }
    expect_pages({.state = CommandState::completed, .limit = 2}, {{"1", "3"}, {"5", "7"}, {"9"}});
}

TEST_F(MemoryCommandStatusesTest, LooksAtSoManyForAPageAndGoesOnThere) {
    make({.scan_max = 4});
    for (int i = 0; i < 10; ++i) {
        record(result(std::to_string(i), i == 9 ? CommandState::completed : CommandState::queued));
    }
    expect_pages({.state = CommandState::completed}, {{}, {}, {"9"}});
}

TEST_F(MemoryCommandStatusesTest, EndsAPageThatHasEnoughBytes) {
    make({.page_bytes_max = 300});
    for (const char* id : {"a", "b", "c"}) {
        record(result(id, CommandState::queued));
    }
    expect_pages({}, {{"a", "b"}, {"c"}});
}

}  // namespace
}  // namespace registry
