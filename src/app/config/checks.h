// What no single key can tell: rules between keys, the transaction key's file, and the members of the rooms' configs that
// follow from several keys.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "app/config/config.h"
#include "base/result.h"

namespace app {

// Where each value came from. A key with a mistake keeps its default, about which nothing more is to be said.
class Origins {
public:
    void set(const std::string& path, std::string where) { places_[path] = std::move(where); }
    void set_mistaken(const std::string& path) { mistaken_.insert(path); }
    [[nodiscard]] bool is_mistaken(std::string_view path) const { return mistaken_.contains(path); }
    // `file:line:column` or the variable's name; "default" where nobody gave it.
    [[nodiscard]] std::string_view place(std::string_view path) const {
        const auto found = places_.find(path);
        return found == places_.end() ? std::string_view("default") : std::string_view(found->second);
    }

private:
    std::map<std::string, std::string, std::less<>> places_;
    std::set<std::string, std::less<>> mistaken_;
};

void check_and_derive(Config& config, const Origins& origins, Mistakes& mistakes);

// The whole content of a file of at most `bytes_max` bytes, or why not.
[[nodiscard]] base::Result<std::string, std::string> read_small_file(const std::string& name, std::size_t bytes_max);

}  // namespace app
