#include "sim/results.h"

#include "model/json_members.h"

namespace sim {
namespace {

std::string text_of(const model::JsonMember* member) {
    if (member == nullptr || member->type == model::JsonType::null) return {};
    return std::string(member->type == model::JsonType::string ? member->text : member->raw);
}

}  // namespace

std::string member_of(std::string_view json, std::string_view name) {
    const auto members = model::json_members(json);
    return members ? text_of(model::find_member(*members, name)) : std::string();
}

ResultView view_of(std::string_view result) {
    ResultView view;
    const auto members = model::json_members(result);
    if (!members) return view;
    view.id = text_of(model::find_member(*members, "commandId"));
    view.state = text_of(model::find_member(*members, "state"));
    view.is_final = text_of(model::find_member(*members, "final")) == "true";
    view.is_late = text_of(model::find_member(*members, "late")) == "true";
    view.outcome = text_of(model::find_member(*members, "outcome"));
    const std::string error = text_of(model::find_member(*members, "error"));
    if (!error.empty()) view.error_code = member_of(error, "code");
    return view;
}

}  // namespace sim
