// The one table of all configuration keys. Loader, printer, suggestions and docs/configuration.md (held against it by a
// test) read it; adding a key is one line in app/config/keys.cc.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config.h"
#include "base/result.h"

namespace app {

enum class KeyShape { scalar, list, map, profiles };

// What a file or a variable says about one key; which member counts is told by the key's shape.
struct GivenValue {
    std::string text;
    std::vector<std::string> items = {};
    std::map<std::string, std::string> members = {};
    std::vector<ProfileConfig> profiles = {};
};

template <class Into>
struct BasicKey {
    std::string path;  // section.key
    KeyShape shape = KeyShape::scalar;
    std::string allowed;  // for people
    std::string help;
    // Takes the value, or says which part of it is not allowed and changes nothing.
    std::function<base::Result<void, std::string>(Into&, const GivenValue&)> set;
    // As YAML on one line; empty where a profile does not give it.
    std::function<std::string(const Into&)> print;
};
using Key = BasicKey<Config>;
// Of one profile: `validation`, `match.vendor`. All are scalars.
using ProfileKey = BasicKey<ProfileConfig>;

[[nodiscard]] const std::vector<Key>& all_keys();
[[nodiscard]] const std::vector<ProfileKey>& profile_keys();

// Of all_keys() or profile_keys().
template <class Into>
[[nodiscard]] const BasicKey<Into>* find_key(const std::vector<BasicKey<Into>>& keys, std::string_view path) {
    const auto found = std::ranges::find(keys, path, &BasicKey<Into>::path);
    return found == keys.end() ? nullptr : &*found;
}
// True for `server`, which has keys below it.
template <class Into>
[[nodiscard]] bool is_section(const std::vector<BasicKey<Into>>& keys, std::string_view path) {
    const std::string prefix = std::string(path) + ".";
    return std::ranges::any_of(keys, [&](const BasicKey<Into>& key) { return key.path.starts_with(prefix); });
}
// The path that was most likely meant, of these or of a section of theirs; empty where nothing is near.
[[nodiscard]] std::string nearest_path(const std::vector<std::string_view>& paths, std::string_view path);
template <class Into>
[[nodiscard]] std::string nearest_key(const std::vector<BasicKey<Into>>& keys, std::string_view path) {
    std::vector<std::string_view> paths;
    std::ranges::transform(keys, std::back_inserter(paths), &BasicKey<Into>::path);
    return nearest_path(paths, path);
}

// CPG_SERVER_PORT for server.port. A map's is not read: only a file can give it.
[[nodiscard]] std::string variable_name(const Key& key);
[[nodiscard]] bool has_variable(const Key& key);

// The rows of the tables in docs/configuration.md and docs/profiles.md.
[[nodiscard]] std::string key_table_markdown();
[[nodiscard]] std::string profile_table_markdown();

}  // namespace app
