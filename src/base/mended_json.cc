#include "base/mended_json.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/json_text.h"
#include "base/json_writer.h"
#include "base/utf8.h"

namespace base {
namespace {

class Mender {
public:
    explicit Mender(std::string_view text) : text_(text), at_(skip_blanks(text, 0)) {}

    std::string mended() {
        value(0);
        return std::move(out_);
    }

private:
    [[nodiscard]] bool is_at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] char here() const { return is_at_end() ? '\0' : text_[at_]; }
    void blanks() { at_ = skip_blanks(text_, at_); }
    void blanks_and_commas() {
        while (!is_at_end() && (is_blank(here()) || here() == ',')) {
            ++at_;
        }
    }

    // False when the structure is lost: whoever is open closes and is done, too.
    bool value(std::size_t depth) {
        switch (here()) {
            case '{': return depth < kJsonDepthMax ? object(depth + 1) : too_deep();
            case '[': return depth < kJsonDepthMax ? array(depth + 1) : too_deep();
            case '"': {
                const std::optional<std::string> whole = string();
                out_ += whole ? *whole : "null";
                return whole.has_value();
            }
            default: return word();
        }
    }

    bool too_deep() {
        out_ += "null";
        const auto end = balanced_end(text_, at_);
        at_ = end.value_or(text_.size());
        return end.has_value();
    }

    bool object(std::size_t depth) {
        out_ += '{';
        const bool is_sound = members(depth);
        out_ += '}';
        return is_sound;
    }

    bool members(std::size_t depth) {
        ++at_;
        for (bool is_first = true;; is_first = false) {
            blanks_and_commas();
            if (here() == '}' || here() == ']') {
                return closed_by('}');
            }
            const std::optional<std::string> key = here() == '"' ? string() : std::nullopt;
            blanks();
            if (!key || here() != ':') {
                return false;
            }
            ++at_;
            blanks();
            out_.append(is_first ? "" : ",").append(*key).append(":");
            if (!value(depth) || !is_between_values()) {
                return false;
            }
        }
    }

    bool array(std::size_t depth) {
        out_ += '[';
        const bool is_sound = elements(depth);
        out_ += ']';
        return is_sound;
    }

    bool elements(std::size_t depth) {
        ++at_;
        for (bool is_first = true;; is_first = false) {
            blanks_and_commas();
            if (is_at_end()) {
                return false;
            }
            if (here() == '}' || here() == ']') {
                return closed_by(']');
            }
            out_ += is_first ? "" : ",";
            if (!value(depth) || !is_between_values()) {
                return false;
            }
        }
    }

    // The other bracket closes what is around: ours is missing.
    bool closed_by(char bracket) {
        at_ += here() == bracket ? 1 : 0;
        return true;
    }

    [[nodiscard]] bool is_between_values() {
        blanks();
        return here() == ',' || here() == '}' || here() == ']';
    }

    // A number or a word. At the end of the text it may be cut off: 12 may have been 123.
    bool word() {
        const std::size_t end = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        const std::string_view token = text_.substr(at_, end - at_);
        const auto span = grammatical_value(token, 0);
        const bool is_whole = end < text_.size();
        out_ += is_whole && span && span->end == token.size() ? token : "null";
        at_ = end;
        return is_whole;
    }

    // With its quotes; nothing where the text ends before it does.
    std::optional<std::string> string() {
        std::string whole = "\"";
        ++at_;
        while (!is_at_end()) {
            const std::size_t plain = plain_json_prefix(text_.substr(at_));
            whole += text_.substr(at_, plain);
            at_ += plain;
            if (here() == '"' && !is_at_end()) {
                ++at_;
                whole += '"';
                return whole;
            }
            append_odd_character(whole);
        }
        return std::nullopt;
    }

    void append_odd_character(std::string& out) {
        const std::string_view rest = text_.substr(at_);
        if (rest.empty()) {
            return;
        }
        if (rest.front() == '\\') {
            const std::size_t escape = length_of_escape(rest);
            out += escape == 0 ? "\\\\" : rest.substr(0, escape);
            at_ += std::max<std::size_t>(escape, 1);
            return;
        }
        const std::size_t length = std::max<std::size_t>(utf8_sequence_length(rest), 1);
        std::string quoted;
        append_json_string(quoted, rest.substr(0, length));
        out.append(quoted, 1, quoted.size() - 2);
        at_ += length;
    }

    // 0: it escapes nothing.
    static std::size_t length_of_escape(std::string_view text) {
        constexpr std::size_t kUnicode = 6;
        const std::size_t length = text.substr(1, 1) == "u" ? kUnicode : 2;
        const std::string as_string = "\"" + std::string(text.substr(0, length)) + "\"";
        const auto span = grammatical_value(as_string, 0);
        return text.size() >= length && span && span->end == as_string.size() ? length : 0;
    }

    std::string_view text_;
    std::size_t at_;
    std::string out_;
};

}  // namespace

std::string mended_json(std::string_view text) { return Mender(text).mended(); }

}  // namespace base
