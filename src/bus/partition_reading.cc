#include "bus/partition_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "bus/client_settings.h"

namespace bus {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kErrorTextBytes = 512;

std::string text(const void* data, std::size_t size) {
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

std::vector<RecordHeader> headers_of(const rd_kafka_message_t& message) {
    std::vector<RecordHeader> found;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return found;
    }
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
        found.push_back({.name = name, .value = text(value, size)});
    }
    return found;
}

std::size_t bytes_of(const LogRecord& record) {
    auto bytes = sizeof(LogRecord) + record.key.size() + record.value.size();
    for (const auto& header : record.headers) {
        bytes += sizeof(RecordHeader) + header.name.size() + header.value.size();
    }
    return bytes;
}

bool means_gone(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

// Does this error of a partition end only with a new look at the topic? All others librdkafka overcomes by itself.
bool needs_new_consumer(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        case RD_KAFKA_RESP_ERR__FATAL: return true;
        default: return means_gone(error);
    }
}

base::Result<Offsets> read_list(const rd_kafka_topic_partition_list_t& list, rd_kafka_resp_err_t error) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return base::fail(rd_kafka_err2str(error), base::Retry::makes_sense);
    }
    Offsets offsets;
    for (int i = 0; i < list.cnt; ++i) {
        const auto& found = list.elems[i];
        if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return base::fail(fmt::format("partition {}: {}", found.partition, rd_kafka_err2str(found.err)),
                              base::Retry::makes_sense);
        }
        offsets[found.partition] = found.offset;
    }
    return offsets;
}

}  // namespace

std::int64_t offset_in(const Extent& extent, std::int64_t wanted) {
    const auto& [partition, begin, end] = extent;
    if (wanted >= begin && wanted <= end) {
        return wanted;
    }
    base::log_warn("offset is not in the log any more, reading from the beginning",
                   {{"partition", partition}, {"wanted", wanted}, {"begin", begin}, {"end", end}});
    return begin;
}

base::Result<std::unique_ptr<PartitionReading>> PartitionReading::create(const Config& config, Settings settings) {
    auto conf = reader_settings(config, settings.brokers);
    if (!conf) {
        return tl::unexpected(conf.error());
    }
    auto client = make_client(RD_KAFKA_CONSUMER, std::move(*conf));
    if (!client) {
        return tl::unexpected(client.error());
    }
    return std::unique_ptr<PartitionReading>(new PartitionReading(config, std::move(settings), std::move(*client)));
}

PartitionReading::PartitionReading(const Config& config, Settings settings, ClientHandle client)
    : batch_bytes_max_(config.handover_batch_bytes_max), settings_(std::move(settings)), client_(client.release()) {
    rd_kafka_poll_set_consumer(client_.get());
    records_.reset(rd_kafka_queue_new(client_.get()));
    events_.reset(rd_kafka_queue_get_consumer(client_.get()));
}

// librdkafka (2.0.2) never lets go of partitions that were assigned when their topic was deleted, and to destroy their
// consumer waits for that without end. Such a one is left behind: its threads, its sockets, some 100 KB.
PartitionReading::~PartitionReading() {
    // The word that they are gone may lie behind records that nobody took.
    const auto drop = [](rd_kafka_message_t* message, void* self) { static_cast<PartitionReading*>(self)->note_gone(*message); };
    rd_kafka_consume_callback_queue(records_.get(), 0, drop, this);
    for (const auto& queue : partition_queues_) {
        rd_kafka_queue_forward(queue.get(), nullptr);
    }
    if (!gone_.empty()) {
        base::log_warn("kafka consumer left behind, its topic is gone", {{"topic", settings_.topic}, {"why", gone_}});
        [[maybe_unused]] auto* left_behind = client_.release();
    }
}

PartitionListHandle PartitionReading::list_of(std::int32_t partitions, std::int64_t offset) const {
    PartitionListHandle list(rd_kafka_topic_partition_list_new(partitions));
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        rd_kafka_topic_partition_list_add(list.get(), settings_.topic.c_str(), partition)->offset = offset;
    }
    return list;
}

// An offset that stands for the beginning or the end, asked for all partitions in one call. A partition without a leader has
// no answer yet.
base::Result<Offsets> PartitionReading::ask_log(std::int32_t partitions, std::int64_t which) const {
    const auto list = list_of(partitions, which);
    const auto error = rd_kafka_offsets_for_times(client_.get(), list.get(), static_cast<int>(settings_.question_wait.count()));
    auto offsets = read_list(*list, error);
    if (offsets && std::any_of(offsets->begin(), offsets->end(), [](const auto& found) { return found.second < 0; })) {
        return base::fail("a partition tells no offsets", base::Retry::makes_sense);
    }
    return offsets;
}

base::Result<Offsets> PartitionReading::committed(std::int32_t partitions) const {
    const auto list = list_of(partitions, RD_KAFKA_OFFSET_INVALID);
    const auto error = rd_kafka_committed(client_.get(), list.get(), static_cast<int>(settings_.question_wait.count()));
    return read_list(*list, error);
}

base::Result<std::vector<std::int32_t>> PartitionReading::assign(std::int32_t partitions, const StartOf& start_of) {
    const auto begins = ask_log(partitions, RD_KAFKA_OFFSET_BEGINNING);
    if (!begins) {
        return tl::unexpected(begins.error());
    }
    const auto ends = ask_log(partitions, RD_KAFKA_OFFSET_END);
    if (!ends) {
        return tl::unexpected(ends.error());
    }
    partition_queues_.clear();
    const auto list = list_of(partitions, 0);
    std::vector<std::int32_t> replayed;
    partitions_.assign(static_cast<std::size_t>(partitions), {});
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        const auto end = ends->at(partition);
        const auto start = start_of({.partition = partition, .begin = begins->at(partition), .end = end});
        if (!start) {
            return tl::unexpected(start.error());
        }
        list->elems[partition].offset = *start;
        partitions_[static_cast<std::size_t>(partition)] = {.end = end, .replayed = *start >= end};
        if (*start >= end) {
            replayed.push_back(partition);
        }
        partition_queues_.emplace_back(rd_kafka_queue_get_partition(client_.get(), settings_.topic.c_str(), partition));
        rd_kafka_queue_forward(partition_queues_.back().get(), records_.get());
    }
    topic_.reset(rd_kafka_topic_new(client_.get(), settings_.topic.c_str(), nullptr));
    if (const auto error = rd_kafka_assign(client_.get(), list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return base::fail(rd_kafka_err2str(error), base::Retry::makes_sense);
    }
    return replayed;
}

base::Result<bool> PartitionReading::read_again(std::int32_t partition, std::int64_t offset) {
    const auto wait = static_cast<int>(settings_.question_wait.count());
    Extent extent{.partition = partition};
    const auto asked =
        rd_kafka_query_watermark_offsets(client_.get(), settings_.topic.c_str(), partition, &extent.begin, &extent.end, wait);
    if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return base::fail(rd_kafka_err2str(asked), base::Retry::makes_sense);
    }
    const auto start = offset_in(extent, offset);
    const PartitionListHandle list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), settings_.topic.c_str(), partition)->offset = start;
    const KafkaErrorHandle failed(rd_kafka_seek_partitions(client_.get(), list.get(), wait));
    if (failed) {
        return base::fail(rd_kafka_error_string(failed.get()), base::Retry::makes_sense);
    }
    if (const auto error = list->elems[0].err; error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return base::fail(rd_kafka_err2str(error), base::Retry::makes_sense);
    }
    partitions_.at(static_cast<std::size_t>(partition)) = {.end = extent.end, .replayed = start >= extent.end};
    return start >= extent.end;
}

struct PartitionReading::Reach {
    PartitionReading& reading;
    Looked& looked;
};

Looked PartitionReading::look(milliseconds wait, Records records) {
    Looked looked;
    if (records == Records::take) {
        read(wait, looked);
        attend(milliseconds(0), looked);
    } else {
        attend(wait, looked);
    }
    return looked;
}

void PartitionReading::read(milliseconds wait, Looked& looked) {
    Reach reach{.reading = *this, .looked = looked};
    rd_kafka_consume_callback_queue(records_.get(), static_cast<int>(wait.count()), on_message, &reach);
}

void PartitionReading::on_message(rd_kafka_message_t* message, void* raw_reach) {
    auto& [reading, looked] = *static_cast<Reach*>(raw_reach);
    reading.take(*message, looked);
    if (looked.batch.bytes >= reading.batch_bytes_max_) {
        rd_kafka_yield(reading.client_.get());  // what is left stays in the queue
    }
}

void PartitionReading::take(const rd_kafka_message_t& message, Looked& looked) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        looked.contact = true;
        return passed(message.partition, message.offset, looked);
    }
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return take_error(message, looked);
    }
    last_read_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    looked.contact = true;
    const auto time = std::max<std::int64_t>(rd_kafka_message_timestamp(&message, nullptr), 0);
    LogRecord record{.partition = message.partition,
                     .offset = message.offset,
                     .time = base::WallTime(milliseconds(time)),
                     .key = text(message.key, message.key_len),
                     .value = text(message.payload, message.len),
                     .headers = headers_of(message)};
    looked.batch.bytes += bytes_of(record);
    looked.batch.records.push_back(std::move(record));
    passed(message.partition, message.offset + 1, looked);
}

void PartitionReading::note_gone(const rd_kafka_message_t& message) {
    if (means_gone(message.err)) {
        gone_ = rd_kafka_message_errstr(&message);
    }
}

void PartitionReading::take_error(const rd_kafka_message_t& message, Looked& looked) {
    looked.errors += 1;
    looked.last_error = rd_kafka_message_errstr(&message);
    note_gone(message);
    if (needs_new_consumer(message.err)) {
        looked.broken = looked.last_error;
    }
    // Told once until it changes: the fetcher repeats it every half second.
    if (std::exchange(last_read_error_, message.err) != message.err) {
        base::log_warn("kafka partition cannot be read at the moment",
                       {{"topic", settings_.topic}, {"partition", message.partition}, {"error", looked.last_error}});
    }
}

// Compaction and transactions leave gaps, so the last offset before the end may hold no record: then the partition's EOF tells.
void PartitionReading::passed(std::int32_t partition, std::int64_t position, Looked& looked) {
    auto& reached = partitions_.at(static_cast<std::size_t>(partition));
    if (!reached.replayed && position >= reached.end) {
        reached.replayed = true;
        looked.replayed.push_back(partition);
    }
}

void PartitionReading::attend(milliseconds wait, Looked& looked) {
    for (auto next = wait;; next = milliseconds(0)) {
        const EventHandle event(rd_kafka_queue_poll(events_.get(), static_cast<int>(next.count())));
        if (!event) {
            break;
        }
        take_event(event.get(), looked);
    }
    std::array<char, kErrorTextBytes> why{};
    if (rd_kafka_fatal_error(client_.get(), why.data(), why.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        looked.broken = why.data();
    }
}

void PartitionReading::take_event(rd_kafka_event_t* event, Looked& looked) {
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT) {
        take_commit(event, looked);
    } else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR) {
        looked.errors += 1;
        looked.last_error = rd_kafka_event_error_string(event);
        looked.brokers_down |= rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
    }
}

void PartitionReading::wake() {
    rd_kafka_queue_yield(records_.get());
    rd_kafka_queue_yield(events_.get());
}

void PartitionReading::commit(Offsets& wanted) {
    if (committing() || wanted.empty()) {
        return;
    }
    committing_.swap(wanted);
    const PartitionListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(committing_.size())));
    for (const auto& [partition, offset] : committing_) {
        rd_kafka_topic_partition_list_add(list.get(), settings_.topic.c_str(), partition)->offset = offset;
    }
    // Its outcome comes as an event, an immediate refusal too.
    const auto error = rd_kafka_commit_queue(client_.get(), list.get(), events_.get(), nullptr, nullptr);
    CHECK(error == RD_KAFKA_RESP_ERR_NO_ERROR, "a consumer with a group takes commits");
}

void PartitionReading::take_commit(rd_kafka_event_t* event, Looked& looked) {
    auto error = rd_kafka_event_error(event);
    const auto* list = rd_kafka_event_topic_partition_list(event);
    for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && list != nullptr && i < list->cnt; ++i) {
        error = list->elems[i].err;
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        looked.contact = true;
        committing_.clear();
    } else {
        looked.errors += 1;
        failed_ = std::exchange(committing_, {});
    }
    if (std::exchange(last_commit_error_, error) != error && error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        base::log_warn("kafka offsets cannot be committed at the moment",
                       {{"group", kCommandGroup}, {"topic", settings_.topic}, {"error", rd_kafka_err2str(error)}});
    }
}

bool PartitionReading::take_back_failed(Offsets& wanted) {
    const bool some = !failed_.empty();
    wanted.merge(failed_);  // leaves alone what is newer
    failed_.clear();
    return some;
}

base::Result<std::int32_t> PartitionReading::partitions() const {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto wait = static_cast<int>(settings_.question_wait.count());
    const auto error = rd_kafka_metadata(client_.get(), 0, topic_.get(), &answer, wait);
    const MetadataHandle metadata(answer);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1) {
        return base::fail(rd_kafka_err2str(error), base::Retry::makes_sense);
    }
    return metadata->topics[0].partition_cnt;
}

bool PartitionReading::answered(milliseconds wait) const {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 0, topic_.get(), &answer, static_cast<int>(wait.count()));
    const MetadataHandle metadata(answer);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace bus
