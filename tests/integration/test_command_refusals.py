"""Commands that cannot be what their sender meant are refused, told, and stand in nobody's way."""

import json

import pytest

from harness.charge_point import PATIENCE, charge_point
from harness.commands import ACCEPTED, Commands, from_now, serve_next
from harness.waiting import eventually

GATEWAY = {"commands.reconnect_grace": "1s", "limits.commands_per_charge_point": 3}
SOFT_RESET = {"type": "Soft"}


@pytest.mark.parametrize("name", ["NoSuchAction", "reset", "Heartbeat", "transaction.pause"])
def test_a_name_that_the_charge_points_version_does_not_know(commands, station, name):
    command = commands.send(station.id, name)
    end = commands.end_of(command)
    assert (end["state"], end["error"]["code"], end["attempt"]) == ("rejected", "UnknownName", 0)
    assert name in end["error"]["message"]
    serve_next(commands, station)


BAD_PAYLOADS = {
    "a value that is none of the allowed": ("Reset", {"type": "Sideways"}, "/type"),
    "another type": ("RemoteStopTransaction", {"transactionId": "1"}, "/transactionId"),
    "too long": ("RemoteStartTransaction", {"idTag": "x" * 21}, "/idTag"),
    "a field that is missing": ("UnlockConnector", {}, "/connectorId"),
    "a field that is not there": ("ClearCache", {"all": True}, "/all"),
    "inside of a list": ("GetConfiguration", {"key": ["a", 1]}, "/key/1"),
    "by its version-independent name": ("transaction.stop", {"transactionId": 7}, "/transactionId"),
}


@pytest.mark.parametrize(("name", "payload", "path"), BAD_PAYLOADS.values(), ids=BAD_PAYLOADS.keys())
def test_a_payload_against_the_schema(commands, station, name, payload, path):
    command = commands.send(station.id, name, payload)
    end = commands.end_of(command)
    assert (end["state"], end["error"]["code"], end["attempt"]) == ("rejected", "BadPayload", 0)
    assert end["error"]["details"]["path"] == path
    assert commands.states(command) == ["queued", "rejected"]
    serve_next(commands, station)


def valid(**members):
    return {"commandId": "malformed", "chargePointId": "CP", "commandName": "Reset", "payload": SOFT_RESET} | members


MALFORMED = {
    "no JSON": "Reset, please",
    "no object": "[]",
    "no commandId": json.dumps({"chargePointId": "CP", "commandName": "Reset"}),
    "an empty commandId": json.dumps(valid(commandId="")),
    "no chargePointId": json.dumps({"commandId": "malformed", "commandName": "Reset"}),
    "no commandName": json.dumps({"commandId": "malformed", "chargePointId": "CP"}),
    "a payload that is no object": json.dumps(valid(payload="Soft")),
    "an unknown priority": json.dumps(valid(priority="urgent")),
    "a time that is none": json.dumps(valid(expiresAt="tomorrow")),
    "a time-out of nothing": json.dumps(valid(timeoutSeconds=0)),
    "a member twice": json.dumps(valid())[:-1] + ',"commandId":"another"}',
}


@pytest.mark.parametrize("record", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_record(commands, station, record):
    commands.write(station.id, record)
    serve_next(commands, station)
    (refusal,) = commands.refusals(station.id)
    assert (refusal["state"], refusal["final"], refusal["error"]["code"]) == ("rejected", True, "Malformed")
    assert (refusal["chargePointId"], refusal["attempt"]) == (station.id, 0)
    (letter,) = eventually(PATIENCE, lambda: commands.dead_letters(station.id), "the dead letter")
    assert letter["result"] == refusal
    assert letter["command"] == as_received(record)


def as_received(record):
    """A JSON object as it is, and whatever else as text."""
    try:
        value = json.loads(record)
    except ValueError:
        return record
    return value if isinstance(value, dict) else record


def test_malformed_records_do_not_hold_the_offset(start_gateway, settings_for, real_kafka, cp_id):
    partition, count = 5, 3
    gateway = start_gateway(settings_for(real_kafka))
    with Commands(gateway) as commands, charge_point(gateway, cp_id) as station:
        for _ in range(count):
            commands.write(cp_id, "Reset, please", partition=partition)
        eventually(PATIENCE, lambda: commands.committed(partition) == count, "the offset is behind them")
        for name in ("NoSuchAction", "Reset"):
            command = json.dumps(valid(commandId=f"{cp_id}-{name}", chargePointId=cp_id, commandName=name))
            commands.write(cp_id, command, partition=partition)
        station.answer(station.hear_call("Reset")[0], ACCEPTED)
        assert commands.end_of(f"{cp_id}-NoSuchAction")["state"] == "rejected"
        assert commands.end_of(f"{cp_id}-Reset")["state"] == "completed"


def test_the_same_command_twice_while_it_is_under_way_is_sent_once(commands, station):
    command = commands.send(station.id, "Reset", SOFT_RESET)
    call, _ = station.hear_call("Reset")
    commands.send(station.id, "Reset", SOFT_RESET, commandId=command)
    wait_until_read(commands, station)
    station.answer(call, ACCEPTED)
    assert commands.end_of(command)["outcome"] == "Accepted"
    serve_next(commands, station)
    assert commands.states(command) == ["queued", "sent", "completed"]


def wait_until_read(commands, station):
    """A command behind the others in their partition has ended."""
    assert commands.end_of(commands.send(station.id, "Reset", SOFT_RESET, expires_in=-1))["state"] == "expired"


def test_the_same_command_after_its_end_is_answered_from_the_recorded_result(commands, station):
    command = commands.send(station.id, "Reset", SOFT_RESET)
    station.answer(station.hear_call("Reset")[0], {"status": "Rejected"})
    end = commands.end_of(command)
    commands.send(station.id, "Reset", SOFT_RESET, commandId=command, createdAt=from_now(0))

    twice = eventually(PATIENCE, lambda: at_least(2, [each for each in commands.results(command) if each["final"]]))
    assert twice == [end, end]
    serve_next(commands, station)
    assert commands.states(command) == ["queued", "sent", "completed", "completed"]


def at_least(count, found):
    return found if len(found) >= count else None


OTHER_BODIES = {
    "payload": {"payload": {"type": "Hard"}},
    "name": {"commandName": "ClearCache", "payload": {}},
    "priority": {"priority": "high"},
}


@pytest.mark.parametrize("other", OTHER_BODIES.values(), ids=OTHER_BODIES.keys())
def test_the_same_id_for_another_command_changes_nothing_for_the_first(commands, station, other):
    command = commands.send(station.id, "Reset", SOFT_RESET)
    call, _ = station.hear_call("Reset")
    second = valid(commandId=command, chargePointId=station.id) | other
    commands.write(station.id, json.dumps(second))
    (refusal,) = eventually(PATIENCE, lambda: commands.refusals(station.id), "the refusal")
    assert (refusal["state"], refusal["error"]["code"], refusal["commandId"]) == ("rejected", "DuplicateId", None)
    assert command in refusal["error"]["message"]

    station.answer(call, ACCEPTED)
    assert commands.end_of(command)["outcome"] == "Accepted"
    (letter,) = eventually(PATIENCE, lambda: commands.dead_letters(station.id), "the dead letter")
    assert letter == {"command": second, "result": refusal}
    serve_next(commands, station)


def test_more_than_may_wait_for_one_charge_point(commands, station):
    taken = [commands.send(station.id, "Reset", SOFT_RESET) for _ in range(3)]
    call, _ = station.hear_call("Reset")
    end = commands.end_of(commands.send(station.id, "Reset", SOFT_RESET))
    assert (end["state"], end["error"]["code"], end["attempt"]) == ("rejected", "Overloaded", 0)
    urgent = commands.send(station.id, "Reset", {"type": "Hard"}, priority="high")
    commands.wait_for(urgent, "queued")

    station.answer(call, ACCEPTED)
    call, payload = station.hear_call("Reset")
    assert payload == {"type": "Hard"}
    station.answer(call, ACCEPTED)
    for _ in taken[1:]:
        station.answer(station.hear_call("Reset")[0], ACCEPTED)
    assert {commands.end_of(command)["state"] for command in [*taken, urgent]} == {"completed"}
