// Values of the configuration from their text and back, the same for file and environment. Strict on purpose: `010`, `yes`
// and `1.5m` are mistakes here, where YAML or a library would quietly make something of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app {

// Decimal digits without sign, leading zeros or separators.
[[nodiscard]] std::optional<std::uint64_t> parse_integer(std::string_view text);
// true or false.
[[nodiscard]] std::optional<bool> parse_flag(std::string_view text);
// A whole number and a unit (ms, s, m, h), or 0.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// In the largest unit that says it exactly.
[[nodiscard]] std::string print_duration(std::chrono::milliseconds duration);

// +hh:mm or -hh:mm, at most 14 hours: so far east of UTC.
[[nodiscard]] std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text);
[[nodiscard]] std::string print_utc_offset(std::chrono::minutes east);

// Comma-separated, blanks around items dropped; an empty text has no items.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

// An IPv4 or IPv6 address (without brackets) or a host name (RFC 1123, and the underscores of container names).
[[nodiscard]] bool is_host(std::string_view text);
// host, host:port or [IPv6]:port.
[[nodiscard]] bool is_broker(std::string_view text);
// Kafka's rule: 1 to 249 of letters, digits, '.', '_', '-', and neither "." nor "..".
[[nodiscard]] bool is_topic(std::string_view text);
// The path before the charge point's id: /segment or /segment/segment …
[[nodiscard]] bool is_url_path(std::string_view text);
// 1 to 100 of letters, digits, '.', '_', '-'.
[[nodiscard]] bool is_pod_id(std::string_view text);
// Any UTF-8 without control characters, at most 4096 bytes; may be empty.
[[nodiscard]] bool is_file_name(std::string_view text);
// 1 to 64 of letters, digits, '.', '_', '-'.
[[nodiscard]] bool is_profile_name(std::string_view text);
// 1 to 255 bytes of UTF-8 without control characters.
[[nodiscard]] bool is_pattern(std::string_view text);
// The name of a setting of librdkafka.
[[nodiscard]] bool is_property_name(std::string_view text);

// How many characters must be added, dropped or replaced to make one of the other.
[[nodiscard]] std::size_t edit_distance(std::string_view one, std::string_view other);

// In double quotes and escaped, as JSON and YAML both read it.
[[nodiscard]] std::string quote(std::string_view text);
// The same for messages: at most 100 bytes of it.
[[nodiscard]] std::string quote_shortened(std::string_view text);

}  // namespace app
