#include "ocpp/answer.h"

#include "base/json_writer.h"
#include "ocpp/envelope.h"

namespace ocpp {
namespace {

// Empty where there is none.
std::string_view next_value(JsonCursor& cursor) { return cursor.next_element() ? cursor.value() : std::string_view(); }

std::string_view or_empty_object(std::string_view text) { return text.empty() ? "{}" : text; }

}  // namespace

bool looks_like_answer(std::string_view frame) {
    frame = trimmed(frame);
    if (!frame.starts_with('[')) {
        return false;
    }
    const std::size_t at = skip_blanks(frame, 1);
    return at < frame.size() && (frame[at] == '3' || frame[at] == '4');
}

std::optional<Answer> read_answer(std::string_view frame) {
    frame = trimmed(frame);
    const auto span = grammatical_value(frame, 0);
    if (!span || span->end != frame.size() || json_kind(frame) != JsonKind::array) {
        return std::nullopt;
    }
    JsonCursor cursor(frame);
    cursor.enter();
    const std::string_view type = next_value(cursor);
    if (type != "3" && type != "4") {
        return std::nullopt;
    }
    Answer answer{
        .is_error = type == "4", .id = next_value(cursor), .payload = "{}", .code = {}, .description = {}, .details = "{}"};
    if (answer.is_error) {
        answer.code = next_value(cursor);
        answer.description = next_value(cursor);
    }
    const std::string_view last = next_value(cursor);
    answer.is_short = last.empty();
    (answer.is_error ? answer.details : answer.payload) = or_empty_object(last);
    return answer;
}

std::string portable_json(std::string_view text) {
    if (is_portable_json(text)) {
        return std::string(text);
    }
    std::string quoted;
    base::append_json_string(quoted, text);
    return quoted;
}

}  // namespace ocpp
