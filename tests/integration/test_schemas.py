"""api/asyncapi.yaml and api/schemas: valid themselves, strict, and true of what the program publishes."""

import copy
import json

import pytest
from harness.brokers import CACHE
from harness.charge_point import charge_point, usual_session
from harness.commands import Commands
from harness.schemas import API, FILES, assert_valid, asyncapi, is_valid, references, resolve, schema
from jsonschema import Draft7Validator, Draft202012Validator

COMMAND_NAMES = schema("command-payloads.json")["$defs"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_schema_is_valid_and_every_reference_of_it_leads_somewhere(file):
    document = json.loads(file.read_text())
    Draft202012Validator.check_schema(document)
    for reference in references(document):
        name, _, pointer = reference.partition("#")
        assert resolve(schema(name) if name else document, pointer) is not None, reference


def test_the_asyncapi_document_is_valid():
    published = CACHE / "npm" / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"
    problems = Draft7Validator(json.loads(published.read_text())).iter_errors(asyncapi())
    assert [f"{problem.json_path}: {problem.message}" for problem in problems] == []


def test_every_reference_of_the_asyncapi_document_leads_somewhere():
    document = asyncapi()
    found = list(references(document))
    assert len(found) > 20
    for reference in found:
        name, _, pointer = reference.partition("#")
        whole = json.loads((API / name).read_text()) if name else document
        assert resolve(whole, pointer) is not None, reference


def test_the_asyncapi_document_names_the_topics_and_every_schema_of_a_record():
    document = asyncapi()
    topics = {channel["address"] for channel in document["channels"].values()}
    assert topics == {"ocpp-events-up", "commands-down", "command-results", "commands-dead-letter"}
    used = {reference.split("#")[0] for reference in references(document)}
    assert {f"./schemas/{name}" for name in ("event.json", "command.json", "result.json", "dead-letter.json")} <= used
    kinds = {message for message in document["channels"]["commands"]["messages"] if message != "command"}
    assert kinds == set(schema("gateway-records.json")["$defs"])


def test_the_payloads_and_the_responses_have_the_same_names():
    assert set(schema("command-responses.json")["$defs"]) == {"status", *COMMAND_NAMES}


# The golden records.


def test_the_golden_events_are_valid(shared):
    for line in shared("examples/session-1.6.jsonl").read_text().splitlines():
        event = json.loads(line.replace('"<number>"', "1"))["event"]
        event |= {"id": "1", "time": "2026-11-20T10:00:00.123Z"}
        event["data"] |= {"pod": "gateway-0", "connection": {"epoch": 1, "sequence": 0}}
        assert_valid(event, "event.json")


def test_the_golden_records_of_commands_are_valid(shared):
    command = json.loads(shared("examples/command.json").read_text())
    letter = json.loads(shared("examples/dead-letter.json").read_text())
    assert_valid(command, "command.json")
    assert_valid(letter, "dead-letter.json")
    assert_valid(letter["command"], "command.json")
    for line in shared("examples/results.jsonl").read_text().splitlines():
        assert_valid(json.loads(line), "result.json")


# What the program publishes.


def say_everything(station):
    """A message for every type of event that a charge point can cause."""
    usual_session(station.call)
    station.call("DataTransfer", {"vendorId": "com.acme", "messageId": "x", "data": "1"})
    station.call("FirmwareStatusNotification", {"status": "Downloading"})
    station.call("DiagnosticsStatusNotification", {"status": "Uploading"})
    station.call("SignedFirmwareStatusNotification", {"status": "InstallRebooting", "requestId": 7})
    station.call("LogStatusNotification", {"status": "Uploaded", "requestId": 7})
    station.call("SecurityEventNotification", {"type": "ResetOrReboot", "timestamp": "2026-11-20T10:00:00Z", "techInfo": "x"})
    station.call("SignCertificate", {"csr": "x"})
    station.send("[2]")
    station.send([2, "s1", "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Odd", "extra": 1}])
    station.receive()


@pytest.fixture
def events(start_gateway, cp_id):
    gateway = start_gateway({"ocpp.heartbeat_events": True, "ocpp.unresponsive_calls": 1})
    with charge_point(gateway, cp_id) as station, Commands(gateway) as commands:
        say_everything(station)
        commands.send(cp_id, "ClearCache", timeoutSeconds=1)
        gateway.topic.wait_for(cp_id, "device.unresponsive")
        with charge_point(gateway, cp_id) as displacing:
            displacing.call("Heartbeat")
    gateway.topic.wait_for(cp_id, "device.disconnected")
    return gateway.topic.events(cp_id)


def test_every_published_event_is_valid(events):
    for event in events:
        assert_valid(event, "event.json")
    assert {event["type"] for event in events} == set(schema("event.json")["properties"]["type"]["enum"])


def test_a_member_that_is_none_is_noticed_wherever_it_stands(events):
    for event in events:
        for changed in with_one_more_member(event):
            assert not is_valid(changed, "event.json"), changed


def with_one_more_member(event):
    """Copies of the event, each with a member too many in one of its objects; the payload is the charge point's own."""

    def objects(node, path=()):
        if isinstance(node, dict):
            yield path
            for name, value in node.items():
                if name != "payload":
                    yield from objects(value, (*path, name))
        elif isinstance(node, list):
            for index, value in enumerate(node):
                yield from objects(value, (*path, index))

    for path in objects(event):
        changed = copy.deepcopy(event)
        place = changed
        for step in path:
            place = place[step]
        place["misspelt"] = 1
        yield changed
