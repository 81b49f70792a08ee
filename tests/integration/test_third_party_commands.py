"""Charge points that others wrote answer the commands of a back end."""

import pytest

from harness.commands import ACCEPTED, WAYS
from harness.third_party import CLIENTS

KEY = "MeterValueSampleInterval"
STOP = ("RemoteStopTransaction", {"transactionId": 4711})
SET = ("ChangeConfiguration", {"key": KEY, "value": "60"})
GET = ("GetConfiguration", {"key": [KEY, "Unknown"]})
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


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_a_third_party_client_answers_commands_over_kafka_and_over_http(log_gateway, cp_id, client):
    with client(log_gateway.at.charge_points + "/ocpp", cp_id) as station:
        for action, answer in ANSWERS.items():
            station.answers(action, answer)
        for way in WAYS.values():
            with way(log_gateway) as commands:
                for each in COMMANDS:
                    assert_answered(commands, station, cp_id, *each)
    records = log_gateway.results.records(cp_id)
    assert len(records) == len(WAYS) * len(COMMANDS) * 3, "all of them are under the charge point's key"
    assert len({record.partition for record in records}) == 1


def assert_answered(commands, station, cp_id, command, heard, response, outcome):
    command_id = commands.send(cp_id, *command)
    end = commands.end_of(command_id)
    assert (end["state"], end["response"], end["outcome"]) == ("completed", response, outcome), end
    assert station.served == [heard]
    station.served.clear()
    assert commands.states(command_id) == ["queued", "sent", "completed"]
