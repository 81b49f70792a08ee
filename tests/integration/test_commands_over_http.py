"""Commands as users of the HTTP API give them, follow them and take them back."""

import time

import pytest

from harness.charge_point import PATIENCE, charge_point
from harness.commands import ACCEPTED, HttpCommands, serve_next
from harness.waiting import eventually

GATEWAY = {"commands.reconnect_grace": "1s"}
SOFT_RESET = {"type": "Soft"}


@pytest.fixture(scope="module")
def api(gateway):
    with HttpCommands(gateway) as opened:
        yield opened


def assert_problem(response, status, command=None):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem.get("commandId") == command
    return problem


def test_a_command_is_accepted_once_it_is_in_the_log_and_can_be_followed(api, station):
    response = api.post(station.id, "Reset", SOFT_RESET)
    assert response.status_code == 202
    result = response.json()
    command = result["commandId"]
    assert (result["chargePointId"], result["state"], result["final"]) == (station.id, "queued", False)
    path = response.headers["location"]
    assert path == f"/v1/commands/{command}"

    call, _ = station.hear_call("Reset")
    eventually(PATIENCE, lambda: api.ask("GET", path).json()["state"] == "sent", "it is told to be sent")
    station.answer(call, ACCEPTED)
    eventually(PATIENCE, lambda: api.ask("GET", path).json()["final"], "it has ended")
    assert api.ask("GET", path).json() == api.end_of(command)
    found = api.ask("GET", "/v1/commands", params={"chargePointId": station.id, "state": "completed"}).json()
    assert found["commands"] == [api.end_of(command)]


def test_a_request_that_waits_is_answered_with_the_end(api, cp_id):
    response = api.post(cp_id, "Reset", SOFT_RESET, wait=PATIENCE)
    assert response.status_code == 200, "an absent charge point is no error of the request"
    result = response.json()
    assert (result["state"], result["error"]["code"]) == ("unreachable", "Unreachable")
    assert result == api.end_of(result["commandId"])


def test_a_wait_that_is_over_first_is_answered_with_the_state_so_far(api, station):
    began = time.monotonic()
    response = api.post(station.id, "Reset", SOFT_RESET, wait=1)
    assert time.monotonic() - began >= 0.9
    assert (response.status_code, response.json()["state"]) == (202, "sent")
    station.answer(station.hear_call("Reset")[0], ACCEPTED)
    assert api.end_of(response.json()["commandId"])["outcome"] == "Accepted"


UNFIT = {
    "unknown name": ("NoSuchAction", {}, "/commandName"),
    "value": ("Reset", {"type": "Sideways"}, "/payload/type"),
    "inside of a list": ("GetConfiguration", {"key": ["a", 1]}, "/payload/key/1"),
    "version-independent": ("transaction.stop", {"transactionId": 7}, "/payload/transactionId"),
}


@pytest.mark.parametrize(("name", "payload", "path"), UNFIT.values(), ids=UNFIT.keys())
def test_what_the_charge_points_version_forbids_is_not_sent(api, station, name, payload, path):
    command = api.new_id(station.id)
    problem = assert_problem(api.post(station.id, name, payload, commandId=command), 422, command)
    assert problem["path"] == path
    serve_next(api, station)
    assert api.results(command) == []
    assert_problem(api.ask("GET", f"/v1/commands/{command}"), 404, command)


def test_for_an_absent_charge_point_the_payload_is_checked_as_well(api, cp_id):
    command = api.new_id(cp_id)
    problem = assert_problem(api.post(cp_id, "Reset", {"type": "Sideways"}, commandId=command), 422, command)
    assert problem["path"] == "/payload/type"


MALFORMED = {
    "no name": ({"payload": {}}, "commandName"),
    "an unknown priority": ({"commandName": "Reset", "priority": "urgent"}, "priority"),
    "an unknown member": ({"commandName": "Reset", "expiresAt": "2026-11-20T10:00:00Z"}, "expiresAt"),
}


@pytest.mark.parametrize(("body", "field"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_names_its_field(api, cp_id, body, field):
    path = f"/v1/charge-points/{cp_id}/commands"
    assert assert_problem(api.ask("POST", path, json=body), 400)["field"] == field
    assert_problem(api.ask("POST", path, content="Reset, please"), 400)


def test_a_repeated_request_changes_nothing_and_tells_the_state(api, station):
    command = api.send(station.id, "Reset", SOFT_RESET)
    call, _ = station.hear_call("Reset")
    repeated = api.post(station.id, "Reset", SOFT_RESET, commandId=command)
    assert (repeated.status_code, repeated.json()["commandId"]) == (202, command)
    station.answer(call, {"status": "Rejected"})
    end = api.end_of(command)
    waited = api.post(station.id, "Reset", SOFT_RESET, commandId=command, wait=PATIENCE)
    assert (waited.status_code, waited.json()) == (200, end)
    serve_next(api, station)
    assert api.states(command) == ["queued", "sent", "completed"]


def test_the_id_of_another_command_is_a_conflict_that_changes_nothing(api, station):
    command = api.send(station.id, "Reset", SOFT_RESET)
    call, _ = station.hear_call("Reset")
    response = api.post(station.id, "Reset", {"type": "Hard"}, commandId=command)
    assert_problem(response, 409, command)
    station.answer(call, ACCEPTED)
    assert api.end_of(command)["outcome"] == "Accepted"
    serve_next(api, station)
    assert api.refusals(station.id) == []


def test_what_is_not_known_cannot_be_cancelled(api):
    assert_problem(api.ask("DELETE", "/v1/commands/never-given"), 404, "never-given")


def test_a_command_over_kafka_is_known_to_the_api(api, commands, station):
    command = commands.send(station.id, "Reset", SOFT_RESET)
    call, _ = station.hear_call("Reset")
    eventually(PATIENCE, lambda: api.ask("GET", f"/v1/commands/{command}").json()["state"] == "sent")
    assert_problem(api.post(station.id, "Reset", {"type": "Hard"}, commandId=command), 409, command)
    station.answer(call, ACCEPTED)
    assert api.end_of(command)["outcome"] == "Accepted"


def test_one_command_for_many_charge_points(gateway, api, cp_id):
    absent = f"{cp_id}-absent"
    batch = {"batchId": f"batch-{cp_id}", "chargePointIds": [cp_id, absent], "commandName": "ClearCache"}
    with charge_point(gateway, cp_id) as station:
        for _ in range(2):
            response = api.ask("POST", "/v1/commands:batch", json=batch)
            assert response.status_code == 202, response.text
            assert [item["commandId"] for item in response.json()["items"]] == [
                f"batch-{cp_id}:{cp_id}",
                f"batch-{cp_id}:{absent}",
            ]
            assert [item["status"] for item in response.json()["items"]] == [202, 202]
        station.answer(station.hear_call("ClearCache")[0], ACCEPTED)
        serve_next(api, station)
    assert api.end_of(f"batch-{cp_id}:{cp_id}")["outcome"] == "Accepted"
    assert api.end_of(f"batch-{cp_id}:{absent}")["state"] == "unreachable"


def test_what_did_not_work_can_be_given_again(gateway, api, cp_id):
    first = api.post(cp_id, "Reset", SOFT_RESET, wait=PATIENCE).json()
    assert first["state"] == "unreachable"
    letters = eventually(PATIENCE, lambda: dead_letters(api, cp_id), "the dead letter")
    assert [letter["result"] for letter in letters] == [first]

    with charge_point(gateway, cp_id) as station:
        again = api.ask("POST", f"/v1/dead-letters/{first['commandId']}:retry")
        assert again.status_code == 202, again.text
        assert again.json()["commandId"] != first["commandId"]
        call, payload = station.hear_call("Reset")
        assert payload == SOFT_RESET
        station.answer(call, ACCEPTED)
        assert api.end_of(again.json()["commandId"])["outcome"] == "Accepted"


def dead_letters(api, charge_point_id):
    return api.ask("GET", "/v1/dead-letters", params={"chargePointId": charge_point_id}).json()["deadLetters"]


def test_a_connection_can_be_ended(api, station):
    response = api.ask("POST", f"/v1/charge-points/{station.id}:disconnect")
    assert response.status_code == 202, response.text
    assert station.wait_closed() == 1000


def test_who_is_not_connected_cannot_be_disconnected(api, cp_id):
    assert_problem(api.ask("POST", f"/v1/charge-points/{cp_id}:disconnect"), 404)
