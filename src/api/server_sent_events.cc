#include "api/server_sent_events.h"

#include <algorithm>

namespace api {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
    const bool is_one_line =
        std::none_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (is_one_line) out.append(name).append(": ").append(value).append("\n");
}

}  // namespace

void append_server_sent_event(std::string& out, std::string_view id, std::string_view type, std::string_view data) {
    append_field(out, "id", id);
    append_field(out, "event", type);
    while (true) {
        const std::size_t end = data.find_first_of("\r\n");
        out.append("data: ").append(data.substr(0, end)).append("\n");
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    out.append("\n");
}

}  // namespace api
