// Opens RecordSink for tests: its producer turns fatal as if the broker had answered OUT_OF_ORDER_SEQUENCE_NUMBER.
#pragma once

#include "bus/record_sink.h"

namespace bus {

struct RecordSinkTestAccess {
    static void turn_fatal(RecordSink& sink) { sink.turn_fatal_for_test(); }
};

}  // namespace bus
