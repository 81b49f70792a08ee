#include "app/topic_follower.h"

#include <utility>

namespace app {

base::Result<void> TopicFollower::open(const bus::Config& config, const std::string& topic, const std::string& brokers) {
    auto reader = bus::TopicReader::create_for_tail(config, topic, brokers, *this);
    if (!reader) {
        return tl::unexpected(reader.error());
    }
    reader_ = std::move(*reader);
    reader_->start([](const base::Result<void>& /*started*/) {});
    return {};
}

// On the reader's thread. What is posted and not yet run is bounded by the reader's hand-over.
void TopicFollower::on_records(bus::TopicBatch batch) {
    loop_.post([this, batch = std::move(batch)] {
        for (const bus::TopicRecord& record : batch.records) {
            on_record_(record);
        }
        reader_->taken(batch.bytes);
    });
}

}  // namespace app
