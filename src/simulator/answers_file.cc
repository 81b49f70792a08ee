#include "simulator/answers_file.h"

#include "base/json_writer.h"

namespace simulator {

base::Result<AnswersFile> AnswersFile::create(const std::string& path) {
    auto lines = LinesFile::open(path, LinesFile::Before::replaced, "answers file");
    if (!lines) {
        return tl::unexpected(lines.error());
    }
    return AnswersFile(std::move(*lines));
}

void AnswersFile::add(const Line& line) {
    base::JsonWriter json(lines_.line());
    json.begin_object().member("chargePoint", line.charge_point).member("action", name(line.action));
    json.member("messageId", line.message_id).key("payload").raw(line.payload);
    json.member("answeredAt", std::string_view(base::to_rfc3339(line.answered_at, base::Fractions::milliseconds)));
    json.end_object();
    lines_.end_line();
}

}  // namespace simulator
