"""All 39 actions of OCPP 1.6: every message of a charge point with nothing but what it must have, every command by its OCPP name and
by its version-independent one with every answer that there is, and every place of every command where a payload can be wrong."""

import copy
import json
from dataclasses import dataclass

import pytest

from harness.commands import from_now
from harness.schemas import schema

TIME = from_now(3600)  # after every connection, so that nothing is told to be of the time before it
NOTHING = {}

# ---- what charge points say


METER = [{"timestamp": TIME, "sampledValue": [{"value": "1"}]}]
SAMPLE = {
    "measurand": "Energy.Active.Import.Register",
    "value": "1",
    "format": "raw",
    "unit": "Wh",
    "location": "Outlet",
    "context": "Sample.Periodic",
}
# Action → what it must carry, the answer to that, and the event with what it tells.
MESSAGES = {
    "Authorize": (
        {"idTag": "A"},
        {"idTagInfo": {"status": "Accepted"}},
        ("authorization.requested", {"authorization": {"idTag": "A", "status": "Accepted"}}),
    ),
    "BootNotification": (
        {"chargePointVendor": "A", "chargePointModel": "B"},
        {"status": "Accepted", "currentTime": "<now>", "interval": 300},
        ("device.online", {"device": {"vendor": "A", "model": "B"}, "decision": {"status": "Accepted", "intervalSeconds": 300}}),
    ),
    "DataTransfer": ({"vendorId": "A"}, {"status": "UnknownVendorId"}, ("data.transfer", {"transfer": {"vendorId": "A"}})),
    "DiagnosticsStatusNotification": (
        {"status": "Idle"},
        NOTHING,
        ("diagnostics.status", {"diagnostics": {"status": "Idle"}}),
    ),
    "FirmwareStatusNotification": ({"status": "Idle"}, NOTHING, ("firmware.status", {"firmware": {"status": "Idle"}})),
    "Heartbeat": (NOTHING, {"currentTime": "<now>"}, None),
    "LogStatusNotification": ({"status": "Idle"}, NOTHING, ("log.status", {"log": {"status": "Idle"}})),
    "MeterValues": (
        {"connectorId": 1, "meterValue": METER},
        NOTHING,
        ("meter.values", {"connector": {"connectorId": 1}, "meter": [{"timestamp": TIME, "samples": [SAMPLE]}]}),
    ),
    "SecurityEventNotification": (
        {"type": "A", "timestamp": TIME},
        NOTHING,
        ("security.event", {"security": {"type": "A", "timestamp": TIME}}),
    ),
    "SignCertificate": ({"csr": "A"}, {"status": "Accepted"}, ("certificate.request", {"certificate": {"csr": "A"}})),
    "SignedFirmwareStatusNotification": ({"status": "Idle"}, NOTHING, ("firmware.status", {"firmware": {"status": "Idle"}})),
    "StartTransaction": (
        {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": TIME},
        {"transactionId": "<number>", "idTagInfo": {"status": "Accepted"}},
        (
            "transaction.started",
            {
                "transaction": {
                    "id": "<text>",
                    "connectorId": 1,
                    "idTag": "A",
                    "meterStartWh": 0,
                    "timestamp": TIME,
                    "status": "Accepted",
                }
            },
        ),
    ),
    "StatusNotification": (
        {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
        NOTHING,
        (
            "connector.status",
            {"connector": {"connectorId": 1, "errorCode": "NoError", "status": "Available", "availability": "available"}},
        ),
    ),
    "StopTransaction": (
        {"transactionId": 1, "meterStop": 0, "timestamp": TIME},
        NOTHING,
        ("transaction.ended", {"transaction": {"id": "1", "meterStopWh": 0, "timestamp": TIME}}),
    ),
}


@pytest.mark.parametrize("action", MESSAGES)
def test_a_message_with_nothing_but_what_it_must_have_is_answered_and_told(scene, action):
    scene.says(action, *MESSAGES[action])


# ---- what they are told to do


@dataclass(frozen=True)
class Command:
    """A CALL with all that its action knows; the version-independent command that makes it, where there is one; the answers."""

    action: str
    payload: dict
    answers: list
    name: str = ""
    wish: dict = None

    def names(self):
        """By either of its names: the name, its payload, and how it is sent."""
        yield self.action, self.payload, "http"
        if self.name:
            yield self.name, self.wish, "kafka"

    def __str__(self):
        return f"{self.action} {self.name}".strip()


def statuses(*names):
    return [{"status": name} for name in names]


SCHEDULE = {
    "duration": 3600,
    "startSchedule": TIME,
    "chargingRateUnit": "W",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11000.5, "numberPhases": 3}],
    "minChargingRate": 0.1,
}
PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 2,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Recurring",
    "recurrencyKind": "Daily",
    "validFrom": TIME,
    "validTo": TIME,
    "chargingSchedule": SCHEDULE,
}
COMPOSITE = {"connectorId": 1, "scheduleStart": TIME, "chargingSchedule": SCHEDULE}
ENTRY = {"status": "Accepted", "expiryDate": TIME, "parentIdTag": "B"}
HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c"}
SIGNATURE = {"signingCertificate": "PEM", "signature": "c2ln"}
FIRMWARE = {"location": "ftp://host/file", "retrieveDateTime": TIME, "installDateTime": TIME} | SIGNATURE
FETCH = {"location": "ftp://host/file", "retries": 3, "retryInterval": 60}
FETCH_BY_NAME = {"location": "ftp://host/file", "retries": 3, "retryIntervalSeconds": 60}
SETTINGS = {"configurationKey": [{"key": "A", "readonly": True, "value": "1"}, {"key": "B", "readonly": False}], "unknownKey": ["C"]}

COMMANDS = [
    Command(
        "CancelReservation", {"reservationId": 7}, statuses("Accepted", "Rejected"),
        "reservation.cancel", {"id": 7},
    ),
    Command("CertificateSigned", {"certificateChain": "PEM"}, statuses("Accepted", "Rejected")),
    Command(
        "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}, statuses("Accepted", "Rejected", "Scheduled"),
        "connector.availability", {"connectorId": 1, "operative": False},
    ),
    Command(
        "ChangeConfiguration", {"key": "A", "value": "1"}, statuses("Accepted", "Rejected", "RebootRequired", "NotSupported"),
        "configuration.set", {"key": "A", "value": "1"},
    ),
    Command("ClearCache", NOTHING, statuses("Accepted", "Rejected"), "cache.clear", NOTHING),
    Command(
        "ClearChargingProfile",
        {"id": 1, "connectorId": 1, "chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 2},
        statuses("Accepted", "Unknown"),
        "charging-profile.clear", {"id": 1, "connectorId": 1, "purpose": "chargePointMax", "stackLevel": 2},
    ),
    Command(
        "DataTransfer", {"vendorId": "A", "messageId": "B", "data": "1"},
        [*statuses("Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"), {"status": "Accepted", "data": "2"}],
        "data.transfer", {"vendorId": "A", "messageId": "B", "data": "1"},
    ),
    Command(
        "DeleteCertificate", {"certificateHashData": HASH}, statuses("Accepted", "Failed", "NotFound"),
        "certificate.delete", HASH,
    ),
    Command(
        "ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification", "connectorId": 1},
        statuses("Accepted", "Rejected", "NotImplemented"),
        "device.trigger", {"message": "LogStatusNotification", "connectorId": 1},
    ),
    Command(
        "GetCompositeSchedule", {"connectorId": 1, "duration": 3600, "chargingRateUnit": "W"},
        [{"status": "Accepted"} | COMPOSITE, *statuses("Accepted", "Rejected")],
        "charging-schedule.get", {"connectorId": 1, "durationSeconds": 3600, "unit": "W"},
    ),
    Command(
        "GetConfiguration", {"key": ["A", "B", "C"]}, [SETTINGS, NOTHING],
        "configuration.get", {"keys": ["A", "B", "C"]},
    ),
    Command(
        "GetDiagnostics", FETCH | {"startTime": TIME, "stopTime": TIME}, [{"fileName": "a.zip"}, NOTHING],
        "log.upload", FETCH_BY_NAME | {"from": TIME, "until": TIME},
    ),
    Command(
        "GetInstalledCertificateIds", {"certificateType": "ManufacturerRootCertificate"},
        [{"status": "Accepted", "certificateHashData": [HASH, HASH]}, *statuses("NotFound")],
        "certificate.list", {"type": "manufacturerRoot"},
    ),
    Command(
        "GetLocalListVersion", NOTHING, [{"listVersion": 7}, {"listVersion": 0}, {"listVersion": -1}],
        "local-list.version", NOTHING,
    ),
    Command(
        "GetLog",
        {
            "logType": "SecurityLog",
            "requestId": 1,
            "retries": 3,
            "retryInterval": 60,
            "log": {"remoteLocation": "ftp://host/file", "oldestTimestamp": TIME, "latestTimestamp": TIME},
        },
        [{"status": "Accepted", "filename": "a.zip"}, *statuses("Rejected", "AcceptedCanceled")],
        "log.upload", FETCH_BY_NAME | {"log": "security", "requestId": 1, "from": TIME, "until": TIME},
    ),
    Command(
        "InstallCertificate", {"certificateType": "CentralSystemRootCertificate", "certificate": "PEM"},
        statuses("Accepted", "Rejected", "Failed"),
        "certificate.install", {"type": "centralSystemRoot", "certificate": "PEM"},
    ),
    Command(
        "RemoteStartTransaction", {"connectorId": 1, "idTag": "A", "chargingProfile": PROFILE}, statuses("Accepted", "Rejected"),
        "transaction.start", {"connectorId": 1, "idTag": "A", "chargingProfile": PROFILE},
    ),
    Command(
        "RemoteStopTransaction", {"transactionId": 7}, statuses("Accepted", "Rejected"),
        "transaction.stop", {"transactionId": "7"},
    ),
    Command(
        "ReserveNow", {"connectorId": 1, "expiryDate": TIME, "idTag": "A", "parentIdTag": "B", "reservationId": 7},
        statuses("Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"),
        "reservation.create", {"connectorId": 1, "expiryDate": TIME, "idTag": "A", "parentIdTag": "B", "id": 7},
    ),
    Command("Reset", {"type": "Hard"}, statuses("Accepted", "Rejected"), "device.reset", {"type": "hard"}),
    Command(
        "SendLocalList",
        {"listVersion": 7, "updateType": "Full", "localAuthorizationList": [{"idTag": "A", "idTagInfo": ENTRY}]},
        statuses("Accepted", "Failed", "NotSupported", "VersionMismatch"),
        "local-list.send", {"version": 7, "update": "full", "entries": [{"idTag": "A"} | ENTRY]},
    ),
    Command(
        "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": PROFILE | {"transactionId": 7}},
        statuses("Accepted", "Rejected", "NotSupported"),
        "charging-profile.set", {"connectorId": 1, "chargingProfile": PROFILE | {"transactionId": 7}},
    ),
    Command(
        "SignedUpdateFirmware", {"requestId": 1, "retries": 3, "retryInterval": 60, "firmware": FIRMWARE},
        statuses("Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"),
        "firmware.update", FETCH_BY_NAME | SIGNATURE | {"requestId": 1, "retrieveDate": TIME, "installDate": TIME},
    ),
    Command(
        "TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1},
        statuses("Accepted", "Rejected", "NotImplemented"),
        "device.trigger", {"message": "MeterValues", "connectorId": 1},
    ),
    Command(
        "UnlockConnector", {"connectorId": 1}, statuses("Unlocked", "UnlockFailed", "NotSupported"),
        "connector.unlock", {"connectorId": 1},
    ),
    Command("UpdateFirmware", FETCH | {"retrieveDate": TIME}, [NOTHING], "firmware.update", FETCH_BY_NAME | {"retrieveDate": TIME}),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_command_is_one_call_by_either_name_and_every_answer_is_its_result(scene, command):
    for name, payload, over in command.names():
        for answer in command.answers:
            scene.obeys(name, payload, answer, call=(command.action, command.payload), over=over)


def faulty(payload, path=()):
    """Copies of the payload with one fault each, and the JSON pointer of that: a value of another type, a member that is not known."""

    def pointer(*more):
        return "".join(f"/{step}" for step in (*path, *more))

    if isinstance(payload, dict):
        yield payload | {"unheard": 1}, pointer("unheard")
        members = payload.items()
    else:
        members = enumerate(payload)
    for step, value in members:
        wrong = copy.copy(payload)
        wrong[step] = 7 if isinstance(value, (dict, list)) else {}
        yield wrong, pointer(step)
        if isinstance(value, (dict, list)):
            for inner, where in faulty(value, (*path, step)):
                wrong = copy.copy(payload)
                wrong[step] = inner
                yield wrong, where


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_wrong_payload_is_refused_with_its_place_and_the_charge_point_hears_nothing_of_it(scene, command):
    for name, payload, over in command.names():
        for wrong, path in faulty(payload):
            refusal = scene.stage.http.post(scene.id, name, wrong)
            assert (refusal.status_code, refusal.json().get("path")) == (422, "/payload" + path), json.dumps(wrong)
        scene.obeys(name, payload, command.answers[0], call=(command.action, command.payload), over=over)


def test_every_action_and_every_version_independent_name_is_here():
    commands = {command.action for command in COMMANDS}
    assert len(MESSAGES.keys() | commands) == 39
    assert MESSAGES.keys() & commands == {"DataTransfer"}, "which both sides send"
    names = {command.name for command in COMMANDS if command.name}
    assert names == set(schema("command-payloads.json")["$defs"])


def test_the_actions_are_those_of_the_published_schemas(shared):
    published = json.loads(shared("ocpp/schemas/1.6/manifest.json").read_text())["actions"]
    sent_by = {action: entry["direction"] for action, entry in published.items()}
    assert MESSAGES.keys() == {action for action, who in sent_by.items() if who in ("cp", "both")}
    assert {command.action for command in COMMANDS} == {action for action, who in sent_by.items() if who in ("csms", "both")}
