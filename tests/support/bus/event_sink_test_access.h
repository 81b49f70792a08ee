// Opens EventSink for tests: its producer turns fatal as if the broker had answered OUT_OF_ORDER_SEQUENCE_NUMBER.
#pragma once

#include "bus/event_sink.h"

namespace bus {

struct EventSinkTestAccess {
    static void turn_fatal(EventSink& sink) { sink.turn_fatal_for_test(); }
};

}  // namespace bus
