// An event as the log takes it: written once by the Session (model/event.h says how), carried untouched by everything else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/ids.h"

namespace model {

struct EventRecord {
    ChargePointId charge_point;  // the record's key
    std::string_view type;       // a name of the contract's table, with static life
    std::string id;              // CloudEvents id
    std::string value;           // one CloudEvents 1.0 JSON object
    std::string traceparent;     // W3C trace context

    [[nodiscard]] std::size_t bytes() const {
        return sizeof(EventRecord) + charge_point.text().size() + id.size() + value.size() + traceparent.size();
    }
};

}  // namespace model
