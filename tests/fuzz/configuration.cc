// Input: a configuration file. Every file is taken or refused with mistakes that can be shown; what is taken is printed as a
// file that is taken again and says the same, and no text of it ends earlier for a library in C than for us.
#include <algorithm>
#include <string>
#include <string_view>

#include "app/config/config.h"
#include "base/check.h"
#include "base/utf8.h"
#include "fuzz/target.h"

namespace fuzz {
namespace {

void check_lines(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        CHECK(!line.empty() && base::is_utf8(line), "a mistake can be shown");
        CHECK(line.find('\n') == std::string::npos && line.find('\0') == std::string::npos, "in one line");
    }
}

}  // namespace

void check(std::string_view input) {
    const auto loaded = app::load_config(app::ConfigFile{.name = "gateway.yaml", .text = std::string(input)}, {});
    if (!loaded) {
        CHECK(!loaded.error().empty(), "a refusal has a reason");
        check_lines(loaded.error());
        return;
    }
    check_lines(loaded->warnings);
    const std::string printed = app::print_config(loaded->config);
    CHECK(printed.find("\\u0000") == std::string::npos, "no text has a NUL");
    if (printed.find(app::kMaskedSecret) != std::string::npos) {
        return;
    }
    const auto again = app::load_config(app::ConfigFile{.name = "printed.yaml", .text = printed}, {});
    CHECK(again.has_value(), "what is printed is taken");
    CHECK(app::print_config(again->config) == printed, "and says the same");
}

}  // namespace fuzz
