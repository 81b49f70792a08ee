// Input: a record of commands-down, the kind of its header (nothing: a command) in the first line. What is read can be written,
// and is read again as the same; and a command that is good for a charge point makes one CALL of just that action.
#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "base/check.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "fuzz/target.h"
#include "model/command.h"
#include "model/down_record.h"
#include "ocpp/command_call.h"
#include "ocpp/envelope.h"
#include "ocpp/version.h"

namespace fuzz {
namespace {

constexpr std::string_view kCallId = "4711";

void check_call(const ocpp::CommandCall& call, std::string_view payload) {
    const Slack frame(call.frame);
    const ocpp::Envelope envelope = ocpp::read_envelope(frame.text());
    CHECK(envelope.readable && envelope.as_due && envelope.as_written, "a CALL is a whole frame that every reader takes");
    CHECK(envelope.type == ocpp::MessageType::call && envelope.id == '"' + std::string(kCallId) + '"', "with the id given to it");
    CHECK(envelope.action == call.called.action->name, "and the action of its name");
    CHECK(envelope.body.is_object(), "and an object");
    CHECK(call.called.as != nullptr || ocpp::trimmed(envelope.payload) == ocpp::trimmed(payload),
          "which is the command's, where the name is an action's");
}

void check_sending(const model::Command& command) {
    const ocpp::Command order{.ticket = 1,
                              .name = command.name,
                              .payload = command.payload,
                              .timeout = std::chrono::seconds(30),
                              .send_by = base::MonoTime::max()};
    const auto written = ocpp::write_call(*ocpp::versions().front(), kCallId, order);
    if (const auto* call = std::get_if<ocpp::CommandCall>(&written)) {
        check_call(*call, command.payload);
    } else {
        CHECK(base::is_utf8(std::get<ocpp::NotDeliverable>(written).message), "a refusal can be told");
    }
}

void check_command(std::string_view record) {
    const auto command = model::read_command(record);
    if (!command) {
        CHECK(!command.error().text.empty(), "a fault says what is wrong");
        return;
    }
    const auto payload = base::grammatical_value(command->payload, 0, 2 * base::kJsonDepthMax);
    CHECK(payload && payload->end == command->payload.size() && command->payload.starts_with('{'), "a payload is a JSON object");
    const std::string written = model::write_command(*command);
    const auto again = model::read_command(written);
    CHECK(again || written.size() > model::kCommandBytesMax, "what is written can be read");
    if (again) {
        CHECK(model::write_command(*again) == written, "and says the same");
    }
    check_sending(*command);
}

void check_marker(const model::DownRecord& record) {
    const auto marker = model::read_marker(record);
    if (!marker) {
        return;
    }
    const model::DownRecord written = model::write_marker(*marker, record.partition);
    const auto again = model::read_marker(written);
    CHECK(again && again->command == marker->command && again->incarnation == marker->incarnation && again->hop == marker->hop &&
              again->to == marker->to && again->result == marker->result && again->ended_state == marker->ended_state,
          "a marker that is written is read as the same");
}

}  // namespace

void check(std::string_view input) {
    std::string_view value = input;
    const std::string_view kind = take_line(value);
    const model::DownRecord record{.value = std::string(value), .kind = std::string(kind), .hop = "1"};
    switch (model::kind_of(record)) {
        case model::DownKind::command: check_command(record.value); break;
        case model::DownKind::sending:
        case model::DownKind::moved:
        case model::DownKind::ended: check_marker(record); break;
        case model::DownKind::cancel: static_cast<void>(model::read_cancel(record)); break;
        case model::DownKind::disconnect: static_cast<void>(model::read_disconnect(record)); break;
        case model::DownKind::other: break;
    }
}

}  // namespace fuzz
