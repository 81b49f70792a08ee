#include "support/ocpp/quirk_counts.h"

#include <sstream>
#include <string_view>

namespace test {

std::map<std::string, int> QuirkCounts::met() const {
    constexpr std::string_view kSeries = R"(gateway_tolerated_quirks_total{quirk=")";
    std::map<std::string, int> found;
    std::istringstream page(metrics_.text());
    for (std::string line; std::getline(page, line);) {
        const std::size_t end = line.find("\"} ");
        if (line.starts_with(kSeries) && end != std::string::npos) {
            const int count = std::stoi(line.substr(end + 3));
            if (count != 0) {
                found[line.substr(kSeries.size(), end - kSeries.size())] = count;
            }
        }
    }
    return found;
}

}  // namespace test
