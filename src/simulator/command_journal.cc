#include "simulator/command_journal.h"

#include <algorithm>

#include "base/json_writer.h"

namespace simulator {

namespace {

void begin(base::JsonWriter& json, const CommandJournal::Entry& entry, std::string_view what) {
    json.begin_object().member("at", std::string_view(base::to_rfc3339(entry.at, base::Fractions::milliseconds)));
    json.member("chargePoint", entry.charge_point).member("what", what);
}

// As received, but on one line: JSON has line breaks only where a blank is as good.
std::string on_one_line(std::string_view json) {
    std::string line(json);
    std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return line;
}

std::string_view to_text(Deed deed) {
    switch (deed) {
        case Deed::answered: return "answered";
        case Deed::refused: return "refused";
        case Deed::silent: break;
    }
    return "silent";
}

}  // namespace

base::Result<CommandJournal> CommandJournal::open(const std::string& path) {
    auto lines = LinesFile::open(path, LinesFile::Before::kept, "command journal");
    if (!lines) {
        return tl::unexpected(lines.error());
    }
    return CommandJournal(std::move(*lines));
}

void CommandJournal::connected(const Entry& entry) {
    base::JsonWriter json(lines_.line());
    begin(json, entry, "connected");
    json.end_object();
    lines_.end_line();
}

void CommandJournal::received(const Entry& entry, const Received& command) {
    base::JsonWriter json(lines_.line());
    begin(json, entry, "received");
    json.key("messageId").raw(command.id).member("action", command.action);
    json.key("payload").raw(command.payload.empty() ? "null" : on_one_line(command.payload)).end_object();
    lines_.end_line();
}

void CommandJournal::did(const Entry& entry, Deed deed, std::string_view message_id, std::string_view answer) {
    base::JsonWriter json(lines_.line());
    begin(json, entry, to_text(deed));
    json.key("messageId").raw(message_id);
    if (!answer.empty()) {
        json.key("answer").raw(on_one_line(answer));
    }
    json.end_object();
    lines_.end_line();
}

void CommandJournal::disconnected(const Entry& entry, std::span<const std::string> unanswered) {
    base::JsonWriter json(lines_.line());
    begin(json, entry, "disconnected");
    json.key("unanswered").begin_array();
    for (const std::string& message_id : unanswered) {
        json.raw(message_id);
    }
    json.end_array().end_object();
    lines_.end_line();
}

}  // namespace simulator
