#include "simulator/lines_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace simulator {

base::Result<LinesFile> LinesFile::open(const std::string& path, Before before, const std::string& what) {
    const int keep_or_not = before == Before::kept ? O_APPEND : O_TRUNC;
    net::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | keep_or_not, 0644));
    if (!file.valid()) {
        return base::fail("cannot write the " + what + " " + path + ": " + std::generic_category().message(errno));
    }
    return LinesFile(std::move(file));
}

void LinesFile::end_line() {
    gathered_ += '\n';
    if (gathered_.size() >= kGatheredBytesMax) {
        flush();
    }
}

void LinesFile::flush() {
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
