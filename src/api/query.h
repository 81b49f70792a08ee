// Query parameters that may be given once, read and checked.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/config.h"
#include "base/result.h"
#include "net/http_server.h"

namespace api {

template <class T>
using OrProblem = base::Result<T, net::HttpResponse>;

[[nodiscard]] OrProblem<std::optional<std::string>> single(const net::HttpRequest& request, std::string_view name);

// Decimal digits and nothing else, in the bounds.
[[nodiscard]] std::optional<std::size_t> whole_number(std::string_view text, std::size_t min, std::size_t max);

struct PageQuery {
    std::size_t limit = 0;
    std::string cursor;  // empty: from the beginning
};
// The parameters `limit` and `cursor`.
[[nodiscard]] OrProblem<PageQuery> page_query(const net::HttpRequest& request, const Config& config);

}  // namespace api
