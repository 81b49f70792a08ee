#include "bus/client_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace bus {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string value_of(const ConfHandle& conf, const char* key) {
    std::array<char, 256> text{};
    std::size_t size = text.size();
    EXPECT_EQ(rd_kafka_conf_get(conf.get(), key, text.data(), &size), RD_KAFKA_CONF_OK) << key;
    return text.data();
}

TEST(ClientSettings, KeepTheProducersPromises) {
    const auto conf = producer_settings({}, "127.0.0.1:1", 1'000'000);
    ASSERT_TRUE(conf);
    EXPECT_EQ(value_of(*conf, "enable.idempotence"), "true");
    EXPECT_EQ(value_of(*conf, "message.timeout.ms"), "0");
    EXPECT_EQ(value_of(*conf, "acks"), "-1");
    EXPECT_EQ(value_of(*conf, "socket.nagle.disable"), "true");
    EXPECT_EQ(value_of(*conf, "client.id"), "charge-point-gateway");
}

TEST(ClientSettings, RefuseAPropertyThatWouldBreakAPromise) {
    for (const std::string key :
         {"acks", "request.required.acks", "enable.idempotence", "message.timeout.ms", "delivery.timeout.ms", "retries",
          "transactional.id", "bootstrap.servers", "delivery.report.only.error", "group.id"}) {
        const auto conf = producer_settings({.properties = {{key, "1"}}}, "127.0.0.1:1", 1'000'000);
        ASSERT_FALSE(conf) << key;
        EXPECT_THAT(conf.error().message, AllOf(HasSubstr("kafka.properties." + key), HasSubstr(refusal_of(key))));
    }
}

TEST(ClientSettings, NameAPropertyThatDoesNotExistOrHasAWrongValue) {
    const auto unknown = producer_settings({.properties = {{"compresion", "lz4"}}}, "127.0.0.1:1", 1'000'000);
    ASSERT_FALSE(unknown);
    EXPECT_THAT(unknown.error().message, HasSubstr("kafka.properties.compresion"));
    const auto wrong = producer_settings({.properties = {{"security.protocol", "tlsx"}}}, "127.0.0.1:1", 1'000'000);
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().message, HasSubstr("kafka.properties.security.protocol"));
}

TEST(ClientSettings, LetTheOperatorChooseWhatIsSafe) {
    const auto conf = producer_settings({.properties = {{"compression.type", "lz4"}, {"linger.ms", "7"}, {"debug", "broker"}}},
                                        "127.0.0.1:1", 1'000'000);
    ASSERT_TRUE(conf) << conf.error().message;
    EXPECT_EQ(value_of(*conf, "compression.codec"), "lz4");
    EXPECT_EQ(value_of(*conf, "queue.buffering.max.ms"), "7");
}

TEST(ClientSettings, KeepBatchesWithinWhatTheTopicTakes) {
    const auto small = producer_settings({}, "127.0.0.1:1", 50'000);
    ASSERT_TRUE(small);
    EXPECT_EQ(value_of(*small, "message.max.bytes"), "50000");
    const auto large = producer_settings({}, "127.0.0.1:1", 50'000'000);
    ASSERT_TRUE(large);
    EXPECT_EQ(value_of(*large, "message.max.bytes"), "1000000");
}

TEST(ClientSettings, RefuseALimitThatTheLargestRecordsBreak) {
    const auto low = producer_settings({.properties = {{"message.max.bytes", "999999"}}}, "127.0.0.1:1", 50'000'000);
    ASSERT_FALSE(low);
    EXPECT_THAT(low.error().message, AllOf(HasSubstr("kafka.properties.message.max.bytes"), HasSubstr("1000000")));
    const auto high = producer_settings({.properties = {{"message.max.bytes", "2000000"}}}, "127.0.0.1:1", 50'000'000);
    ASSERT_TRUE(high);
    EXPECT_EQ(value_of(*high, "message.max.bytes"), "2000000");
}

TEST(ClientSettings, DoNotWaitInTheFetchOfAnEmbeddedBroker) {
    const auto embedded = reader_settings({.kind = BrokerKind::embedded}, "127.0.0.1:1");
    ASSERT_TRUE(embedded);
    EXPECT_EQ(value_of(*embedded, "fetch.wait.max.ms"), "10");
    const auto kafka = reader_settings({.kind = BrokerKind::kafka}, "127.0.0.1:1");
    ASSERT_TRUE(kafka);
    EXPECT_EQ(value_of(*kafka, "fetch.wait.max.ms"), "500");
}

}  // namespace
}  // namespace bus
