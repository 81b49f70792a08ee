// What the charge points of the load say: four kinds of CALL, each with its own id and, where a charge point would, its own
// reading. The frames are masked once; a message costs the generator the copying of a few digits, because it shares a core
// with the broker and must not be what is measured.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace load {

enum class Kind : std::uint8_t { heartbeat, status, meter, boot };
inline constexpr std::array kKinds{Kind::heartbeat, Kind::status, Kind::meter};  // those whose cost is measured
[[nodiscard]] std::string_view name(Kind kind);

// The n-th message of the run, in its id: 8 hexadecimal digits.
using Serial = std::uint32_t;

class Messages {
public:
    Messages();

    // The masked frame of the CALL with this id. Valid until the next call.
    std::string_view frame(Kind kind, Serial serial);

private:
    struct Template {
        std::string frame;
        std::size_t id_at = 0;  // in the frame; the place of the digits
        std::size_t reading_at = 0;
    };
    static Template make(Kind kind);

    std::array<Template, 4> templates_;
};

enum class Verdict : std::uint8_t { matched, refused, other };
// What the server's message is to the CALL with this id: its CALLRESULT, a CALLERROR (of whatever id), or something else.
[[nodiscard]] Verdict judge(std::string_view answer, Serial serial);

}  // namespace load
