#include "bus/broker_state.h"

#include "base/log.h"

namespace bus {

void ShownState::set_address(const std::string& address) {
    const std::lock_guard lock(mutex_);
    state_.address = address;
}

void ShownState::set_durable(bool durable) {
    const std::lock_guard lock(mutex_);
    state_.durable = durable;
}

void ShownState::show(const std::string& state, const std::string& problem) {
    const std::lock_guard lock(mutex_);
    if (state_.state == state && state_.problem == problem) {
        return;
    }
    state_.state = state;
    state_.problem = problem;
    state_.ready = state == "up";
    base::log(state_.ready || state == "connecting" ? base::LogLevel::info : base::LogLevel::warn, "kafka is " + state,
              {{"for", what_}, {"address", state_.address}, {"problem", problem}, {"durable", state_.durable}});
}

BrokerState ShownState::get() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

bool ShownState::ready() const {
    const std::lock_guard lock(mutex_);
    return state_.ready;
}

}  // namespace bus
