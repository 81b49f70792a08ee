// Input: a text frame. What the reader takes as written, simdjson takes with the same elements; what simdjson takes within our
// limits, the reader takes; the rest that it takes is grammatical; and what it calls JSON may stand in an event.
#include <simdjson.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/json_text.h"
#include "fuzz/json.h"
#include "fuzz/target.h"
#include "ocpp/envelope.h"

namespace fuzz {
namespace {

namespace dom = simdjson::dom;
using ocpp::Envelope;
using ocpp::MessageType;

// A JSON text on its own, read by a parser that shares nothing with the one under test.
class Oracle {
public:
    explicit Oracle(std::string_view text) : text_(text), taken_(parser_.parse(text_).get(root_) == simdjson::SUCCESS) {}

    [[nodiscard]] bool takes() const { return taken_; }
    [[nodiscard]] dom::element root() const { return root_; }
    [[nodiscard]] std::string minified() const { return simdjson::minify(root_); }

private:
    simdjson::padded_string text_;
    dom::parser parser_;
    dom::element root_;
    bool taken_;
};

bool lies_in(std::string_view part, std::string_view whole) {
    const std::less_equal<> before;
    return part.empty() || (before(whole.data(), part.data()) && before(part.data() + part.size(), whole.data() + whole.size()));
}

bool is_whole_value(std::string_view text) {
    const auto span = base::grammatical_value(text, 0);
    return span && span->end == text.size();
}

void check_views(const Envelope& envelope, std::string_view frame) {
    CHECK(lies_in(envelope.id, frame), "an id is a piece of the frame");
    CHECK(envelope.payload == "{}" || lies_in(envelope.payload, frame), "a payload is a piece of the frame");
    CHECK(envelope.id.empty() || is_whole_value(envelope.id), "an id can be echoed");
    CHECK(!envelope.payload_is_json || base::is_portable_json(envelope.payload), "what is called JSON may stand in an event");
    CHECK(!envelope.payload_is_grammatical || is_whole_value(envelope.payload), "what is called grammatical can be walked");
    CHECK(!envelope.payload_is_json || envelope.payload_is_grammatical, "JSON is grammatical");
    if (envelope.has_body && envelope.as_written) {
        const Oracle payload(envelope.payload);
        CHECK(payload.takes() && payload.minified() == simdjson::minify(envelope.body), "text and body of a payload are one");
    }
}

std::string minified_or_nothing(const dom::array& elements, std::size_t index) {
    dom::element element;
    return elements.at(index).get(element) == simdjson::SUCCESS ? simdjson::minify(element) : std::string();
}

void check_elements(const Envelope& envelope, const dom::array& elements) {
    std::int64_t number = 0;
    if (envelope.type == MessageType::call) {
        CHECK(elements.at(0).get(number) == simdjson::SUCCESS && number == 2, "a CALL begins with 2");
    }
    if (!envelope.id.empty()) {
        CHECK(Oracle(envelope.id).minified() == minified_or_nothing(elements, 1), "the id is the second element");
    }
    std::string_view action;
    if (elements.at(2).get(action) == simdjson::SUCCESS) {
        CHECK(envelope.action == action, "the action is the third element");
    }
    CHECK(envelope.has_body == (elements.size() >= 4), "a frame of four elements has a payload");
    CHECK(!envelope.has_body || simdjson::minify(envelope.body) == minified_or_nothing(elements, 3),
          "the payload is the fourth element");
    CHECK(envelope.as_due == (elements.size() == 4), "four elements are due");
}

}  // namespace

void check(std::string_view input) {
    const Slack frame(input);
    const Envelope envelope = ocpp::read_envelope(frame.text());
    const std::string_view trimmed = ocpp::trimmed(frame.text());
    check_views(envelope, frame.text());
    const Oracle oracle(trimmed);
    if (envelope.readable && !(oracle.takes() && is_portable_json(trimmed))) {
        CHECK(is_whole_value(trimmed), "what is readable with stand-ins is JSON");
    } else if (envelope.readable) {
        CHECK(envelope.as_written, "what simdjson takes needs no stand-in");
        dom::array elements;
        if (oracle.root().get(elements) == simdjson::SUCCESS) {
            check_elements(envelope, elements);
        } else {
            CHECK(envelope.type == MessageType::none && envelope.id.empty(), "what is no array has no envelope");
        }
    } else {
        CHECK(!oracle.takes() || !base::is_portable_json(trimmed), "what is JSON within the limits is readable");
    }
}

}  // namespace fuzz
