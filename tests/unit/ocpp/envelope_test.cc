#include "ocpp/envelope.h"

#include <gtest/gtest.h>

#include "base/json_text.h"

namespace {

using ocpp::Envelope;
using ocpp::MessageType;

// Keeps the frame's text for as long as the envelope is looked at.
struct Frame {
    explicit Frame(std::string_view frame) : text(frame), size(frame.size()) {
        text.append(64, '\0');
        envelope = ocpp::read_envelope(std::string_view(text).substr(0, size));
    }
    std::string text;
    std::size_t size;
    Envelope envelope;
};

TEST(Envelope, HasThePartsAsReceived) {
    const Frame frame(" [ 2 , \"i\\u0064\" , \"Action\" ,\n{ \"a\" : 12.50 } ] ");
    EXPECT_EQ(frame.envelope.type, MessageType::call);
    EXPECT_EQ(frame.envelope.id, "\"i\\u0064\"");
    EXPECT_EQ(frame.envelope.action, "Action");
    EXPECT_EQ(frame.envelope.payload, "{ \"a\" : 12.50 }");
    EXPECT_TRUE(frame.envelope.readable);
    EXPECT_TRUE(frame.envelope.as_due);
}

TEST(Envelope, TakesADepthOfSixteenAndNoMore) {
    const auto frame = [](std::size_t depth) {
        return "[2,\"1\",\"A\"," + std::string(depth - 1, '[') + "1" + std::string(depth - 1, ']') + "]";
    };
    EXPECT_TRUE(Frame(frame(base::kJsonDepthMax)).envelope.readable);
    EXPECT_FALSE(Frame(frame(base::kJsonDepthMax + 1)).envelope.readable);
}

TEST(Envelope, KeepsItsDepthLimitAfterALargeFrame) {
    const std::string large = R"([2,"1","A",{"a":")" + std::string(100'000, 'x') + R"("}])";
    EXPECT_TRUE(Frame(large).envelope.readable);
    EXPECT_FALSE(Frame("[2,\"1\",\"A\"," + std::string(20, '[') + std::string(20, ']') + "]").envelope.readable);
}

TEST(Envelope, OfABrokenFrameIsReadAsFarAsItGoes) {
    const Frame frame(R"([2,"7","StopTransaction",{"a":1,,}])");
    EXPECT_FALSE(frame.envelope.readable);
    EXPECT_EQ(frame.envelope.id, "\"7\"");
    EXPECT_EQ(frame.envelope.action, "StopTransaction");
    EXPECT_EQ(frame.envelope.payload, R"({"a":1,,})");
    EXPECT_FALSE(frame.envelope.payload_is_json);
}

TEST(Envelope, TellsAllOfAPayloadThatDoesNotEnd) {
    const Frame frame(R"([2,"7","StopTransaction",{"a":[1)");
    EXPECT_EQ(frame.envelope.payload, R"({"a":[1)");
}

TEST(Envelope, OfJsonThatNoDomTakesHasAStandInForItsBody) {
    const Frame big(R"([2,"7","A",{"a":[99999999999999999999,-1e400,1.5],"b":"\ud83d\ude00"}])");
    EXPECT_TRUE(big.envelope.readable);
    EXPECT_TRUE(big.envelope.payload_is_json);
    EXPECT_FALSE(big.envelope.as_written);
    EXPECT_EQ(big.envelope.payload, R"({"a":[99999999999999999999,-1e400,1.5],"b":"\ud83d\ude00"})");
    ASSERT_TRUE(big.envelope.has_body);
    EXPECT_EQ(simdjson::minify(big.envelope.body), "{\"a\":[0.55,0.55,1.5],\"b\":\"\xF0\x9F\x98\x80\"}");
    const Frame lone(R"([2,"7","A",{"a\ud800":"\udc00\n"}])");
    EXPECT_TRUE(lone.envelope.readable);
    EXPECT_FALSE(lone.envelope.payload_is_json);
    EXPECT_TRUE(lone.envelope.payload_is_grammatical);
    EXPECT_EQ(simdjson::minify(lone.envelope.body), "{\"a\xEF\xBF\xBD\":\"\xEF\xBF\xBD\\n\"}");
    const Frame id(R"([2,123456789012345678901234567890,"A",{}])");
    EXPECT_TRUE(id.envelope.readable);
    EXPECT_EQ(id.envelope.id, "123456789012345678901234567890");
}

TEST(Envelope, WithoutAnIdThatCanBeReadHasNone) {
    for (const std::string_view text : {R"([2,null,"A",{}])", R"([2,{},"A",{}])", R"([2,"a)", R"([2,"\x","A",{}])", "[2,tru"}) {
        EXPECT_TRUE(Frame(text).envelope.id.empty()) << text;
    }
}

}  // namespace
