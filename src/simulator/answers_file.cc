#include "simulator/answers_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/json_writer.h"

namespace simulator {

base::Result<AnswersFile> AnswersFile::create(const std::string& path) {
    net::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file.valid()) {
        return base::fail("cannot write the answers file " + path + ": " + std::generic_category().message(errno));
    }
    return AnswersFile(std::move(file));
}

void AnswersFile::add(const Line& line) {
    base::JsonWriter json(gathered_);
    json.begin_object().member("chargePoint", line.charge_point).member("action", name(line.action));
    json.member("messageId", line.message_id).key("payload").raw(line.payload);
    json.member("answeredAt", std::string_view(base::to_rfc3339(line.answered_at, base::Fractions::milliseconds)));
    json.end_object();
    gathered_ += '\n';
    if (gathered_.size() >= kGatheredBytesMax) {
        flush();
    }
}

void AnswersFile::flush() {
    std::string_view rest = gathered_;
    while (!rest.empty()) {
        const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
        if (written < 0 && errno != EINTR) {
            whole_ = false;
            break;
        }
        rest.remove_prefix(static_cast<std::size_t>(written < 0 ? 0 : written));
    }
    gathered_.clear();
}

}  // namespace simulator
