// Router: the API's routes as one table, and the errors that follow from it (RFC 9110 15.5): 404 for a path that no route
// has, 405 with Allow for another method, 400 for a path that cannot be decoded or a query parameter that the route does not
// know. The first route that fits is taken. HEAD is answered by the routes of GET; the server leaves the body out.
//
// A pattern is a path whose segments are literal or `{name}`, which takes one segment that is not empty and may be followed
// by a literal verb: `/v1/charge-points/{id}:disconnect`. A verb is compared before decoding, so that an id which ends like
// one is written with %3A.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_server.h"

namespace api {

struct RouteCall {
    std::shared_ptr<net::HttpExchange> exchange;
    std::vector<std::string> segments;  // what `{name}` took, percent-decoded once, from left to right
};

enum class Answering : std::uint8_t { at_once_or_later, as_stream };

struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> parameters;  // the query parameters that it knows
    std::function<void(RouteCall)> handler;
    Answering answering = Answering::at_once_or_later;
};

// Whether the exchange can be answered with a stream; where not, the routes that need one are unknown to it.
enum class Streams : std::uint8_t { possible, impossible };

class Router {
public:
    explicit Router(std::vector<Route> routes);

    void handle(const std::shared_ptr<net::HttpExchange>& exchange, Streams streams = Streams::possible) const;

private:
    struct Segment {
        std::string text;  // the literal, or the verb behind what is taken
        bool takes = false;
    };
    struct Entry {
        Route route;
        std::vector<Segment> segments;
    };

    static std::vector<Segment> parse_pattern(std::string_view pattern);
    static bool fits(const Entry& entry, const std::vector<std::string_view>& raw);
    static bool takes_verb(const Entry& entry);
    // What the pattern takes from the path; empty where that cannot be decoded.
    static std::optional<std::vector<std::string>> taken_from(const Entry& entry, const std::vector<std::string_view>& raw);

    std::vector<Entry> entries_;
};

}  // namespace api
