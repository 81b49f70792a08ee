// Input: what happens to one connection, in steps that byte 0x1E separates (no JSON has it). A step is a frame as the charge
// point sends it, or, where it begins with '!', something else: see Play::step. Whatever comes: every CALL with an id gets at
// most one answer, answers leave in the order of the CALLs, and all that is told is JSON.
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/json_text.h"
#include "fuzz/json.h"
#include "fuzz/target.h"
#include "ocpp/envelope.h"
#include "support/ocpp/session_harness.h"

namespace fuzz {
namespace {

constexpr char kStepEnd = '\x1E';
constexpr std::size_t kStepsMax = 64;

struct Frame {
    ocpp::MessageType type;
    std::string id;
    std::string action;
};

Frame frame_of(std::string_view text) {
    const Slack padded(text);
    const ocpp::Envelope envelope = ocpp::read_envelope(padded.text());
    return {envelope.type, std::string(envelope.id), std::string(envelope.action)};
}

class Play {
public:
    void step(std::string_view text) {
        if (text.starts_with('!')) {
            happens(text.substr(1));
        } else if (harness_.session().wants_frames()) {
            const Frame frame = frame_of(text);
            if (frame.type == ocpp::MessageType::call && !frame.id.empty()) {
                unanswered_.push_back(frame.id);
            }
            harness_.sends(text);
        }
        check_told();
    }

    // After a Close effect a session hears of the connection's end and of nothing else.
    [[nodiscard]] bool is_over() const { return harness_.closed().has_value(); }

    void end() {
        harness_.closes({.by = ocpp::ClosedBy::device, .code = 1001, .reason = {}});
        check_told();
        CHECK(harness_.received().empty(), "nothing is answered after the end");
    }

private:
    void happens(std::string_view what) {
        const std::string_view rest = what.substr(std::min<std::size_t>(what.size(), 1));
        switch (what.empty() ? '\0' : what.front()) {
            case 'p': harness_.log_places(); break;
            case 'l': harness_.log_confirms(); break;
            case 'f': harness_.log_fails(); break;
            case 'a': harness_.accepts_everything(); break;
            case 't':
                harness_.time_passes(std::chrono::seconds(rest.empty() ? 1 : static_cast<unsigned char>(rest.front())));
                break;
            case 'w': harness_.wakes(); break;
            case 'c': order(rest); break;
            case 'o': harness_.frame_goes_out(ordered_); break;
            case 'x': harness_.cancelled(ordered_); break;
            case 'h': harness_.session().on_held_up(!rest.empty(), harness_.now()); break;
            case 'r': answer_call(rest); break;
            default: break;
        }
    }

    // `name payload`
    void order(std::string_view what) {
        const std::size_t blank = std::min(what.find(' '), what.size());
        const std::string_view payload = what.substr(std::min(blank + 1, what.size()));
        // What an order holds was read by read_command: it is an object.
        if (base::is_portable_json(payload) && base::json_kind(payload) == base::JsonKind::object) {
            ordered_ = harness_.ordered(std::string(what.substr(0, blank)), std::string(payload));
        }
    }

    // The charge point answers our last CALL: `3` or `4` and what stands behind the id.
    void answer_call(std::string_view what) {
        if (what.find_first_of("34") == 0 && !last_call_.empty() && harness_.session().wants_frames()) {
            harness_.sends("[" + std::string(what.substr(0, 1)) + "," + last_call_ + "," + std::string(what.substr(1)) + "]");
        }
    }

    void check_told() {
        for (const std::string& answer : harness_.received()) {
            // An id is echoed byte for byte, be it with half a surrogate pair.
            const std::string id = frame_of(answer).id;
            CHECK(base::is_portable_json(answer) || !base::is_portable_json(id), "an answer is JSON");
            const auto found = std::ranges::find(unanswered_, id);
            CHECK(found != unanswered_.end(), "an answer belongs to a CALL that has none, and leaves in the order of the CALLs");
            unanswered_.erase(unanswered_.begin(), found + 1);
        }
        for (const auto& event : harness_.published()) {
            CHECK(is_event(event.value, test::payload_of(event)), "an event is JSON");
        }
        for (const std::string& call : harness_.calls()) {
            const Frame frame = frame_of(call);
            CHECK(frame.type == ocpp::MessageType::call && !frame.id.empty() && !frame.action.empty(), "a CALL of ours is one");
            CHECK(frame.id != last_call_, "with an id of its own");
            last_call_ = frame.id;
        }
        harness_.forget();
    }

    test::SessionHarness harness_;
    std::vector<std::string> unanswered_;  // ids of CALLs, in their order
    std::string last_call_;                // the id of ours
    ocpp::CommandTicket ordered_ = 0;
};

}  // namespace

void check(std::string_view input) {
    Play play;
    std::size_t steps = 0;
    while (!input.empty() && !play.is_over() && steps++ < kStepsMax) {
        const std::size_t end = std::min(input.find(kStepEnd), input.size());
        play.step(input.substr(0, end));
        input.remove_prefix(std::min(end + 1, input.size()));
    }
    play.end();
}

}  // namespace fuzz
