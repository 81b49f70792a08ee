// What the model and the checker want to know of a result record.
#pragma once

#include <string>
#include <string_view>

namespace sim {

struct ResultView {
    std::string id;  // empty: null
    std::string state;
    bool is_final = false;
    bool is_late = false;
    std::string outcome;  // empty: null
    std::string error_code;
};

[[nodiscard]] ResultView view_of(std::string_view result);
// The text of a member, the JSON of one that is no text; empty where there is none, or null.
[[nodiscard]] std::string member_of(std::string_view json, std::string_view name);

}  // namespace sim
