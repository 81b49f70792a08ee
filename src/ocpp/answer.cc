#include "ocpp/answer.h"

#include "base/json_writer.h"
#include "ocpp/envelope.h"

namespace ocpp {
namespace {

// Counts those that are there.
std::string_view next_value(JsonCursor& cursor, std::size_t& elements) {
    if (!cursor.next_element()) {
        return {};
    }
    ++elements;
    return cursor.value();
}

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
    std::size_t elements = 0;
    const std::string_view type = next_value(cursor, elements);
    if (type != "3" && type != "4") {
        return std::nullopt;
    }
    Answer answer{.is_error = type == "4",
                  .id = next_value(cursor, elements),
                  .payload = "{}",
                  .code = {},
                  .description = {},
                  .details = "{}"};
    if (answer.is_error) {
        answer.code = next_value(cursor, elements);
        answer.description = next_value(cursor, elements);
        answer.details = or_empty_object(next_value(cursor, elements));
    } else {
        answer.payload = or_empty_object(next_value(cursor, elements));
    }
    answer.elements = elements;
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
