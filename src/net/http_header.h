// A header line of HTTP/1.1 as it is written (RFC 9112 5), for requests and responses alike.
#pragma once

#include <string>
#include <string_view>

namespace net {

// Control characters of the value become blanks: it cannot add a line, wherever it came from.
void append_header(std::string& out, std::string_view name, std::string_view value);

}  // namespace net
