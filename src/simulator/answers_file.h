// A file with one JSON line for every durable message that was answered: who, what, when. A check of lost messages reads it:
// whatever stands here must be in the central system's log.
//
//   {"chargePoint":"SIM-00007","action":"StopTransaction","messageId":"8c1f…","payload":{…},"answeredAt":"2026-11-20T10:00:00.123Z"}
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "simulator/lines_file.h"
#include "simulator/messages.h"

namespace simulator {

class AnswersFile {
public:
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
    [[nodiscard]] LinesFile& lines() { return lines_; }

private:
    explicit AnswersFile(LinesFile lines) : lines_(std::move(lines)) {}

    LinesFile lines_;
};

}  // namespace simulator
