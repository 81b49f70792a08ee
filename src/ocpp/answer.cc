#include "ocpp/answer.h"

#include "base/json_writer.h"
#include "ocpp/envelope.h"

namespace ocpp {
namespace {

// Empty where there is none, or none that can be read.
std::string_view next_value(base::JsonCursor& cursor) {
    const std::string_view value = cursor.next_element() ? cursor.value() : std::string_view();
    return base::is_grammatical(value) ? value : std::string_view();
}

// What stands where the payload is due. Broken, it ends with its brackets, or else is all the rest.
std::string_view last_value(base::JsonCursor& cursor) {
    if (!cursor.next_element()) {
        return {};
    }
    const std::string_view rest = cursor.rest();
    const std::string_view value = cursor.value();
    return base::is_grammatical(value) || base::balanced_end(value, 0) == value.size() ? value : rest;
}

std::string_view or_empty_object(std::string_view text) { return text.empty() ? "{}" : text; }

}  // namespace

bool looks_like_answer(std::string_view frame) {
    frame = trimmed(frame);
    if (!frame.starts_with('[')) {
        return false;
    }
    const std::size_t at = base::skip_blanks(frame, 1);
    return at < frame.size() && (frame[at] == '3' || frame[at] == '4');
}

std::optional<Answer> read_answer(std::string_view frame) {
    frame = trimmed(frame);
    if (base::json_kind(frame) != base::JsonKind::array) {
        return std::nullopt;
    }
    base::JsonCursor cursor(frame);
    cursor.enter();
    const std::string_view type = next_value(cursor);
    const std::string_view id = next_value(cursor);
    if ((type != "3" && type != "4") || id.empty()) {
        return std::nullopt;
    }
    Answer answer{.is_error = type == "4", .id = id, .payload = "{}", .code = {}, .description = {}, .details = "{}"};
    if (answer.is_error) {
        answer.code = next_value(cursor);
        answer.description = next_value(cursor);
    }
    const std::string_view last = last_value(cursor);
    answer.is_short = last.empty();
    (answer.is_error ? answer.details : answer.payload) = or_empty_object(last);
    return answer;
}

std::string portable_json(std::string_view text) {
    if (base::is_portable_json(text)) {
        return std::string(text);
    }
    std::string quoted;
    base::append_json_string(quoted, text);
    return quoted;
}

}  // namespace ocpp
