#include "ops/metrics_page.h"

#include <string>

#include "net/http_problem.h"
#include "ops/process_metrics.h"

namespace ops {
namespace {

net::HttpResponse answer_to(const net::HttpRequest& request, const base::Metrics& metrics) {
    if (request.path != "/metrics") {
        return net::problem_response({.status = 404, .detail = "only /metrics is here", .members = {}});
    }
    if (request.method != "GET" && request.method != "HEAD") {
        auto response = net::problem_response({.status = 405, .detail = "allowed here: GET, HEAD", .members = {}});
        response.headers.emplace_back("allow", "GET, HEAD");
        return response;
    }
    return {.status = 200,
            .content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = metrics.text() + process_metrics_text(),
            .headers = {}};
}

}  // namespace

net::HttpHandler metrics_page(const base::Metrics& metrics) {
    return [&metrics](const std::shared_ptr<net::HttpExchange>& exchange) {
        exchange->send(answer_to(exchange->request(), metrics));
    };
}

}  // namespace ops
