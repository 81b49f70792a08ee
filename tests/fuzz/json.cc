#include "fuzz/json.h"

#include <simdjson.h>

#include "base/check.h"
#include "base/json_text.h"

namespace fuzz {

std::string minified(std::string_view json) {
    std::string shorter(json.size(), '\0');
    std::size_t size = 0;
    CHECK(simdjson::minify(json.data(), json.size(), shorter.data(), size) == simdjson::SUCCESS, "JSON can be minified");
    shorter.resize(size);
    return shorter;
}

bool is_portable_json(std::string_view json) {
    std::string text = minified(json);
    for (const std::string_view empty : {"[]", "{}"}) {
        for (std::size_t at = text.find(empty); at != std::string::npos; at = text.find(empty, at)) {
            text.replace(at, empty.size(), "0");
        }
    }
    return base::is_portable_json(text);
}

bool is_event(std::string_view event, std::string_view payload) {
    simdjson::dom::parser parser;
    std::string text(event);
    if (parser.parse(text).is_object()) {
        return true;
    }
    const std::size_t at = text.rfind(payload);
    return at != std::string::npos && base::is_portable_json(payload) &&
           parser.parse(text.replace(at, payload.size(), "null")).is_object();
}

}  // namespace fuzz
