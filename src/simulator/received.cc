#include "simulator/received.h"

#include <charconv>

#include "base/json_text.h"

namespace simulator {

namespace {

// The content of a text token without escapes; empty for anything else.
std::string_view unquoted(std::string_view token) {
    if (base::json_kind(token) != base::JsonKind::string || token.find('\\') != std::string_view::npos) {
        return {};
    }
    return token.substr(1, token.size() - 2);
}

std::string_view next_value(base::JsonCursor& cursor) { return cursor.next_element() ? cursor.value() : std::string_view(); }

}  // namespace

Received read_frame(std::string_view frame) {
    if (!base::is_grammatical(frame) || base::json_kind(frame) != base::JsonKind::array) {
        return {};
    }
    base::JsonCursor cursor(frame);
    cursor.enter();
    const std::string_view type = next_value(cursor);
    Received received{.kind = Received::Kind::unreadable, .id = next_value(cursor), .action = {}, .payload = {}};
    const std::string_view third = next_value(cursor);
    if (base::json_kind(received.id) != base::JsonKind::string || third.empty()) {
        return {};
    }
    if (type == "3" && base::json_kind(third) == base::JsonKind::object) {
        received.kind = Received::Kind::answer;
        received.payload = third;
    } else if (type == "4" && base::json_kind(third) == base::JsonKind::string) {
        received.kind = Received::Kind::call_error;
    } else if (type == "2" && base::json_kind(third) == base::JsonKind::string) {
        received.kind = Received::Kind::call;
        received.action = unquoted(third);
        received.payload = next_value(cursor);
    }
    return received;
}

std::string_view member(std::string_view object, std::string_view name) {
    base::JsonCursor cursor(object);
    if (cursor.kind() != base::JsonKind::object) {
        return {};
    }
    cursor.enter();
    while (const auto key = cursor.next_member()) {
        const std::string_view value = cursor.value();
        if (unquoted(*key) == name) {
            return value;
        }
    }
    return {};
}

std::optional<std::int64_t> integer_member(std::string_view object, std::string_view name) {
    const std::string_view text = member(object, name);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return !text.empty() && error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::string_view text_member(std::string_view object, std::string_view name) { return unquoted(member(object, name)); }

}  // namespace simulator
