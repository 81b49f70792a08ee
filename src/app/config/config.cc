#include "app/config/config.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/config/checks.h"
#include "app/config/keys.h"
#include "app/config/values.h"
#include "app/config/yaml.h"

extern "C" char** environ;

namespace app {
namespace {

// The host name, with what a pod's name may not have replaced.
std::string default_pod_id() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') {
        return "pod";
    }
    std::string id(std::string_view(name.data()).substr(0, 100));
    for (char& c : id) {
        c = is_pod_id(std::string_view(&c, 1)) ? c : '-';
    }
    return id;
}

class Loader {
public:
    Loader() { loaded_.config.pod = model::PodId(default_pod_id()); }

    void read_file(const ConfigFile& file);
    void read_environment(const Environment& environment);
    base::Result<LoadedConfig, Mistakes> finish();

private:
    std::string place(const YamlNode& node) const {
        return file_name_ + ":" + std::to_string(node.line) + ":" + std::to_string(node.column);
    }
    void read_map(const YamlNode& map, const std::string& path);
    void read_member(const YamlNode& name, const YamlNode& value, const std::string& path);
    void read_key(const Key& key, const YamlNode& node);
    void read_profiles(const Key& key, const YamlNode& node);
    void read_profile(ProfileConfig& profile, const YamlNode& map, const std::string& path, const std::string& section);
    void read_profile_key(ProfileConfig& profile, const ProfileKey& key, const YamlNode& node, const std::string& path);
    void report_unknown(const YamlNode& name, const std::string& path, const std::string& near, const std::string& document);
    // Several members of a map with one name: yaml-cpp would take one of them silently.
    bool is_repeated(const YamlNode& map, std::size_t index, const std::string& path);

    void set(const Key& key, const GivenValue& given, const std::string& where);
    void report(const Key& key, const std::string& where, const std::string& got);

    LoadedConfig loaded_;
    Mistakes mistakes_;
    Origins origins_;
    std::string file_name_;
};

std::string name_of(YamlNode::Kind kind) {
    constexpr std::array<std::string_view, 4> kNames = {"nothing", "a single value", "a list", "a map"};
    return std::string(kNames.at(static_cast<std::size_t>(kind)));
}

std::string dotted(const std::string& section, const std::string& name) { return section.empty() ? name : section + "." + name; }

void Loader::read_file(const ConfigFile& file) {
    file_name_ = file.name;
    const auto root = parse_yaml(file.text);
    if (!root) {
        const auto& mistake = root.error();
        mistakes_.push_back(file_name_ + ":" + std::to_string(mistake.line) + ":" + std::to_string(mistake.column) +
                            ": not readable as YAML: " + mistake.text + "; correct the file there");
    } else if (root->kind == YamlNode::Kind::map) {
        read_map(*root, "");
    } else if (root->kind != YamlNode::Kind::null) {
        mistakes_.push_back(place(*root) + ": the file is not a map of keys; write lines like `pod_id: gateway-0`");
    }
}

void Loader::read_map(const YamlNode& map, const std::string& path) {
    for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) {
        const YamlNode& name = map.items[i];
        if (name.kind != YamlNode::Kind::scalar) {
            mistakes_.push_back(place(name) + ": a key that is not a name; write `name: value`");
        } else if (!is_repeated(map, i, path)) {
            read_member(name, map.items[i + 1], dotted(path, name.text));
        }
    }
}

bool Loader::is_repeated(const YamlNode& map, std::size_t index, const std::string& path) {
    const YamlNode& name = map.items[index];
    for (std::size_t i = 0; i < index; i += 2) {
        if (map.items[i].kind == YamlNode::Kind::scalar && map.items[i].text == name.text) {
            const std::string key = quote_shortened(dotted(path, name.text));
            mistakes_.push_back(place(name) + ": " + key + " is given twice, first in line " + std::to_string(map.items[i].line) +
                                "; keep one of them");
            return true;
        }
    }
    return false;
}

void Loader::read_member(const YamlNode& name, const YamlNode& value, const std::string& path) {
    if (const Key* key = find_key(all_keys(), path)) {
        read_key(*key, value);
    } else if (!is_section(all_keys(), path)) {
        report_unknown(name, path, nearest_key(all_keys(), path), "docs/configuration.md");
    } else if (value.kind == YamlNode::Kind::map) {
        read_map(value, path);
    } else if (value.kind != YamlNode::Kind::null) {  // all its keys commented out
        mistakes_.push_back(place(value) + ": " + path + " is a section; write its keys below it, indented");
    }
}

void Loader::report_unknown(const YamlNode& name, const std::string& path, const std::string& near, const std::string& document) {
    mistakes_.push_back(
        place(name) + ": " + quote_shortened(path) + " is not a key of this version" +
        (near.empty() ? "; remove it (" + document + " lists all keys)" : "; did you mean " + near + "? Otherwise remove it"));
}

void Loader::read_key(const Key& key, const YamlNode& node) {
    using Kind = YamlNode::Kind;
    GivenValue given;
    if (node.kind == Kind::scalar && key.shape == KeyShape::scalar) {
        given.text = node.text;
    } else if (node.kind == Kind::list && key.shape == KeyShape::list) {
        for (const YamlNode& item : node.items) {
            if (item.kind != Kind::scalar) {
                return report(key, place(item), "an item that is not a plain value");
            }
            given.items.push_back(item.text);
        }
    } else if (node.kind == Kind::map && key.shape == KeyShape::map) {
        for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
            if (node.items[i].kind != Kind::scalar || node.items[i + 1].kind != Kind::scalar) {
                return report(key, place(node.items[i]), "a member that is not `name: value`");
            }
            if (is_repeated(node, i, key.path)) {
                return;
            }
            given.members[node.items[i].text] = node.items[i + 1].text;
        }
    } else if (node.kind == Kind::map && key.shape == KeyShape::profiles) {
        return read_profiles(key, node);
    } else if (node.kind != Kind::null || has_variable(key)) {
        return report(key, place(node), name_of(node.kind));
    }
    set(key, given, place(node));
}

void Loader::read_profiles(const Key& key, const YamlNode& node) {
    const std::size_t mistakes_before = mistakes_.size();
    GivenValue given;
    for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
        const YamlNode& name = node.items[i];
        const YamlNode& value = node.items[i + 1];
        const std::string path = dotted(key.path, name.text);
        if (name.kind != YamlNode::Kind::scalar || !is_profile_name(name.text)) {
            mistakes_.push_back(place(name) + ": " + key.path + ": got the name " + quote_shortened(name.text) +
                                ", allowed are 1 to 64 letters, digits, '.', '_' or '-'; choose another");
        } else if (is_repeated(node, i, key.path)) {
            continue;
        } else if (value.kind == YamlNode::Kind::map) {
            ProfileConfig& profile = given.profiles.emplace_back();
            profile.session.name = base::SharedText(name.text);
            read_profile(profile, value, path, "");
        } else {
            mistakes_.push_back(place(value) + ": " + path + " is a profile; write its keys below it, indented");
        }
    }
    if (mistakes_.size() == mistakes_before) {
        set(key, given, place(node));
    } else {
        origins_.set_mistaken(key.path);
    }
}

void Loader::read_profile(ProfileConfig& profile, const YamlNode& map, const std::string& path, const std::string& section) {
    const std::string below = dotted(path, section);
    for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) {
        const YamlNode& name = map.items[i];
        const YamlNode& value = map.items[i + 1];
        const std::string member = dotted(section, name.text);
        if (name.kind != YamlNode::Kind::scalar) {
            mistakes_.push_back(place(name) + ": a key that is not a name; write `name: value`");
        } else if (is_repeated(map, i, section.empty() ? path : below)) {
            continue;
        } else if (const ProfileKey* key = find_key(profile_keys(), member)) {
            read_profile_key(profile, *key, value, dotted(path, member));
        } else if (!is_section(profile_keys(), member)) {
            const std::string near = nearest_key(profile_keys(), member);
            report_unknown(name, dotted(path, member), near.empty() ? near : dotted(path, near), "docs/profiles.md");
        } else if (value.kind == YamlNode::Kind::map) {
            read_profile(profile, value, path, member);
        } else {
            mistakes_.push_back(place(value) + ": " + dotted(path, member) + " is a section; write its keys below it, indented");
        }
    }
}

void Loader::read_profile_key(ProfileConfig& profile, const ProfileKey& key, const YamlNode& node, const std::string& path) {
    const bool is_scalar = node.kind == YamlNode::Kind::scalar;
    const auto taken = is_scalar ? key.set(profile, {.text = node.text}) : tl::unexpected(name_of(node.kind));
    if (taken) {
        origins_.set(path, place(node));
    } else {
        mistakes_.push_back(place(node) + ": " + path + ": got " + taken.error() + ", allowed is " + key.allowed +
                            "; correct it, or remove it");
    }
}

void Loader::read_environment(const Environment& environment) {
    std::map<std::string, const Key*, std::less<>> known;
    for (const Key& key : all_keys()) {
        known.emplace(variable_name(key), &key);
    }
    for (const auto& [name, value] : environment) {
        if (!name.starts_with("CPG_")) {
            continue;
        }
        const auto found = known.find(name);
        if (found == known.end()) {
            loaded_.warnings.push_back(quote_shortened(name) +
                                       " is ignored: no key has this variable (docs/configuration.md lists all)");
            continue;
        }
        const Key& key = *found->second;
        if (!has_variable(key)) {
            loaded_.warnings.push_back(name + " is ignored: " + key.path + " is a map, which only the file can give");
            continue;
        }
        GivenValue given{.text = value};
        if (key.shape == KeyShape::list) {
            given.items = split_list(value);
        }
        set(key, given, name);
    }
}

void Loader::set(const Key& key, const GivenValue& given, const std::string& where) {
    if (const auto taken = key.set(loaded_.config, given); !taken) {
        report(key, where, taken.error());
    } else {
        origins_.set(key.path, where);
    }
}

void Loader::report(const Key& key, const std::string& where, const std::string& got) {
    const bool in_file = where.find(':') != std::string::npos;
    const std::string standard = key.path == "pod_id" ? "the host name" : key.print(Config{});
    mistakes_.push_back(where + ": " + key.path + ": got " + got + ", allowed is " + key.allowed + "; correct it, or " +
                        (in_file ? "remove" : "unset") + " it for the default " + standard);
    origins_.set_mistaken(key.path);
}

base::Result<LoadedConfig, Mistakes> Loader::finish() {
    check_and_derive(loaded_.config, origins_, mistakes_);
    if (!mistakes_.empty()) {
        return tl::unexpected(std::move(mistakes_));
    }
    return std::move(loaded_);
}

}  // namespace

Environment environment_of_process() {
    Environment environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return environment;
}

base::Result<ConfigFile> read_config_file(const std::string& name) {
    auto text = read_small_file(name, kConfigFileBytesMax);
    if (!text) {
        return base::fail(name + ": " + text.error() + "; give --config a readable file");
    }
    return ConfigFile{name, std::move(*text)};
}

base::Result<LoadedConfig, Mistakes> load_config(const std::optional<ConfigFile>& file, const Environment& environment) {
    Loader loader;
    if (file) {
        loader.read_file(*file);
    }
    loader.read_environment(environment);
    return loader.finish();
}

std::string print_config(const Config& config) {
    std::string yaml;
    std::string section;
    for (const Key& key : all_keys()) {
        const std::size_t dot = key.path.find('.');
        if (dot == std::string::npos) {
            yaml += key.path + ": " + key.print(config) + "\n";
            continue;
        }
        if (key.path.substr(0, dot) != section) {
            section = key.path.substr(0, dot);
            yaml += section + ":\n";
        }
        yaml += "  " + key.path.substr(dot + 1) + ": " + key.print(config) + "\n";
    }
    return yaml;
}

std::optional<std::string> clamp_to_descriptors(Config& config, std::size_t descriptors_max) {
    // The API's and the metrics page's connections, Kafka's sockets, listeners, files; a small limit is shared fairly.
    constexpr std::size_t kReserveMax = 1280;
    const std::size_t reserve = std::min(kReserveMax, std::max<std::size_t>(64, descriptors_max / 4));
    const std::size_t room = descriptors_max > reserve ? descriptors_max - reserve : 1;
    std::size_t& connections = config.max_connections;
    std::size_t& pending = config.transport.pending_upgrades_max;
    if (connections + pending <= room) {
        return std::nullopt;
    }
    // Half-open sockets give way first, as far as an eighth.
    pending = std::min(pending, std::max(room - std::min(connections, room), std::max<std::size_t>(1, room / 8)));
    const std::size_t places = room > pending ? room - pending : 1;
    const std::string what = connections > places ? "server.max_connections is lowered from " + std::to_string(connections) +
                                                        " to " + std::to_string(places) + " and limits.pending_upgrades to "
                                                  : "limits.pending_upgrades is lowered to ";
    connections = std::min(connections, places);
    config.transport.connections_max = connections;
    return what + std::to_string(pending) + ": the process may open " + std::to_string(descriptors_max) +
           " descriptors; raise the limit (ulimit -n) or lower the keys";
}

}  // namespace app
