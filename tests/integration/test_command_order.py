"""What a charge point hears: one CALL at a time, the most urgent first, with the payload as it was written."""

import json
from itertools import count

import pytest

from harness.charge_point import STATUS, charge_point
from harness.jsontext import raw
from harness.waiting import eventually

GATEWAY = {"commands.reconnect_grace": "1s", "limits.commands_per_charge_point": 1100}
SOFT_RESET = {"type": "Soft"}
SETTING = {"key": "MeterValueSampleInterval", "value": "60"}
ACCEPTED = {"status": "Accepted"}
LOW_ONES = 1000


def transfer(data):
    return {"vendorId": "acme", "data": data}


def serve(station):
    """Hears a data transfer, answers it, and returns what it carried."""
    call, payload = station.hear_call("DataTransfer")
    station.answer(call, ACCEPTED)
    return payload["data"]


def test_one_call_at_a_time_in_the_order_of_arrival(commands, station):
    sent = [commands.send(station.id, "DataTransfer", transfer(str(number))) for number in range(4)]
    for number in range(4):
        call, payload = station.hear_call("DataTransfer")
        assert payload == transfer(str(number))
        assert station.hears_nothing(0.2)
        station.answer(call, ACCEPTED)
    assert [commands.end_of(command)["state"] for command in sent] == ["completed"] * 4


def test_charge_points_do_not_wait_for_each_other(gateway, commands, cp_id):
    with charge_point(gateway, cp_id) as silent, charge_point(gateway, cp_id + "-other") as other:
        waiting = commands.send(silent.id, "Reset", SOFT_RESET)
        call, _ = silent.hear_call("Reset")
        command = commands.send(other.id, "DataTransfer", transfer("x"))
        assert serve(other) == "x"
        assert commands.end_of(command)["state"] == "completed"
        silent.answer(call, ACCEPTED)
        assert commands.end_of(waiting)["state"] == "completed"


def test_calls_that_cross_ours_are_served(gateway, commands, station):
    command = commands.send(station.id, "Reset", SOFT_RESET)
    call, _ = station.hear_call("Reset")
    assert station.call("StatusNotification", STATUS) == {}
    assert station.call("Heartbeat")["currentTime"]
    station.answer(call, ACCEPTED)
    assert commands.end_of(command)["outcome"] == "Accepted"
    assert len(gateway.topic.wait_for(station.id, "connector.status")) == 1


def test_an_answer_to_no_call_of_ours_ends_nothing(commands, station):
    command = commands.send(station.id, "Reset", SOFT_RESET)
    call, _ = station.hear_call("Reset")
    station.answer("another", {"status": "Rejected"})
    station.answer(call, ACCEPTED)
    assert commands.end_of(command)["outcome"] == "Accepted"
    assert station.call("Heartbeat")


def test_the_most_urgent_goes_first(commands, station):
    commands.send(station.id, "Reset", SOFT_RESET)
    first, _ = station.hear_call("Reset")
    for priority in ("low", "normal", "high", "emergency", "normal", "low"):
        command = commands.send(station.id, "DataTransfer", transfer(priority), priority=priority)
        commands.wait_for(command, "queued")
    station.answer(first, ACCEPTED)
    heard = [serve(station) for _ in range(6)]
    assert heard == ["emergency", "high", "normal", "normal", "low", "low"]


def test_an_emergency_does_not_wait_behind_a_thousand_low_ones(commands, station):
    numbers = count()
    low = [low_one(station.id, next(numbers)) for _ in range(LOW_ONES)]
    commands.write_all((station.id, json.dumps(command)) for command in low)
    call, payload = station.hear_call("DataTransfer")
    assert payload == transfer("0")
    eventually(30, lambda: queued(commands, station) == LOW_ONES, "all low ones wait")

    emergency = commands.send(station.id, "RemoteStopTransaction", {"transactionId": 7}, priority="emergency")
    commands.wait_for(emergency, "queued")
    station.answer(call, ACCEPTED)
    call, payload = station.hear_call("RemoteStopTransaction")
    assert payload == {"transactionId": 7}
    station.answer(call, ACCEPTED)
    assert commands.end_of(emergency)["outcome"] == "Accepted"
    assert serve(station) == "1"


def low_one(charge_point_id, number):
    return {
        "commandId": f"{charge_point_id}-low-{number}",
        "chargePointId": charge_point_id,
        "commandName": "DataTransfer",
        "payload": transfer(str(number)),
        "priority": "low",
    }


def queued(commands, station):
    return sum(record.event["state"] == "queued" for record in commands.records(station.id))


PAYLOADS = {
    "order of members and blanks": ("Reset", '{ "type"\t: "Soft" }'),
    "escapes": ("DataTransfer", r'{"data":"caf\u00e9 \/ é \ud83d\ude00","messageId":"","vendorId":"acme"}'),
    "numbers": (
        "RemoteStartTransaction",
        '{"idTag":"ABC","chargingProfile":{"stackLevel":0,"chargingProfileId":7,"chargingProfilePurpose":"TxProfile",'
        '"chargingProfileKind":"Relative","chargingSchedule":{"chargingSchedulePeriod":[{"limit":16.0,"startPeriod":0},'
        '{"startPeriod":60, "limit":1.6e1}],"chargingRateUnit":"A"}},"connectorId":1}',
    ),
}


@pytest.mark.parametrize(("name", "payload"), PAYLOADS.values(), ids=PAYLOADS.keys())
def test_the_payload_is_sent_byte_for_byte(commands, station, name, payload):
    command = commands.send_text(station.id, name, payload)
    frame = station.receive_text()
    assert raw(frame, 3) == payload
    station.answer(json.loads(frame)[1], ACCEPTED)
    assert commands.end_of(command)["state"] == "completed"


def test_a_response_is_told_byte_for_byte(commands, station):
    command = commands.send(station.id, "DataTransfer", transfer("x"))
    call, _ = station.hear_call("DataTransfer")
    answer = r'{ "data" : "12.50 \u00e9", "status":"Accepted"}'
    station.send(f'[3, "{call}", {answer} ]')
    commands.end_of(command)
    (record,) = [each for each in commands.records(station.id) if each.event["final"]]
    assert raw(record.value, "response") == answer


def test_a_takeover_ends_the_call_of_the_old_connection(gateway, commands, cp_id):
    with charge_point(gateway, cp_id) as old:
        command = commands.send(cp_id, "Reset", SOFT_RESET)
        old.hear_call("Reset")
        with charge_point(gateway, cp_id) as new:
            end = commands.end_of(command)
            assert (end["state"], end["attempt"]) == ("uncertain", 1)
            old.wait_closed()
            commands.send(cp_id, "DataTransfer", transfer("to the new one"))
            assert serve(new) == "to the new one"


def test_a_takeover_brings_a_command_that_may_run_twice_to_the_new_connection(gateway, commands, cp_id):
    with charge_point(gateway, cp_id) as old:
        command = commands.send(cp_id, "ChangeConfiguration", SETTING)
        old_call, _ = old.hear_call("ChangeConfiguration")
        with charge_point(gateway, cp_id) as new:
            call, payload = new.hear_call("ChangeConfiguration")
            assert payload == SETTING
            assert call != old_call
            new.answer(old_call, {"status": "NotSupported"})
            new.answer(call, ACCEPTED)
            end = commands.end_of(command)
    assert (end["state"], end["outcome"], end["attempt"]) == ("completed", "Accepted", 2)
