// Decisions: who may charge and which charge point is welcome. A question is answered later, by a call on the loop that
// asked, never from within ask(): so who asks cannot tell a mode that goes outside for its answer from one that does not.
//
// One object per pod, used on the control loop only: store, webhook, cache and circuit are one per pod. Mode accept needs
// none of them, so that its questions are answered on the loop where they arise, by decide_alone().
#pragma once

#include <functional>
#include <optional>

#include "decisions/config.h"
#include "decisions/id_tag_store.h"
#include "decisions/webhook.h"
#include "model/decision.h"
#include "net/loop.h"

namespace decisions {

// The decision where no one needs to be asked, or nothing. Any thread.
[[nodiscard]] std::optional<model::Decision> decide_alone(const Config& config, const Counters& counters,
                                                          const model::Question& question);
// The decision where no one can be asked. Any thread.
[[nodiscard]] model::Decision fall_back(const Config& config, const Counters& counters, const model::Question& question);

class Decisions {
public:
    using Decided = std::function<void(model::Decision)>;

    // All of them outlive it. What is asked when it goes is never answered.
    Decisions(const Config& config, const Counters& counters, net::Loop& loop, IdTagStore& store);
    ~Decisions();
    Decisions(const Decisions&) = delete;
    Decisions& operator=(const Decisions&) = delete;

    void ask(model::Question question, Decided decided);

    // In mode webhook.
    [[nodiscard]] const Webhook* webhook() const { return webhook_ ? &*webhook_ : nullptr; }

private:
    void ask_webhook(model::Question question, Decided decided);
    void look_up(const model::MayCharge& question, Decided decided);
    void look_up(const model::MayJoin& question, Decided decided);

    const Config& config_;
    const Counters counters_;
    net::Loop& loop_;
    IdTagStore& store_;
    std::optional<Webhook> webhook_;
};

}  // namespace decisions
