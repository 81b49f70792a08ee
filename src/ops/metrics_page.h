// The metrics port: GET /metrics in Prometheus' text format 0.0.4, the program's own metrics and those of the process.
#pragma once

#include "base/metrics.h"
#include "net/http_server.h"

namespace ops {

// `metrics` must outlive the server that the handler is given to. The handler needs no thread of its own: a page takes well
// under a millisecond.
[[nodiscard]] net::HttpHandler metrics_page(const base::Metrics& metrics);

}  // namespace ops
