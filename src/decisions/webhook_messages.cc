#include "decisions/webhook_messages.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/json_writer.h"
#include "base/utf8.h"
#include "model/id_tag.h"
#include "model/json_members.h"

namespace decisions {
namespace {

using model::AdmissionStatus;
using Members = std::vector<model::JsonMember>;

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kToldBytesMax = 255;  // of what a charge point says of itself
constexpr std::int64_t kSecondsMax = 86'400;
// In the order of AdmissionStatus.
constexpr std::array<std::string_view, 3> kAdmissions{"Accepted", "Pending", "Rejected"};

std::string base64(std::span<const std::uint8_t> bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends with a NUL
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<std::string> base64_decoded(std::string_view text) {
    std::string bytes(text.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                       reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    const std::size_t padding = text.size() - std::min(text.find_last_not_of('=') + 1, text.size());
    bytes.resize(static_cast<std::size_t>(length) - std::min<std::size_t>(padding, 2));
    return bytes;
}

base::Result<std::optional<std::chrono::seconds>, std::string> seconds_of(const Members& members, std::string_view name) {
    const model::JsonMember* const member = model::find_member(members, name);
    if (member == nullptr) return std::nullopt;
    const auto seconds = model::whole_number(*member);
    if (!seconds || *seconds < 0 || *seconds > kSecondsMax) {
        return tl::unexpected(std::string(name) + " must be a whole number from 0 to " + std::to_string(kSecondsMax));
    }
    return std::chrono::seconds(*seconds);
}

base::Result<model::Decision, std::string> decision_of(const model::MayCharge& /*question*/, const Members& members) {
    model::Permission permission;
    for (const char* name : {"status", "expiryDate", "parentIdTag"}) {
        const model::JsonMember* const member = model::find_member(members, name);
        const auto fault = member == nullptr ? std::nullopt : model::take_permission_member(*member, permission);
        if (fault) return tl::unexpected(fault->field + " " + fault->text);
    }
    return permission;
}

base::Result<model::Decision, std::string> decision_of(const model::MayJoin& /*question*/, const Members& members) {
    const model::JsonMember* const status = model::find_member(members, "status");
    const auto* const found = std::find(kAdmissions.begin(), kAdmissions.end(), status->text);
    if (status->type != model::JsonType::string || found == kAdmissions.end()) {
        return tl::unexpected<std::string>("status must be one of Accepted, Pending, Rejected");
    }
    const auto interval = seconds_of(members, "intervalSeconds");
    if (!interval) return tl::unexpected(interval.error());
    return model::Admission{.status = static_cast<AdmissionStatus>(found - kAdmissions.begin()), .interval = *interval};
}

void append_question(base::JsonWriter& json, const model::MayCharge& question) {
    json.member("type", "authorize").member("chargePointId", question.charge_point.text()).member("idTag", question.id_tag);
}

void append_question(base::JsonWriter& json, const model::MayJoin& question) {
    json.member("type", "boot").member("chargePointId", question.charge_point.text());
    json.member("vendor", base::utf8_prefix(question.vendor, kToldBytesMax));
    json.member("model", base::utf8_prefix(question.model, kToldBytesMax));
}

}  // namespace

std::string question_body(const model::Question& question) {
    std::string body;
    base::JsonWriter json(body);
    json.begin_object();
    std::visit([&](const auto& asked) { append_question(json, asked); }, question);
    json.end_object();
    return body;
}

net::HttpCall signed_call(std::string_view secret, std::string_view id, base::WallTime now, std::string body) {
    const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    std::string signed_so = signature(secret, id, seconds, body);
    return {.method = "POST",
            .headers = {{"content-type", "application/json"},
                        {"accept", "application/json"},
                        {"user-agent", "charge-point-gateway/" CPG_VERSION},
                        {"webhook-id", std::string(id)},
                        {"webhook-timestamp", std::to_string(seconds)},
                        {"webhook-signature", std::move(signed_so)}},
            .body = std::move(body)};
}

std::string signature(std::string_view secret, std::string_view id, std::int64_t seconds, std::string_view body) {
    std::string content;
    content.append(id).append(".").append(std::to_string(seconds)).append(".").append(body);
    return "v1," + base64(base::hmac_sha256_of_text(secret, content));
}

base::Result<std::string, std::string> secret_of(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    std::string secret(text);
    if (text.starts_with(kSecretPrefix)) {
        auto decoded = base64_decoded(text.substr(kSecretPrefix.size()));
        if (!decoded) return tl::unexpected<std::string>("begins with whsec_ and does not go on in base64");
        secret = *std::move(decoded);
    }
    if (secret.size() < kSecretBytesMin) {
        return tl::unexpected("has " + std::to_string(secret.size()) + " bytes, allowed is " + std::to_string(kSecretBytesMin) +
                              " or more");
    }
    return secret;
}

base::Result<WebhookAnswer, std::string> read_answer(const model::Question& question, std::string_view body) {
    auto members = model::json_members(body);
    if (!members) return tl::unexpected<std::string>("the body is not a JSON object");
    std::erase_if(*members, [](const model::JsonMember& member) { return member.type == model::JsonType::null; });
    if (model::find_member(*members, "status") == nullptr) return tl::unexpected<std::string>("status is missing");
    auto decision = std::visit([&](const auto& asked) { return decision_of(asked, *members); }, question);
    if (!decision) return tl::unexpected(std::move(decision.error()));
    const auto keep = seconds_of(*members, "cacheSeconds");
    if (!keep) return tl::unexpected(keep.error());
    return WebhookAnswer{*std::move(decision), *keep};
}

std::string cache_key(const model::Question& question) {
    const auto* const charge = std::get_if<model::MayCharge>(&question);
    return question_body(charge == nullptr
                             ? question
                             : model::Question(model::MayCharge{charge->charge_point, model::without_case(charge->id_tag)}));
}

}  // namespace decisions
