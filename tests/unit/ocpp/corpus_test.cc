// Frames of the field beside the checkout: each gets what is due to it by rule. And the golden frames below with bytes changed
// from a seed: nothing crashes, every event is JSON, and a CALL with an id gets exactly one answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "base/json_text.h"
#include "base/log.h"
#include "base/random.h"
#include "ocpp/envelope.h"
#include "support/ocpp/corpus.h"
#include "support/ocpp/quirk_counts.h"
#include "support/ocpp/session_harness.h"

namespace {

using test::SessionHarness;

constexpr std::string_view kMeterValues =
    R"([2,"m1","MeterValues",{"connectorId":1,"transactionId":7,"meterValue":[{"timestamp":"2026-11-20T10:01:00Z","sampledValue":)"
    R"([{"value":"12.50","unit":"kWh"},{"value":16.0,"measurand":"Current.Import","phase":"L1-N","unit":"A\u00b0"}]}]}])";

constexpr std::string_view kGolden[] = {
    R"([2,"b1","BootNotification",{"chargePointVendor":"Acme","chargePointModel":"One","iccid":"","imsi":""}])",
    R"([2,"s1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Preparing","timestamp":"2026-11-20T09:59:00Z"}])",
    R"([2,"a1","Authorize",{"idTag":"ABC"}])",
    R"([2,"t1","StartTransaction",{"connectorId":1,"idTag":"ABC","meterStart":0,"timestamp":"2026-11-20T10:00:00Z"}])",
    kMeterValues,
    R"([2,"e1","StopTransaction",{"transactionId":7,"meterStop":15300,"timestamp":"2026-11-20T10:30:00Z","reason":"Local","idTag":"A"}])",
    R"([2,"d1","DataTransfer",{"vendorId":"com.acme","messageId":"x","data":"{\"a\":[1,\"\ud83d\ude00\"]}"}])",
    R"([2,"f1","FirmwareStatusNotification",{"status":"Downloading"}])",
    R"([2,"h1","Heartbeat",{}])",
    R"([2,"g1","SignCertificate",{"csr":"x"}])",
    R"([2,"x1","NoSuchAction",{}])",
    R"([3,"r1",{}])",
    R"([4,"r1","GenericError","",{}])"};

// simdjson takes it, or it is grammatical JSON that simdjson refuses (integers beyond 64 bit as sent, 1e400).
bool is_json(const std::string& text) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    return parser.parse(simdjson::padded_string(text)).get(root) == simdjson::SUCCESS || base::is_portable_json(text);
}

// Sends one frame to a fresh session and holds it to what must be so for any frame.
void expect_sound(std::string_view frame) {
    static const ocpp::Config the_config = test::session_config();
    SessionHarness charge_point("CP-001", the_config);
    charge_point.accepts_everything();
    charge_point.sends(frame);
    charge_point.log_confirms();

    std::string padded(frame);
    padded.append(64, '\0');
    const ocpp::Envelope envelope = ocpp::read_envelope(std::string_view(padded).substr(0, frame.size()));
    const bool is_call = envelope.type == ocpp::MessageType::call && !envelope.id.empty();
    ASSERT_EQ(charge_point.received().size(), is_call ? 1U : 0U) << frame;
    if (is_call) {
        EXPECT_TRUE(base::grammatical_value(charge_point.received()[0], 0)) << charge_point.received()[0];
        EXPECT_EQ(charge_point.received()[0].substr(3, envelope.id.size()), envelope.id);
    }
    for (const model::EventRecord& event : charge_point.published()) {
        EXPECT_TRUE(is_json(event.value)) << event.value;
    }
    EXPECT_LE(charge_point.published().size(), 1U);
    EXPECT_FALSE(charge_point.session().next_wake()) << frame;
}

std::string mutated(std::string_view frame, base::SplitMix& random) {
    std::string text(frame);
    const std::uint64_t changes = 1 + random.next() % 4;
    for (std::uint64_t i = 0; i < changes; ++i) {
        const std::size_t at = random.next() % (text.size() + 1);
        constexpr std::string_view kTelling = "{}[]\",:\\0123456789eE.-+tfnu\xEF\xBB\xBF\xC3\xED\xA0\x80 ";
        switch (random.next() % 5) {
            case 0: text.resize(at); break;
            case 1: text.insert(at, 1, static_cast<char>(random.next())); break;
            case 2: text.insert(at, 1, kTelling[random.next() % kTelling.size()]); break;
            case 3: text.erase(at, random.next() % 8); break;
            default:
                if (at < text.size()) {
                    text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << (random.next() % 8)));
                }
        }
    }
    return text;
}

class Frames : public testing::Test {
protected:
    static void SetUpTestSuite() { base::configure_log(base::LogLevel::error, base::LogFormat::json); }
    static void TearDownTestSuite() { base::configure_log(base::LogLevel::info, base::LogFormat::json); }
};

// --- the corpus ---

constexpr const char* kCorpus = "ocpp/corpus/1.6.jsonl";
constexpr std::string_view kReport = "docs/reports/corpus-1.6.md";

constexpr std::array kValidations{std::pair{ocpp::Validation::strict, "strict"}, std::pair{ocpp::Validation::lenient, "lenient"},
                                  std::pair{ocpp::Validation::observe, "observe"}};

// What became of one frame.
struct Outcome {
    std::string answer;  // CALLRESULT, the code of a CALLERROR, or empty
    std::map<std::string, int> quirks;
};

Outcome outcome_of(const std::string& raw, ocpp::Validation validation, const test::Due& due) {
    const test::QuirkCounts counts;
    ocpp::Config config = test::session_config();
    config.validation = validation;
    SessionHarness charge_point("CP-001", ocpp::Opening{.past = {.was_here = true}}, config, counts.counters());
    charge_point.accepts_everything();
    charge_point.sends(raw);
    charge_point.log_confirms();
    Outcome outcome;
    EXPECT_EQ(charge_point.received().size(), due.is_answered ? 1U : 0U);
    if (charge_point.received().size() == 1) {
        const std::string& answer = charge_point.received().front();
        outcome.answer = answer.starts_with("[3,") ? "CALLRESULT" : test::json_at(answer, "/2");
        EXPECT_EQ(answer.substr(3, due.id.size() + 1), due.id + ",") << "the id is echoed byte for byte";
    }
    for (const model::EventRecord& event : charge_point.published()) {
        EXPECT_TRUE(is_json(event.value)) << event.value;
        EXPECT_EQ(event.type == "protocol.error", outcome.answer != "CALLRESULT");
    }
    charge_point.sends(R"([2,"next","Heartbeat",{}])");
    charge_point.log_confirms();
    EXPECT_FALSE(charge_point.received().empty());
    EXPECT_TRUE(charge_point.received().back().starts_with(R"([3,"next",{"currentTime")")) << "the next frame is served";
    EXPECT_FALSE(charge_point.closed()) << "one bad frame closes no connection";
    outcome.quirks = counts.met();
    return outcome;
}

TEST_F(Frames, OfTheCorpusGetWhatIsDueToThem) {
    const auto frames = test::corpus_frames(kCorpus);
    if (!frames) {
        GTEST_SKIP() << kCorpus << " is not beside this checkout";
    }
    EXPECT_GT(frames->size(), 200U);
    for (const test::CorpusFrame& frame : *frames) {
        for (const auto& [validation, name] : kValidations) {
            SCOPED_TRACE(std::string(name) + " " + frame.raw);
            const test::Due due = test::due_to(frame, validation);
            EXPECT_THAT(due.unexplained, testing::IsEmpty());
            const Outcome outcome = outcome_of(frame.raw, validation, due);
            if (!due.is_answered) {
                continue;
            }
            if (!due.codes.empty()) {
                EXPECT_TRUE(due.codes.contains(outcome.answer)) << outcome.answer;
                continue;
            }
            EXPECT_EQ(outcome.answer, "CALLRESULT");
            for (const std::string& quirk : due.quirks) {
                EXPECT_TRUE(outcome.quirks.contains(quirk)) << quirk;
            }
        }
    }
}

TEST_F(Frames, OfTheCorpusThatAreValidAreServedWithoutAFlag) {
    const auto frames = test::corpus_frames(kCorpus);
    if (!frames) {
        GTEST_SKIP() << kCorpus << " is not beside this checkout";
    }
    for (const test::CorpusFrame& frame : *frames) {
        if (frame.direction != "cp->csms" || frame.kind != "CALL" || !frame.is_valid) {
            continue;
        }
        SessionHarness charge_point;
        charge_point.accepts_everything();
        charge_point.sends(frame.raw);
        charge_point.log_confirms();
        ASSERT_EQ(charge_point.received().size(), 1U) << frame.raw;
        EXPECT_EQ(test::json_at(charge_point.received()[0], "/0"), "3") << frame.raw;
        if (!charge_point.published().empty()) {
            EXPECT_EQ(test::flags_of(charge_point.last()).find("schemaViolation"), std::string::npos) << frame.raw;
        }
    }
}

// Rows of the report: a name, and a number for each validation.
using Rows = std::map<std::string, std::array<int, kValidations.size()>>;

std::string markdown(const Rows& rows) {
    std::string text = "|---|---|---|---|\n";
    for (const auto& [name, counts] : rows) {
        text += "| `" + name + "` |";
        for (const int count : counts) {
            text += " " + std::to_string(count) + " |";
        }
        text += "\n";
    }
    return text;
}

// CPG_UPDATE_DOCS=1 writes the report anew.
TEST_F(Frames, OfTheCorpusAreInTheReport) {
    const auto frames = test::corpus_frames(kCorpus);
    if (!frames) {
        GTEST_SKIP() << kCorpus << " is not beside this checkout";
    }
    Rows answers;
    Rows quirks;
    for (const test::CorpusFrame& frame : *frames) {
        for (std::size_t i = 0; i < kValidations.size(); ++i) {
            const auto validation = kValidations.at(i).first;
            const Outcome outcome = outcome_of(frame.raw, validation, test::due_to(frame, validation));
            ++answers[outcome.answer.empty() ? "none" : outcome.answer].at(i);
            for (const auto& [name, count] : outcome.quirks) {
                quirks[name].at(i) += count;
            }
        }
    }
    const std::string expected =
        "# The corpus of OCPP 1.6 frames, and what it gets\n\n"
        "Written by the unit tests (`ocpp_test` with `CPG_UPDATE_DOCS=1`), which hold every frame against what is due to it by "
        "rule\n"
        "(`tests/support/ocpp/corpus.cc`). " +
        std::to_string(frames->size()) +
        " frames of other people's charge points, servers, simulators and tests, each sent to a connection of its\nown as if "
        "by a charge point; a Heartbeat behind it is served, and no connection is closed. By `ocpp.validation`:\n\n"
        "## Answers\n\n"
        "`none`: the frame is no CALL, or has no id that could be answered. `NotSupported`: what central systems send.\n\n"
        "| answer | strict | lenient | observe |\n" +
        markdown(answers) +
        "\n## What was tolerated\n\n"
        "Of frames that were served, by [quirk](../quirks.md); a frame may have several.\n\n"
        "| quirk | strict | lenient | observe |\n" +
        markdown(quirks);
    std::ifstream file{std::string(kReport)};
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (std::getenv("CPG_UPDATE_DOCS") != nullptr) {
        std::ofstream{std::string(kReport)} << expected;
    } else {
        EXPECT_EQ(text, expected) << "run ocpp_test with CPG_UPDATE_DOCS=1";
    }
}

// --- frames of our own ---

TEST_F(Frames, ThatAreGoldenAreSoundlyServed) {
    for (const std::string_view frame : kGolden) {
        expect_sound(frame);
    }
}

TEST_F(Frames, WithBytesChangedAreSoundlyServed) {
    base::SplitMix random(20'261'120);
    for (int round = 0; round < 300; ++round) {
        for (const std::string_view frame : kGolden) {
            const std::string text = mutated(frame, random);
            SCOPED_TRACE(text);
            expect_sound(text);
            if (HasFatalFailure()) {
                return;
            }
        }
    }
}

}  // namespace
