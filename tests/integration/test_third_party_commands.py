"""Charge points that others wrote answer the commands of a back end."""

import pytest

from harness.commands import Commands
from harness.third_party import CLIENTS

KEY = "MeterValueSampleInterval"
STOP = ("RemoteStopTransaction", {"transactionId": 4711})
SET = ("ChangeConfiguration", {"key": KEY, "value": "60"})
GET = ("GetConfiguration", {"key": [KEY, "Unknown"]})
ACCEPTED = {"status": "Accepted"}
SETTING = {"key": KEY, "readonly": False, "value": "60"}
SETTINGS = {"configurationKey": [SETTING], "unknownKey": ["Unknown"]}
UNIFIED_SETTINGS = {"values": [SETTING], "unknown": ["Unknown"]}
ANSWERS = {"RemoteStopTransaction": ACCEPTED, "ChangeConfiguration": ACCEPTED, "GetConfiguration": SETTINGS}

# Name and payload of the command → what the charge point hears, response and outcome.
COMMANDS = [
    (STOP, STOP, ACCEPTED, "Accepted"),
    (SET, SET, ACCEPTED, "Accepted"),
    (GET, GET, SETTINGS, None),
    (("transaction.stop", {"transactionId": "4711"}), STOP, ACCEPTED, "Accepted"),
    (("configuration.set", {"key": KEY, "value": "60"}), SET, ACCEPTED, "Accepted"),
    (("configuration.get", {"keys": [KEY, "Unknown"]}), GET, UNIFIED_SETTINGS, None),
]


@pytest.fixture(params=["embedded", "kafka"])
def commands(request, start_gateway, settings_for):
    settings = settings_for(request.getfixturevalue("real_kafka")) if request.param == "kafka" else None
    with Commands(start_gateway(settings)) as opened:
        yield opened


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_a_third_party_client_answers_commands(commands, cp_id, client):
    with client(commands.gateway.at.charge_points + "/ocpp", cp_id) as station:
        for action, answer in ANSWERS.items():
            station.answers(action, answer)
        for (name, payload), heard, response, outcome in COMMANDS:
            command = commands.send(cp_id, name, payload)
            end = commands.end_of(command)
            assert (end["state"], end["response"], end["outcome"]) == ("completed", response, outcome), end
            assert station.served.pop() == heard
            assert commands.states(command) == ["queued", "sent", "completed"]
        assert station.served == []
    records = commands.records(cp_id)
    assert len(records) == 3 * len(COMMANDS), "all of them are under the charge point's key"
    assert len({record.partition for record in records}) == 1
