#include "ocpp/envelope.h"

#include <optional>

#include "base/json_text.h"
#include "base/json_writer.h"
#include "ocpp/field_table.h"

namespace ocpp {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kParserBytesAtStart = 16 * 1024;
constexpr std::size_t kCallElements = 4;
constexpr std::size_t kIdCharactersMax = 36;  // OCPP-J 1.6 4.1.4

// One parser per thread: it is scratch memory, sized by the largest frame so far.
dom::parser& thread_parser() {
    thread_local dom::parser parser;
    thread_local bool ready = false;
    if (!ready) {
        // simdjson counts from one and refuses at the limit.
        ready = parser.allocate(kParserBytesAtStart, base::kJsonDepthMax + 1) == simdjson::SUCCESS;
    }
    return parser;
}

// simdjson takes a low surrogate without its high one; nothing else does.
bool surrogates_are_paired(std::string_view text) {
    if (text.find("\\u") == std::string_view::npos) {
        return true;
    }
    const auto span = base::grammatical_value(text, 0);
    return span && span->surrogates_paired;
}

constexpr std::string_view kNumberOfNoUse = "0.55";  // fits no field of a number: whole ones or tenths are due

// Grammatical text with something that the DOM takes in the place of what it does not.
std::string with_stand_ins(std::string_view text) {
    std::string out;
    base::TextArena arena;
    std::size_t at = 0;
    while (at < text.size()) {
        const base::JsonKind kind = base::json_kind(text.substr(at));
        if (kind != base::JsonKind::string && kind != base::JsonKind::number) {
            out += text[at++];
            continue;
        }
        const auto span = base::grammatical_value(text, at);
        const std::string_view token = text.substr(at, span ? span->end - at : std::string_view::npos);
        at += token.size();
        if (kind == base::JsonKind::number) {
            out += number_of_text(token).kind == Value::Kind::other ? kNumberOfNoUse : token;
        } else if (span && !span->surrogates_paired) {
            base::append_json_string(out, base::decoded_string(token, arena));
        } else {
            out += token;
        }
    }
    return out;
}

struct Parsed {
    dom::element root;
    bool as_written = true;
};
std::optional<Parsed> parsed(std::string_view text) {
    dom::element root;
    if (thread_parser().parse(text.data(), text.size(), false).get(root) == simdjson::SUCCESS && surrogates_are_paired(text)) {
        return Parsed{root};
    }
    if (!base::is_grammatical(text) || thread_parser().parse(with_stand_ins(text)).get(root) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return Parsed{root, false};
}

MessageType message_type(std::int64_t number) {
    switch (number) {
        case 2: return MessageType::call;
        case 3: return MessageType::call_result;
        case 4: return MessageType::call_error;
        default: return MessageType::other;
    }
}

// An id is a string; numbers occur and are echoed as numbers.
bool is_id(std::string_view token) {
    const base::JsonKind kind = base::json_kind(token);
    return kind == base::JsonKind::string || kind == base::JsonKind::number;
}

// The texts of the frame's elements, found by walking over those before the payload only.
struct ElementTexts {
    std::string_view id;
    std::string_view payload;
};
ElementTexts element_texts(std::string_view frame, std::size_t elements) {
    ElementTexts texts;
    base::JsonCursor cursor(frame);
    cursor.enter();
    for (std::size_t i = 0; i < elements && cursor.next_element(); ++i) {
        if (i == 3 && elements == kCallElements) {
            const std::string_view rest = cursor.rest();
            // The frame is valid, so what is before its last bracket is the last element.
            texts.payload = rest.substr(0, rest.find_last_not_of(base::kJsonBlanks, rest.size() - 2) + 1);
            break;
        }
        const std::string_view text = cursor.value();
        if (i == 1) {
            texts.id = text;
        } else if (i == 3) {
            texts.payload = text;
            break;
        }
    }
    return texts;
}

Envelope from_dom(std::string_view frame, const dom::array& root, bool as_written) {
    Envelope envelope{.readable = true};
    std::size_t elements = 0;
    std::int64_t number = 0;
    for (const dom::element element : root) {
        switch (elements++) {
            case 0:
                if (element.get(number) == simdjson::SUCCESS) {
                    envelope.type = message_type(number);
                }
                break;
            case 2:
                // Absent in a CALLRESULT, and nothing where it is not a text.
                static_cast<void>(element.get(envelope.action) == simdjson::SUCCESS);
                break;
            case 3:
                envelope.body = element;
                envelope.has_body = true;
                break;
            default: break;
        }
    }
    envelope.as_due = elements == kCallElements;
    const ElementTexts texts = element_texts(frame, elements);
    envelope.id = is_id(texts.id) ? texts.id : std::string_view();
    if (envelope.has_body) {
        envelope.payload = texts.payload;
        envelope.as_written = as_written || with_stand_ins(texts.payload) == texts.payload;  // it may be the id that is odd
        envelope.payload_is_json = envelope.as_written || base::is_portable_json(texts.payload);
    }
    return envelope;
}

// Reads the envelope of a frame that is not JSON as the DOM understands it, as far as it goes.
class EnvelopeReader {
public:
    explicit EnvelopeReader(std::string_view frame) : frame_(frame) {}

    Envelope read() {
        Envelope envelope{
            .payload = {}, .payload_is_json = false, .payload_is_grammatical = false, .problem = "the frame is not JSON"};
        if (!take('[')) {
            return envelope;
        }
        const std::string_view type = token(base::JsonKind::number);
        if (type.size() == 1) {
            envelope.type = message_type(type.front() - '0');
        } else if (!type.empty()) {
            envelope.type = MessageType::other;
        }
        if (type.empty() || !take(',')) {
            return envelope;
        }
        envelope.id = id();
        if (envelope.id.empty() || !take(',')) {
            return envelope;
        }
        const std::string_view action = token(base::JsonKind::string);
        envelope.action = action.empty() ? std::string_view() : action.substr(1, action.size() - 2);
        if (!action.empty()) {
            static_cast<void>(take(','));  // without it the rest is told all the same: two such frames are not one fact
            read_payload(envelope);
        }
        return envelope;
    }

private:
    bool take(char c) {
        at_ = base::skip_blanks(frame_, at_);
        if (at_ >= frame_.size() || frame_[at_] != c) {
            return false;
        }
        at_ = base::skip_blanks(frame_, at_ + 1);
        return true;
    }

    std::string_view token(base::JsonKind kind) {
        if (base::json_kind(frame_.substr(at_)) != kind) {
            return {};
        }
        const auto span = base::grammatical_value(frame_, at_);
        if (!span) {
            return {};
        }
        const std::string_view text = frame_.substr(at_, span->end - at_);
        at_ = span->end;
        return text;
    }

    std::string_view id() {
        const std::string_view text = token(base::JsonKind::string);
        return text.empty() ? token(base::JsonKind::number) : text;
    }

    // The payload ends where its grammar or its brackets say and the frame ends, too; else all the rest is the payload, or two
    // facts that begin alike were one.
    void read_payload(Envelope& envelope) {
        std::size_t end = frame_.size();
        if (const auto span = base::grammatical_value(frame_, at_); span && ends_frame(span->end)) {
            end = span->end;
            envelope.payload_is_json = span->surrogates_paired;
            envelope.payload_is_grammatical = true;
        } else if (base::json_kind(frame_.substr(at_)) == base::JsonKind::object) {
            const std::size_t balanced = base::balanced_end(frame_, at_).value_or(end);
            end = ends_frame(balanced) ? balanced : end;
        }
        envelope.payload = frame_.substr(at_, end - at_);
    }

    [[nodiscard]] bool ends_frame(std::size_t at) const {
        at = base::skip_blanks(frame_, at);
        return at == frame_.size() || frame_[at] == ']';
    }

    std::string_view frame_;
    std::size_t at_ = 0;
};

// What is odd about how a CALL is packed, and served all the same.
model::Quirks quirks_of(std::string_view frame, std::string_view id) {
    model::Quirks quirks;
    if (frame.starts_with(kByteOrderMark) || frame.find_last_not_of('\0') + 1 != frame.size()) {
        quirks.add(model::Quirk::frame_ends);
    }
    if (base::json_kind(id) != base::JsonKind::string) {
        quirks.add(model::Quirk::message_id_not_text);
    } else if (id.size() == 2) {
        quirks.add(model::Quirk::message_id_empty);
    } else if (id.size() > kIdCharactersMax + 2 && characters(id) > kIdCharactersMax + 2) {
        quirks.add(model::Quirk::message_id_long);
    }
    return quirks;
}

Envelope read_trimmed(std::string_view frame) {
    if (const auto whole = parsed(frame)) {
        dom::array elements;
        if (whole->root.get(elements) == simdjson::SUCCESS) {
            return from_dom(frame, elements, whole->as_written);
        }
        return Envelope{.payload = {},
                        .payload_is_json = false,
                        .payload_is_grammatical = false,
                        .readable = true,
                        .problem = "the frame is not a JSON array"};
    }
    Envelope envelope = EnvelopeReader(frame).read();
    // A payload that is whole inside a broken frame is as good as any other: a resend of it is the same fact.
    if (!envelope.payload.empty() && envelope.payload_is_json) {
        if (const auto body = parsed(envelope.payload)) {
            envelope.body = body->root;
            envelope.has_body = true;
            envelope.as_written = body->as_written;
        }
    }
    return envelope;
}

}  // namespace

std::string_view trimmed(std::string_view frame) {
    if (frame.starts_with(kByteOrderMark)) {
        frame.remove_prefix(kByteOrderMark.size());
    }
    frame.remove_prefix(base::skip_blanks(frame, 0));
    while (!frame.empty() && (frame.back() == '\0' || base::kJsonBlanks.find(frame.back()) != std::string_view::npos)) {
        frame.remove_suffix(1);
    }
    return frame;
}

Envelope read_envelope(std::string_view frame) {
    Envelope envelope = read_trimmed(trimmed(frame));
    if (envelope.type == MessageType::call && !envelope.id.empty()) {
        envelope.quirks = quirks_of(frame, envelope.id);
    }
    return envelope;
}

}  // namespace ocpp
