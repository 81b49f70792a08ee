// A simulated charge point that is commanded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "simulator/command_journal.h"
#include "support/simulator/charge_point_harness.h"

namespace simulator {
namespace {

using namespace std::chrono_literals;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

Behaviour unhurried() {
    Behaviour behaviour;
    behaviour.heartbeat_interval = 24h;
    return behaviour;
}

void command(ChargePointHarness& harness, const std::string& action, const std::string& payload) {
    harness.receive(R"([2,"c",")" + action + "\"," + payload + "]");
}

// The payload of the answer that is given at once.
std::string answer_to(ChargePointHarness& harness, const std::string& action, const std::string& payload) {
    (void)harness.take_frame();
    command(harness, action, payload);
    const std::string frame = harness.take_frame();
    return frame.starts_with(R"([3,"c",)") ? frame.substr(7, frame.size() - 8) : frame;
}

constexpr const char* kAccepted = R"({"status":"Accepted"})";
constexpr const char* kRejected = R"({"status":"Rejected"})";

TEST(CommandedChargePoint, TellsAndChangesItsConfiguration) {
    ChargePointHarness harness(unhurried());
    harness.boot();
    EXPECT_THAT(answer_to(harness, "GetConfiguration", "{}"),
                HasSubstr(R"({"key":"NumberOfConnectors","readonly":true,"value":"1"})"));
    EXPECT_EQ(answer_to(harness, "ChangeConfiguration", R"({"key":"HeartbeatInterval","value":"77"})"), kAccepted);
    EXPECT_EQ(answer_to(harness, "GetConfiguration", R"({"key":["HeartbeatInterval","Colour"]})"),
              R"({"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"77"}],"unknownKey":["Colour"]})");
    EXPECT_EQ(answer_to(harness, "ChangeConfiguration", R"({"key":"HeartbeatInterval","value":"soon"})"), kRejected);
    EXPECT_EQ(answer_to(harness, "ChangeConfiguration", R"({"key":"NumberOfConnectors","value":"2"})"), kRejected);
    EXPECT_EQ(answer_to(harness, "ChangeConfiguration", R"({"key":"Colour","value":"red"})"), R"({"status":"NotSupported"})");
}

TEST(CommandedChargePoint, StartsATransactionWithTheTagItIsGiven) {
    ChargePointHarness harness(unhurried());
    harness.boot();

    EXPECT_EQ(answer_to(harness, "RemoteStartTransaction", R"({"idTag":"REMOTE","connectorId":1})"), kAccepted);
    const SentCall start = harness.call("StartTransaction");
    EXPECT_THAT(start.payload, HasSubstr(R"("idTag":"REMOTE")"));
    EXPECT_EQ(answer_to(harness, "RemoteStartTransaction", R"({"idTag":"REMOTE"})"), kRejected);
}

TEST(CommandedChargePoint, StopsTheTransactionThatItHasAndNoOther) {
    ChargePointHarness harness(unhurried());
    harness.boot();
    harness.start_transaction();
    harness.accept_calls({"StatusNotification"});

    EXPECT_EQ(answer_to(harness, "RemoteStopTransaction", R"({"transactionId":1})"), kRejected);
    EXPECT_EQ(answer_to(harness, "UnlockConnector", R"({"connectorId":1})"), R"({"status":"UnlockFailed"})");
    EXPECT_EQ(answer_to(harness, "RemoteStopTransaction", R"({"transactionId":1804289383})"), kAccepted);
    harness.accept_calls({"StatusNotification"});
    const SentCall stop = harness.call("StopTransaction");
    EXPECT_THAT(stop.payload, HasSubstr(R"("reason":"Remote")"));
    harness.accept(stop);
    harness.accept_calls({"StatusNotification"});
    EXPECT_EQ(answer_to(harness, "RemoteStopTransaction", R"({"transactionId":1804289383})"), kRejected);
}

TEST(CommandedChargePoint, StopsATransactionWhoseStatusIsStillOnItsWay) {
    ChargePointHarness harness(unhurried());
    harness.boot();
    harness.start_transaction();
    const SentCall charging = harness.call("StatusNotification");
    EXPECT_EQ(answer_to(harness, "RemoteStopTransaction", R"({"transactionId":1804289383})"), kAccepted);
    harness.accept(charging);
    harness.accept_calls({"StatusNotification"});
    EXPECT_THAT(harness.call("StopTransaction").payload, HasSubstr(R"("reason":"Remote")"));
}

TEST(CommandedChargePoint, AnswersAResetThenRestartsAndBootsBeforeItTellsAnything) {
    ChargePointHarness harness(unhurried());
    harness.boot();
    harness.start_transaction();
    harness.accept_calls({"StatusNotification"});

    EXPECT_EQ(answer_to(harness, "Reset", R"({"type":"Hard"})"), kAccepted);
    harness.wait();
    ASSERT_EQ(harness.take_wish(), Wish::close);
    harness.lose_connection();
    harness.connects();
    harness.accept_calls({"BootNotification"});
    const SentCall stop = harness.call("StopTransaction");
    EXPECT_THAT(stop.payload, HasSubstr(R"("reason":"HardReset")"));
    harness.accept(stop);
    harness.accept_calls({"StatusNotification", "StatusNotification", "StatusNotification", "Authorize"});
    EXPECT_EQ(harness.statistics().restarts, 1);
    EXPECT_EQ(harness.statistics().lost(), 0);
    EXPECT_EQ(harness.statistics().closes_unexpected, 0);
}

TEST(CommandedChargePoint, RejectsAResetWhileItsTransactionHasNoIdYet) {
    ChargePointHarness harness(unhurried());
    harness.boot();
    harness.accept_calls({"StatusNotification", "Authorize"});
    (void)harness.call("StartTransaction");
    EXPECT_EQ(answer_to(harness, "Reset", R"({"type":"Soft"})"), kRejected);
}

TEST(CommandedChargePoint, RestartsAfterAStartThatBeganSinceTheAnswerIsKnown) {
    Behaviour behaviour = unhurried();
    behaviour.command_delay = 60s;
    behaviour.call_timeout = 1h;
    ChargePointHarness harness(behaviour);
    harness.boot();
    command(harness, "Reset", R"({"type":"Soft"})");
    harness.accept_calls({"StatusNotification", "Authorize"});
    const SentCall start = harness.call("StartTransaction");
    while (read_frame(harness.take_frame()).kind != Received::Kind::answer) {
        harness.wait();
    }
    EXPECT_EQ(harness.take_wish(), Wish::nothing);
    harness.accept(start);
    harness.wait();
    if (harness.take_wish() == Wish::nothing) {
        harness.accept_calls({"StatusNotification"});
        harness.wait();
        ASSERT_EQ(harness.take_wish(), Wish::close);
    }
    EXPECT_EQ(harness.statistics().restarts, 1);
}

TEST(CommandedChargePoint, LeavesInOrderWhereAResetWasAcceptedBefore) {
    ChargePointHarness harness(unhurried());
    harness.boot();
    harness.start_transaction();
    harness.accept_calls({"StatusNotification"});
    EXPECT_EQ(answer_to(harness, "Reset", R"({"type":"Soft"})"), kAccepted);
    harness.charge_point().leave(harness.now());
    harness.accept_calls({"StatusNotification", "StopTransaction", "StatusNotification"});
    EXPECT_EQ(harness.take_wish(), Wish::close);
    harness.lose_connection();
    EXPECT_TRUE(harness.statistics().succeeded(1));
    EXPECT_EQ(harness.statistics().restarts, 0);
}

TEST(CommandedChargePoint, SendsTheHeartbeatThatIsAskedFor) {
    ChargePointHarness harness(unhurried());
    harness.boot();
    EXPECT_EQ(answer_to(harness, "TriggerMessage", R"({"requestedMessage":"Heartbeat"})"), kAccepted);
    harness.accept_calls({"Heartbeat"});
    EXPECT_EQ(answer_to(harness, "TriggerMessage", R"({"requestedMessage":"MeterValues"})"), kRejected);
}

TEST(CommandedChargePoint, AnswersInItsOwnTimeAndItsOwnCallsMeanwhile) {
    Behaviour behaviour = unhurried();
    behaviour.command_delay = 60s;
    behaviour.speed = 100;
    ChargePointHarness harness(behaviour);
    harness.boot();
    const base::MonoTime commanded = harness.now();
    command(harness, "ClearCache", "{}");
    command(harness, "UnlockConnector", R"({"connectorId":1})");
    EXPECT_EQ(harness.take_frame(), "");
    harness.accept_calls({"StatusNotification"});
    int answers = 0;
    while (answers < 2) {
        harness.wait();
        const std::string frame = harness.take_frame();
        const Received received = read_frame(frame);
        if (received.kind == Received::Kind::call) {
            harness.accept({std::string(received.id), std::string(received.action), std::string(received.payload)});
        } else {
            ASSERT_EQ(received.kind, Received::Kind::answer) << frame;
            EXPECT_GE(harness.now() - commanded, 30s);
            EXPECT_LE(harness.now() - commanded, 90s);
            ++answers;
        }
    }
}

TEST(CommandedChargePoint, MayBeSilentRefuseOrDisconnect) {
    Behaviour behaviour = unhurried();
    behaviour.silent_share = 1;
    ChargePointHarness silent(behaviour);
    silent.boot();
    EXPECT_EQ(answer_to(silent, "ClearCache", "{}"), "");
    EXPECT_EQ(silent.statistics().commands_ignored, 1);

    behaviour.silent_share = 0;
    behaviour.refuse_share = 1;
    ChargePointHarness refusing(behaviour);
    refusing.boot();
    EXPECT_EQ(answer_to(refusing, "ClearCache", "{}"), kRejected);
    EXPECT_THAT(answer_to(refusing, "GetConfiguration", "{}"), StartsWith(R"([4,"c","InternalError",)"));
    EXPECT_EQ(refusing.statistics().commands_refused, 2);

    behaviour.refuse_share = 0;
    behaviour.disconnect_share = 1;
    ChargePointHarness disconnecting(behaviour);
    disconnecting.boot();
    EXPECT_EQ(answer_to(disconnecting, "ClearCache", "{}"), "");
    EXPECT_EQ(disconnecting.take_wish(), Wish::drop);
    disconnecting.lose_connection();
    disconnecting.connects();
    EXPECT_EQ(disconnecting.statistics().closes_unexpected, 0);
}

TEST(CommandedChargePoint, MayObeyAnswerAndThenLoseItsConnection) {
    Behaviour behaviour = unhurried();
    behaviour.disconnect_after_share = 1;
    ChargePointHarness harness(behaviour);
    harness.boot();
    EXPECT_EQ(answer_to(harness, "ChangeConfiguration", R"({"key":"HeartbeatInterval","value":"77"})"), kAccepted);
    EXPECT_EQ(harness.take_wish(), Wish::drop);
    harness.lose_connection();
    harness.connects();
    EXPECT_EQ(harness.statistics().commands_obeyed, 1);
    EXPECT_EQ(harness.statistics().closes_unexpected, 0);
}

// The lines of the journal, without what all of them begin with.
class JournalOf {
public:
    explicit JournalOf(const Behaviour& behaviour) {
        std::remove(path_.c_str());
        journal_ = CommandJournal::open(path_).value();
        harness.emplace(behaviour, Journals{.answers = nullptr, .commands = &*journal_});
    }
    ~JournalOf() { std::remove(path_.c_str()); }

    std::vector<std::string> lines() {
        journal_->lines().flush();
        std::ifstream file(path_);
        std::vector<std::string> lines;
        for (std::string line; std::getline(file, line);) {
            lines.push_back(line.substr(line.find("\"what\":")));
            EXPECT_THAT(line, MatchesRegex(R"(\{"at":"2026-11-2.*Z","chargePoint":"SIM-00007","what":.*\})"));
        }
        return lines;
    }

    std::optional<ChargePointHarness> harness;

private:
    std::string path_ = ::testing::TempDir() + "command-journal-" + std::to_string(getpid());
    std::optional<CommandJournal> journal_;
};

TEST(JournalOfCommands, TellsWhatWasReceivedAndWhatWasAnswered) {
    JournalOf journal(unhurried());
    journal.harness->boot();
    command(*journal.harness, "ClearCache", "{ }");
    EXPECT_THAT(journal.lines(),
                ElementsAre(R"("what":"connected"})", R"("what":"received","messageId":"c","action":"ClearCache","payload":{ }})",
                            R"("what":"answered","messageId":"c","answer":[3,"c",{"status":"Accepted"}]})"));
}

TEST(JournalOfCommands, KeepsAPayloadOfSeveralLinesOnOne) {
    Behaviour behaviour = unhurried();
    behaviour.silent_share = 1;
    JournalOf journal(behaviour);
    journal.harness->boot();
    command(*journal.harness, "Reset", "{\n\"type\":\"Soft\"\r\n}");
    EXPECT_THAT(journal.lines(),
                ElementsAre(_, R"("what":"received","messageId":"c","action":"Reset","payload":{ "type":"Soft"  }})",
                            R"("what":"silent","messageId":"c"})"));
}

TEST(JournalOfCommands, TellsARefusal) {
    Behaviour behaviour = unhurried();
    behaviour.refuse_share = 1;
    JournalOf journal(behaviour);
    journal.harness->boot();
    command(*journal.harness, "GetConfiguration", "{}");
    EXPECT_THAT(journal.lines().back(), StartsWith(R"("what":"refused","messageId":"c","answer":[4,"c","InternalError",)"));
}

TEST(JournalOfCommands, NamesAtTheEndOfTheConnectionWhatStayedUnanswered) {
    Behaviour behaviour = unhurried();
    behaviour.disconnect_share = 1;
    JournalOf disconnecting(behaviour);
    disconnecting.harness->boot();
    command(*disconnecting.harness, "ClearCache", "{}");
    EXPECT_EQ(disconnecting.lines().back(), R"("what":"disconnected","unanswered":["c"]})");

    behaviour.disconnect_share = 0;
    behaviour.command_delay = 60s;
    JournalOf slow(behaviour);
    slow.harness->boot();
    command(*slow.harness, "ClearCache", "{}");
    slow.harness->lose_connection();
    EXPECT_EQ(slow.lines().back(), R"("what":"disconnected","unanswered":["c"]})");
    slow.harness->connects();
    slow.harness->lose_connection();
    EXPECT_EQ(slow.lines().back(), R"("what":"disconnected","unanswered":[]})");
}

TEST(JournalOfCommands, TellsAnAnswerOnlyWhenItIsSent) {
    Behaviour behaviour = unhurried();
    behaviour.command_delay = 60s;
    JournalOf journal(behaviour);
    journal.harness->boot();
    command(*journal.harness, "ClearCache", "{}");
    EXPECT_THAT(journal.lines(), SizeIs(2));
    while (read_frame(journal.harness->take_frame()).kind != Received::Kind::answer) {
        journal.harness->wait();
    }
    EXPECT_THAT(journal.lines().back(), StartsWith(R"("what":"answered")"));
}

}  // namespace
}  // namespace simulator
