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

// How a value was read.
enum class Read {
    whole,
    as_null,  // it is none; what is behind it can be read
    lost      // nor can what is behind it
};

class Mender {
public:
    explicit Mender(std::string_view text) : text_(text), at_(skip_blanks(text, 0)) {}

    std::string mended() {
        static_cast<void>(value(0));
        return std::move(out_);
    }

private:
    [[nodiscard]] bool is_at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] char here() const { return is_at_end() ? '\0' : text_[at_]; }
    [[nodiscard]] bool is_at_bracket() const { return here() == '}' || here() == ']'; }
    void blanks() { at_ = skip_blanks(text_, at_); }
    void blanks_and_commas() {
        while (!is_at_end() && (is_blank(here()) || here() == ',')) {
            ++at_;
        }
    }
    void write_null_from(std::size_t start) {
        out_.resize(start);
        out_ += "null";
    }

    // Of a container: whole, also where something inside of it is null; lost where its end was not seen.
    Read value(std::size_t depth) {
        switch (here()) {
            case '{': return depth < kJsonDepthMax ? object(depth + 1) : too_deep();
            case '[': return depth < kJsonDepthMax ? array(depth + 1) : too_deep();
            case '"': {
                const std::optional<std::string> text = string();
                out_ += text ? *text : "null";
                return text ? Read::whole : Read::lost;
            }
            default: return word();
        }
    }

    Read too_deep() {
        out_ += "null";
        return pass_container(at_);
    }

    // The one that begins at `start`, to its end.
    Read pass_container(std::size_t start) {
        const auto end = balanced_end(text_, start);
        at_ = end.value_or(text_.size());
        return end ? Read::whole : Read::lost;
    }

    Read object(std::size_t depth) {
        const std::size_t start = at_;
        const std::size_t out_start = out_.size();
        out_ += '{';
        bool is_sound = true;  // nothing of its own is broken
        const Read read = members(depth, is_sound);
        out_ += '}';
        if (is_sound || depth == 1) {
            return read;
        }
        write_null_from(out_start);
        return read == Read::lost ? pass_container(start) : read;
    }

    Read members(std::size_t depth, bool& is_sound) {
        ++at_;
        // Of the last value, a text, number or word: until something that may stand behind it was seen, it may go on.
        std::optional<std::size_t> doubtful;
        const auto lost = [&] {
            is_sound = false;
            if (doubtful) {
                write_null_from(*doubtful);
            }
            return Read::lost;
        };
        for (bool is_first = true;; is_first = false) {
            blanks_and_commas();
            if (is_at_bracket()) {
                return closed_by('}');
            }
            const bool begins = here() == '"';
            const std::optional<std::string> key = begins ? string() : std::nullopt;
            blanks();
            if (!key || here() != ':') {
                doubtful = begins && is_at_end() ? std::nullopt : doubtful;  // cut off in its key: what is before that is whole
                return lost();
            }
            ++at_;
            blanks();
            out_.append(is_first ? "" : ",").append(*key).append(":");
            const bool is_container = here() == '{' || here() == '[';
            doubtful = is_container ? std::nullopt : std::optional(out_.size());
            const Read read = value(depth);
            is_sound = is_sound && (is_container || read == Read::whole);
            if (read == Read::lost) {
                return read;
            }
            blanks();
            if (here() != ',' && !is_at_bracket()) {
                return lost();
            }
        }
    }

    Read array(std::size_t depth) {
        out_ += '[';
        const Read read = elements(depth);
        out_ += ']';
        return read;
    }

    Read elements(std::size_t depth) {
        ++at_;
        for (bool is_first = true;; is_first = false) {
            blanks_and_commas();
            if (is_at_end()) {
                return Read::lost;
            }
            if (is_at_bracket()) {
                return closed_by(']');
            }
            out_ += is_first ? "" : ",";
            const std::size_t start = out_.size();
            const bool is_container = here() == '{' || here() == '[';
            if (value(depth) == Read::lost) {
                return Read::lost;
            }
            blanks();
            if (here() != ',' && !is_at_bracket()) {
                if (!is_container) {
                    write_null_from(start);
                }
                return Read::lost;
            }
        }
    }

    // The other bracket closes what is around: ours is missing.
    Read closed_by(char bracket) {
        at_ += here() == bracket ? 1 : 0;
        return Read::whole;
    }

    // A number or a word. At the end of the text it may be cut off: 12 may have been 123.
    Read word() {
        const std::size_t end = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        const std::string_view token = text_.substr(at_, end - at_);
        const bool is_value = end < text_.size() && is_grammatical(token);
        out_ += is_value ? token : "null";
        at_ = end;
        return end == text_.size() ? Read::lost : is_value ? Read::whole : Read::as_null;
    }

    // With its quotes; nothing where the text ends before it does.
    std::optional<std::string> string() {
        std::string whole = "\"";
        ++at_;
        while (!is_at_end()) {
            const std::size_t plain = plain_json_prefix(text_.substr(at_));
            whole += text_.substr(at_, plain);
            at_ += plain;
            if (here() == '"') {
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
        return text.size() >= length && is_grammatical(as_string) ? length : 0;
    }

    std::string_view text_;
    std::size_t at_;
    std::string out_;
};

}  // namespace

std::string mended_json(std::string_view text) { return Mender(text).mended(); }

}  // namespace base
