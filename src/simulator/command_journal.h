// What became of the commands that a fleet received, as JSON lines: a checker joins them with what the central system says.
// Every command that was read is there once as `received`, and once more as what the charge point did: `answered`, `refused`
// and `silent` by its own line, or as one of the `unanswered` of the connection's end.
//
//   {"at":"2026-11-20T10:00:00.120Z","chargePoint":"SIM-00007","what":"connected"}
//   {"at":…,"chargePoint":…,"what":"received","messageId":"1-7","action":"Reset","payload":{"type":"Soft"}}
//   {"at":…,"chargePoint":…,"what":"answered","messageId":"1-7","answer":[3,"1-7",{"status":"Accepted"}]}
//   {"at":…,"chargePoint":…,"what":"disconnected","unanswered":["1-8"]}
//
// An answer stands here when it is handed to the socket; whether it arrives is another matter where the connection ends next.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "simulator/lines_file.h"
#include "simulator/received.h"

namespace simulator {

enum class Deed : std::uint8_t { answered, refused, silent };

class CommandJournal {
public:
    // Continues the file.
    [[nodiscard]] static base::Result<CommandJournal> open(const std::string& path);

    struct Entry {
        base::WallTime at;
        std::string_view charge_point;
    };
    void connected(const Entry& entry);
    void received(const Entry& entry, const Received& command);
    // `answer` is the frame; silent ones have none. Ids are tokens, with their quotes.
    void did(const Entry& entry, Deed deed, std::string_view message_id, std::string_view answer);
    void disconnected(const Entry& entry, std::span<const std::string> unanswered);
    [[nodiscard]] LinesFile& lines() { return lines_; }

private:
    explicit CommandJournal(LinesFile lines) : lines_(std::move(lines)) {}

    LinesFile lines_;
};

}  // namespace simulator
