// A YAML file as a small tree with the place of every node, under limits: no aliases, tags or second documents, and
// nothing deep or large, whatever the file says. Scalars keep their text: what `010` or `yes` means is the key's business.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace app {

struct YamlNode {
    enum class Kind { null, scalar, list, map };
    Kind kind = Kind::null;
    std::string text;             // of a scalar
    std::vector<YamlNode> items;  // of a list; of a map: key, value, key, value …
    int line = 1;
    int column = 1;
};

struct YamlMistake {
    int line = 1;
    int column = 1;
    std::string text;
};

inline constexpr std::size_t kYamlDepthMax = 16;
inline constexpr std::size_t kYamlNodesMax = 10'000;

// An empty text is a null node.
[[nodiscard]] base::Result<YamlNode, YamlMistake> parse_yaml(std::string_view text);

}  // namespace app
