#include "decisions/decisions.h"

#include <variant>

namespace decisions {
namespace {

model::Decision accept(const model::Question& question) {
    if (std::holds_alternative<model::MayCharge>(question)) {
        return model::Permission{.status = model::ChargeStatus::accepted};
    }
    return model::Admission{.status = model::AdmissionStatus::accepted};
}

}  // namespace

void Decisions::ask(model::Question question, std::function<void(model::Decision)> decided) const {
    post_([question = std::move(question), decided = std::move(decided)] { decided(accept(question)); });
}

}  // namespace decisions
