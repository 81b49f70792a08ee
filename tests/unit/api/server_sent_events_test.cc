#include "api/server_sent_events.h"

#include <gtest/gtest.h>

#include "api/event_envelope.h"

namespace {

std::string written(std::string_view id, std::string_view type, std::string_view data) {
    std::string out;
    api::append_server_sent_event(out, id, type, data);
    return out;
}

TEST(ServerSentEvent, HasIdTypeAndData) {
    EXPECT_EQ(written("1", "device.online", R"({"a":1})"), "id: 1\nevent: device.online\ndata: {\"a\":1}\n\n");
}

TEST(ServerSentEvent, GivesEachLineOfThePayloadItsOwn) {
    EXPECT_EQ(written("1", "t", "{\n\"a\":\r\n1\r}"), "id: 1\nevent: t\ndata: {\ndata: \"a\":\ndata: 1\ndata: }\n\n");
}

TEST(ServerSentEvent, LetsNoIdOrTypeForgeALine) { EXPECT_EQ(written("1\ndata: forged", "t\r", "{}"), "data: {}\n\n"); }

TEST(EventEnvelope, ReadsIdAndTypeInAnyPlaceAndSpelling) {
    api::EventEnvelopeReader reader;
    const auto plain = reader.read(R"({"specversion":"1.0","id":"a","source":"/x","type":"t.u","data":{"id":"no","type":"no"}})");
    ASSERT_TRUE(plain.has_value());
    EXPECT_EQ(plain->id, "a");
    EXPECT_EQ(plain->type, "t.u");
    const auto late = reader.read(R"({"data":{"id":"no","x":[1,{"type":"no"}]},"t\u0079pe":"t","id":"\u0041"})");
    ASSERT_TRUE(late.has_value());
    EXPECT_EQ(late->id, "A");
    EXPECT_EQ(late->type, "t");
}

TEST(EventEnvelope, IsEmptyForWhatIsNoEvent) {
    api::EventEnvelopeReader reader;
    for (const char* value : {"", "x", "[]", "{}", R"({"id":"a"})", R"({"id":1,"type":"t"})", R"({"id":"a","type":null})",
                              R"({"id":"a","type)", R"({"id":"","type":"t"})", "null", "\"id\""}) {
        EXPECT_FALSE(reader.read(value).has_value()) << value;
    }
    EXPECT_TRUE(reader.read(R"({"id":"a","type":"t"})").has_value());
}

}  // namespace
