#include "decisions/decisions.h"

#include <utility>
#include <variant>

#include "base/log.h"
#include "model/id_tag.h"

namespace decisions {
namespace {

using model::Admission;
using model::AdmissionStatus;
using model::ChargeStatus;
using model::Decision;
using model::Permission;

bool is_about_id_tag(const model::Question& question) { return std::holds_alternative<model::MayCharge>(question); }

// An accepted charge point is told the heartbeat's interval, which is the protocol's business.
Admission admitted(AdmissionStatus status, const Config& config) {
    const bool asks_again = status != AdmissionStatus::accepted;
    return {.status = status, .interval = asks_again ? std::optional(config.boot_retry_interval) : std::nullopt};
}

}  // namespace

std::optional<Decision> decide_alone(const Config& config, const Counters& counters, const model::Question& question) {
    if (config.mode == Mode::accept) {
        counters.by_gateway.add();
        if (is_about_id_tag(question)) {
            return Permission{};
        }
        return Admission{};
    }
    const auto* const charge = std::get_if<model::MayCharge>(&question);
    if (charge != nullptr && model::id_tag_problem(charge->id_tag)) {
        counters.by_gateway.add();
        return Permission{.status = ChargeStatus::invalid};  // nobody knows a tag that cannot be one
    }
    return std::nullopt;
}

Decision fall_back(const Config& config, const Counters& counters, const model::Question& question) {
    counters.by_fallback.add();
    const bool accepts = config.fallback == Fallback::accept;
    if (is_about_id_tag(question)) {
        return Permission{.status = accepts ? ChargeStatus::accepted : ChargeStatus::invalid};
    }
    // Not Rejected: whether it is known is not known.
    return admitted(accepts ? AdmissionStatus::accepted : AdmissionStatus::pending, config);
}

Decisions::Decisions(const Config& config, const Counters& counters, net::Loop& loop, IdTagStore& store)
    : config_(config), counters_(counters), loop_(loop), store_(store) {
    if (config_.mode == Mode::webhook) {
        webhook_.emplace(config_.webhook, counters_, loop_);
    }
}

Decisions::~Decisions() = default;

void Decisions::ask(model::Question question, Decided decided) {
    if (auto alone = decide_alone(config_, counters_, question)) {
        loop_.post([decision = *std::move(alone), decided = std::move(decided)] { decided(decision); });
        return;
    }
    if (webhook_) {
        ask_webhook(std::move(question), std::move(decided));
        return;
    }
    std::visit([&](const auto& asked) { look_up(asked, std::move(decided)); }, question);
}

void Decisions::ask_webhook(model::Question question, Decided decided) {
    webhook_->ask(question, [this, question, decided = std::move(decided)](std::optional<Decision> answer) {
        if (!answer) {
            answer = fall_back(config_, counters_, question);
        } else if (auto* admission = std::get_if<Admission>(&*answer); admission != nullptr && !admission->interval) {
            *admission = admitted(admission->status, config_);
        }
        decided(*std::move(answer));
    });
}

void Decisions::look_up(const model::MayCharge& question, Decided decided) {
    store_.look_up_id_tag(question.id_tag,
                          [this, question, decided = std::move(decided)](base::Result<std::optional<Permission>> found) {
                              if (!found) {
                                  decided(fall_back(config_, counters_, question));
                                  return;
                              }
                              counters_.by_registry.add();
                              decided(*found ? model::permission_at(**std::move(found), loop_.now().wall)
                                             : Permission{.status = ChargeStatus::invalid});
                          });
}

void Decisions::look_up(const model::MayJoin& question, Decided decided) {
    store_.look_up_charge_point(question.charge_point, [this, question, decided = std::move(decided)](
                                                           base::Result<std::optional<model::KnownChargePoint>> found) {
        if (!found) {
            decided(fall_back(config_, counters_, question));
            return;
        }
        counters_.by_registry.add();
        decided(admitted(*found ? (*found)->admission : AdmissionStatus::rejected, config_));
    });
}

}  // namespace decisions
