#include "api/query.h"

#include <charconv>
#include <utility>

#include "api/problem.h"

namespace api {

OrProblem<std::optional<std::string>> single(const net::HttpRequest& request, std::string_view name) {
    std::optional<std::string> found;
    for (const auto& [key, value] : request.query) {
        if (key != name) continue;
        if (found) return tl::unexpected(bad_field(name, "may be given once"));
        found = value;
    }
    return found;
}

std::optional<std::size_t> whole_number(std::string_view text, std::size_t min, std::size_t max) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < min || number > max) return std::nullopt;
    return number;
}

OrProblem<PageQuery> page_query(const net::HttpRequest& request, const Config& config) {
    auto limit = single(request, "limit");
    if (!limit) return tl::unexpected(std::move(limit.error()));
    auto cursor = single(request, "cursor");
    if (!cursor) return tl::unexpected(std::move(cursor.error()));

    const auto count = *limit ? whole_number(**limit, 1, config.page_max) : config.page_default;
    if (!count) return tl::unexpected(bad_field("limit", "a whole number from 1 to " + std::to_string(config.page_max)));
    return PageQuery{.limit = *count, .cursor = cursor->value_or("")};
}

}  // namespace api
