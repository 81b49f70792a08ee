// An exchange without a connection: it keeps what was answered.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/http_server.h"
#include "net/http_target.h"

namespace support {

class FakeExchange final : public net::HttpExchange {
public:
    FakeExchange(std::string_view method, std::string_view target) {
        auto parsed = net::parse_target(target).value();
        request_ = {.method = std::string(method),
                    .path = std::move(parsed.path),
                    .query = std::move(parsed.query),
                    .headers = {},
                    .body = {}};
    }

    [[nodiscard]] const net::HttpRequest& request() const override { return request_; }
    void answer_within(std::chrono::milliseconds /*time*/) override {}
    void on_hang_up(std::function<void()> /*gone*/) override {}
    void send(net::HttpResponse response) override {
        if (!answer) answer = std::move(response);
    }
    std::shared_ptr<net::HttpStream> stream(net::HttpResponse /*head*/) override { return nullptr; }

    std::optional<net::HttpResponse> answer;

private:
    net::HttpRequest request_;
};

}  // namespace support
