// Api: the routes of the HTTP API (api/openapi.yaml is their published form). It asks the program through Backend,
// CommandBackend and ProvisioningBackend and answers exchanges of net's HTTP server. Everything happens on the control loop; the
// Api must be gone before its backends and Loop.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "api/backend.h"
#include "api/command_backend.h"
#include "api/config.h"
#include "api/provisioning.h"
#include "net/http_server.h"
#include "net/loop.h"

namespace api {

class Api {
public:
    Api(const Config& config, Backend& backend, CommandBackend& commands, ProvisioningBackend& provisioning, net::Loop& loop);
    ~Api();
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    // The HttpHandler of the API's port.
    void handle(const std::shared_ptr<net::HttpExchange>& exchange);

    // The same answers for a request that another server read (the charge points' port): `done` is called once, at once or
    // later. Streams are unknown here. For HEAD the caller leaves the body out.
    void answer(std::string_view method, std::string_view target, std::function<void(net::HttpResponse)> done);

    // Each record of `command-results`, in the order of its partition: what ends the waits of requests. What the backend
    // answers is recorded elsewhere, and before.
    void on_result(std::string_view key, std::string_view value);
    // Each record of `commands-dead-letter`, likewise: the newest are kept for the API's users.
    void on_dead_letter(std::string_view key, std::string_view value);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace api
