// Problem documents (RFC 9457): the only form in which an HTTP error is told, by the server itself, by the API and by the
// metrics page alike. `type` is about:blank and `title` the status's phrase; `detail` is for people; members are for programs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_server.h"

namespace net {

struct Problem {
    unsigned status = 500;
    std::string detail;
    std::vector<std::pair<std::string, std::string>> members;         // for example {"field", "limit"}
    std::vector<std::pair<std::string, std::string>> json_members{};  // the same with JSON text as value
};

[[nodiscard]] HttpResponse problem_response(const Problem& problem);

// The phrase of a status code, "Not Found" for 404.
[[nodiscard]] std::string_view http_phrase(unsigned status);

}  // namespace net
