"""The running program does what api/openapi.yaml says: the ways through it that a client with a purpose takes, then requests
that are made from it, half of them to break it."""

from pathlib import Path
from threading import Thread
from urllib.parse import quote

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, load_all_checks

from harness.charge_point import PATIENCE, charge_point
from harness.gateway import Gateway
from harness.waiting import eventually

DESCRIPTION = Path(__file__).parents[2] / "api" / "openapi.yaml"
SCHEMA = schemathesis.openapi.from_path(DESCRIPTION)
EXAMPLES = 30  # requests to each operation


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """Where a charge point that is away is known to be away at once."""
    running = Gateway(tmp_path_factory.mktemp("gateway"), {"commands.reconnect_grace": "0s"})
    try:
        yield running
        running.finish()
    finally:
        running.process.kill()


@pytest.fixture
def ask(gateway):
    """Sends the request, and holds the answer against the description of its operation."""

    def ask(method, pattern, *segments, status, **options):
        path = pattern
        for segment in segments:
            path = path.replace("{id}", quote(segment, safe=""), 1)
        answer = httpx.request(method, gateway.at.api + path, trust_env=False, timeout=2 * PATIENCE, **options)
        SCHEMA[pattern][method].validate_response(answer)
        assert answer.status_code == status, answer.text
        return answer.json()

    return ask


# ---- with a purpose


def test_a_command_goes_its_way(gateway, ask, cp_id):
    with charge_point(gateway, cp_id) as station:
        connections = ask("GET", "/connections", status=200)["connections"]
        assert [one["queuedCommands"] for one in connections if one["id"] == cp_id] == [0]
        request = {"commandId": f"{cp_id}/a", "commandName": "ClearCache", "timeoutSeconds": 30}
        queued = ask("POST", "/v1/charge-points/{id}/commands", cp_id, json=request, status=202)
        assert (queued["commandId"], queued["final"]) == (request["commandId"], False)
        _, message_id, action, payload = station.receive()
        assert (action, payload) == ("ClearCache", {})
        station.send([3, message_id, {"status": "Accepted"}])
        ended = ask("POST", "/v1/charge-points/{id}/commands", cp_id, json=request, params={"wait": 10}, status=200)
    assert (ended["state"], ended["outcome"], ended["response"]) == ("completed", "Accepted", {"status": "Accepted"})
    assert ask("GET", "/v1/commands/{id}", request["commandId"], status=200) == ended
    found = ask("GET", "/v1/commands", params={"chargePointId": cp_id, "state": "completed"}, status=200)
    assert found["commands"] == [ended]
    assert ask("DELETE", "/v1/commands/{id}", request["commandId"], status=202) == ended
    conflict = ask("POST", "/v1/charge-points/{id}/commands", cp_id, json=request | {"commandName": "Reset"}, status=422)
    assert conflict["path"].startswith("/payload")
    conflict = ask("POST", "/v1/charge-points/{id}/commands", cp_id, json=request | {"priority": "high"}, status=409)
    assert (conflict["commandId"], conflict["result"]) == (request["commandId"], ended)


def test_a_wait_is_ended_by_the_answer(gateway, ask, cp_id):
    answers = []
    with charge_point(gateway, cp_id) as station:
        waiting = Thread(
            target=lambda: answers.append(
                ask(
                    "POST",
                    "/v1/charge-points/{id}/commands",
                    cp_id,
                    json={"commandName": "GetConfiguration", "payload": {"key": ["a"]}},
                    params={"wait": 60},
                    status=200,
                )
            )
        )
        waiting.start()
        _, message_id, _, _ = station.receive()
        station.send([3, message_id, {"unknownKey": ["a"]}])
        waiting.join(PATIENCE)
    (ended,) = answers
    assert (ended["state"], ended["outcome"], ended["response"]) == ("completed", None, {"unknownKey": ["a"]})


def test_a_wait_may_be_too_short(gateway, ask, cp_id):
    with charge_point(gateway, cp_id):
        so_far = ask(
            "POST",
            "/v1/charge-points/{id}/commands",
            cp_id,
            json={"commandName": "ClearCache"},
            params={"wait": 1},
            status=202,
        )
    assert so_far["state"] in ("queued", "sent")


def test_a_command_that_waits_is_cancelled(ask, cp_id):
    request = {"commandId": f"{cp_id}-a", "commandName": "ClearCache", "ifOffline": "wait"}
    ask("POST", "/v1/charge-points/{id}/commands", cp_id, json=request, status=202)
    assert ask("DELETE", "/v1/commands/{id}", request["commandId"], status=202)["final"] is False

    def is_cancelled():
        return ask("GET", "/v1/commands/{id}", request["commandId"], status=200)["state"] == "cancelled"

    eventually(PATIENCE, is_cancelled)


def test_what_did_not_work_is_a_dead_letter_and_given_again(ask, cp_id):
    request = {"commandId": f"{cp_id}-a", "commandName": "ClearCache"}
    absent = ask("POST", "/v1/charge-points/{id}/commands", cp_id, json=request, params={"wait": 30}, status=200)
    assert absent["state"] == "unreachable"

    def letters():
        return ask("GET", "/v1/dead-letters", params={"chargePointId": cp_id}, status=200)["deadLetters"]

    (letter,) = eventually(PATIENCE, letters)
    assert letter["command"].items() >= request.items()
    assert letter["result"] == absent
    again = ask("POST", "/v1/dead-letters/{id}:retry", request["commandId"], status=202)
    assert again["commandId"] != request["commandId"]
    assert ask("POST", "/v1/dead-letters/{id}:retry", request["commandId"], status=202)["commandId"] == again["commandId"]
    eventually(PATIENCE, lambda: len(letters()) == 2)
    ask("POST", "/v1/dead-letters/{id}:retry", "unknown", status=404)


def test_a_batch_of_ten_thousand(ask, cp_id):
    charge_points = [f"{cp_id}-{number}" for number in range(10_000)]
    request = {"batchId": cp_id, "chargePointIds": charge_points, "commandName": "ClearCache"}
    answer = ask("POST", "/v1/commands:batch", json=request, status=202)
    assert (answer["accepted"], answer["refused"]) == (10_000, 0)
    assert [item["commandId"] for item in answer["items"]] == [f"{cp_id}:{one}" for one in charge_points]
    last = f"{cp_id}:{charge_points[-1]}"

    def has_ended():
        return ask("GET", "/v1/commands/{id}", last, status=200)["final"]

    eventually(60, has_ended)
    again = ask("POST", "/v1/commands:batch", json=request | {"chargePointIds": charge_points[-2:]}, status=202)
    assert [item["result"]["state"] for item in again["items"]] == ["unreachable"] * 2


def test_a_charge_point_is_disconnected(gateway, ask, cp_id):
    with charge_point(gateway, cp_id) as station:
        assert ask("POST", "/v1/charge-points/{id}:disconnect", cp_id, status=202) == {"chargePointId": cp_id}
        station.wait_closed()
    eventually(PATIENCE, lambda: ask("POST", "/v1/charge-points/{id}:disconnect", cp_id, status=404))


# ---- without one

load_all_checks()
# A valid request may still be refused here: lengths of ids count bytes, numbers have 64 bits, the path cannot be `..`.
WITHOUT = CHECKS.get_by_names(["positive_data_acceptance"])


def operations():
    """All but the stream, which has no end (test_http.py reads it). A list that may hold 10,000 has no limit here: making one
    with an element too many costs more than everything else."""
    description = yaml.safe_load(DESCRIPTION.read_text())
    del description["components"]["schemas"]["BatchRequest"]["allOf"][1]["properties"]["chargePointIds"]["maxItems"]
    return schemathesis.openapi.from_dict(description).exclude(operation_id="streamEvents")


def make_it_fit(case):
    """A generated name is no command, and a generated wait is longer than a test's: the rest of the request is as it was."""
    if case.meta.generation.mode.is_positive:
        if isinstance(case.body, dict):
            case.body |= {"commandName": "ClearCache", "payload": {}}
        if "wait" in (case.query or {}):
            case.query["wait"] = 1


@operations().parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(gateway, case):
    make_it_fit(case)
    case.call_and_validate(base_url=gateway.at.api, excluded_checks=WITHOUT, timeout=2 * PATIENCE)
