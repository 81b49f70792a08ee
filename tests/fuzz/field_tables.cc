// Input: the name of an action or command in the first line, behind it a payload. The interpreter of the field tables reads it as
// a slow reading of the same table does (table_oracle.h).
#include <string_view>

#include "fuzz/table_oracle.h"
#include "fuzz/target.h"
#include "ocpp/version.h"

namespace fuzz {
namespace {

const ocpp::Shape* shape_of(std::string_view name) {
    const ocpp::Version& version = *ocpp::versions().front();
    const ocpp::Action* const action = version.find(name);
    const ocpp::CommandEntry* const command = version.find_command(name);
    return action != nullptr ? &action->request : command != nullptr ? &command->payload : nullptr;
}

}  // namespace

void check(std::string_view input) {
    std::string_view payload = input;
    const std::string_view name = take_line(payload);
    if (const ocpp::Shape* const shape = shape_of(name)) {
        check_payload(*shape, payload);
    }
}

}  // namespace fuzz
