// Api: the routes of the HTTP API (api/openapi.yaml is their published form). It asks the program through Backend and answers
// exchanges of net's HTTP server. Everything happens on the control loop; the Api must be gone before its Backend and Loop.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "api/backend.h"
#include "api/config.h"
#include "net/http_server.h"
#include "net/loop.h"

namespace api {

class Api {
public:
    Api(const Config& config, Backend& backend, net::Loop& loop);
    ~Api();
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    // The HttpHandler of the API's port.
    void handle(const std::shared_ptr<net::HttpExchange>& exchange);

    // The same answers for a request that another server read (the charge points' port): `done` is called once, at once or
    // later. Streams are unknown here. For HEAD the caller leaves the body out.
    void answer(std::string_view method, std::string_view target, std::function<void(net::HttpResponse)> done);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace api
