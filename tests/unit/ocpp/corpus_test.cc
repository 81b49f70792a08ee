// Frames of the field beside the checkout, and the golden frames below with bytes changed from a seed: nothing crashes,
// every event is JSON, and a CALL with an id gets exactly one answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/log.h"
#include "base/random.h"
#include "ocpp/envelope.h"
#include "ocpp/json_text.h"
#include "support/ocpp/session_harness.h"
#include "support/ocpp/shared_lines.h"

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
    return parser.parse(simdjson::padded_string(text)).get(root) == simdjson::SUCCESS || ocpp::is_portable_json(text);
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
        EXPECT_TRUE(ocpp::grammatical_value(charge_point.received()[0], 0)) << charge_point.received()[0];
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

TEST_F(Frames, OfTheFieldAreSoundlyServed) {
    const auto lines = test::shared_lines("ocpp/corpus/1.6.jsonl");
    if (!lines) {
        GTEST_SKIP() << "ocpp/corpus/1.6.jsonl is not beside this checkout";
    }
    for (const std::string& line : *lines) {
        expect_sound(test::json_at(line, "/raw"));
    }
    EXPECT_GT(lines->size(), 200U);
}

TEST_F(Frames, ThatAreValidAreServedWithoutAFlag) {
    const auto lines = test::shared_lines("ocpp/corpus/1.6.jsonl");
    if (!lines) {
        GTEST_SKIP() << "ocpp/corpus/1.6.jsonl is not beside this checkout";
    }
    for (const std::string& line : *lines) {
        if (test::json_at(line, "/direction") != "cp->csms" || test::json_at(line, "/frame") != "CALL" ||
            test::json_at(line, "/valid") != "true") {
            continue;
        }
        SessionHarness charge_point;
        charge_point.accepts_everything();
        charge_point.sends(test::json_at(line, "/raw"));
        charge_point.log_confirms();
        ASSERT_EQ(charge_point.received().size(), 1U) << line;
        EXPECT_EQ(test::json_at(charge_point.received()[0], "/0"), "3") << line;
        if (!charge_point.published().empty()) {
            EXPECT_EQ(test::flags_of(charge_point.last()).find("schemaViolation"), std::string::npos) << line;
        }
    }
}

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
