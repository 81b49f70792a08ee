#include "support/ocpp/shared_lines.h"

#include <fstream>

namespace test {

std::optional<std::vector<std::string>> shared_lines(const std::string& path) {
    std::ifstream file(std::string(CPG_SHARED_DIR) + "/" + path);
    if (!file) {
        return std::nullopt;
    }
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) {
            lines.push_back(line);
        }
    }
    return lines;
}

}  // namespace test
