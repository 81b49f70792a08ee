#include "net/http_problem.h"

#include <boost/beast/http/status.hpp>

#include "base/json_writer.h"

namespace net {

std::string_view http_phrase(unsigned status) {
    namespace http = boost::beast::http;
    const auto phrase = http::obsolete_reason(http::int_to_status(status));
    return {phrase.data(), phrase.size()};
}

HttpResponse problem_response(const Problem& problem) {
    HttpResponse response{.status = problem.status, .content_type = "application/problem+json", .body = {}, .headers = {}};
    base::JsonWriter json(response.body);
    json.begin_object()
        .member("type", "about:blank")
        .member("title", http_phrase(problem.status))
        .member("status", problem.status)
        .member_if("detail", problem.detail);
    for (const auto& [name, value] : problem.members) {
        json.member(name, value);
    }
    for (const auto& [name, value] : problem.json_members) {
        json.key(name).raw(value);
    }
    json.end_object();
    return response;
}

}  // namespace net
