// A file of lines that are gathered in memory and written at flush(), or when kGatheredBytesMax have come together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "net/descriptor.h"

namespace simulator {

class LinesFile {
public:
    static constexpr std::size_t kGatheredBytesMax = 1 << 20;
    enum class Before : std::uint8_t { replaced, kept };  // what was in the file

    // The error names `what`, "answers file" say.
    [[nodiscard]] static base::Result<LinesFile> open(const std::string& path, Before before, const std::string& what);

    // The place to append the next line to, and the end of that line.
    [[nodiscard]] std::string& line() { return gathered_; }
    void end_line();
    void flush();
    // False once a line could not be written: the file is then of no use.
    [[nodiscard]] bool whole() const { return whole_; }

private:
    explicit LinesFile(net::Descriptor file) : file_(std::move(file)) {}

    net::Descriptor file_;
    std::string gathered_;
    bool whole_ = true;
};

}  // namespace simulator
