#include "model/quirk.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace model {
namespace {

TEST(Quirk, HasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (const QuirkEntry& entry : quirks()) {
        EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
        EXPECT_EQ(entry.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << entry.name;
    }
    EXPECT_EQ(names.size(), kQuirks);
}

TEST(Quirks, OfAMessageAreCountedOnceEach) {
    base::Metrics metrics;
    const auto counters = QuirkCounters::make(metrics);
    Quirks of_fields;
    of_fields.add(Quirk::field_null);
    of_fields.add(Quirk::field_null);
    of_fields.add(Quirk::error_code);
    Quirks quirks;
    EXPECT_TRUE(quirks.none());
    quirks.add(Quirk::frame_elements);
    quirks.add(of_fields);
    EXPECT_TRUE(quirks.has(Quirk::field_null) && quirks.has(Quirk::frame_elements) && !quirks.has(Quirk::field_empty));
    quirks.count(counters);
    const std::string page = metrics.text();
    for (const char* const name : {"frame_elements", "field_null", "error_code"}) {
        EXPECT_NE(page.find("gateway_tolerated_quirks_total{quirk=\"" + std::string(name) + "\"} 1\n"), std::string::npos)
            << page;
    }
    EXPECT_NE(page.find("gateway_tolerated_quirks_total{quirk=\"field_empty\"} 0\n"), std::string::npos);
}

// CPG_UPDATE_DOCS=1 writes the table anew.
TEST(QuirksDocument, ShowsTheTable) {
    constexpr std::string_view kDocument = "docs/quirks.md";
    constexpr std::string_view kHead = "|---|---|---|\n";
    std::ifstream file{std::string(kDocument)};
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t begin = text.find(kHead);
    ASSERT_NE(begin, std::string::npos);
    std::string expected = text.substr(0, begin + kHead.size());
    for (const QuirkEntry& entry : quirks()) {
        expected.append("| `")
            .append(entry.name)
            .append("` | ")
            .append(entry.what)
            .append(" | ")
            .append(entry.then)
            .append(" |\n");
    }
    if (std::getenv("CPG_UPDATE_DOCS") != nullptr) {
        std::ofstream{std::string(kDocument)} << expected;
    } else {
        EXPECT_EQ(text, expected) << "run model_test with CPG_UPDATE_DOCS=1";
    }
}

}  // namespace
}  // namespace model
