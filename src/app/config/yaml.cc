// Built on yaml-cpp's events rather than on its nodes: nodes lose duplicate keys and hide aliases.
#include "app/config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "base/utf8.h"

namespace app {
namespace {

class TreeBuilder final : public YAML::EventHandler {
public:
    [[nodiscard]] YamlNode take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (std::exchange(seen_document_, true)) {
            throw YAML::ParserException(mark, "a second document begins here; one file is one document");
        }
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { attach(make(YamlNode::Kind::null, mark, "?", anchor)); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        throw YAML::ParserException(mark, "aliases (*name) are not allowed; write the value out");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        YamlNode node = make(YamlNode::Kind::scalar, mark, tag, anchor);
        node.text = value;
        attach(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(make(YamlNode::Kind::list, mark, tag, anchor), mark);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(make(YamlNode::Kind::map, mark, tag, anchor), mark);
    }
    void OnMapEnd() override { close(); }

private:
    YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        // "?" and "!" are the parser's own marks of plain and of quoted text.
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw YAML::ParserException(mark, "tags (!name) are not allowed; remove it");
        }
        if (anchor != YAML::NullAnchor) {
            throw YAML::ParserException(mark, "anchors (&name) are not allowed; write the value out where it is needed");
        }
        if (++nodes_ > kYamlNodesMax) {
            throw YAML::ParserException(mark, "more than " + std::to_string(kYamlNodesMax) + " values");
        }
        YamlNode node;
        node.kind = kind;
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        return node;
    }

    void open(YamlNode node, const YAML::Mark& mark) {
        if (open_.size() >= kYamlDepthMax) {
            throw YAML::ParserException(mark, "nested deeper than " + std::to_string(kYamlDepthMax));
        }
        open_.push_back(std::move(node));
    }

    void close() {
        YamlNode node = std::move(open_.back());
        open_.pop_back();
        attach(std::move(node));
    }

    void attach(YamlNode node) {
        if (open_.empty()) {
            root_ = std::move(node);
        } else {
            open_.back().items.push_back(std::move(node));
        }
    }

    YamlNode root_;
    std::vector<YamlNode> open_;
    std::size_t nodes_ = 0;
    bool seen_document_ = false;
};

}  // namespace

base::Result<YamlNode, YamlMistake> parse_yaml(std::string_view text) {
    if (!base::is_utf8(text) || text.find('\0') != std::string_view::npos) {
        return tl::unexpected(YamlMistake{.text = "not a text file in UTF-8"});
    }
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        TreeBuilder builder;
        while (parser.HandleNextDocument(builder)) {
        }
        return builder.take_root();
    } catch (const YAML::Exception& error) {
        // Some of the library's exceptions carry no place: line and column are then -1.
        return tl::unexpected(YamlMistake{std::max(error.mark.line, 0) + 1, std::max(error.mark.column, 0) + 1, error.msg});
    }
}

}  // namespace app
