// The API behind a real HTTP server on its own loop, with backends that behave.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/api.h"
#include "support/api/fake_backend.h"
#include "support/api/fake_command_backend.h"
#include "support/api/fake_provisioning.h"
#include "support/api/http_loop.h"
#include "support/api/raw_http_client.h"

namespace support {

class ApiFixture : public testing::Test {
protected:
    void start(const api::Config& config = {}, const net::HttpConfig& http = {}) {
        api_.emplace(config, backend_, commands_, provisioning_, server_.loop());
        server_.start(http, [this](const std::shared_ptr<net::HttpExchange>& exchange) { api_->handle(exchange); });
    }
    void TearDown() override {
        server_.finish([this] { api_.reset(); });
        EXPECT_THAT(backend_.subscriptions, testing::IsEmpty());
    }

    static std::string request(std::string_view method, std::string_view target, std::string_view body = "") {
        return std::string(method) + " " + std::string(target) +
               " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
    }
    HttpReply ask(std::string_view method, std::string_view target, std::string_view body = "") {
        RawHttpClient client(server_.port());
        client.send(request(method, target, body));
        return client.read_reply();
    }
    HttpReply get(std::string_view target) { return RawHttpClient(server_.port()).get(target); }
    HttpReply post(std::string_view target, std::string_view body) { return ask("POST", target, body); }

    // Waits until it holds on the loop.
    bool eventually(const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        bool is_so = false;
        while (!is_so && std::chrono::steady_clock::now() < deadline) {
            server_.on_loop([&] { is_so = holds(); });
        }
        return is_so;
    }

    // The record of what a command came to reaches the Api.
    void becomes(const std::string& id, model::CommandState state) {
        server_.on_loop([&] { api_->on_result("CP-1", commands_.becomes(id, state)); });
    }

    FakeBackend backend_;
    HttpLoop server_;
    FakeCommandBackend commands_{server_.loop()};
    FakeProvisioning provisioning_{server_.loop()};
    std::optional<api::Api> api_;
};

}  // namespace support
