"""api/schemas: true of the records that commands leave on their three topics."""

import json
import subprocess
from dataclasses import dataclass

import pytest
from harness.charge_point import BOOT, PATIENCE, charge_point
from harness.schemas import assert_valid, schema
from harness.topic import Topic
from harness.waiting import eventually

# A payload for every version-independent name, and what an OCPP 1.6 charge point answers.
ACCEPTED = {"status": "Accepted"}
SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.1}]}
PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": SCHEDULE,
}
CERTIFICATE = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c"}
COMMANDS = {
    "transaction.start": ({"idTag": "ABC", "connectorId": 1}, ACCEPTED),
    "transaction.stop": ({"transactionId": "7"}, ACCEPTED),
    "device.reset": ({"type": "soft"}, ACCEPTED),
    "device.trigger": ({"message": "Heartbeat"}, ACCEPTED),
    "connector.unlock": ({"connectorId": 1}, {"status": "Unlocked"}),
    "connector.availability": ({"operative": False}, {"status": "Scheduled"}),
    "configuration.get": (
        {"keys": ["HeartbeatInterval", "Odd"]},
        {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}], "unknownKey": ["Odd"]},
    ),
    "configuration.set": ({"key": "HeartbeatInterval", "value": "60"}, ACCEPTED),
    "cache.clear": ({}, ACCEPTED),
    "data.transfer": ({"vendorId": "com.acme", "data": "1"}, {"status": "Accepted", "data": "2"}),
    "local-list.send": (
        {"version": 1, "update": "full", "entries": [{"idTag": "ABC", "status": "Accepted", "expiryDate": "2027-01-01T00:00:00Z"}]},
        ACCEPTED,
    ),
    "local-list.version": ({}, {"listVersion": 1}),
    "reservation.create": ({"id": 7, "idTag": "ABC", "expiryDate": "2026-11-20T12:00:00Z", "connectorId": 1}, {"status": "Occupied"}),
    "reservation.cancel": ({"id": 7}, {"status": "Rejected"}),
    "charging-profile.set": ({"connectorId": 1, "chargingProfile": PROFILE}, ACCEPTED),
    "charging-profile.clear": ({"purpose": "txDefault"}, {"status": "Unknown"}),
    "charging-schedule.get": (
        {"durationSeconds": 3600, "connectorId": 1},
        {"status": "Accepted", "connectorId": 1, "scheduleStart": "2026-11-20T12:00:00Z", "chargingSchedule": SCHEDULE},
    ),
    "firmware.update": ({"location": "ftp://host/file", "retrieveDate": "2026-11-20T12:00:00Z"}, {}),
    "log.upload": ({"location": "ftp://host/"}, {"fileName": "log.txt"}),
    "certificate.install": ({"type": "manufacturerRoot", "certificate": "-----BEGIN CERTIFICATE-----"}, ACCEPTED),
    "certificate.delete": (CERTIFICATE, {"status": "NotFound"}),
    "certificate.list": ({"type": "manufacturerRoot"}, {"status": "Accepted", "certificateHashData": [CERTIFICATE]}),
}


@dataclass
class Topics:
    """All records of the three topics at the end."""

    commands: list
    results: list
    dead_letters: list


def write(gateway, key, record):
    text = record if isinstance(record, str) else json.dumps(record)
    kcat = ["kcat", "-P", "-b", gateway.at.kafka, "-t", "commands-down", "-k", key]
    subprocess.run(kcat, input=text, text=True, check=True, timeout=PATIENCE)


def command(charge_point, name, payload, **members):
    return {"commandId": name, "chargePointId": charge_point, "commandName": name, "payload": payload} | members


@pytest.fixture(scope="module")
def topics(gateway):
    results = Topic(gateway.at.kafka, "command-results")
    with charge_point(gateway, "CP-commanded") as station:
        station.call("BootNotification", BOOT)
        for name, (payload, answer) in COMMANDS.items():
            assert_valid(command(station.id, name, payload), "command.json")
            write(gateway, station.id, command(station.id, name, payload))
            station.send([3, station.receive()[1], answer])
        write(gateway, station.id, command(station.id, "Reset", {"type": "Hard"}, traceparent="00-1-2-00"))
        station.send([4, station.receive()[1], "InternalError", "no", {"why": 1}])
        write(gateway, station.id, command(station.id, "device.reset", {"type": "Hard"}, commandId="bad"))
        write(gateway, station.id, "nonsense")
        write(gateway, "CP-absent", command("CP-absent", "ClearCache", {}))
        wanted = len(COMMANDS) + 4

        def all_final():
            return sum(record.event["final"] for record in results.records()) >= wanted

        eventually(3 * PATIENCE, all_final, f"{wanted} final results")
    names = ("commands-down", "command-results", "commands-dead-letter")
    return Topics(*(Topic(gateway.at.kafka, name).records() for name in names))


def test_every_version_independent_name_is_tried():
    assert set(COMMANDS) == set(schema("command-payloads.json")["$defs"])


def test_every_result_is_valid(topics):
    for record in topics.results:
        assert_valid(record.event, "result.json")
    states = {record.event["state"] for record in topics.results}
    assert states >= {"queued", "sent", "completed", "failed", "rejected", "unreachable"}


def test_every_response_has_the_form_of_its_name(topics):
    completed = [record.event for record in topics.results if record.event["state"] == "completed"]
    assert {result["commandId"] for result in completed} == set(COMMANDS)
    for result in completed:
        assert_valid(result["response"], "command-responses.json#/$defs/" + result["commandId"])


def test_every_dead_letter_is_valid(topics):
    for record in topics.dead_letters:
        assert_valid(record.event, "dead-letter.json")
    assert {record.event["result"]["state"] for record in topics.dead_letters} == {"failed", "rejected", "unreachable"}
    assert "nonsense" in [record.event["command"] for record in topics.dead_letters]


def test_every_record_of_a_gateway_is_valid(topics):
    own = [record for record in topics.commands if "gateway-kind" in record.headers]
    assert {"sending", "ended"} <= {record.headers["gateway-kind"] for record in own}
    for record in own:
        assert_valid(record.event, "gateway-records.json#/$defs/" + record.headers["gateway-kind"])
