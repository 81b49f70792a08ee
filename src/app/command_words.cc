#include "app/command_words.h"

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/json_writer.h"

namespace app {
namespace {

using commands::Report;

std::string code_of(ocpp::NotDeliverable::Why why) {
    switch (why) {
        case ocpp::NotDeliverable::Why::unknown_name: return "UnknownName";
        case ocpp::NotDeliverable::Why::bad_payload: return "BadPayload";
        case ocpp::NotDeliverable::Why::not_accepted: return "NotAccepted";
    }
    return {};
}

commands::NotDeliverable refusal(ocpp::NotDeliverable refused) {
    model::CommandError error{.code = code_of(refused.why), .message = std::move(refused.message)};
    if (!refused.path.empty()) {
        error.details.clear();
        base::JsonWriter(error.details).begin_object().member("path", refused.path).end_object();
    }
    return {std::move(error)};
}

struct ToLedger {
    decltype(Report::what) operator()(ocpp::Sent /*sent*/) const { return commands::Sent{}; }
    decltype(Report::what) operator()(ocpp::NotSent not_sent) const {
        return commands::NotSent{not_sent.why == ocpp::Unsent::withdrawn ? commands::Unsent::withdrawn
                                                                         : commands::Unsent::connection_gone};
    }
    decltype(Report::what) operator()(ocpp::Answered& answered) const {
        return commands::Answered{.outcome = std::move(answered.outcome), .response = std::move(answered.response)};
    }
    decltype(Report::what) operator()(ocpp::Refused& refused) const {
        return commands::Refused{
            {.code = std::move(refused.code), .message = std::move(refused.description), .details = std::move(refused.details)}};
    }
    decltype(Report::what) operator()(ocpp::NotDeliverable& refused) const { return refusal(std::move(refused)); }
    decltype(Report::what) operator()(ocpp::TimedOut /*timed_out*/) const { return commands::TimedOut{}; }
    decltype(Report::what) operator()(ocpp::Lost /*lost*/) const { return commands::Lost{}; }
};

}  // namespace

ocpp::Command to_session(commands::Deliver deliver) {
    return {.ticket = deliver.ticket,
            .name = std::move(deliver.command.name),
            .payload = std::move(deliver.command.payload),
            .timeout = deliver.timeout,
            .send_by = deliver.send_by};
}

commands::Report to_ledger(ocpp::Report report) { return {.ticket = report.ticket, .what = std::visit(ToLedger{}, report.what)}; }

}  // namespace app
