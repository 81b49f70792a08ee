// The first lines of a response as text (RFC 9112 4). Header values lose their control characters here, so that no value,
// wherever it came from, can add a line.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "net/http_server.h"

namespace net {

enum class HttpFraming : std::uint8_t {
    content_length,
    chunked,
    until_close,  // HTTP/1.0 knows no chunks
};
enum class HttpAfterwards : std::uint8_t { keep_alive, close };

[[nodiscard]] std::string http_head(const HttpResponse& response, HttpFraming framing, HttpAfterwards afterwards,
                                    base::WallTime now);

}  // namespace net
