// Decisions: who may charge and which charge point is welcome. A question is answered later, by a call on the loop that
// asked, never from within ask(): so a mode that must go outside for its answer changes nothing for those who ask.
//
// Mode accept: everybody may, everyone is welcome. One object per shard, used on its loop only.
#pragma once

#include <functional>
#include <utility>

#include "model/decision.h"

namespace decisions {

class Decisions {
public:
    using Post = std::function<void(std::function<void()>)>;

    explicit Decisions(Post post) : post_(std::move(post)) {}

    void ask(model::Question question, std::function<void(model::Decision)> decided) const;

private:
    Post post_;
};

}  // namespace decisions
