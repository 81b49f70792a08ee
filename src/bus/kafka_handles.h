// librdkafka's C handles as types that free themselves. Private to the room: no other room sees librdkafka.
//
// Order matters where one handle belongs to another: a topic, a queue and a mock cluster are freed before their client, so
// the client is the first member of its owner.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>

namespace bus {

template <auto Function>
struct FreeWith {
    template <class T>
    void operator()(T* handle) const {
        Function(handle);
    }
};

template <class T, auto Function>
using Handle = std::unique_ptr<T, FreeWith<Function>>;

using ClientHandle = Handle<rd_kafka_t, rd_kafka_destroy>;
using MockClusterHandle = Handle<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy>;
using ConfHandle = Handle<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using TopicConfHandle = Handle<rd_kafka_topic_conf_t, rd_kafka_topic_conf_destroy>;
using TopicHandle = Handle<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using QueueHandle = Handle<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using EventHandle = Handle<rd_kafka_event_t, rd_kafka_event_destroy>;
using KafkaErrorHandle = Handle<rd_kafka_error_t, rd_kafka_error_destroy>;
using MetadataHandle = Handle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using PartitionListHandle = Handle<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using AdminOptionsHandle = Handle<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using NewTopicHandle = Handle<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using ConfigResourceHandle = Handle<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;

}  // namespace bus
