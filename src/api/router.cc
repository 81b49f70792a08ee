#include "api/router.h"

#include <algorithm>
#include <utility>

#include "api/problem.h"
#include "base/check.h"
#include "net/http_target.h"

namespace api {
namespace {

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> segments;
    path.remove_prefix(1);
    while (true) {
        const std::size_t slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text.append(text.empty() ? "" : ", ").append(word);
    }
    return text;
}

std::optional<net::HttpResponse> unknown_parameter(const net::HttpRequest& request, const std::vector<std::string>& known) {
    for (const auto& [name, value] : request.query) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return bad_field(name, known.empty() ? "this route takes no query parameters" : "known parameters: " + joined(known));
        }
    }
    return std::nullopt;
}

bool serves(const Route& route, std::string_view method) { return route.method == (method == "HEAD" ? "GET" : method); }

}  // namespace

Router::Router(std::vector<Route> routes) {
    for (Route& route : routes) {
        auto segments = parse_pattern(route.pattern);
        entries_.push_back({.route = std::move(route), .segments = std::move(segments)});
    }
}

std::vector<Router::Segment> Router::parse_pattern(std::string_view pattern) {
    CHECK(pattern.starts_with('/'), "a pattern is an absolute path");
    std::vector<Segment> segments;
    for (const std::string_view text : split(pattern)) {
        if (!text.starts_with('{')) {
            segments.push_back({.text = std::string(text), .takes = false});
            continue;
        }
        const std::size_t end = text.find('}');
        CHECK(end != std::string_view::npos, "a pattern's brackets are closed");
        segments.push_back({.text = std::string(text.substr(end + 1)), .takes = true});
    }
    return segments;
}

bool Router::fits(const Entry& entry, const std::vector<std::string_view>& raw) {
    if (entry.segments.size() != raw.size()) return false;
    for (std::size_t at = 0; at < raw.size(); ++at) {
        const Segment& segment = entry.segments[at];
        if (segment.takes) {
            if (raw[at].size() <= segment.text.size() || !raw[at].ends_with(segment.text)) return false;
        } else if (net::percent_decoded(raw[at]) != segment.text) {
            return false;
        }
    }
    return true;
}

bool Router::takes_verb(const Entry& entry) {
    return std::any_of(entry.segments.begin(), entry.segments.end(),
                       [](const Segment& segment) { return segment.takes && !segment.text.empty(); });
}

std::optional<std::vector<std::string>> Router::taken_from(const Entry& entry, const std::vector<std::string_view>& raw) {
    std::vector<std::string> taken;
    for (std::size_t at = 0; at < raw.size(); ++at) {
        const Segment& segment = entry.segments[at];
        if (!segment.takes) continue;
        auto decoded = net::percent_decoded(raw[at].substr(0, raw[at].size() - segment.text.size()));
        if (!decoded) return std::nullopt;
        taken.push_back(std::move(*decoded));
    }
    return taken;
}

void Router::handle(const std::shared_ptr<net::HttpExchange>& exchange, Streams streams) const {
    const net::HttpRequest& request = exchange->request();
    const auto raw = split(request.path);
    std::vector<const Entry*> fitting;
    for (const Entry& entry : entries_) {
        if (fits(entry, raw)) fitting.push_back(&entry);
    }
    // A path with a verb means the verb's route and no id that ends like one, whatever the method.
    const bool has_verb = std::any_of(fitting.begin(), fitting.end(), [](const Entry* entry) { return takes_verb(*entry); });
    std::vector<std::string> allowed;
    for (const Entry* const each : fitting) {
        const Entry& entry = *each;
        if (has_verb && !takes_verb(entry)) continue;
        if (streams == Streams::impossible && entry.route.answering == Answering::as_stream) continue;
        if (!serves(entry.route, request.method)) {
            allowed.push_back(entry.route.method);
            if (entry.route.method == "GET") allowed.emplace_back("HEAD");
            continue;
        }
        if (auto problem = unknown_parameter(request, entry.route.parameters)) return exchange->send(std::move(*problem));
        auto taken = taken_from(entry, raw);
        if (!taken) return exchange->send(malformed("the path has a percent sign without two hexadecimal digits"));
        return entry.route.handler({.exchange = exchange, .segments = std::move(*taken)});
    }
    if (!allowed.empty()) return exchange->send(method_not_allowed(joined(allowed)));
    exchange->send(not_found("there is no such route"));
}

}  // namespace api
