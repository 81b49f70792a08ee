// The errors that the API tells, all of them problem documents (RFC 9457, net/http_problem.h): one function for each kind,
// so that the same mistake reads the same on every route.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace api {

// 400, with the member `field`: the name of what was wrong. `allowed` tells what would have been right.
[[nodiscard]] net::HttpResponse bad_field(std::string_view field, std::string allowed);
// 422, likewise: it could be, and is not so here.
[[nodiscard]] net::HttpResponse unfit_field(std::string_view field, std::string allowed);
// 400, where no field can be named.
[[nodiscard]] net::HttpResponse malformed(std::string why);
[[nodiscard]] net::HttpResponse not_found(std::string what);
// 405; `allow` is the value of the Allow header.
[[nodiscard]] net::HttpResponse method_not_allowed(std::string allow);
[[nodiscard]] net::HttpResponse unavailable(std::string why);
[[nodiscard]] net::HttpResponse unavailable(std::string why, std::chrono::seconds retry_after);
[[nodiscard]] net::HttpResponse internal_error(std::string why);

}  // namespace api
