// kafka.properties: what an operator may say to librdkafka besides what the gateway says itself. Any thread.
#pragma once

#include <string>

namespace bus {

// Empty when the property may be set to this value; else why not, with the remedy: it would break a promise, librdkafka does
// not know it, or not this value.
[[nodiscard]] std::string property_problem(const std::string& key, const std::string& value);

}  // namespace bus
