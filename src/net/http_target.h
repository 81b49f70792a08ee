// The target of an HTTP request, taken apart: `/v1/events?type=a&type=b` is a raw path and decoded parameters. A pure
// function (RFC 9112 3.2, RFC 3986 2.1), shared by the server and by whoever answers a target without a server.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace net {

struct HttpTarget {
    std::string path;  // raw: whoever splits it decodes each segment, so that an encoded slash stays inside its segment
    std::vector<std::pair<std::string, std::string>> query;  // decoded, in order, names may repeat
};

// Empty where a percent sign is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

// Everything but unreserved characters is encoded (RFC 3986 2.3): the result is one segment of a path.
[[nodiscard]] std::string percent_encoded(std::string_view text);

// Takes the origin form and the absolute form; a plus sign in the query is a blank, as forms and URLSearchParams write it.
[[nodiscard]] base::Result<HttpTarget> parse_target(std::string_view target);

}  // namespace net
