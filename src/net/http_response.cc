#include "net/http_response.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <string_view>

#include "net/http_header.h"
#include "net/http_problem.h"

namespace net {
namespace {

constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// RFC 9110 5.6.7: Sun, 06 Nov 1994 08:49:37 GMT
void append_date(std::string& out, base::WallTime now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
    fmt::format_to(std::back_inserter(out), "date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n",
                   kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                   kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()), time.hours().count(),
                   time.minutes().count(), time.seconds().count());
}

}  // namespace

std::string http_head(const HttpResponse& response, HttpFraming framing, HttpAfterwards afterwards, base::WallTime now) {
    constexpr unsigned kNoContent = 204;
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, http_phrase(response.status));
    append_date(head, now);
    if (response.status != kNoContent) {
        append_header(head, "content-type", response.content_type);
        if (framing == HttpFraming::content_length) append_header(head, "content-length", std::to_string(response.body.size()));
        if (framing == HttpFraming::chunked) append_header(head, "transfer-encoding", "chunked");
    }
    for (const auto& [name, value] : response.headers) {
        append_header(head, name, value);
    }
    if (afterwards == HttpAfterwards::close) append_header(head, "connection", "close");
    head.append("\r\n");
    return head;
}

}  // namespace net
