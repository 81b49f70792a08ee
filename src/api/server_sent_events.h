// Events and comments as the text/event-stream of the HTML standard (9.2.5) writes them.
#pragma once

#include <string>
#include <string_view>

namespace api {

// A payload is kept as the charge point sent it, line ends between its tokens included; each of its lines becomes a `data:` line
// of its own, which the reader puts together again. An id or type with a control character (not ours) is left out.
void append_server_sent_event(std::string& out, std::string_view id, std::string_view type, std::string_view data);

inline constexpr std::string_view kKeepAliveComment = ": keep-alive\n\n";

}  // namespace api
