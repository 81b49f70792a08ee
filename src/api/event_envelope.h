// Reads the `id` and the `type` of a CloudEvents object without looking at the rest: simdjson stops at the second of them,
// and both stand at the beginning of what we write. One reader serves one thread; what it returns lives until the next read.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

namespace api {

struct EventEnvelope {
    std::string_view id;
    std::string_view type;
};

class EventEnvelopeReader {
public:
    EventEnvelopeReader();
    ~EventEnvelopeReader();
    EventEnvelopeReader(const EventEnvelopeReader&) = delete;
    EventEnvelopeReader& operator=(const EventEnvelopeReader&) = delete;

    // Empty for what is not an object with both: anyone may write to a topic.
    [[nodiscard]] std::optional<EventEnvelope> read(std::string_view value);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace api
