// The values that pass between the loops: everything a shard is told by others, and everything the control loop is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/backend.h"
#include "app/directory.h"
#include "app/partition_ages.h"
#include "bus/event_sink.h"
#include "commands/ledger.h"
#include "model/decision.h"
#include "model/ids.h"
#include "ocpp/session.h"
#include "transport/endpoint.h"

namespace app {

// From the event sink's thread.
struct Delivered {
    std::vector<bus::Delivery> deliveries;
};
struct ProducerReset {
    bus::Generation generation;
};

// From the control loop. Admit and Displace are the directory's.
struct OpenForUpgrades {
    PartitionAges* ages;  // of the whole pod; outlives the shards' threads
    std::size_t partitions;
};
struct Describe {
    std::uint64_t query;
    std::vector<transport::ConnectionKey> connections;
};
struct Respond {
    transport::ConnectionKey connection;
    transport::PlainResponse response;
};
struct DeliverCommand {
    transport::ConnectionKey connection;
    commands::Deliver deliver;
};
struct CancelCommand {
    transport::ConnectionKey connection;
    commands::Ticket ticket;
};
struct Decided {
    transport::ConnectionKey connection;
    ocpp::Ticket ticket;
    model::Decision decision;
};
struct Disconnect {
    transport::ConnectionKey connection;
};
struct AssignProfile {
    transport::ConnectionKey connection;
    ocpp::ProfileNumber profile;
};
struct StopAccepting {};
// To close because the pod goes away.
struct CloseSome {
    std::size_t count;
    bool busy_too;  // those whose answer to a command of ours is still to come
};

using ShardMessage = std::variant<Delivered, ProducerReset, OpenForUpgrades, Admit, Displace, Describe, Respond, DeliverCommand,
                                  CancelCommand, Decided, Disconnect, AssignProfile, StopAccepting, CloseSome>;

// To the control loop, from a shard.
struct UpgradeAsked {
    Place place;
    model::ChargePointId charge_point;
    model::Epoch proposed;
};
struct ConnectionEnded {
    Place place;
    model::ChargePointId charge_point;
};
struct CommandReported {
    commands::Report report;
};
struct DecisionAsked {
    Place place;
    ocpp::Ticket ticket;
    model::Question question;
};
struct Booted {
    model::ChargePointId charge_point;
    model::Epoch epoch;
    ocpp::Remember what;
};
struct PlainAsked {
    Place place;
    transport::PlainRequest request;
};
struct Described {
    std::uint64_t query;
    std::vector<api::ChargePointView> charge_points;  // those that are still there
};

// To the control loop, from the topic reader's thread.
struct LiveStarted {
    std::uint64_t subscription;
    std::optional<std::string> problem;
};
struct LiveRecord {
    std::string charge_point;
    std::string value;
};

// LiveRecords have a queue of their own: they may be left out, all the others may not.
using ControlMessage =
    std::variant<UpgradeAsked, ConnectionEnded, CommandReported, DecisionAsked, Booted, PlainAsked, Described, LiveStarted>;

}  // namespace app
