"""A charge point whose BootNotification was not accepted yet (OCPP 1.6 4.2, errata 3.8), over a real socket."""

import httpx
import pytest
from harness.charge_point import BOOT, PATIENCE, STATUS, charge_point, meter_values, start_transaction, stop_transaction
from harness.waiting import eventually

GATEWAY = {"decisions.mode": "registry", "ocpp.call_timeout": "1s", "ocpp.unresponsive_calls": 2, "ocpp.close_unresponsive": True}


def admit(gateway, station, admission):
    answer = httpx.put(f"{gateway.at.api}/v1/charge-points/{station.id}", json={"admission": admission}, trust_env=False,
                       timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    return station.call("BootNotification", BOOT)["status"]


def refused_code(station, action, payload):
    answer = station.answer_to(station.start_call(action, payload))
    return answer[2] if answer[0] == 4 else None


@pytest.mark.parametrize(("admission", "status"), [("pending", "Pending"), ("reject", "Rejected")])
def test_it_is_served_what_is_billed_and_nothing_else(gateway, station, admission, status):
    assert admit(gateway, station, admission) == status
    assert refused_code(station, "StatusNotification", STATUS) == "SecurityError"
    assert refused_code(station, "Heartbeat", {}) == "SecurityError"
    transaction = station.call("StartTransaction", start_transaction())["transactionId"]
    station.call("MeterValues", meter_values("1", transactionId=transaction))
    station.call("StopTransaction", stop_transaction(transaction))
    for event in ("transaction.started", "meter.values", "transaction.ended"):
        gateway.topic.wait_for(station.id, event)
    assert not gateway.topic.events(station.id, "connector.status")
    assert admit(gateway, station, "accept") == "Accepted"
    station.call("StatusNotification", STATUS)


def test_while_pending_it_may_send_what_it_was_asked_for(gateway, station, commands):
    assert admit(gateway, station, "pending") == "Pending"
    asked = commands.send(station.id, "TriggerMessage", {"requestedMessage": "StatusNotification"})
    station.answer(station.hear_call("TriggerMessage")[0], {"status": "Accepted"})
    assert commands.end_of(asked)["outcome"] == "Accepted"
    station.call("StatusNotification", STATUS)
    assert refused_code(station, "Heartbeat", {}) == "SecurityError"


def test_while_pending_a_remote_start_ends_rejected_and_is_not_sent(gateway, station, commands):
    assert admit(gateway, station, "pending") == "Pending"
    result = commands.end_of(commands.send(station.id, "transaction.start", {"idTag": "A"}))
    assert (result["state"], result["error"]["code"]) == ("rejected", "NotAccepted")
    read = commands.send(station.id, "configuration.get", {})
    station.answer(station.hear_call("GetConfiguration")[0], {"configurationKey": []})
    assert commands.end_of(read)["state"] == "completed"


def queued_commands(gateway, charge_point_id):
    connections = gateway.get("/connections").json()["connections"]
    return next(one["queuedCommands"] for one in connections if one["id"] == charge_point_id)


@pytest.mark.parametrize("admission", ["pending", "reject"])
def test_what_may_not_be_sent_waits_for_the_boot_of_one_that_came_back(gateway, commands, cp_id, admission):
    with charge_point(gateway, cp_id) as station:
        admit(gateway, station, admission)
    with charge_point(gateway, cp_id) as station:
        start = commands.send(cp_id, "RemoteStartTransaction", {"idTag": "A"})
        eventually(PATIENCE, lambda: queued_commands(gateway, cp_id) == 1)
        assert refused_code(station, "Heartbeat", {}) == "SecurityError"
        message_id = station.start_call("BootNotification", BOOT)
        assert station.answer_to(message_id)[2]["status"] == {"pending": "Pending", "reject": "Rejected"}[admission]
        assert commands.end_of(start)["error"]["code"] == "NotAccepted"
    with charge_point(gateway, cp_id) as station:
        start = commands.send(cp_id, "RemoteStartTransaction", {"idTag": "A"})
        eventually(PATIENCE, lambda: queued_commands(gateway, cp_id) == 1)
        assert admit(gateway, station, "accept") == "Accepted"
        station.answer(station.hear_call("RemoteStartTransaction")[0], {"status": "Accepted"})
        assert commands.end_of(start)["state"] == "completed"


def test_one_that_was_pending_and_came_back_can_be_asked_for_its_boot(gateway, commands, cp_id):
    with charge_point(gateway, cp_id) as station:
        assert admit(gateway, station, "pending") == "Pending"
    with charge_point(gateway, cp_id) as station:
        trigger = commands.send(cp_id, "device.trigger", {"message": "BootNotification"})
        station.answer(station.hear_call("TriggerMessage")[0], {"status": "Accepted"})
        assert commands.end_of(trigger)["state"] == "completed"
        assert admit(gateway, station, "accept") == "Accepted"


def test_while_rejected_nothing_is_sent(gateway, station, commands):
    assert admit(gateway, station, "reject") == "Rejected"
    result = commands.end_of(commands.send(station.id, "GetConfiguration", {}))
    assert (result["state"], result["error"]["code"]) == ("rejected", "NotAccepted")


def test_a_deaf_charge_point_is_told_of_and_made_to_connect_again(gateway, station, commands):
    assert admit(gateway, station, "accept") == "Accepted"
    for _ in range(2):
        command = commands.send(station.id, "ClearCache", {})
        station.hear_call("ClearCache")
        station.call("Heartbeat", {})
        assert commands.end_of(command)["state"] in ("timed_out", "uncertain")
    (event,) = gateway.topic.wait_for(station.id, "device.unresponsive")
    assert event["data"]["unanswered"]["calls"] == 2
    assert station.wait_closed() == 1012
    eventually(PATIENCE, lambda: gateway.metric("gateway_unresponsive_charge_points_total") >= 1)
