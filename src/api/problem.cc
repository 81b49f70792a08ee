#include "api/problem.h"

#include <utility>

#include "net/http_problem.h"

namespace api {

net::HttpResponse bad_field(std::string_view field, std::string allowed) {
    return net::problem_response({.status = 400, .detail = std::move(allowed), .members = {{"field", std::string(field)}}});
}

net::HttpResponse unfit_field(std::string_view field, std::string allowed) {
    return net::problem_response({.status = 422, .detail = std::move(allowed), .members = {{"field", std::string(field)}}});
}

net::HttpResponse malformed(std::string why) {
    return net::problem_response({.status = 400, .detail = std::move(why), .members = {}});
}

net::HttpResponse not_found(std::string what) {
    return net::problem_response({.status = 404, .detail = std::move(what), .members = {}});
}

net::HttpResponse method_not_allowed(std::string allow) {
    auto response = net::problem_response({.status = 405, .detail = "allowed here: " + allow, .members = {}});
    response.headers.emplace_back("allow", std::move(allow));
    return response;
}

net::HttpResponse unavailable(std::string why) {
    return net::problem_response({.status = 503, .detail = std::move(why), .members = {}});
}

net::HttpResponse unavailable(std::string why, std::chrono::seconds retry_after) {
    auto response = unavailable(std::move(why));
    response.headers.emplace_back("retry-after", std::to_string(retry_after.count()));
    return response;
}

net::HttpResponse internal_error(std::string why) {
    return net::problem_response({.status = 500, .detail = std::move(why), .members = {}});
}

}  // namespace api
