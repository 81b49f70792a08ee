#include "api/bodies.h"

#include <utility>

#include "base/json_writer.h"

namespace api {
namespace {

std::string_view status_of(const Readiness& readiness) {
    if (readiness.stopping) return "stopping";
    return readiness.ready ? "ready" : "not ready";
}

void append_times_and_epoch(base::JsonWriter& json, const ConnectionView& connection) {
    json.member("connectedAt", base::to_rfc3339(connection.connected_at, base::Fractions::milliseconds));
    if (connection.last_message_at != base::WallTime{}) {
        json.member("lastMessageAt", base::to_rfc3339(connection.last_message_at, base::Fractions::milliseconds));
    }
    json.member("epoch", connection.epoch);
}

}  // namespace

net::HttpResponse json_answer(std::string body) {
    return {.status = 200, .content_type = "application/json", .body = std::move(body), .headers = {}};
}

std::string readiness_body(const Readiness& readiness) {
    std::string body;
    base::JsonWriter json(body);
    json.begin_object().member("status", status_of(readiness)).key("dependencies").begin_object();
    for (const Dependency& dependency : readiness.dependencies) {
        json.key(dependency.name)
            .begin_object()
            .member("kind", dependency.kind)
            .member_if("address", dependency.address)
            .member("state", dependency.state)
            .member_if("durable", dependency.durable)
            .member_if("problem", dependency.problem)
            .end_object();
    }
    json.end_object().end_object();
    return body;
}

std::string connections_body(const ConnectionPage& page) {
    std::string body;
    base::JsonWriter json(body);
    json.begin_object().key("connections").begin_array();
    for (const ConnectionView& connection : page.connections) {
        json.begin_object()
            .member("id", connection.id)
            .member("protocol", connection.protocol)
            .member("remoteAddress", connection.remote_address);
        append_times_and_epoch(json, connection);
        json.member("queuedCommands", connection.queued_commands).end_object();
    }
    json.end_array().member_if("nextCursor", page.next_cursor).member("total", page.total).end_object();
    return body;
}

std::string charge_point_body(const ChargePointView& charge_point) {
    std::string body;
    base::JsonWriter json(body);
    json.begin_object()
        .member("id", charge_point.connection.id)
        .member("connected", true)
        .member("protocol", charge_point.connection.protocol)
        .member("pod", charge_point.pod)
        .member("remoteAddress", charge_point.connection.remote_address);
    append_times_and_epoch(json, charge_point.connection);
    json.member_if("profile", charge_point.profile);
    if (charge_point.last_boot) json.key("lastBoot").raw(*charge_point.last_boot);
    json.end_object();
    return body;
}

std::string commands_body(const CommandPage& page) {
    std::string body;
    base::JsonWriter json(body);
    json.begin_object().key("commands").begin_array();
    for (const CommandStatus& command : page.commands) {
        json.raw(command.result);
    }
    json.end_array().member_if("nextCursor", page.next_cursor).end_object();
    return body;
}

std::string disconnecting_body(const model::ChargePointId& charge_point) {
    std::string body;
    base::JsonWriter(body).begin_object().member("chargePointId", charge_point.text()).end_object();
    return body;
}

}  // namespace api
