// The one table of all configuration keys. Loader, printer, suggestions and docs/configuration.md (held against it by a
// test) read it; adding a key is one line in app/config/keys.cc.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config.h"
#include "base/result.h"

namespace app {

enum class KeyShape { scalar, list, map };

// What a file or a variable says about one key; which member counts is told by the key's shape.
struct GivenValue {
    std::string text;
    std::vector<std::string> items = {};
    std::map<std::string, std::string> members = {};
};

struct Key {
    std::string path;  // section.key
    KeyShape shape = KeyShape::scalar;
    std::string allowed;  // for people
    std::string help;
    // Takes the value, or says which part of it is not allowed and changes nothing.
    std::function<base::Result<void, std::string>(Config&, const GivenValue&)> set;
    // As YAML on one line.
    std::function<std::string(const Config&)> print;
};

[[nodiscard]] const std::vector<Key>& all_keys();
[[nodiscard]] const Key* find_key(std::string_view path);
// True for `server`, which has keys below it.
[[nodiscard]] bool is_section(std::string_view path);
// The key or section that was most likely meant; empty where nothing is near.
[[nodiscard]] std::string nearest_key(std::string_view path);

// CPG_SERVER_PORT for server.port. A map's is not read: only a file can give it.
[[nodiscard]] std::string variable_name(const Key& key);

// The rows of the table in docs/configuration.md.
[[nodiscard]] std::string key_table_markdown();

}  // namespace app
