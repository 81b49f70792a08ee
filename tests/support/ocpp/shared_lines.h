// Lines of a file beside the checkout (examples, corpora), which is not part of the repository.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace test {

// Nothing where the file is not there: such a test is skipped and says so.
[[nodiscard]] std::optional<std::vector<std::string>> shared_lines(const std::string& path);

}  // namespace test
