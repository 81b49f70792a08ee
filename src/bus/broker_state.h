// What a part of the room tells of its broker: for readiness, and for the parts that share one broker.
#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace bus {

class EmbeddedBroker;

// What readiness shows. Told as it is, at once: the grace before a pod that lost its broker stops being ready is the caller's.
struct BrokerState {
    bool ready = false;    // state is up: what the part is there for can be done now
    std::string address;   // bootstrap servers, or the embedded broker's
    std::string state;     // up · connecting · down · weak topic · wrong topic
    std::string problem;   // for people, with the remedy; empty when ready
    bool durable = false;  // false: embedded, or a weak topic that was accepted
};

// The broker of the pod. The embedded one belongs to the EventSink, which outlives whoever was given this.
struct BrokerAccess {
    std::string address;
    EmbeddedBroker* embedded = nullptr;  // null: another process
};

// A BrokerState that is changed by one thread and read by any; each change is a line of the log.
class ShownState {
public:
    // `what` names the part in the log: events · records · commands.
    explicit ShownState(std::string what) : what_(std::move(what)) {}
    void set_address(const std::string& address);
    void set_durable(bool durable);
    void show(const std::string& state, const std::string& problem);

    [[nodiscard]] BrokerState get() const;
    [[nodiscard]] bool ready() const;

private:
    const std::string what_;
    mutable std::mutex mutex_;
    BrokerState state_;
};

}  // namespace bus
