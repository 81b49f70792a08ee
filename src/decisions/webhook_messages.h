// What is said between the gateway and a webhook (docs/webhook.md, and `webhooks` in api/openapi.yaml): the question's body,
// its signature, the answer. Pure functions.
//
// Signed as Standard Webhooks 1.0 asks for (standardwebhooks.com), so that its libraries can verify it: HMAC-SHA-256 of
// `id.timestamp.body`, in base64 behind `v1,`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/decision.h"
#include "net/http_client.h"

namespace decisions {

[[nodiscard]] std::string question_body(const model::Question& question);

// The whole request; `id` names this question and no other.
[[nodiscard]] net::HttpCall signed_call(std::string_view secret, std::string_view id, base::WallTime now, std::string body);

[[nodiscard]] std::string signature(std::string_view secret, std::string_view id, std::int64_t seconds, std::string_view body);

// The key's bytes of what stands in a secret's file: `whsec_` and base64, or the bytes themselves. The error continues "got
// …, which ".
inline constexpr std::size_t kSecretBytesMin = 16;
[[nodiscard]] base::Result<std::string, std::string> secret_of(std::string_view text);

struct WebhookAnswer {
    model::Decision decision;
    std::optional<std::chrono::seconds> keep{};  // `cacheSeconds`
};
// Members that are not known are ignored. The error says what is wrong, without a value.
[[nodiscard]] base::Result<WebhookAnswer, std::string> read_answer(const model::Question& question, std::string_view body);

// Two questions with one key have the same answer.
[[nodiscard]] std::string cache_key(const model::Question& question);

}  // namespace decisions
