#include "api/event_envelope.h"

#include <simdjson.h>

#include <cstring>
#include <string>

namespace api {

struct EventEnvelopeReader::Impl {
    simdjson::ondemand::parser parser;
    std::string padded;
};

EventEnvelopeReader::EventEnvelopeReader() : impl_(std::make_unique<Impl>()) {}
EventEnvelopeReader::~EventEnvelopeReader() = default;

std::optional<EventEnvelope> EventEnvelopeReader::read(std::string_view value) {
    std::string& padded = impl_->padded;
    padded.assign(value);
    padded.append(simdjson::SIMDJSON_PADDING, '\0');
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    if (impl_->parser.iterate(simdjson::padded_string_view(padded.data(), value.size(), padded.size())).get(document)) return {};
    if (document.get_object().get(object)) return {};

    EventEnvelope envelope;
    for (auto field : object) {
        std::string_view name;
        if (field.unescaped_key().get(name)) return {};
        if (name == "id" && field.value().get_string().get(envelope.id)) return {};
        if (name == "type" && field.value().get_string().get(envelope.type)) return {};
        if (!envelope.id.empty() && !envelope.type.empty()) return envelope;
    }
    return {};
}

}  // namespace api
