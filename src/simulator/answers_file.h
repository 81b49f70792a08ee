// A file with one JSON line for every durable message that was answered: who, what, when. A check of lost messages reads it:
// whatever stands here must be in the central system's log.
//
//   {"chargePoint":"SIM-00007","action":"StopTransaction","messageId":"8c1f…","payload":{…},"answeredAt":"2026-11-20T10:00:00.123Z"}
//
// Lines are gathered and written at flush(), or when kGatheredBytesMax have come together.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "net/descriptor.h"
#include "simulator/messages.h"

namespace simulator {

class AnswersFile {
public:
    static constexpr std::size_t kGatheredBytesMax = 1 << 20;

    // Replaces what was in the file.
    [[nodiscard]] static base::Result<AnswersFile> create(const std::string& path);

    struct Line {
        std::string_view charge_point;
        Action action;
        std::string_view message_id;
        std::string_view payload;
        base::WallTime answered_at;
    };
    void add(const Line& line);
    void flush();
    // False once a line could not be written: the file is then of no use.
    [[nodiscard]] bool whole() const { return whole_; }

private:
    explicit AnswersFile(net::Descriptor file) : file_(std::move(file)) {}

    net::Descriptor file_;
    std::string gathered_;
    bool whole_ = true;
};

}  // namespace simulator
