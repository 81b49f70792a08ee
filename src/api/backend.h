// What the API asks of the program, declared here and bound in app. Every call and every answer happens on the control loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace api {

// One connection of this pod.
struct ConnectionView {
    std::string id;
    std::string protocol;
    std::string remote_address;
    base::WallTime connected_at;
    base::WallTime last_message_at;
    std::uint64_t epoch = 0;
    std::size_t queued_commands = 0;  // that have not ended
};

struct ConnectionPage {
    std::vector<ConnectionView> connections;  // ordered by id
    std::optional<std::string> next_cursor;   // the id to go on behind; empty at the end
    std::size_t total = 0;
};

// What GET /v1/charge-points/{id} tells of one charge point.
struct ChargePointView {
    ConnectionView connection;
    std::string pod;
    std::string profile{};                 // whose settings count; empty: none
    std::optional<std::string> last_boot;  // the payload of its last BootNotification on this connection, JSON text as received
};

struct Dependency {
    std::string name;  // broker, registry
    std::string kind;
    std::string address;
    std::string state;
    std::string problem;
    bool ready = false;
    std::optional<bool> durable;
};

struct Readiness {
    bool ready = false;
    bool stopping = false;
    std::vector<Dependency> dependencies;
};

// Live events: one record of the topic at a time.
struct LiveEvent {
    std::string_view charge_point;  // the record's key
    std::string_view value;         // the CloudEvents object
};

class Backend {
public:
    virtual ~Backend() = default;

    [[nodiscard]] virtual Readiness readiness() const = 0;
    // True while every loop makes progress.
    [[nodiscard]] virtual bool alive() const = 0;

    virtual void connections(std::size_t limit, std::string after, std::function<void(ConnectionPage)> answer) = 0;
    virtual void charge_point(std::string id, std::function<void(std::optional<ChargePointView>)> answer) = 0;

    // Calls `on_event` for every event from the moment `subscribed` is told (with an error: the log is away) until
    // unsubscribe(). Returns the subscription's number.
    virtual std::uint64_t subscribe(std::function<void(const LiveEvent&)> on_event,
                                    std::function<void(base::Result<void>)> subscribed) = 0;
    virtual void unsubscribe(std::uint64_t subscription) = 0;
};

}  // namespace api
