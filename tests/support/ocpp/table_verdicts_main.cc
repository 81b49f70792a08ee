// What the tables of OCPP 1.6 say of payloads, for a test that compares it with the published schemas: `table-verdicts` reads
// lines `ACTION request|response PAYLOAD` and answers each with the first fault by the schema, a tab, and the first fault where
// it is we who send; a fault is `CODE PATH`, none is `ok`.
#include <simdjson.h>

#include <iostream>
#include <string>

#include "ocpp/v16/actions.h"
#include "ocpp/version.h"

namespace {

std::string verdict(const ocpp::Shape& shape, const simdjson::padded_string& payload, ocpp::Refuse refuse) {
    const ocpp::ErrorCodes& codes = ocpp::v16::version().codes;
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    simdjson::dom::object object;
    if (parser.parse(payload).get(root) != simdjson::SUCCESS || root.get(object) != simdjson::SUCCESS) {
        return std::string(codes.formation) + " ";
    }
    ocpp::Values values;
    ocpp::Faults faults(refuse);
    ocpp::read_object(shape, object, values, faults);
    const auto& fault = faults.refusal();
    return fault ? std::string(codes.of(fault->kind)) + " " + fault->path : "ok";
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        const std::size_t name_end = line.find(' ');
        const std::size_t side_end = line.find(' ', name_end + 1);
        const ocpp::Action* const action = ocpp::v16::version().find(line.substr(0, name_end));
        if (action == nullptr || side_end == std::string::npos) {
            std::cout << "no such table\n";
            continue;
        }
        const bool is_request = line.substr(name_end + 1, side_end - name_end - 1) == "request";
        const ocpp::Shape& shape = is_request ? action->request : action->response;
        const simdjson::padded_string payload(line.substr(side_end + 1));
        std::cout << verdict(shape, payload, ocpp::Refuse::schema) << '\t' << verdict(shape, payload, ocpp::Refuse::anything)
                  << '\n';
    }
    return 0;
}
